package views

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"kconsole/avro/registry"
	"kconsole/ui/dialog"
	"kconsole/ui/page"
)

// The two ways to delete something in a registry.
const (
	hide    = "hide it: records stay readable"
	forGood = "for good: records written with it cannot be read any more"
)

var howField = dialog.Field{Name: "how", Label: "How", Choices: []string{hide, forGood}, Help: "What is hidden comes back when the same schema is registered again. What is gone for good does not."}

// deleteSubject opens the form that deletes a subject with its versions.
func deleteSubject(h page.Host, subject string) {
	dialog.Form{
		Title: "Delete a subject",
		Fields: []dialog.Field{
			{Name: "subject", Label: "Subject", Value: subject, Check: required("subject"), Complete: completing(subjectNames(h)), Help: "One that was hidden before can be typed as well: it can still be deleted for good."},
			howField,
		},
		Plan: func(ctx context.Context, v dialog.Values) (*dialog.Plan, error) {
			name := v["subject"]
			there := func(ctx context.Context, r *registry.Client) (bool, error) {
				versions, err := r.Versions(ctx, name, false)
				return len(versions) > 0, err
			}
			return deletion(ctx, h, "subject "+name, v["how"] == forGood, there, func(ctx context.Context, w *registry.Writer, permanent bool) (registry.Plan, error) {
				return w.DeleteSubject(ctx, name, permanent)
			})
		},
		Command: func(v dialog.Values) string { return deleteCommand(h, v["subject"], 0, v["how"] == forGood) },
	}.Open(h)
}

// deleteVersion opens the form that deletes one version of a subject; 0: none is
// chosen yet.
func deleteVersion(h page.Host, subject string, version int) {
	shown := ""
	if version > 0 {
		shown = strconv.Itoa(version)
	}
	number := optionalNumber(1, 1<<31-1)
	dialog.Form{
		Title: "Delete a version of subject " + subject,
		Fields: []dialog.Field{
			{Name: "version", Label: "Version", Value: shown, Help: "One that was hidden before can be typed as well: it can still be deleted for good.", Check: func(v string) error {
				if v == "" {
					return errors.New("say which version")
				}
				return number(v)
			}},
			howField,
		},
		Plan: func(ctx context.Context, v dialog.Values) (*dialog.Plan, error) {
			n := int(atoi(v["version"]))
			there := func(ctx context.Context, r *registry.Client) (bool, error) {
				versions, err := r.Versions(ctx, subject, false)
				return slices.Contains(versions, n), err
			}
			return deletion(ctx, h, "subject "+atVersion(subject, n), v["how"] == forGood, there, func(ctx context.Context, w *registry.Writer, permanent bool) (registry.Plan, error) {
				return w.DeleteVersion(ctx, subject, n, permanent)
			})
		},
		Command: func(v dialog.Values) string {
			return deleteCommand(h, subject, int(atoi(v["version"])), v["how"] == forGood)
		},
	}.Open(h)
}

// deletion is the plan of one. What is to go for good and is not hidden yet is
// hidden first: registries ask for both.
func deletion(
	ctx context.Context, h page.Host, name string, permanent bool,
	there func(context.Context, *registry.Client) (bool, error),
	plan func(ctx context.Context, w *registry.Writer, permanent bool) (registry.Plan, error),
) (*dialog.Plan, error) {
	s := h.Session()
	if s == nil || s.Registry == nil {
		return nil, errNoRegistry()
	}
	seen, err := there(ctx, s.Registry)
	if err != nil && (!permanent || !errors.Is(err, registry.ErrNotFound)) {
		return nil, err
	}
	part := func(permanent bool) (*dialog.Plan, error) {
		return registryPlan(h, name, func(ctx context.Context, w *registry.Writer) (registry.Plan, error) { return plan(ctx, w, permanent) })(ctx)
	}
	last, err := part(permanent)
	if err != nil || !permanent || !seen {
		return last, err
	}
	first, err := part(false)
	if err != nil {
		return nil, err
	}
	apply := last.Apply
	last.Apply = func(ctx context.Context) ([]dialog.Item, error) {
		if items, err := first.Apply(ctx); err != nil {
			return items, err
		}
		return apply(ctx)
	}
	return last, nil
}

// deleteCommand hides what is not hidden yet before it deletes it for good.
func deleteCommand(h page.Host, subject string, version int, permanent bool) string {
	if subject == "" {
		return ""
	}
	what := subject
	if version > 0 {
		what = atVersion(subject, version)
	}
	soft := command("schema", "delete", what)
	if !permanent {
		return soft
	}
	hard := command("schema", "delete", what, "--permanent")
	if s := h.State().Snap.Subject(subject); s == nil || version > 0 && !slices.Contains(s.Versions, version) {
		return hard
	}
	return soft + " && " + hard
}

func atVersion(subject string, version int) string { return fmt.Sprintf("%s@%d", subject, version) }

// subjectNames is what is known now.
func subjectNames(h page.Host) func() []string {
	return func() []string {
		rows := h.State().Snap.Subjects.Rows
		out := make([]string, len(rows))
		for i := range rows {
			out[i] = rows[i].Name
		}
		return out
	}
}
