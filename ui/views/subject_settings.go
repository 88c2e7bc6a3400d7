package views

import (
	"context"

	"kconsole/avro"
	"kconsole/avro/registry"
	"kconsole/ui/dialog"
	"kconsole/ui/page"
)

// inherit stands for no setting of a subject's own.
const inherit = "as the registry's"

// setLevel opens the form that changes a compatibility level.
func setLevel(h page.Host, subject string) {
	choices := []string{}
	for _, l := range avro.Levels() {
		choices = append(choices, string(l))
	}
	now := ""
	if s := h.State().Snap.Subject(subject); s != nil {
		now = s.Level
	}
	setting{
		title: "Compatibility level", label: "Level", flag: "--level", words: []string{"schema", "compat"}, choices: choices,
		help: "BACKWARD: new readers read old records. FORWARD: old readers read new ones. FULL: both. TRANSITIVE: for all versions, not only the last.",
		plan: func(ctx context.Context, w *registry.Writer, subject, value string) (registry.Plan, error) {
			return w.SetLevel(ctx, subject, avro.Level(value))
		},
	}.form(h, subject, now)
}

// setMode opens the form that changes a mode.
func setMode(h page.Host, subject string) {
	setting{
		title: "Mode", label: "Mode", flag: "--set", words: []string{"schema", "mode"}, choices: []string{"READWRITE", "READONLY", "IMPORT"},
		help: "READWRITE: versions may be registered. READONLY: nothing changes. IMPORT: a copy of another registry, with its ids and without checks.",
		plan: func(ctx context.Context, w *registry.Writer, subject, value string) (registry.Plan, error) {
			return w.SetMode(ctx, subject, value)
		},
	}.form(h, subject, "")
}

// setting is something that a subject has of its own, or takes from the registry.
type setting struct {
	title, label, help string
	choices            []string
	words              []string // of the command
	flag               string   // of the value
	plan               func(ctx context.Context, w *registry.Writer, subject, value string) (registry.Plan, error)
}

// form changes it for a subject, or with an empty one for the whole registry.
func (s setting) form(h page.Host, subject, now string) {
	of := []string{wholeRegistry}
	if subject != "" {
		of = []string{"subject " + subject, wholeRegistry}
	}
	split := func(v dialog.Values) (name, value string) {
		if name, value = subject, v["value"]; v["of"] == wholeRegistry {
			name = ""
		}
		if value == inherit {
			value = ""
		}
		return name, value
	}
	dialog.Form{
		Title: s.title,
		Fields: []dialog.Field{
			{Name: "of", Label: "Of", Choices: of, Help: "One subject, or the registry: what is in force where a subject has none of its own."},
			{Name: "value", Label: s.label, Value: now, Choices: append(s.choices, inherit), Help: s.help},
		},
		Plan: func(ctx context.Context, v dialog.Values) (*dialog.Plan, error) {
			name, value := split(v)
			resource := "subject " + name
			if name == "" {
				resource = wholeRegistry
			}
			return registryPlan(h, resource, func(ctx context.Context, w *registry.Writer) (registry.Plan, error) {
				return s.plan(ctx, w, name, value)
			})(ctx)
		},
		Command: func(v dialog.Values) string {
			words := append([]string(nil), s.words...)
			name, value := split(v)
			if name != "" {
				words = append(words, name)
			}
			if value == "" {
				return command(append(words, "--unset")...)
			}
			return command(append(words, s.flag, value)...)
		},
	}.Open(h)
}
