package cmd

import (
	"context"
	"fmt"
	"time"

	"kconsole/kafka"
	"kconsole/ui/units"
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
			fmt.Fprint(a.err, clearLine+progressText(now)+"  (ctrl-C ends it)")
		}
		items, err := apply(ctx)
		if wrote {
			fmt.Fprint(a.err, clearLine)
		}
		return items, err
	}
}

func progressText(p kafka.Progress) string {
	share := float64(p.Done) / float64(max(p.Total, 1))
	return fmt.Sprintf("%s %3.0f %%  %s  %s of %s records  %s  %s/s", units.Bar(share, 1, loadBar), share*100,
		p.Elapsed.Round(time.Second), units.Exact(p.Done), units.Exact(p.Total), units.Bytes(p.Bytes), units.Rate(p.Rate))
}
