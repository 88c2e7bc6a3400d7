package views

import (
	"context"

	"kconsole/avro/registry"
	"kconsole/kafka"
	"kconsole/ui/dialog"
	"kconsole/ui/page"
	"kconsole/ui/resource"
)

// registryPlan makes a plan with the registry's Writer, which a read-only
// context does not have.
func registryPlan(h page.Host, name string, plan func(context.Context, *registry.Writer) (registry.Plan, error)) func(context.Context) (*dialog.Plan, error) {
	s := h.Session()
	return func(ctx context.Context) (*dialog.Plan, error) {
		if s == nil || s.Registry == nil {
			return nil, errNoRegistry()
		}
		w, err := s.Registry.Writer()
		if err != nil {
			return nil, err
		}
		made, err := plan(ctx, w)
		return audited(s)(dialog.OfRegistry(made, name, err))
	}
}

// wholeRegistry is what stands for all subjects where one is named.
const wholeRegistry = "the whole registry"

// subjectWrites are the actions that change subjects.
func subjectWrites() []resource.Action[*kafka.Subject] {
	type subject = *kafka.Subject
	name := func(rows []subject) string {
		if len(rows) == 0 {
			return ""
		}
		return rows[0].Name
	}
	return []resource.Action[subject]{
		{
			Key: "n", Label: "new version", Help: "Register a schema as the next version, beginning with the latest one.", Writes: true,
			Do:      func(h page.Host, _ page.Target, rows []subject) { newVersion(h, rows[0].Name) },
			Command: func(_ page.Target, s subject) string { return command("schema", "register", s.Name, "FILE") },
		},
		{
			Key: "a", Label: "new subject", Help: "Register the first schema of a subject.", Writes: true, NoRow: true,
			Do:      func(h page.Host, _ page.Target, _ []subject) { newSubject(h) },
			Command: func(page.Target, subject) string { return command("schema", "register", "SUBJECT", "FILE") },
		},
		{
			Key: "e", Label: "level", Help: "Change the compatibility level that new versions have to keep: of the subject, or of the whole registry.", Writes: true, NoRow: true,
			Do:      func(h page.Host, _ page.Target, rows []subject) { setLevel(h, name(rows)) },
			Command: func(_ page.Target, s subject) string { return command("schema", "compat", s.Name, "--level", "LEVEL") },
		},
		{
			Key: "m", Label: "mode", Help: "Change the mode, which says whether versions may be registered: of the subject, or of the whole registry.", Writes: true, NoRow: true,
			Do:      func(h page.Host, _ page.Target, rows []subject) { setMode(h, name(rows)) },
			Command: func(_ page.Target, s subject) string { return command("schema", "mode", s.Name, "--set", "MODE") },
		},
		{
			Key: "ctrl-d", Label: "delete", Help: "Delete the subject with its versions: hidden, or for good. Also one that was hidden before.", Danger: true, Writes: true, NoRow: true,
			Do:      func(h page.Host, _ page.Target, rows []subject) { deleteSubject(h, name(rows)) },
			Command: func(_ page.Target, s subject) string { return command("schema", "delete", s.Name) },
		},
	}
}

// versionWrites are the actions that change the versions of one subject.
func versionWrites() []resource.Action[versionRow] {
	return []resource.Action[versionRow]{
		{
			Key: "n", Label: "new version", Help: "Register a schema as the next version, beginning with the latest one.", Writes: true, NoRow: true,
			Do:      func(h page.Host, t page.Target, _ []versionRow) { newVersion(h, t.Arg(0)) },
			Command: func(t page.Target, _ versionRow) string { return command("schema", "register", t.Arg(0), "FILE") },
		},
		{
			Key: "e", Label: "level", Help: "Change the compatibility level that new versions have to keep.", Writes: true, NoRow: true,
			Do: func(h page.Host, t page.Target, _ []versionRow) { setLevel(h, t.Arg(0)) },
			Command: func(t page.Target, _ versionRow) string {
				return command("schema", "compat", t.Arg(0), "--level", "LEVEL")
			},
		},
		{
			Key: "ctrl-d", Label: "delete", Help: "Delete the version: hidden, or for good. Also one that was hidden before.", Danger: true, Writes: true, NoRow: true,
			Do: func(h page.Host, t page.Target, rows []versionRow) {
				version := 0
				if len(rows) > 0 {
					version = rows[0].version
				}
				deleteVersion(h, t.Arg(0), version)
			},
			Command: func(t page.Target, v versionRow) string {
				return command("schema", "delete", atVersion(t.Arg(0), v.version))
			},
		},
	}
}
