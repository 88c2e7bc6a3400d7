package lessons

import (
	"context"
	"testing"

	"kconsole/labs"
	"kconsole/labs/proof"
)

func TestW04(t *testing.T) {
	// The topic asks for one replica only: orders get through, and a single broker has
	// them.
	proof.Lab(t, lab(t, "w04"), nearly(func(ctx context.Context, env *labs.Env) error {
		return setConfig(ctx, env, env.Name("orders"), "min.insync.replicas", "1")
	}))
}
