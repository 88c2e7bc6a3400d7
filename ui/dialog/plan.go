// Package dialog asks before something is changed: a form for what is wanted,
// the plan of what would change, a confirmation by name where data would be
// lost, and how each part went.
package dialog

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"kconsole/avro/registry"
	"kconsole/kafka"
	"kconsole/kafka/access"
	"kconsole/ui/units"
)

// Plan is a change that has been thought through and not been made.
type Plan struct {
	Title    string
	Changes  []Change
	Warnings []string
	// Confirm is what has to be typed before it is made; empty: enter is enough.
	Confirm string
	// Nothing tells that all is as asked already.
	Nothing bool
	Apply   func(context.Context) ([]Item, error)
	// Progress says how far applying is, in a few words or some lines. It may be
	// called from another goroutine than Apply; nil: nothing can be said.
	Progress func() string
	// Stops says that Apply, when its context ends, comes back soon with what was
	// done and no error: the dialog waits for that instead of closing at once.
	Stops bool
	// Stay shows how each part went also where all of them went well.
	Stay bool
}

// Change is one thing that would be different.
type Change struct {
	Resource, What, From, To string
	Err                      error // why this part cannot be done
}

// Item is how one part went.
type Item struct {
	Resource, Detail string
	Err              error
}

// OfKafka is a plan for the cluster. Where a part of it is denied, it says which
// ACLs are missing.
func OfKafka(ctx context.Context, c *kafka.Cluster, p *kafka.Plan) *Plan {
	out := &Plan{Title: p.Title, Warnings: p.Warnings, Confirm: p.Confirm, Nothing: p.Empty()}
	parts := make([]*error, len(p.Changes))
	for i := range p.Changes {
		parts[i] = &p.Changes[i].Err
	}
	access.ExplainEach(ctx, c, parts...)
	for _, c := range p.Changes {
		out.Changes = append(out.Changes, Change{c.Resource, c.What, c.From, c.To, c.Err})
	}
	var now atomic.Pointer[kafka.Progress] // nil: nothing is told, as most changes take no time
	out.Progress = func() string {
		if told := now.Load(); told != nil {
			return ProgressText(*told)
		}
		return ""
	}
	out.Apply = func(ctx context.Context) ([]Item, error) {
		p.Progress = func(told kafka.Progress) { now.Store(&told) }
		r, err := p.Apply(ctx)
		parts := make([]*error, len(r.Items))
		for i := range r.Items {
			parts[i] = &r.Items[i].Err
		}
		access.ExplainEach(ctx, c, parts...)
		if r.Failed() > 0 {
			err = r.Err()
		}
		items := make([]Item, len(r.Items))
		for i, item := range r.Items {
			items[i] = Item{item.Resource, item.Detail, item.Err}
		}
		return items, err
	}
	return out
}

// progressBar is how many columns the bar of a long change has.
const progressBar = 20

// ProgressText is one line about how far a long change is.
func ProgressText(p kafka.Progress) string {
	share := float64(p.Done) / float64(max(p.Total, 1))
	return fmt.Sprintf("%s %3.0f %%  %s  %s of %s records  %s  %s/s", units.Bar(share, 1, progressBar), share*100,
		p.Elapsed.Round(time.Second), units.Exact(p.Done), units.Exact(p.Total), units.Bytes(p.Bytes), units.Rate(p.Rate))
}

// OfRegistry is a plan for the schema registry. Resource is what the change is
// about, as "subject orders-value"; without the word before it, it has to be
// typed where something is lost for good.
func OfRegistry(p registry.Plan, resource string, err error) (*Plan, error) {
	if err != nil {
		return nil, err
	}
	out := &Plan{Title: p.Title, Warnings: p.Warnings, Nothing: p.Nothing}
	if p.Danger {
		out.Confirm = strings.TrimPrefix(resource, "subject ")
	}
	for _, c := range p.Changes {
		out.Changes = append(out.Changes, Change{Resource: resource, What: c.What, From: c.From, To: c.To})
	}
	out.Apply = func(ctx context.Context) ([]Item, error) {
		done, err := p.Apply(ctx)
		item := Item{Resource: resource, Err: err}
		if err == nil && done.ID > 0 && len(done.Versions) == 0 {
			item.Detail = fmt.Sprintf("schema id %d", done.ID)
		}
		return []Item{item}, err
	}
	return out, nil
}
