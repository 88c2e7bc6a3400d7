// Package dialog asks before something is changed: a form for what is wanted,
// the plan of what would change, a confirmation by name where data would be
// lost, and how each part went.
package dialog

import (
	"context"

	"kconsole/avro/registry"
	"kconsole/kafka"
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

// OfKafka is a plan for the cluster.
func OfKafka(p *kafka.Plan, err error) (*Plan, error) {
	if err != nil {
		return nil, err
	}
	out := &Plan{Title: p.Title, Warnings: p.Warnings, Confirm: p.Confirm, Nothing: p.Empty()}
	for _, c := range p.Changes {
		out.Changes = append(out.Changes, Change{c.Resource, c.What, c.From, c.To, c.Err})
	}
	out.Apply = func(ctx context.Context) ([]Item, error) {
		r, err := p.Apply(ctx)
		items := make([]Item, len(r.Items))
		for i, item := range r.Items {
			items[i] = Item{item.Resource, item.Detail, item.Err}
		}
		return items, err
	}
	return out, nil
}

// OfRegistry is a plan for the schema registry. Name is what has to be typed
// where something is lost for good.
func OfRegistry(p registry.Plan, name string, err error) (*Plan, error) {
	if err != nil {
		return nil, err
	}
	out := &Plan{Title: p.Title, Warnings: p.Warnings, Nothing: p.Nothing}
	if p.Danger {
		out.Confirm = name
	}
	for _, c := range p.Changes {
		out.Changes = append(out.Changes, Change{Resource: name, What: c.What, From: c.From, To: c.To})
	}
	out.Apply = func(ctx context.Context) ([]Item, error) {
		_, err := p.Apply(ctx)
		return []Item{{Resource: name, Err: err}}, err
	}
	return out, nil
}
