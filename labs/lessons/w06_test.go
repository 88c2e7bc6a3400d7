package lessons

import (
	"context"
	"testing"

	"kconsole/kafka"
	"kconsole/labs"
	"kconsole/labs/proof"
)

func TestW06(t *testing.T) {
	// The backlog is skipped: the group is at peace until the next rush.
	proof.Lab(t, lab(t, "w06"), nearly(func(ctx context.Context, env *labs.Env) error {
		if err := moved(ctx, env, "labels", env.Name("orders"), nil, kafka.ResetTo{Kind: kafka.ResetEnd}); err != nil {
			return err
		}
		return env.Until(ctx, "the rush is there", func(ctx context.Context) (bool, error) {
			_, _, lag, all, err := w06Seen(ctx, env)
			return lag > 0 && all > w06Backlog*w06Parts, err
		})
	}))
}
