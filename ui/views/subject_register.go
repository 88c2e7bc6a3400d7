package views

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"kconsole/avro/registry"
	"kconsole/ui/dialog"
	"kconsole/ui/page"
	"kconsole/ui/widget/lineedit"
)

// maxSchema is the longest schema that is read from a file, in bytes.
const maxSchema = 8 << 20

// newSubject opens the form that registers the first schema of a subject.
func newSubject(h page.Host) {
	registration{
		title: "Register a schema", template: `{"type":"record","name":"NAME","namespace":"NAMESPACE","fields":[{"name":"id","type":"string"}]}`,
	}.form(h)
}

// newVersion opens the form that registers the next version of a subject, with
// the latest one to be changed.
func newVersion(h page.Host, subject string) {
	s := h.Session()
	if s == nil || s.Registry == nil {
		h.Fail(errNoRegistry())
		return
	}
	h.Loop().Go(func() {
		latest, err := s.Registry.Version(context.Background(), subject, registry.Latest)
		h.Loop().Post(func() {
			if err != nil {
				h.Fail(err)
				return
			}
			if h.Session() == s {
				registration{
					title: "New version of subject " + subject, subject: subject, kind: latest.Kind, template: latest.Text, references: latest.References,
				}.form(h)
			}
		})
	})
}

// registration is what a form of a schema begins with.
type registration struct {
	title, subject string
	kind           registry.Kind // empty: it is chosen
	template       string
	references     []registry.Reference
}

const (
	typed  = "typed here"
	inFile = "a file"
)

func (r registration) form(h page.Host) {
	kinds := []string{string(registry.Avro), string(registry.JSON), string(registry.Protobuf)}
	editor := "schema.avsc"
	if r.kind != "" {
		kinds = []string{string(r.kind)}
		editor = map[registry.Kind]string{registry.Avro: editor, registry.JSON: "schema.json", registry.Protobuf: "schema.proto"}[r.kind]
	}
	from := []string{typed, inFile}
	if len(r.template) > lineedit.MaxBytes { // a part of it would be no schema
		r.template, from = "", []string{inFile, typed}
	}
	open := func(dialog.Values) bool { return r.subject == "" } // else the title says it
	file := func(v dialog.Values) bool { return v["from"] == inFile }
	dialog.Form{
		Title: r.title,
		Fields: []dialog.Field{
			{Name: "subject", Label: "Subject", Value: r.subject, Shown: open, Check: required("subject"), Complete: completing(valueSubjects(h)), Help: "By Kafka's usual naming it is TOPIC-value or TOPIC-key."},
			{Name: "type", Label: "Type", Choices: kinds, Shown: open, Help: "The schema's language."},
			{Name: "from", Label: "Schema is", Choices: from},
			{
				Name: "schema", Label: "Schema", Value: r.template, Editor: editor, Check: required("schema"), Shown: func(v dialog.Values) bool { return !file(v) },
				Help: "ctrl-o opens it in your editor. The registry checks it against the subject's level, and the plan says how that goes.",
			},
			{Name: "file", Label: "File", Check: required("file"), Shown: file, Help: "Its path, as order.avsc."},
			{Name: "references", Label: "Refers to", Value: referenceText(r.references), Append: true, Check: func(v string) error { _, err := references(v); return err }, Help: "NAME=SUBJECT@VERSION of each schema that it refers to, separated by commas; nothing: none."},
		},
		Plan: func(ctx context.Context, v dialog.Values) (*dialog.Plan, error) {
			draft, err := draftOf(v)
			if err != nil {
				return nil, err
			}
			return registrationPlan(ctx, h, v["subject"], draft)
		},
		Command: func(v dialog.Values) string {
			if v["subject"] == "" {
				return ""
			}
			path := v["file"]
			if !file(v) || path == "" {
				path = "FILE"
			}
			words := []string{"schema", "register", v["subject"], path}
			if v["type"] != string(registry.Avro) {
				words = append(words, "--type", strings.ToLower(v["type"]))
			}
			for _, ref := range list(v["references"]) {
				words = append(words, "--reference", ref)
			}
			return command(words...)
		},
	}.Open(h)
}

