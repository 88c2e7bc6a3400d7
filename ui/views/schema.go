package views

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"kconsole/avro/registry"
	"kconsole/kafka"
	"kconsole/ui/page"
	"kconsole/ui/reader"
	"kconsole/ui/session"
)

// schema shows the text of one version of a subject.
func schema() page.View { return schemaFrom(loadSchema) }

func schemaFrom(load func(context.Context, *session.Session, string, int) (reader.Text, error)) page.View {
	return page.View{
		Name: "schema", Doc: "The schema of a subject: the latest version, or the one that is named.",
		Args: []page.Arg{page.Subject, page.Version}, Optional: 1, Parent: "subject",
		New: func(h page.Host, t page.Target) (page.Page, error) {
			version := registry.Latest
			title := t.Arg(0)
			if text := strings.TrimPrefix(t.Arg(1), "v"); text != "" {
				n, err := strconv.Atoi(text)
				if err != nil || n < 1 {
					return nil, fmt.Errorf("%q is no version: they are numbered from 1", t.Arg(1))
				}
				version, title = n, fmt.Sprintf("%s v%d", title, n)
			}
			return reader.New(h, reader.Options{
				Title: title, Target: t,
				Load: func(ctx context.Context, s *session.Session) (reader.Text, error) {
					return load(ctx, s, t.Arg(0), version)
				},
			}), nil
		},
	}
}

// errNoRegistry is what views of the registry say where there is none.
func errNoRegistry() error {
	return &kafka.Error{
		What: "there is no schema registry to ask", Why: "this cluster has no registry in its configuration",
		Do: "add registry: {url: ...} to it", Kind: kafka.Invalid,
	}
}

func loadSchema(ctx context.Context, s *session.Session, subject string, version int) (reader.Text, error) {
	if s.Registry == nil {
		return reader.Text{}, errNoRegistry()
	}
	found, err := s.Registry.Version(ctx, subject, version)
	if err != nil {
		return reader.Text{}, err
	}
	head := fmt.Sprintf("%s · version %d · schema id %d", found.Kind, found.Version, found.ID)
	if found.GUID != "" {
		head += " · " + found.GUID
	}
	out := reader.Text{Head: []string{head}, Body: indent(found.Text)}
	if found.AvroErr != nil {
		out.Head = append(out.Head, "It cannot be used to decode: "+found.AvroErr.Error())
	}
	for _, r := range found.References {
		out.Head = append(out.Head, fmt.Sprintf("refers to %s: %s v%d", r.Name, r.Subject, r.Version))
	}
	return out, nil
}

// indent lays JSON out; other text stays as it is.
func indent(text string) string {
	var b bytes.Buffer
	if err := json.Indent(&b, []byte(text), "", "  "); err != nil {
		return text
	}
	return b.String()
}
