package views

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"kconsole/compose"
	"kconsole/kafka"
	"kconsole/kafka/doctor"
	"kconsole/kafka/poll"
	"kconsole/ui/draw"
	"kconsole/ui/page"
	"kconsole/ui/resource"
	"kconsole/ui/session"
	"kconsole/ui/theme"
	"kconsole/ui/units"
	"kconsole/ui/widget/grid"
)

// doctorEvery is the time between two looks. A look asks for more than the
// poller does.
const doctorEvery = 8 * time.Second

// doctorRow is a finding, a check that could not be made, or, as the last row,
// what is fine.
type doctorRow struct {
	doctor.Finding
	level theme.Level
	word  string
}

// examiner keeps one doctor for each session: what grows is seen between looks.
type examiner struct {
	mu     sync.Mutex
	of     *kafka.Cluster
	doctor *doctor.Doctor
}

func (e *examiner) look(ctx context.Context, s *session.Session) doctor.Report {
	e.mu.Lock()
	if e.of != s.Cluster {
		e.of, e.doctor = s.Cluster, doctor.New(s.Cluster, doctor.Options{
			Registry: s.Registry, Window: -1,
			Paused: func(ctx context.Context) map[int32]string { return compose.PausedBrokers(ctx, s.Stack) },
		})
	}
	d := e.doctor
	e.mu.Unlock()
	return d.Look(ctx)
}

// health shows what is wrong with the cluster, why, and what to do.
func health() *resource.Spec[doctorRow] {
	var e examiner
	return &resource.Spec[doctorRow]{
		Name: "doctor", Aliases: []string{"dr"}, Title: "Doctor", Doc: "What is wrong with the cluster and its clients, what was seen of it, and what to do next.",
		Scope: poll.Topics, Every: doctorEvery,
		Load: func(ctx context.Context, s *session.Session, _ page.State, _ page.Target) ([]doctorRow, error) {
			return doctorRows(e.look(ctx, s)), nil
		},
		ID:    func(r doctorRow) string { return r.Rule + " " + r.Resource },
		Text:  func(r doctorRow) string { return r.word + " " + r.Resource + " " + r.Title },
		Fault: func(r doctorRow) theme.Level { return r.level },
		Empty: "Nothing was examined.",
		Columns: []resource.Column[doctorRow]{
			{Column: grid.Column{Title: "LEVEL"}, Help: "act: something is broken or lost; watch: something will be; unknown: it could not be checked.", Cell: func(r doctorRow) grid.Cell { return at(r.level, r.word) }},
			{Column: grid.Column{Title: "WHERE", Min: 12, Max: 36}, Help: "What it is about.", Cell: func(r doctorRow) grid.Cell { return cell(r.Resource) }},
			{Column: grid.Column{Title: "WHAT", Min: 24, Whole: true}, Help: "What is wrong.", Cell: func(r doctorRow) grid.Cell { return at(r.level, r.Title) }},
			{Column: grid.Column{Title: "NEXT", Drop: 2, Min: 16, Max: 40}, Help: "What to do about it.", Cell: func(r doctorRow) grid.Cell { return cell(r.Next.Text) }},
			{Column: grid.Column{Title: "LAB", Drop: 3}, Help: "The lab that teaches it.", Cell: func(r doctorRow) grid.Cell { return at(theme.Muted, r.Lab.ID) }},
		},
		Actions: []resource.Action[doctorRow]{
			{
				Key: "enter", Label: "open", Help: "Go to what the finding is about.",
				Disabled: func(h page.Host, r doctorRow) string {
					if !slices.ContainsFunc(h.Views(), func(v page.View) bool { return v.Name == r.Open.View }) {
						return "there is no page for it"
					}
					return ""
				},
				Open: func(_ page.Target, r doctorRow) page.Target {
					return page.Target{View: r.Open.View, Args: r.Open.Args}
				},
				Command: func(_ page.Target, r doctorRow) string { return r.Next.Command },
			},
			{
				Key: "d", Label: "why", Help: "Show what was seen, what it means and what to do.",
				Do: func(h page.Host, _ page.Target, rows []doctorRow) { h.Show(rows[0].Title, doctorText(rows[0].Finding)) },
			},
		},
	}
}

// doctorRows are the findings, the most urgent first, then what is not known,
// then how much is fine.
func doctorRows(rep doctor.Report) []doctorRow {
	var rows []doctorRow
	for _, f := range rep.Findings {
		level := theme.Watch
		if f.Level == doctor.Act {
			level = theme.Act
		}
		rows = append(rows, doctorRow{f, level, "● " + string(f.Level)})
	}
	var fine []string
	for _, c := range rep.Checks {
		switch c.Status {
		case doctor.Unknown:
			rows = append(rows, doctorRow{doctor.Finding{Rule: "unknown", Resource: c.Name, Title: c.Why}, theme.Muted, "○ unknown"})
		case doctor.Fine:
			fine = append(fine, c.Name)
		}
	}
	return append(rows, doctorRow{
		doctor.Finding{Rule: "fine", Title: units.Plural(len(fine), "check") + " passed", Meaning: strings.Join(fine, ", ")},
		theme.Fine, "● fine",
	})
}

// doctorText is a finding in paragraphs.
func doctorText(f doctor.Finding) []string {
	var out []string
	section := func(title string, lines ...string) {
		lines = slices.DeleteFunc(lines, func(l string) bool { return l == "" })
		if len(lines) == 0 {
			return
		}
		if len(out) > 0 {
			out = append(out, "")
		}
		if title != "" {
			out = append(out, title)
		}
		for _, l := range lines {
			out = append(out, wrapped(l)...)
		}
	}
	section("", f.Resource)
	section("Seen", f.Evidence...)
	section("What it means", f.Meaning)
	section("What to do", f.Next.Text, f.Next.Command)
	if f.Lab.ID != "" {
		section("Where it is taught", strings.TrimSuffix(fmt.Sprintf("lab %s, %s: %s", f.Lab.ID, f.Lab.Title, f.Lab.Walkthrough), ": "))
	}
	return out
}

// wrapped breaks a paragraph for the narrowest terminal that dialogs are made for.
func wrapped(text string) []string { return draw.Wrap(text, 74) }