// draftOf is the schema that a filled form stands for.
func draftOf(v dialog.Values) (registry.Draft, error) {
	d := registry.Draft{Kind: registry.Kind(v["type"]), Text: v["schema"]}
	var err error
	if d.References, err = references(v["references"]); err != nil || v["from"] != inFile {
		return d, err
	}
	file, err := os.Open(v["file"])
	if err != nil {
		return d, fmt.Errorf("cannot read the schema: %w", err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxSchema+1))
	switch {
	case err != nil:
		return d, fmt.Errorf("cannot read the schema: %w", err)
	case len(text) > maxSchema:
		return d, fmt.Errorf("%s is longer than 8 MiB, so it is no schema", v["file"])
	}
	if d.Text = strings.TrimSpace(string(text)); d.Text == "" {
		return d, fmt.Errorf("%s is empty", v["file"])
	}
	return d, nil
}

// registrationPlan is the registry's plan with how the schema gets along with the
// versions that are there.
func registrationPlan(ctx context.Context, h page.Host, subject string, d registry.Draft) (*dialog.Plan, error) {
	s := h.Session()
	if s == nil || s.Registry == nil {
		return nil, errNoRegistry()
	}
	check, err := compatibilityOf(ctx, s.Registry, subject, d)
	if err != nil {
		return nil, err
	}
	plan, err := registryPlan(h, "subject "+subject, func(ctx context.Context, w *registry.Writer) (registry.Plan, error) {
		return w.Register(ctx, subject, d)
	})(ctx)
	if err == nil && !plan.Nothing {
		plan.Changes = append(plan.Changes, check)
	}
	return plan, err
}

// compatibilityOf says whether a subject's level takes a schema. An error is
// about a schema that is none, or a registry that does not answer.
func compatibilityOf(ctx context.Context, r *registry.Client, subject string, d registry.Draft) (dialog.Change, error) {
	out := dialog.Change{Resource: "subject " + subject, What: "compatibility"}
	if d.Kind != registry.Avro {
		verdict, err := r.Check(ctx, subject, registry.Latest, d)
		switch {
		case errors.Is(err, registry.ErrNotFound):
			out.To = "the first version: nothing to get along with"
		case err != nil:
			return out, err
		case verdict.Compatible:
			out.To = "the registry takes it"
		default:
			out.Err = errors.New("the registry will refuse it")
		}
		return out, nil
	}
	e, err := r.Explain(ctx, subject, d)
	switch {
	case err != nil:
		return out, err
	case !e.Accepted():
		out.Err = fmt.Errorf("%s is not kept against %s", e.Level, versionList(e.Against))
	case len(e.Against) == 0:
		out.To = fmt.Sprintf("%s, and nothing to get along with yet", e.Level)
	default:
		out.To = fmt.Sprintf("%s is kept against %s", e.Level, versionList(e.Against))
	}
	return out, nil
}

// versionList names versions, at most the newest few of them.
func versionList(versions []int) string {
	const most = 8
	text := "version"
	if len(versions) != 1 {
		text += "s"
	}
	if len(versions) > most {
		return fmt.Sprintf("%d %s, the newest %d", len(versions), text, versions[len(versions)-1])
	}
	for i, v := range versions {
		if i > 0 {
			text += ","
		}
		text += " " + strconv.Itoa(v)
	}
	return text
}

// references reads NAME=SUBJECT@VERSION, separated by commas.
func references(text string) ([]registry.Reference, error) {
	var out []registry.Reference
	for _, part := range list(text) {
		name, of, ok := strings.Cut(part, "=")
		at := strings.LastIndexByte(of, '@')
		if !ok || name == "" || at < 1 {
			return nil, fmt.Errorf("%q is no reference such as shop.Money=money-value@1", part)
		}
		version, err := strconv.Atoi(of[at+1:])
		if err != nil || version < 1 {
			return nil, fmt.Errorf("%q names no version such as money-value@1", part)
		}
		out = append(out, registry.Reference{Name: name, Subject: of[:at], Version: version})
	}
	return out, nil
}

func referenceText(refs []registry.Reference) string {
	parts := make([]string, len(refs))
	for i, r := range refs {
		parts[i] = r.Name + "=" + atVersion(r.Subject, r.Version)
	}
	return strings.Join(parts, ", ")
}

// valueSubjects are the subjects that there are, and those that the topics'
// values would have.
func valueSubjects(h page.Host) func() []string {
	return func() []string {
		out := subjectNames(h)()
		for _, topic := range topicNames(h)() {
			subject := registry.TopicName.Subject(topic, "", false)
			if h.State().Snap.Subject(subject) == nil {
				out = append(out, subject)
			}
		}
		return out
	}
}
