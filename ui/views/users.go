package views

import (
	"context"
	"fmt"
	"strings"

	"kconsole/kafka"
	"kconsole/kafka/poll"
	"kconsole/ui/page"
	"kconsole/ui/resource"
	"kconsole/ui/session"
	"kconsole/ui/theme"
	"kconsole/ui/widget/grid"
)

// users shows the users that the cluster keeps SCRAM credentials for.
func users() *resource.Spec[kafka.SCRAMUser] {
	type user = kafka.SCRAMUser
	return &resource.Spec[user]{
		Name: "users", Aliases: []string{"user"}, Title: "Users", Doc: "The users with SCRAM credentials in the cluster, and how many ACLs name them.",
		Scope: poll.Topics | poll.ACLs,
		Load: func(ctx context.Context, s *session.Session, _ page.State, _ page.Target) ([]user, error) {
			return s.Cluster.SCRAMUsers(ctx)
		},
		ID: func(u user) string { return u.Name },
		Fault: func(u user) theme.Level {
			if u.Err != nil {
				return theme.Act
			}
			return theme.Normal
		},
		Empty: "The cluster keeps no SCRAM users. Those of PLAIN, OAuth or certificates are not known to it.",
		Columns: []resource.Column[user]{
			{Column: grid.Column{Title: "USER", Min: 12}, Help: "The user's name; its principal is User:NAME.", Cell: func(u user) grid.Cell { return cell(u.Name) }},
			{
				Column: grid.Column{Title: "CREDENTIALS", Min: 14, Max: 60}, Help: "Mechanisms with their iterations.",
				Cell: func(u user) grid.Cell {
					if u.Err != nil {
						return at(theme.Act, u.Err.Error())
					}
					parts := make([]string, len(u.Credentials))
					for i, c := range u.Credentials {
						parts[i] = fmt.Sprintf("%s (%d)", c.Mechanism, c.Iterations)
					}
					return cell(strings.Join(parts, ", "))
				},
			},
		},
		Actions: append([]resource.Action[user]{{
			Key: "enter", Label: "ACLs", Help: "Show the bindings that name the user.",
			Open: func(_ page.Target, u user) page.Target {
				return page.Target{View: "acls", Filter: "^User:" + escape(u.Name) + " "}
			},
			Command: func(_ page.Target, u user) string { return command("get", "users", u.Name) },
		}}, userWrites()...),
	}
}
