package views

import (
	"context"
	"fmt"
	"strings"
	"time"

	"kconsole/labs"
	"kconsole/labs/lessons"
	"kconsole/ui/page"
	"kconsole/ui/resource"
	"kconsole/ui/session"
	"kconsole/ui/theme"
	"kconsole/ui/units"
	"kconsole/ui/widget/grid"
)

// labList shows the guided labs and the walkthroughs, and how far each is.
func labList() *resource.Spec[labs.Standing] {
	type row = labs.Standing
	return &resource.Spec[row]{
		Name: "labs", Aliases: []string{"lab"}, Title: "Labs", Doc: "The guided labs and the walkthroughs, and how far each is; enter opens one beside the console.",
		Load: func(ctx context.Context, s *session.Session, _ page.State, _ page.Target) ([]row, error) {
			all, err := lessons.All()
			if err != nil {
				return nil, err
			}
			return labs.Survey(ctx, all, labs.Options{Cluster: s.Cluster, Stack: s.Stack, StateDir: s.LabState})
		},
		Every: 3 * time.Second,
		ID:    func(r row) string { return r.Lab.ID },
		Text:  func(r row) string { return r.Lab.ID + " " + r.Lab.Title + " " + r.Lab.Summary },
		Fault: func(r row) theme.Level {
			if r.Notice != "" {
				return theme.Watch
			}
			return theme.Normal
		},
		Empty: "There are no labs in this program.",
		Columns: []resource.Column[row]{
			{Column: grid.Column{Title: "LAB", Min: 3}, Help: "Its number; w01 and on are walkthroughs: something is broken.", Cell: func(r row) grid.Cell { return cell(r.Lab.ID) }},
			{Column: grid.Column{Title: "TITLE", Min: 20, Max: 60, Whole: true}, Help: "What it is about.", Cell: func(r row) grid.Cell { return cell(r.Lab.Title) }},
			{
				Column: grid.Column{Title: "MIN", Right: true}, Help: "How many minutes it takes, about.",
				Cell: func(r row) grid.Cell { return cell(units.Exact(int64(r.Lab.Minutes))) },
				Sort: func(r row) float64 { return float64(r.Lab.Minutes) },
			},
			{
				Column: grid.Column{Title: "PROGRESS", Min: 10}, Help: "Steps that are passed, of all.",
				Cell: progressCell, Sort: func(r row) float64 { return float64(r.Passed) / float64(max(r.Required, 1)) },
			},
			{
				Column: grid.Column{Title: "HERE", Min: 20, Max: 60, Drop: 2}, Help: "What this stack cannot do of it.",
				Cell: func(r row) grid.Cell {
					if len(r.Unable) == 0 {
						return at(theme.Muted, "all of it")
					}
					return at(theme.Watch, "not all: "+strings.Join(r.Unable, "; "))
				},
			},
			{Column: grid.Column{Title: "ABOUT", Min: 40, Max: 80, Drop: 3}, Help: "In one sentence.", Cell: func(r row) grid.Cell { return at(theme.Muted, r.Lab.Summary) }},
		},
		Actions: []resource.Action[row]{{
			Key: "enter", Label: "open", Help: "Open the lab beside the console; it goes on where it was left.",
			Disabled: func(h page.Host, _ row) string {
				if s := h.Session(); s != nil && s.Config.Lab == nil {
					return "this cluster has no lab section in the configuration: labs break things on purpose; `kconsole lab up` starts a cluster for that"
				}
				return ""
			},
			Do:      func(h page.Host, _ page.Target, rows []row) { h.Fail(h.OpenLab(rows[0].Lab.ID)) },
			Command: func(_ page.Target, r row) string { return command("lab", "run", r.Lab.ID) },
		}},
	}
}

func progressCell(r labs.Standing) grid.Cell {
	text := fmt.Sprintf("%d of %d", r.Passed, r.Required)
	switch {
	case r.Notice != "":
		return at(theme.Watch, "damaged: "+r.Notice)
	case !r.Finished.IsZero():
		return at(theme.Fine, "✓ "+text)
	case r.Started.IsZero():
		return at(theme.Muted, "not begun")
	}
	return cell(text)
}
