package lessons

import (
	"context"
	"testing"

	"kconsole/labs"
	"kconsole/labs/proof"
)

func TestW10(t *testing.T) {
	// A schema that gets along with all records, under the name that nobody looks up:
	// every customer arrives, and the next one gets in unseen again.
	proof.Lab(t, lab(t, "w10"), nearly(func(ctx context.Context, env *labs.Env) error {
		if _, err := env.Register(ctx, w10Wrong(env), w10V2); err != nil {
			return err
		}
		return env.Until(ctx, "every new customer arrives", func(ctx context.Context) (bool, error) {
			s, err := w10Look(ctx, env)
			return s.store.handled > 0 && s.store.missing == 0 && s.web.handled > 0 && s.web.missing == 0, err
		})
	}))
}
