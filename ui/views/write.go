package views

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"kconsole/kafka"
	"kconsole/kafka/access"
	"kconsole/ui/dialog"
	"kconsole/ui/page"
	"kconsole/ui/session"
)

// change opens the review of a plan for the cluster.
func change(h page.Host, plan func(context.Context, *kafka.Admin) (*kafka.Plan, error)) {
	dialog.Review(h, planFor(h.Session(), plan), nil)
}

// withAdmin makes a plan with the session's Admin, which a read-only context does
// not have; where that is denied, the error says which ACLs are missing. It runs
// beside the event loop, on which the session was asked for.
func withAdmin(s *session.Session, plan func(context.Context, *kafka.Cluster, *kafka.Admin) (*dialog.Plan, error)) func(context.Context) (*dialog.Plan, error) {
	return func(ctx context.Context) (*dialog.Plan, error) {
		if s == nil || s.Cluster == nil {
			return nil, errNoConnection()
		}
		admin, err := s.Cluster.Admin()
		if err != nil {
			return nil, err
		}
		p, err := plan(ctx, s.Cluster, admin)
		return p, access.Explain(ctx, s.Cluster, err)
	}
}

// planFor is withAdmin for one plan for the cluster.
func planFor(s *session.Session, plan func(context.Context, *kafka.Admin) (*kafka.Plan, error)) func(context.Context) (*dialog.Plan, error) {
	return withAdmin(s, func(ctx context.Context, c *kafka.Cluster, a *kafka.Admin) (*dialog.Plan, error) {
		p, err := plan(ctx, a)
		if err != nil {
			return nil, err
		}
		return dialog.OfKafka(ctx, c, p), nil
	})
}

func errNoConnection() error {
	return &kafka.Error{What: "there is no connection yet", Do: "wait for it, or press ctrl-r", Kind: kafka.Unreachable}
}

// formPlan is planFor for a form.
func formPlan(h page.Host, plan func(context.Context, *kafka.Admin, dialog.Values) (*kafka.Plan, error)) func(context.Context, dialog.Values) (*dialog.Plan, error) {
	s := h.Session()
	return func(ctx context.Context, v dialog.Values) (*dialog.Plan, error) {
		return planFor(s, func(ctx context.Context, a *kafka.Admin) (*kafka.Plan, error) { return plan(ctx, a, v) })(ctx)
	}
}

// names takes the names out of rows.
func names[T any](rows []T, name func(T) string) []string {
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = name(r)
	}
	return out
}

// required is a check for a value that may not be missing.
func required(what string) func(string) error {
	return func(v string) error {
		if v == "" {
			return fmt.Errorf("say which %s", what)
		}
		return nil
	}
}

// optionalNumber is a check for a whole number in a range, or nothing.
func optionalNumber(low, high int64) func(string) error {
	return func(v string) error {
		if v == "" {
			return nil
		}
		if n, err := strconv.ParseInt(v, 10, 64); err != nil || n < low || n > high {
			return fmt.Errorf("%q is no whole number from %d to %d", v, low, high)
		}
		return nil
	}
}

// atoi is a number that a check has accepted; nothing is 0.
func atoi(v string) int64 {
	n, _ := strconv.ParseInt(v, 10, 64) // checked
	return n
}

var errPair = errors.New("write name=value, several separated by commas")

// pairs parses name=value, separated by commas. A value may be in double quotes
// to hold a comma.
func pairs(text string) (map[string]string, error) {
	out := map[string]string{}
	for rest := strings.TrimSpace(text); rest != ""; {
		name, after, ok := strings.Cut(rest, "=")
		name = strings.TrimSpace(name)
		if !ok || name == "" {
			return nil, errPair
		}
		var value string
		if strings.HasPrefix(after, `"`) {
			value, after, ok = strings.Cut(after[1:], `"`)
			if !ok {
				return nil, errors.New("a double quote is not closed")
			}
			_, rest, _ = strings.Cut(after, ",")
		} else {
			value, rest, _ = strings.Cut(after, ",")
			value = strings.TrimSpace(value)
		}
		out[name] = value
		rest = strings.TrimSpace(rest)
	}
	return out, nil
}

func checkPairs(text string) error {
	_, err := pairs(text)
	return err
}

// pairFlags are pairs as flags of a command.
func pairFlags(flag, text string) []string {
	parsed, err := pairs(text)
	if err != nil {
		return nil
	}
	var out []string
	for _, k := range slices.Sorted(maps.Keys(parsed)) {
		out = append(out, flag, k+"="+parsed[k])
	}
	return out
}

// completing offers the names that begin with, or hold, what is typed.
func completing(list func() []string) func(string) []string {
	return func(text string) []string {
		var first, then []string
		low := strings.ToLower(text)
		for _, n := range list() {
			switch l := strings.ToLower(n); {
			case strings.HasPrefix(l, low):
				first = append(first, n)
			case strings.Contains(l, low):
				then = append(then, n)
			}
		}
		all := append(first, then...)
		return all[:min(len(all), 50)]
	}
}

// topicNames and groupNames are what is known now.
func topicNames(h page.Host) func() []string {
	return func() []string {
		rows := h.State().Snap.Topics.Rows
		out := make([]string, len(rows))
		for i := range rows {
			out[i] = rows[i].Name
		}
		return out
	}
}

func groupNames(h page.Host) func() []string {
	return func() []string {
		rows := h.State().Snap.Groups.Rows
		out := make([]string, len(rows))
		for i := range rows {
			out[i] = rows[i].ID
		}
		return out
	}
}
