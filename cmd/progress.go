package cmd

import (
	"context"
	"fmt"

	"kconsole/kafka"
	"kconsole/ui/dialog"
)

// followed shows on a terminal how far a long change is: one line, written anew,
// that is gone when it has ended.
func (a *app) followed(p *kafka.Plan, apply func(context.Context) ([]kafka.Item, error)) func(context.Context) ([]kafka.Item, error) {
	if !a.terminal {
		return apply
	}
	return func(ctx context.Context) ([]kafka.Item, error) {
		wrote := false
		p.Progress = func(now kafka.Progress) {
			wrote = true
			fmt.Fprint(a.err, clearLine+dialog.ProgressText(now)+"  (ctrl-C ends it)")
		}
		items, err := apply(ctx)
		if wrote {
			fmt.Fprint(a.err, clearLine)
		}
		return items, err
	}
}
