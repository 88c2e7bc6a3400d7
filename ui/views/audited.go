package views

import (
	"context"

	"kconsole/kafka"
	"kconsole/ui/dialog"
	"kconsole/ui/session"
)

// audited has a change of the registry written down as those of the cluster are.
func audited(s *session.Session) func(*dialog.Plan, error) (*dialog.Plan, error) {
	entry := kafka.AuditEntry{Cluster: s.Config.Name}
	if s.Config.Registry != nil {
		entry.Principal = s.Config.Registry.Username
	}
	return auditedAs(s, entry)
}

// auditedAs has a change written down that is not made through an Admin, which
// does so itself. The entry says where it is made, and as whom; it has a plan of its
// own where the one that is shown has more in it than the log may have.
func auditedAs(s *session.Session, entry kafka.AuditEntry) func(*dialog.Plan, error) (*dialog.Plan, error) {
	return func(p *dialog.Plan, err error) (*dialog.Plan, error) {
		if err != nil || s.AuditLog == "" {
			return p, err
		}
		if entry.Plan == nil {
			entry.Title, entry.Plan = p.Title, &kafka.Plan{Title: p.Title, Warnings: p.Warnings, Confirm: p.Confirm}
			for _, c := range p.Changes {
				entry.Plan.Changes = append(entry.Plan.Changes, kafka.Change{Resource: c.Resource, What: c.What, From: c.From, To: c.To, Err: c.Err})
			}
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
