package dialog

import (
	"context"
	"errors"

	"kconsole/kafka"
)

// Together is several plans for the cluster as one: all of them are shown, and
// carried out one after the other, also when one of them fails. The name to be
// typed is that of the first that asks for one.
func Together(ctx context.Context, c *kafka.Cluster, title string, plans ...*kafka.Plan) *Plan {
	out := &Plan{Title: title, Nothing: true}
	var parts []*Plan
	for _, p := range plans {
		part := OfKafka(ctx, c, p)
		parts = append(parts, part)
		out.Changes = append(out.Changes, part.Changes...)
		out.Warnings = append(out.Warnings, part.Warnings...)
		out.Nothing = out.Nothing && part.Nothing
		if out.Confirm == "" {
			out.Confirm = part.Confirm
		}
	}
	out.Apply = func(ctx context.Context) ([]Item, error) {
		var items []Item
		var failed []error
		for _, p := range parts {
			done, err := p.Apply(ctx)
			items = append(items, done...)
			failed = append(failed, err)
		}
		return items, errors.Join(failed...)
	}
	return out
}
