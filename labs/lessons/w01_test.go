package lessons

import (
	"context"
	"testing"

	"kconsole/labs"
)

func TestW01(t *testing.T) {
	// The broker is stopped: its leaders move, orders get through, and a third of the
	// cluster is gone.
	proveEmbedded(t, "w01", nearly(func(ctx context.Context, env *labs.Env) error {
		id, err := victim(ctx, env)
		if err != nil {
			return err
		}
		return env.Stack.Stop(ctx, id)
	}))
}
