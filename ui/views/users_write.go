package views

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"kconsole/kafka"
	"kconsole/kafka/config"
	"kconsole/ui/dialog"
	"kconsole/ui/page"
	"kconsole/ui/resource"
)

func checkPrincipal(v string) error {
	if kind, name, ok := strings.Cut(v, ":"); !ok || kind == "" || name == "" {
		return fmt.Errorf("%q is no principal such as User:app", v)
	}
	return nil
}

// userWrites are the actions that change SCRAM users.
func userWrites() []resource.Action[kafka.SCRAMUser] {
	type user = kafka.SCRAMUser
	return []resource.Action[user]{
		{
			Key: "n", Label: "new", Help: "Create a user with a password.", Writes: true, NoRow: true,
			Do:      func(h page.Host, _ page.Target, _ []user) { setPassword(h, "") },
			Command: func(page.Target, user) string { return command("create", "user", "NAME") },
		},
		{
			Key: "e", Label: "password", Help: "Set another password; the old one ends at once.", Writes: true,
			Do:      func(h page.Host, _ page.Target, rows []user) { setPassword(h, rows[0].Name) },
			Command: func(_ page.Target, u user) string { return command("alter", "user", u.Name) },
		},
		{
			Key: "ctrl-d", Label: "delete", Help: "Delete the user's credentials. ACLs that name it stay.", Danger: true, Writes: true,
			Do: func(h page.Host, _ page.Target, rows []user) {
				change(h, func(ctx context.Context, a *kafka.Admin) (*kafka.Plan, error) {
					return a.DeleteSCRAM(ctx, rows[0].Name, "")
				})
			},
			Command: func(_ page.Target, u user) string { return command("delete", "user", u.Name) },
		},
	}
}

func setPassword(h page.Host, name string) {
	title := "Create a user"
	if name != "" {
		title = "Set the password of " + name
	}
	dialog.Form{
		Title: title,
		Fields: []dialog.Field{
			{Name: "name", Label: "User", Value: name, Check: required("user")},
			{Name: "password", Label: "Password", Secret: true, Help: "It is never shown, logged or part of a command.", Check: func(v string) error {
				if v == "" {
					return errors.New("a password is needed")
				}
				return nil
			}},
			{Name: "mechanism", Label: "Mechanism", Choices: []string{"SCRAM-SHA-512", "SCRAM-SHA-256"}},
		},
		Plan: formPlan(h, func(ctx context.Context, a *kafka.Admin, v dialog.Values) (*kafka.Plan, error) {
			return a.SetSCRAM(ctx, v["name"], v["mechanism"], config.NewSecret(v["password"]), 0)
		}),
		Command: func(v dialog.Values) string { // it asks for the password
			verb := "create"
			if name != "" {
				verb = "alter"
			}
			return command(verb, "user", v["name"], "--mechanism", v["mechanism"])
		},
	}.Open(h)
}
