package kafka

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Plan is a change that has been thought through and not been made. The dialog
// and the command line show the same one.
type Plan struct {
	// Title says what would be done, as "delete topic orders".
	Title   string   `json:"title"`
	Changes []Change `json:"changes"`
	// Warnings are things to know before: records that are lost, restarts.
	Warnings []string `json:"warnings,omitempty"`
	// Confirm is the name that a person types before data is lost; empty where
	// none is.
	Confirm string `json:"confirm,omitempty"`
	// Progress, if set before [Plan.Apply], is told now and then how far a change
	// is that takes long (copying records); others never call it. It is called from
	// one goroutine at a time and must not wait.
	Progress func(Progress) `json:"-"`

	apply func(ctx context.Context) []Item
	then  []func(ctx context.Context, done Result) []Item
	admin *Admin
}

// Progress is how far a long change is.
type Progress struct {
	Done, Total int64 // records; Total is an upper bound where logs are compacted or transactional
	Bytes       int64 // of keys, values and headers so far
	Elapsed     time.Duration
	Rate        float64 // records a second, over the last moments
}

// Change is one thing that would be different afterwards.
type Change struct {
	Resource string `json:"resource"`       // "topic orders", "partition orders/3", ...
	What     string `json:"what"`           // which property, as "retention.ms", "replicas", "exists"
	From     string `json:"from,omitempty"` // what it is now; empty: nothing, or not known
	To       string `json:"to,omitempty"`   // what it would be; empty: gone
	// Err says why this cannot be done; the others still can.
	Err error `json:"-"`
}

// String gives one line, as "topic orders: retention.ms 604800000 -> 3600000".
func (c Change) String() string {
	s := c.Resource + ": " + c.What
	if c.Err != nil {
		return s + " " + c.Err.Error()
	}
	show := func(v string) string {
		if v == "" {
			return "(none)"
		}
		return v
	}
	if c.From == c.To {
		return s + " " + show(c.From) + " (no change)"
	}
	return s + " " + show(c.From) + " -> " + show(c.To)
}

// Item is how one part of a change went.
type Item struct {
	Resource string `json:"resource"`
	Detail   string `json:"detail,omitempty"` // what there is to know about it: a new offset, a token's id
	Err      error  `json:"-"`                // nil: done
}

// MarshalJSON writes the error as a string, which encoding/json would not.
func (c Change) MarshalJSON() ([]byte, error) {
	type plain Change
	return json.Marshal(struct {
		plain
		Error string `json:"error,omitempty"`
	}{plain(c), errText(c.Err)})
}

// MarshalJSON writes the error as a string, which encoding/json would not.
func (i Item) MarshalJSON() ([]byte, error) {
	type plain Item
	return json.Marshal(struct {
		plain
		Error string `json:"error,omitempty"`
	}{plain(i), errText(i.Err)})
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// Result is how a change went, part by part.
type Result struct {
	Items []Item `json:"items"`
}

// Failed counts the parts that were not done.
func (r Result) Failed() int {
	n := 0
	for i := range r.Items {
		if r.Items[i].Err != nil {
			n++
		}
	}
	return n
}

// Err is nil if all parts were done, else one line: the first reason, and how
// many parts it is about.
func (r Result) Err() error {
	failed := r.Failed()
	if failed == 0 {
		return nil
	}
	for i := range r.Items {
		if err := r.Items[i].Err; err != nil {
			e := &Error{What: fmt.Sprintf("%d of %d failed", failed, len(r.Items)), Why: err.Error(), Err: err}
			if inner, ok := errors.AsType[*Error](err); ok {
				e.Kind, e.Why, e.Do, e.Missing = inner.Kind, inner.Why, inner.Do, inner.Missing
				e.What = inner.What
				if len(r.Items) > 1 {
					e.What += fmt.Sprintf(" (%d of %d failed)", failed, len(r.Items))
				}
			}
			return e
		}
	}
	return nil
}

// Empty tells whether nothing would change.
func (p *Plan) Empty() bool {
	for _, c := range p.Changes {
		if c.From != c.To && c.Err == nil {
			return false
		}
	}
	return true
}

// String gives the plan as text, one line each, without colours.
func (p *Plan) String() string {
	var b strings.Builder
	b.WriteString(p.Title + "\n")
	for _, c := range p.Changes {
		b.WriteString("  " + c.String() + "\n")
	}
	for _, w := range p.Warnings {
		b.WriteString("  warning: " + w + "\n")
	}
	return b.String()
}

// Apply makes the change. The result has one item for each part; it is there
// also beside an error, which is [Result.Err] or says why nothing was tried. It
// is written to the audit log before and after; where that cannot be written,
// nothing is changed.
func (p *Plan) Apply(ctx context.Context) (Result, error) {
	if err := p.admin.c.writable("change"); err != nil {
		return Result{}, err
	}
	done, err := p.admin.c.audited(p)
	if err != nil {
		return Result{}, err
	}
	var r Result
	for _, c := range p.Changes {
		if c.Err != nil {
			r.Items = append(r.Items, Item{Resource: c.Resource, Err: c.Err})
		}
	}
	if p.apply != nil {
		r.Items = append(r.Items, p.apply(ctx)...)
	}
	for _, step := range p.then {
		r.Items = append(r.Items, step(ctx, r)...)
	}
	if err := done(r); err != nil && r.Err() == nil {
		return r, err
	}
	return r, r.Err()
}

// Then adds a step that follows the change, in the same entry of the audit log.
// It is told how the change went so far, and returns an item for each part of its
// own. It is meant for this package's own sub-packages.
func (p *Plan) Then(step func(ctx context.Context, done Result) []Item) {
	p.then = append(p.then, step)
}

// plan starts a plan.
func (a *Admin) plan(format string, args ...any) *Plan {
	return &Plan{Title: fmt.Sprintf(format, args...), admin: a}
}

func (p *Plan) change(resource, what, from, to string) {
	p.Changes = append(p.Changes, Change{Resource: resource, What: what, From: from, To: to})
}

func (p *Plan) cannot(resource, what string, err error) {
	p.Changes = append(p.Changes, Change{Resource: resource, What: what, Err: err})
}

func (p *Plan) warn(format string, args ...any) {
	p.Warnings = append(p.Warnings, fmt.Sprintf(format, args...))
}

// plural is "1 record", "2 records".
func plural[N int | int64](n N, one string) string {
	if n == 1 {
		return fmt.Sprintf("%d %s", n, one)
	}
	return fmt.Sprintf("%d %ss", n, one)
}
