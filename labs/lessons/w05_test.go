package lessons

import (
	"context"
	"testing"

	"kconsole/kafka"
	"kconsole/labs"
	"kconsole/labs/proof"
)

func TestW05(t *testing.T) {
	// The record is passed over, and nothing is left of it.
	proof.Lab(t, lab(t, "w05"), nearly(func(ctx context.Context, env *labs.Env) error {
		bad, err := w05Bad(ctx, env)
		if err != nil {
			return err
		}
		to := kafka.ResetTo{Kind: kafka.ResetOffset, Offset: bad.Offset + 1}
		if err := moved(ctx, env, "packing", bad.Topic, []int32{bad.Partition}, to); err != nil {
			return err
		}
		return caughtUp(ctx, env, env.Name("packing"), bad.Topic)
	}))
}
