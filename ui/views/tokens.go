package views

import (
	"context"
	"time"

	"kconsole/kafka"
	"kconsole/kafka/poll"
	"kconsole/ui/page"
	"kconsole/ui/resource"
	"kconsole/ui/session"
	"kconsole/ui/theme"
	"kconsole/ui/units"
	"kconsole/ui/widget/grid"
)

// tokenRow is a delegation token, seen at one time.
type tokenRow struct {
	kafka.Token
	now time.Time
}

// tokens shows delegation tokens, never their secrets.
func tokens() *resource.Spec[tokenRow] {
	return &resource.Spec[tokenRow]{
		Name: "tokens", Title: "Delegation tokens", Doc: "The delegation tokens: owner, expiry. Secrets are never shown.",
		Scope: poll.Topics,
		Load: func(ctx context.Context, s *session.Session, st page.State, _ page.Target) ([]tokenRow, error) {
			list, err := s.Cluster.Tokens(ctx)
			rows := make([]tokenRow, len(list))
			for i := range list {
				rows[i] = tokenRow{list[i], st.Now}
			}
			return rows, err
		},
		ID:    func(t tokenRow) string { return t.ID },
		Text:  func(t tokenRow) string { return t.Owner + " " + t.ID },
		Fault: tokenLevel,
		Empty: "There are no tokens that you may see.",
		Columns: []resource.Column[tokenRow]{
			{Column: grid.Column{Title: "OWNER", Min: 12}, Help: "Whose rights the token has.", Cell: func(t tokenRow) grid.Cell { return cell(t.Owner) }},
			{Column: grid.Column{Title: "TOKEN", Min: 12, Max: 30}, Help: "The token's id.", Cell: func(t tokenRow) grid.Cell { return cell(t.ID) }},
			{
				Column: grid.Column{Title: "EXPIRES", Right: true}, Help: "In how long, unless it is renewed.",
				Cell: func(t tokenRow) grid.Cell { return at(tokenLevel(t), until(t.now, t.Expires)) },
				Sort: func(t tokenRow) float64 { return float64(t.Expires.Unix()) },
			},
			{
				Column: grid.Column{Title: "AT MOST", Right: true, Drop: 2}, Help: "In how long it ends for good.",
				Cell: func(t tokenRow) grid.Cell { return cell(until(t.now, t.Max)) },
				Sort: func(t tokenRow) float64 { return float64(t.Max.Unix()) },
			},
		},
		Actions: tokenWrites(),
	}
}

func tokenLevel(t tokenRow) theme.Level {
	switch left := t.Expires.Sub(t.now); {
	case left <= 0:
		return theme.Act
	case left < time.Hour:
		return theme.Watch
	default:
		return theme.Normal
	}
}

// until is how long it is to a moment.
func until(now, at time.Time) string {
	if !at.After(now) {
		return "expired"
	}
	return units.Duration(at.Sub(now))
}
