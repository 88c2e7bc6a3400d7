package views

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"kconsole/avro"
	"kconsole/kafka/poll"
	"kconsole/ui/page"
	"kconsole/ui/reader"
	"kconsole/ui/resource"
	"kconsole/ui/session"
	"kconsole/ui/theme"
	"kconsole/ui/widget/grid"
)

// subjectTabs are the views of one subject.
var subjectTabs = []string{"subject", "diff", "compat", "uses"}

// maxCompat is how many versions of a subject are held against each other.
const maxCompat = 50

// compat shows whether each version of a subject keeps the level in force.
func compat() page.View { return compatFrom(loadCompat) }

func compatFrom(load func(context.Context, *session.Session, string) (reader.Text, error)) page.View {
	return page.View{
		Name: "compat", Tab: "compatibility", Doc: "Whether the versions of a subject keep its compatibility level, and why not.",
		Args: []page.Arg{page.Subject}, Parent: "subjects",
		New: func(h page.Host, t page.Target) (page.Page, error) {
			return reader.New(h, reader.Options{
				Title: t.Arg(0), Target: t, Tabs: subjectTabs,
				Load: func(ctx context.Context, s *session.Session) (reader.Text, error) { return load(ctx, s, t.Arg(0)) },
			}), nil
		},
	}
}

func loadCompat(ctx context.Context, s *session.Session, subject string) (reader.Text, error) {
	if s.Registry == nil {
		return reader.Text{}, errNoRegistry()
	}
	level, inherited, err := s.Registry.Level(ctx, subject)
	if err != nil {
		return reader.Text{}, err
	}
	numbers, err := s.Registry.Versions(ctx, subject, false)
	if err != nil {
		return reader.Text{}, err
	}
	from := "its own"
	if inherited {
		from = "the registry's"
	}
	out := reader.Text{Head: []string{fmt.Sprintf("level %s (%s)", level, from)}}
	if len(numbers) > maxCompat {
		out.Head = append(out.Head, fmt.Sprintf("the last %d of %d versions", maxCompat, len(numbers)))
		numbers = numbers[len(numbers)-maxCompat:]
	}
	var earlier []avro.Version
	var body strings.Builder
	for _, n := range numbers {
		schema, err := compiled(ctx, s.Registry, subject, n)
		if ctx.Err() != nil {
			return reader.Text{}, ctx.Err()
		}
		if err != nil {
			fmt.Fprintf(&body, "v%d  cannot be compared: %v\n", n, err)
			continue
		}
		describeCompat(&body, level, n, schema, earlier)
		earlier = append(earlier, avro.Version{Number: n, Schema: schema})
	}
	out.Body = body.String()
	return out, nil
}

// describeCompat says how a version gets along with those before it.
func describeCompat(b *strings.Builder, level avro.Level, n int, schema *avro.Schema, earlier []avro.Version) {
	if len(earlier) == 0 {
		fmt.Fprintf(b, "v%d  the first: nothing to get along with\n", n)
		return
	}
	var passing []string
	for _, l := range avro.PassingLevels(schema, earlier) {
		passing = append(passing, string(l))
	}
	broken := avro.CheckLevel(level, schema, earlier)
	if len(broken) == 0 {
		fmt.Fprintf(b, "v%d  keeps %s; would pass %s\n", n, level, strings.Join(passing, ", "))
		return
	}
	fmt.Fprintf(b, "v%d  does not keep %s; would pass %s\n", n, level, strings.Join(passing, ", "))
	for _, v := range broken {
		fmt.Fprintf(b, "      against v%d: %s\n      → %s\n", v.Version, v.Why, v.Fix)
	}
}

// useRow is something that depends on a subject.
type useRow struct {
	kind, name, how string
	target          page.Target
}

// uses shows who uses a subject.
func uses() *resource.Spec[useRow] {
	return &resource.Spec[useRow]{
		Name: "uses", Title: "Used by", Tab: "used by", Tabs: subjectTabs, Doc: "Who uses a subject: the topic it is named after, the groups that read that, and the schemas that refer to it.",
		Args: []page.Arg{page.Subject}, Parent: "subjects", Scope: poll.Topics | poll.Subjects | poll.Groups | poll.Lag,
		Load:  loadUses,
		ID:    func(u useRow) string { return u.kind + " " + u.name },
		Empty: "Nothing that can be told from names and references: no topic is named like it, and no schema refers to it.",
		Columns: []resource.Column[useRow]{
			{Column: grid.Column{Title: "KIND"}, Help: "topic, group or schema.", Cell: func(u useRow) grid.Cell { return at(theme.Muted, u.kind) }},
			{Column: grid.Column{Title: "NAME", Min: 16}, Help: "Its name.", Cell: func(u useRow) grid.Cell { return cell(u.name) }},
			{Column: grid.Column{Title: "HOW", Min: 12, Drop: 1}, Help: "How it is known.", Cell: func(u useRow) grid.Cell { return at(theme.Muted, u.how) }},
		},
		Actions: []resource.Action[useRow]{{
			Key: "enter", Label: "open", Help: "Show it.",
			Open: func(_ page.Target, u useRow) page.Target { return u.target },
		}},
	}
}

// loadUses asks the registry for references; the rest is known from the names.
func loadUses(ctx context.Context, s *session.Session, st page.State, t page.Target) ([]useRow, error) {
	subject := t.Arg(0)
	var out []useRow
	if topic := topicOf(st.Snap, subject); topic != "" {
		out = append(out, useRow{"topic", topic, "the subject is named after it", page.Target{View: "topic", Args: []string{topic}}})
		for i := range st.Snap.Groups.Rows {
			g := &st.Snap.Groups.Rows[i]
			if row, reads := consumerOf(g, topic); reads {
				out = append(out, useRow{"group", g.ID, fmt.Sprintf("reads %s, %s there", topic, plural(row.members, "member")), page.Target{View: "group", Args: []string{g.ID}}})
			}
		}
	}
	if s.Registry == nil {
		return out, errNoRegistry()
	}
	sub := st.Snap.Subject(subject)
	if sub == nil {
		return out, nil
	}
	for _, v := range sub.Versions {
		ids, err := s.Registry.ReferredBy(ctx, subject, v)
		if err != nil {
			return out, err
		}
		for _, id := range ids {
			list, err := s.Registry.Uses(ctx, id)
			if err != nil {
				return out, err
			}
			for _, u := range list {
				out = append(out, useRow{
					"schema", u.Subject + " v" + strconv.Itoa(u.Version), "refers to v" + strconv.Itoa(v),
					page.Target{View: "schema", Args: []string{u.Subject, strconv.Itoa(u.Version)}},
				})
			}
		}
	}
	return out, nil
}
