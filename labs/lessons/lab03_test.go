package lessons

import (
	"context"
	"testing"

	"kconsole/kafka"
	"kconsole/labs"
	"kconsole/labs/check"
	"kconsole/labs/proof"
)

func TestLab03(t *testing.T) {
	proof.Lab(t, lab(t, "03"), proof.Misses{
		// Enough records, none with a key.
		"keys": {Do: func(ctx context.Context, env *labs.Env) error {
			var records []kafka.NewRecord
			for range 6 {
				records = append(records, labs.Record(env.Name("orders"), "", "an order"))
			}
			_, err := env.Produce(ctx, records...)
			return err
		}},
		// Another group reads it all.
		"group": {Do: func(ctx context.Context, env *labs.Env) error {
			_, err := env.ReadAsGroup(ctx, env.Name("biling"), env.Name("orders"))
			return err
		}},
		// One member too many.
		"idle": {Do: func(ctx context.Context, env *labs.Env) error {
			s := env.Services.Get(lab03Names(env)[1])
			if err := s.Scale(3); err != nil {
				return err
			}
			return s.Ready(ctx)
		}},
		// It works without dying.
		"crash": {
			Do: func(ctx context.Context, env *labs.Env) error {
				env.Services.Get("packer").Resume()
				return env.Until(ctx, "all is packed", func(ctx context.Context) (bool, error) {
					lag, err := check.Lag(ctx, env, env.Name("packer"), env.Name("parcels"))
					return lag == 0, err
				})
			},
			Answer: proof.Wrong("0"),
		},
		// One record back.
		"reset": {Do: func(ctx context.Context, env *labs.Env) error {
			if err := env.Services.Stop(ctx, "billing"); err != nil {
				return err
			}
			admin, err := env.Admin()
			if err != nil {
				return err
			}
			return env.Apply(ctx)(admin.ResetOffsets(ctx, env.Name("billing"), nil, nil, kafka.ResetTo{Kind: kafka.ResetShift, Offset: -1}))
		}},
		// Only one of the two.
		"two-groups": {Do: func(ctx context.Context, env *labs.Env) error {
			env.Services.Get("billing").Resume()
			return env.Until(ctx, "billing has read all", func(ctx context.Context) (bool, error) {
				v, err := check.Caught(ctx, env, env.Name("billing"), env.Name("orders"))
				return v.Done(), err
			})
		}},
		// As from a process that ends too early.
		"php-producer": {Do: func(ctx context.Context, env *labs.Env) error {
			_, err := env.Produce(ctx, labs.Record(env.Name("orders"), "c-1", "1"), labs.Record(env.Name("orders"), "c-2", "2"))
			return err
		}},
		// All was read; one more comes.
		"php-consumer": {Do: func(ctx context.Context, env *labs.Env) error {
			if _, err := env.ReadAsGroup(ctx, env.Name("php"), env.Name("orders")); err != nil {
				return err
			}
			_, err := env.Produce(ctx, labs.Record(env.Name("orders"), "c-1", "one more"))
			return err
		}},
	})
}
