package views

import (
	"context"
	"errors"
	"fmt"
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

// pair is a name=value that was typed.
type pair struct{ name, value string }

var (
	errPair  = errors.New(`write name=value, several separated by commas; a value with a comma in double quotes: name="a,b"`)
	errQuote = errors.New(`close the double quotes before the next comma, and write "" for one inside: name="say ""a,b"""`)
)

// pairList parses name=value, separated by commas, in the order they are typed;
// names may repeat. A value in double quotes may hold commas, and quotes that are
// written twice. With lists, a part without "=" goes on with the value before it, as
// in cleanup.policy=compact,delete; otherwise it is an error.
func pairList(text string, lists bool) ([]pair, error) {
	var out []pair
	for rest := text; ; {
		rest = strings.TrimLeft(rest, ", \t")
		if rest == "" {
			return out, nil
		}
		part, after, _ := strings.Cut(rest, ",")
		name, value, ok := strings.Cut(part, "=")
		name = strings.TrimSpace(name)
		switch {
		case !ok && lists && len(out) > 0:
			out[len(out)-1].value += "," + strings.TrimSpace(part)
			rest = after
			continue
		case !ok || name == "":
			return nil, errPair
		}
		value = strings.TrimSpace(value)
		if strings.HasPrefix(value, `"`) { // a comma may be in it
			_, quoted, _ := strings.Cut(rest, "=")
			if value, after, ok = unquote(strings.TrimSpace(quoted)); !ok {
				return nil, errQuote
			}
		}
		out = append(out, pair{name, value})
		rest = after
	}
}

// unquote reads a value that begins with a double quote, and gives what is behind it
// and its comma; false: something else is.
func unquote(text string) (value, rest string, ok bool) {
	for rest = text[1:]; ; {
		part, after, closed := strings.Cut(rest, `"`)
		value += part
		switch {
		case !closed:
			return "", "", false
		case strings.HasPrefix(after, `"`):
			value, rest = value+`"`, after[1:]
		default:
			var between string
			between, rest, _ = strings.Cut(after, ",")
			return value, rest, strings.TrimSpace(between) == ""
		}
	}
}

// configMap is the configuration that is typed as pairs; a value may be a list.
func configMap(text string) (map[string]string, error) {
	list, err := pairList(text, true)
	if err != nil {
		return nil, err
	}
	out := make(map[string]string, len(list))
	for _, p := range list {
		if _, twice := out[p.name]; twice {
			return nil, fmt.Errorf("%s is given twice", p.name)
		}
		out[p.name] = p.value
	}
	return out, nil
}

func checkConfigs(text string) error {
	_, err := configMap(text)
	return err
}

// headerList is the headers that are typed as pairs.
func headerList(text string) ([]kafka.Header, error) {
	list, err := pairList(text, false)
	if err != nil {
		return nil, err
	}
	var out []kafka.Header
	for _, p := range list {
		out = append(out, kafka.Header{Key: p.name, Value: []byte(p.value)})
	}
	return out, nil
}

func checkHeaders(text string) error {
	_, err := headerList(text)
	return err
}

// pairFlags are pairs as flags of a command.
func pairFlags(flag, text string, lists bool) []string {
	list, err := pairList(text, lists)
	if err != nil {
		return nil // the field says what is wrong
	}
	var out []string
	for _, p := range list {
		out = append(out, flag, p.name+"="+p.value)
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
