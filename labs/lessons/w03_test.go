package lessons

import (
	"context"
	"slices"
	"testing"

	"kconsole/labs"
	"kconsole/labs/proof"
)

func TestW03(t *testing.T) {
	proof.Lab(t, lab(t, "w03"), nearly(func(ctx context.Context, env *labs.Env) error {
		// The limit is raised, and all but one of the lost invoices are reported; instead
		// of the last one it is another, which had arrived.
		if err := setConfig(ctx, env, env.Name(w03Topic), "max.message.bytes", "1048588"); err != nil {
			return err
		}
		st, open, _, err := w03Open(ctx, env)
		if err != nil {
			return err
		}
		arrived := slices.DeleteFunc(st.All, func(id string) bool { return slices.Contains(st.Missing, id) })
		for _, id := range append(open[1:], arrived[0]) {
			if _, err := env.Produce(ctx, labs.Record(env.Name(w03Refused), id, "too large")); err != nil {
				return err
			}
		}
		return nil
	}))
}
