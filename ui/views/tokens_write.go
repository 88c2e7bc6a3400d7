package views

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"kconsole/kafka"
	"kconsole/kafka/config"
	"kconsole/ui/dialog"
	"kconsole/ui/page"
	"kconsole/ui/resource"
	"kconsole/ui/savefile"
	"kconsole/ui/session"
)

// tokenWrites are the actions that change delegation tokens.
func tokenWrites() []resource.Action[tokenRow] {
	return []resource.Action[tokenRow]{
		{
			Key: "n", Label: "new", Help: "Create a token; its secret goes to a file that only you can read.", Writes: true, NoRow: true,
			Do:      func(h page.Host, _ page.Target, _ []tokenRow) { createToken(h) },
			Command: noTokenCommand,
		},
		{
			Key: "e", Label: "renew", Help: "Put off when the token expires, at most to its end.", Writes: true,
			Do:      func(h page.Host, _ page.Target, rows []tokenRow) { renewToken(h, rows[0].ID) },
			Command: noTokenCommand,
		},
		{
			Key: "ctrl-d", Label: "expire", Help: "End the token at once.", Danger: true, Writes: true,
			Do: func(h page.Host, _ page.Target, rows []tokenRow) {
				change(h, func(ctx context.Context, a *kafka.Admin) (*kafka.Plan, error) { return a.ExpireToken(ctx, rows[0].ID) })
			},
			Command: noTokenCommand,
		},
	}
}

// noTokenCommand: tokens are made, renewed and expired in the console only. A
// command would have to print the secret, or leave it in a file by default.
func noTokenCommand(page.Target, tokenRow) string { return "" }

// optionalDuration is a check for a span of time such as 12h, or nothing.
func optionalDuration(v string) error {
	if v == "" {
		return nil
	}
	if d, err := time.ParseDuration(v); err != nil || d <= 0 {
		return fmt.Errorf("%q is no span of time such as 30m or 12h", v)
	}
	return nil
}

// duration is a span that a check has accepted; nothing is 0.
func duration(v string) time.Duration {
	d, _ := time.ParseDuration(v) // checked
	return d
}

func createToken(h page.Host) {
	s := h.Session()
	dialog.Form{
		Title: "Create a delegation token",
		Fields: []dialog.Field{
			{Name: "owner", Label: "Owner", Check: optionalPrincipal, Help: "Whose rights it has, as User:app; nothing: your own."},
			{Name: "renewers", Label: "Renewers", Check: checkPrincipals, Help: "Who else may renew it: principals, separated by commas."},
			{Name: "life", Label: "Ends after", Check: optionalDuration, Help: "For good, as 24h; nothing: the cluster's longest."},
			{Name: "file", Label: "Secret to", Value: "token.secret", Check: required("file"), Help: "A new file that only you can read. The secret is never shown, and cannot be had again."},
		},
		Plan: func(ctx context.Context, v dialog.Values) (*dialog.Plan, error) { return tokenPlan(ctx, s, v) },
	}.Open(h)
}

// tokenPlan makes the file before the token: a secret that has nowhere to go is lost.
func tokenPlan(ctx context.Context, s *session.Session, v dialog.Values) (*dialog.Plan, error) {
	var secret config.Secret
	var id string
	plan, err := planFor(s, func(ctx context.Context, a *kafka.Admin) (*kafka.Plan, error) {
		return a.CreateToken(ctx, v["owner"], list(v["renewers"]), duration(v["life"]), func(made string, hmac config.Secret) { id, secret = made, hmac })
	})(ctx)
	if err != nil {
		return nil, err
	}
	apply := plan.Apply
	plan.Changes = append(plan.Changes, dialog.Change{Resource: "file " + v["file"], What: "the token's secret", To: "written"})
	plan.Apply = func(ctx context.Context) ([]dialog.Item, error) {
		file, err := savefile.Create(v["file"])
		if err != nil {
			return nil, err
		}
		items, err := apply(ctx)
		if err != nil || id == "" {
			file.Discard()
			return items, err
		}
		if _, err = fmt.Fprintf(file, "username=%s\npassword=%s\n", id, secret.Reveal()); err != nil {
			file.Discard()
		} else {
			err = file.Done()
		}
		if err != nil {
			err = errors.Join(fmt.Errorf("the token %s was made, and its secret is lost: expire it", id), err)
		}
		return append(items, dialog.Item{Resource: "file " + file.Path(), Detail: "username and password, mechanism SCRAM with tokenauth=true", Err: err}), err
	}
	return plan, nil
}

func renewToken(h page.Host, id string) {
	dialog.Form{
		Title:  "Renew token " + id,
		Fields: []dialog.Field{{Name: "for", Label: "For", Check: optionalDuration, Help: "As 12h, from now on; nothing: the cluster's usual time."}},
		Plan: formPlan(h, func(ctx context.Context, a *kafka.Admin, v dialog.Values) (*kafka.Plan, error) {
			return a.RenewToken(ctx, id, duration(v["for"]))
		}),
	}.Open(h)
}

// list are the parts of a text with commas.
func list(text string) []string {
	var out []string
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

func optionalPrincipal(v string) error {
	if v == "" {
		return nil
	}
	return checkPrincipal(v)
}

func checkPrincipals(v string) error {
	for _, p := range list(v) {
		if err := checkPrincipal(p); err != nil {
			return err
		}
	}
	return nil
}
