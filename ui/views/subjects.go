package views

import (
	"fmt"
	"strconv"

	"kconsole/kafka"
	"kconsole/kafka/poll"
	"kconsole/ui/page"
	"kconsole/ui/resource"
	"kconsole/ui/theme"
	"kconsole/ui/units"
	"kconsole/ui/widget/grid"
)

func subjects() *resource.Spec[*kafka.Subject] {
	type subject = *kafka.Subject
	return &resource.Spec[subject]{
		Name: "subjects", Aliases: []string{"schemas", "s"}, Title: "Subjects", Doc: "The schema registry's subjects: versions, schema ids, compatibility.",
		Scope: poll.Topics | poll.Subjects,
		Rows:  func(st page.State, _ page.Target) resource.Result[subject] { return resource.From(&st.Snap.Subjects) },
		ID:    func(s subject) string { return s.Name },
		Fault: func(s subject) theme.Level {
			switch {
			case s.Err != nil:
				return theme.Act
			case s.Level == "NONE":
				return theme.Watch
			default:
				return theme.Normal
			}
		},
		Empty: "The registry has no subjects, or this cluster has no registry in its configuration.",
		Columns: []resource.Column[subject]{
			{
				Column: grid.Column{Title: "SUBJECT", Min: 24}, Help: "The subject's name.",
				Cell: func(s subject) grid.Cell { return cell(s.Name) },
			},
			{
				Column: grid.Column{Title: "TYPE"}, Help: "AVRO, PROTOBUF or JSON, of the latest version.",
				Cell: func(s subject) grid.Cell { return optional(s.Type) },
			},
			{
				Column: grid.Column{Title: "LATEST", Right: true}, Help: "The latest version.",
				Cell: func(s subject) grid.Cell {
					if s.Latest() == 0 {
						return at(theme.Muted, units.Dash)
					}
					return cell("v" + strconv.Itoa(s.Latest()))
				},
				Sort: func(s subject) float64 { return float64(s.Latest()) },
			},
			{
				Column: grid.Column{Title: "VERSIONS", Right: true}, Help: "How many versions there are.",
				Cell: func(s subject) grid.Cell { return number(int64(len(s.Versions))) },
				Sort: func(s subject) float64 { return float64(len(s.Versions)) },
			},
			{
				Column: grid.Column{Title: "ID", Right: true}, Help: "Schema id of the latest version: what records carry.",
				Cell: func(s subject) grid.Cell {
					if s.ID == 0 {
						return at(theme.Muted, units.Dash)
					}
					return cell(strconv.Itoa(s.ID))
				},
				Sort: func(s subject) float64 { return float64(s.ID) },
			},
			{
				Column: grid.Column{Title: "COMPATIBILITY", Min: 8}, Help: "The level in force for new versions. Amber: NONE, anything goes.",
				Cell: func(s subject) grid.Cell {
					if s.Level == "NONE" {
						return at(theme.Watch, "NONE")
					}
					return optional(s.Level)
				},
			},
			{
				Column: grid.Column{Title: "PROBLEM", Auto: true, Drop: 5, Min: 10, Max: 60}, Help: "Why something about it could not be read.",
				Cell: func(s subject) grid.Cell {
					if s.Err == nil {
						return cell("")
					}
					return at(theme.Act, s.Err.Error())
				},
			},
		},
		Actions: append([]resource.Action[subject]{
			{
				Key: "enter", Label: "versions", Help: "Show the subject's versions.",
				Open: func(_ page.Target, s subject) page.Target {
					return page.Target{View: "subject", Args: []string{s.Name}}
				},
				Command: func(_ page.Target, s subject) string { return command("describe", "subject", s.Name) },
			},
			{
				Key: "y", Label: "schema", Help: "Show the latest schema.",
				Disabled: func(_ page.Host, s subject) string {
					if s.Latest() == 0 {
						return "its versions are not known yet"
					}
					return ""
				},
				Open: func(_ page.Target, s subject) page.Target {
					return page.Target{View: "schema", Args: []string{s.Name, strconv.Itoa(s.Latest())}}
				},
				Command: func(_ page.Target, s subject) string { return command("get", "schemas", s.Name) },
			},
		}, subjectWrites()...),
	}
}

// versionRow is one version of a subject.
type versionRow struct {
	version int
	latest  bool
	subject *kafka.Subject
}

// subject shows the versions of one subject.
func subject() *resource.Spec[versionRow] {
	return &resource.Spec[versionRow]{
		Name: "subject", Title: "Versions", Tab: "versions", Tabs: subjectTabs, Doc: "The versions of one subject.",
		Args: []page.Arg{page.Subject}, Parent: "subjects",
		Scope: poll.Topics | poll.Subjects,
		Rows: func(st page.State, t page.Target) resource.Result[versionRow] {
			out := resource.Result[versionRow]{At: st.Snap.Subjects.At, Err: st.Snap.Subjects.Err}
			s := st.Snap.Subject(t.Arg(0))
			if s == nil {
				return out
			}
			if s.Err != nil {
				out.Err = s.Err
			}
			for _, v := range s.Versions {
				out.Rows = append(out.Rows, versionRow{v, v == s.Latest(), s})
			}
			return out
		},
		ID:      func(v versionRow) string { return strconv.Itoa(v.version) },
		Missing: func(st page.State, t page.Target) error { return noSubject(st, t.Arg(0)) },
		Empty:   "There is no such subject now, or its versions have not been read yet.",
		Columns: []resource.Column[versionRow]{
			{
				Column: grid.Column{Title: "VERSION", Right: true}, Help: "The version.",
				Cell: func(v versionRow) grid.Cell { return cell(fmt.Sprintf("v%d", v.version)) },
			},
			{
				Column: grid.Column{Title: "ID", Right: true}, Help: "Schema id, known here for the latest version.",
				Cell: func(v versionRow) grid.Cell {
					if !v.latest || v.subject.ID == 0 {
						return at(theme.Muted, units.Dash)
					}
					return cell(strconv.Itoa(v.subject.ID))
				},
			},
			{
				Column: grid.Column{Title: "TYPE"}, Help: "AVRO, PROTOBUF or JSON.",
				Cell: func(v versionRow) grid.Cell {
					if !v.latest {
						return at(theme.Muted, units.Dash)
					}
					return optional(v.subject.Type)
				},
			},
			{
				Column: grid.Column{Title: ""}, Help: "Which one is the latest.",
				Cell: func(v versionRow) grid.Cell {
					if v.latest {
						return at(theme.Fine, "latest")
					}
					return cell("")
				},
			},
		},
		Actions: append([]resource.Action[versionRow]{
			{
				Key: "enter", Label: "schema", Help: "Show the schema of this version.",
				Open: func(t page.Target, v versionRow) page.Target {
					return page.Target{View: "schema", Args: []string{t.Arg(0), strconv.Itoa(v.version)}}
				},
			},
			{
				Key: "d", Label: "diff", Help: "Show what this version changed, field by field.",
				Open: func(t page.Target, v versionRow) page.Target {
					return page.Target{View: "diff", Args: []string{t.Arg(0), strconv.Itoa(v.version)}}
				},
				Command: func(t page.Target, v versionRow) string {
					return command("schema", "diff", atVersion(t.Arg(0), v.version))
				},
			},
		}, versionWrites()...),
	}
}
