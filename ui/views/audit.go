package views

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"kconsole/kafka"
	"kconsole/ui/page"
	"kconsole/ui/resource"
	"kconsole/ui/session"
	"kconsole/ui/theme"
	"kconsole/ui/units"
	"kconsole/ui/widget/grid"
)

// auditRow is a change with the clock of its screen.
type auditRow struct {
	kafka.AuditRecord
	when string
}

// audit shows the changes that were made with this program, on all clusters.
func audit() *resource.Spec[auditRow] {
	return &resource.Spec[auditRow]{
		Name: "audit", Title: "Audit", Doc: "The changes that were made from here, by whom, and how they went: console and command line.",
		Every: 2 * time.Second,
		Load: func(_ context.Context, s *session.Session, st page.State, _ page.Target) ([]auditRow, error) {
			if s.AuditLog == "" {
				return nil, &kafka.Error{What: "there is no audit log", Why: "this console keeps none", Do: "start it as kconsole", Kind: kafka.Invalid}
			}
			list, err := kafka.ReadAudit(s.AuditLog)
			rows := make([]auditRow, len(list))
			for i := range list { // the newest is first there, and last here
				rows[len(list)-1-i] = auditRow{list[i], st.Time(list[i].Time)}
			}
			return rows, err
		},
		ID:    func(a auditRow) string { return strconv.Itoa(a.Seq) },
		Text:  func(a auditRow) string { return a.Cluster + " " + a.Principal + " " + a.Title },
		Fault: auditLevel,
		Desc:  true,
		Empty: "Nothing has been changed from here yet.",
		Columns: []resource.Column[auditRow]{
			{Column: grid.Column{Title: "TIME"}, Help: "When it began; the newest is first.", Cell: func(a auditRow) grid.Cell { return at(theme.Muted, a.when) }},
			{Column: grid.Column{Title: "CLUSTER", Max: 20, Drop: 3}, Help: "Where, by its name in the configuration.", Cell: func(a auditRow) grid.Cell { return cell(a.Cluster) }},
			{Column: grid.Column{Title: "WHO", Max: 24, Drop: 2}, Help: "As whom it was asked for.", Cell: func(a auditRow) grid.Cell { return optional(a.Principal) }},
			{Column: grid.Column{Title: "WHAT", Min: 20}, Help: "What was to be changed.", Cell: func(a auditRow) grid.Cell { return cell(a.Title) }},
			{Column: grid.Column{Title: "RESULT"}, Help: "done, how many parts failed, or unknown: it runs, or was cut short.", Cell: func(a auditRow) grid.Cell { return at(auditLevel(a), auditResult(a)) }},
			{
				Column: grid.Column{Title: "TOOK", Right: true, Drop: 4}, Help: "From beginning to end.",
				Cell: func(a auditRow) grid.Cell {
					if a.Open {
						return at(theme.Muted, units.Dash)
					}
					return cell(units.Duration(a.Took))
				},
				Sort: func(a auditRow) float64 { return a.Took.Seconds() },
			},
		},
		Actions: []resource.Action[auditRow]{{
			Key: "enter", Label: "details", Help: "Show what was planned, and how each part went.",
			Do: func(h page.Host, _ page.Target, rows []auditRow) { h.Show(rows[0].Title, auditLines(rows[0])) },
		}},
	}
}

func auditResult(a auditRow) string {
	switch {
	case a.Open:
		return "unknown"
	case a.Failed > 0:
		return fmt.Sprintf("%d of %d failed", a.Failed, len(a.Items))
	default:
		return "done"
	}
}

func auditLevel(a auditRow) theme.Level {
	switch {
	case a.Open:
		return theme.Watch
	case a.Failed > 0:
		return theme.Act
	default:
		return theme.Normal
	}
}

// auditLines are a change in full.
func auditLines(a auditRow) []string {
	lines := []string{
		a.Time.Format(time.RFC3339) + " on " + a.Cluster + " as " + a.Principal + ": " + auditResult(a), "", "Planned",
	}
	for _, c := range a.Changes {
		planned := kafka.Change{Resource: c.Resource, What: c.What, From: c.From, To: c.To}
		line := "  " + planned.String()
		if c.Error != "" {
			line = "  " + c.Resource + ": " + c.What + ": not possible: " + c.Error
		}
		lines = append(lines, line)
	}
	for _, w := range a.Warnings {
		lines = append(lines, "  warning: "+w)
	}
	lines = append(lines, "", "Parts")
	if len(a.Items) == 0 {
		lines = append(lines, "  nothing is written down of them")
	}
	for _, i := range a.Items {
		line := "  ✓ " + i.Resource
		if i.Error != "" {
			line = "  ✗ " + i.Resource + ": " + i.Error
		}
		if i.Detail != "" {
			line += "  " + i.Detail
		}
		lines = append(lines, line)
	}
	return lines
}
