package views

import (
	"context"

	"kconsole/avro"
	"kconsole/avro/registry"
	"kconsole/kafka"
	"kconsole/ui/dialog"
	"kconsole/ui/page"
	"kconsole/ui/resource"
	"kconsole/ui/session"
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

// subjectWrites are the actions that change subjects.
func subjectWrites() []resource.Action[*kafka.Subject] {
	type subject = *kafka.Subject
	return []resource.Action[subject]{
		{
			Key: "n", Label: "new", Help: "Register a schema as the next version, beginning with the latest one.", Writes: true,
			Do: func(h page.Host, _ page.Target, rows []subject) { newVersion(h, rows[0].Name) },
		},
		{
			Key: "e", Label: "level", Help: "Change the compatibility level that new versions have to keep.", Writes: true,
			Do: func(h page.Host, _ page.Target, rows []subject) { setLevel(h, rows[0]) },
		},
		{
			Key: "ctrl-d", Label: "delete", Help: "Delete the subject with its versions. Records stay readable; registering again brings it back.", Danger: true, Writes: true,
			Do: func(h page.Host, _ page.Target, rows []subject) {
				name := rows[0].Name
				dialog.Review(h, registryPlan(h, name, func(ctx context.Context, w *registry.Writer) (registry.Plan, error) {
					return w.DeleteSubject(ctx, name, false)
				}), nil)
			},
			Command: func(_ page.Target, s subject) string { return command("schema", "delete", s.Name) },
		},
	}
}

// inheritLevel stands for no level of its own.
const inheritLevel = "as the registry's"

func setLevel(h page.Host, s *kafka.Subject) {
	choices := []string{inheritLevel}
	for _, l := range avro.Levels() {
		choices = append(choices, string(l))
	}
	dialog.Form{
		Title:  "Compatibility of " + s.Name,
		Fields: []dialog.Field{{Name: "level", Label: "Level", Value: s.Level, Choices: choices, Help: "BACKWARD: new readers read old records. FORWARD: old readers read new ones. FULL: both. TRANSITIVE: for all versions, not only the last."}},
		Plan: func(ctx context.Context, v dialog.Values) (*dialog.Plan, error) {
			level := avro.Level(v["level"])
			if v["level"] == inheritLevel {
				level = ""
			}
			return registryPlan(h, s.Name, func(ctx context.Context, w *registry.Writer) (registry.Plan, error) {
				return w.SetLevel(ctx, s.Name, level)
			})(ctx)
		},
		Command: func(v dialog.Values) string { return command("schema", "compat", s.Name, "--level", v["level"]) },
	}.Open(h)
}

// audited has a change of the registry written down as those of the cluster are.
func audited(s *session.Session) func(*dialog.Plan, error) (*dialog.Plan, error) {
	return func(p *dialog.Plan, err error) (*dialog.Plan, error) {
		if err != nil || s.AuditLog == "" {
			return p, err
		}
		entry := kafka.AuditEntry{Cluster: s.Config.Name, Title: p.Title, Plan: &kafka.Plan{Title: p.Title, Warnings: p.Warnings, Confirm: p.Confirm}}
		if s.Config.Registry != nil {
			entry.Principal = s.Config.Registry.Username
		}
		for _, c := range p.Changes {
			entry.Plan.Changes = append(entry.Plan.Changes, kafka.Change{Resource: c.Resource, What: c.What, From: c.From, To: c.To, Err: c.Err})
		}
		apply := p.Apply
		p.Apply = func(ctx context.Context) ([]dialog.Item, error) {
			var shown []dialog.Item
			_, err := kafka.Audited(ctx, kafka.NewAuditFile(s.AuditLog), entry, func(ctx context.Context) ([]kafka.Item, error) {
				items, err := apply(ctx)
				shown = items
				out := make([]kafka.Item, len(items))
				for i, it := range items {
					out[i] = kafka.Item{Resource: it.Resource, Detail: it.Detail, Err: it.Err}
				}
				return out, err
			})
			return shown, err
		}
		return p, nil
	}
}
