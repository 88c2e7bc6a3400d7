package views

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"kconsole/avro"
	"kconsole/avro/registry"
	"kconsole/kafka"
	"kconsole/ui/page"
	"kconsole/ui/reader"
	"kconsole/ui/session"
)

// schemaDiff shows what changed from the version before to one version.
func schemaDiff() page.View { return schemaDiffFrom(loadDiff) }

func schemaDiffFrom(load func(context.Context, *session.Session, string, int) (reader.Text, error)) page.View {
	return page.View{
		Name: "diff", Doc: "What a version of a subject, or the latest, changed, field by field.",
		Args: []page.Arg{page.Subject, page.Version}, Optional: 1, Parent: "subject",
		New: func(h page.Host, t page.Target) (page.Page, error) {
			o := reader.Options{Title: t.Arg(0), Target: t, Tabs: subjectTabs}
			n := registry.Latest
			if text := strings.TrimPrefix(t.Arg(1), "v"); text != "" {
				var err error
				if n, err = strconv.Atoi(text); err != nil || n < 1 {
					return nil, fmt.Errorf("%q is no version: they are numbered from 1", t.Arg(1))
				}
				o.Title, o.Tabs = fmt.Sprintf("%s v%d: what changed", t.Arg(0), n), nil
			}
			o.Load = func(ctx context.Context, s *session.Session) (reader.Text, error) { return load(ctx, s, t.Arg(0), n) }
			return reader.New(h, o), nil
		},
	}
}

func loadDiff(ctx context.Context, s *session.Session, subject string, version int) (reader.Text, error) {
	if s.Registry == nil {
		return reader.Text{}, errNoRegistry()
	}
	versions, err := s.Registry.Versions(ctx, subject, false)
	if err != nil {
		return reader.Text{}, err
	}
	if version == registry.Latest && len(versions) > 0 {
		version = versions[len(versions)-1]
	}
	before := 0
	for _, v := range versions {
		if v < version {
			before = max(before, v)
		}
	}
	if before == 0 {
		return reader.Text{Body: "It is the first version: there is nothing to compare it with."}, nil
	}
	older, err := compiled(ctx, s.Registry, subject, before)
	if err != nil {
		return reader.Text{}, err
	}
	newer, err := compiled(ctx, s.Registry, subject, version)
	if err != nil {
		return reader.Text{}, err
	}
	out := reader.Text{Head: []string{fmt.Sprintf("from version %d to version %d", before, version)}}
	var lines []string
	for _, d := range avro.Diff(older, newer) {
		lines = append(lines, d.String())
	}
	if len(lines) == 0 {
		lines = []string{"Nothing that matters to a reader or a writer."}
	}
	out.Body = strings.Join(lines, "\n")
	return out, nil
}

// compiled is a version of a subject that Avro understands.
func compiled(ctx context.Context, reg *registry.Client, subject string, version int) (*avro.Schema, error) {
	found, err := reg.Version(ctx, subject, version)
	switch {
	case err != nil:
		return nil, err
	case found.AvroErr != nil:
		return nil, found.AvroErr
	case found.Avro == nil:
		return nil, &kafka.Error{What: fmt.Sprintf("cannot compare %s v%d", subject, version), Why: "it is " + string(found.Kind) + ", and only Avro is compared field by field", Do: "y shows its text", Kind: kafka.Invalid}
	}
	return found.Avro, nil
}
