package lessons

import (
	"context"
	"fmt"
	"testing"

	"kconsole/kafka"
	"kconsole/labs"
	"kconsole/labs/proof"
)

func TestW08(t *testing.T) {
	proof.Lab(t, lab(t, "w08"), proof.Misses{labs.Repair: {
		// It is at work again, and what was still there was skipped.
		Do: func(ctx context.Context, env *labs.Env) error {
			if err := moved(ctx, env, "billing", env.Name("orders"), nil, kafka.ResetTo{Kind: kafka.ResetEnd}); err != nil {
				return err
			}
			return caughtUp(ctx, env, env.Name("billing"), env.Name("orders"))
		},
		// One too many: the log's start is not lost.
		Answer: func(_ context.Context, _ *labs.Env, q labs.Question) string {
			var first, last int
			if _, err := fmt.Sscanf(q.Answer, "%d to %d", &first, &last); err != nil {
				t.Fatal(err)
			}
			return fmt.Sprintf("%d-%d", first, last+1)
		},
	}})
}
