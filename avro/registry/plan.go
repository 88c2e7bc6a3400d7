package registry

import (
	"context"
	"fmt"
)

// Plan is one change that has not been made yet: what will change, from what,
// to what, and what speaks against it.
type Plan struct {
	// Title is the change in a few words, such as "register orders-value version 4".
	Title string
	// Changes lists what will be different.
	Changes []Change
	// Warnings lists what to know before applying: that a schema is refused
	// by its level, that records in the topic become unreadable.
	Warnings []string
	// Danger is true when something is lost that cannot be brought back.
	Danger bool
	// Nothing is true when all is already as asked.
	Nothing bool

	apply func(context.Context) (Outcome, error)
}

// Change is one thing that a plan changes. From is "" for something new, To
// for something that goes.
type Change struct {
	What, From, To string
}

// Outcome is what a registry answered to a change.
type Outcome struct {
	// ID is a registered schema's id.
	ID int
	// Versions lists the versions that were deleted.
	Versions []int
}

// Apply makes the change. A plan is for one use; applying it again asks the
// registry again.
func (p Plan) Apply(ctx context.Context) (Outcome, error) {
	if p.apply == nil {
		return Outcome{}, fmt.Errorf("%s: %w", p.Title, errEmptyPlan)
	}
	return p.apply(ctx)
}

var errEmptyPlan = fmt.Errorf("this plan holds no change")
