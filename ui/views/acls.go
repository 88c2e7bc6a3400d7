package views

import (
	"strings"

	"kconsole/kafka"
	"kconsole/kafka/poll"
	"kconsole/ui/page"
	"kconsole/ui/resource"
	"kconsole/ui/theme"
	"kconsole/ui/widget/grid"
)

func acls() *resource.Spec[*kafka.ACL] {
	type acl = *kafka.ACL
	text := func(a acl) string {
		return strings.Join([]string{a.Principal, a.Permission, a.Operation, a.ResourceType, a.Resource, a.Pattern, a.Host}, " ")
	}
	return &resource.Spec[acl]{
		Name: "acls", Aliases: []string{"acl"}, Title: "ACLs", Doc: "All access control bindings: who may do what on which resource.",
		Scope: poll.Topics | poll.ACLs,
		Rows:  func(st page.State, _ page.Target) resource.Result[acl] { return resource.From(&st.Snap.ACLs) },
		ID:    text,
		Text:  text,
		Fault: func(a acl) theme.Level {
			if a.Permission == "DENY" {
				return theme.Watch
			}
			return theme.Normal
		},
		Empty: "There are no bindings. Unless the brokers allow everything where no ACL is found, only super users get in.",
		Columns: []resource.Column[acl]{
			{
				Column: grid.Column{Title: "PRINCIPAL", Min: 12, Max: 40}, Help: "Who: User:NAME, or User:* for everybody.",
				Cell: func(a acl) grid.Cell { return cell(a.Principal) },
			},
			{
				Column: grid.Column{Title: "MAY"}, Help: "ALLOW or DENY; a denial beats every permission.",
				Cell: func(a acl) grid.Cell {
					if a.Permission == "DENY" {
						return at(theme.Act, "DENY")
					}
					return cell(a.Permission)
				},
			},
			{
				Column: grid.Column{Title: "OPERATION", Min: 8, Whole: true}, Help: "What: READ, WRITE, DESCRIBE, ...",
				Cell: func(a acl) grid.Cell { return cell(a.Operation) },
			},
			{
				Column: grid.Column{Title: "TYPE", Min: 5, Whole: true}, Help: "Type of the resource.",
				Cell: func(a acl) grid.Cell { return at(theme.Muted, a.ResourceType) },
			},
			{
				Column: grid.Column{Title: "RESOURCE", Min: 14, Max: 60}, Help: "Which one; a trailing … means all whose names begin so (PREFIXED).",
				Cell: func(a acl) grid.Cell {
					if a.Pattern == "PREFIXED" {
						return cell(a.Resource + "…")
					}
					return cell(a.Resource)
				},
			},
			{
				Column: grid.Column{Title: "PATTERN", Drop: 4}, Help: "LITERAL or PREFIXED.",
				Cell: func(a acl) grid.Cell { return at(theme.Muted, a.Pattern) },
			},
			{
				Column: grid.Column{Title: "HOST", Drop: 3, Max: 24}, Help: "From which address; * is any.",
				Cell: func(a acl) grid.Cell { return cell(a.Host) },
			},
		},
		Actions: aclWrites(),
	}
}
