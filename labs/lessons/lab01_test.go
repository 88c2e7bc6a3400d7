package lessons

import (
	"context"
	"testing"
	"time"

	"kconsole/labs"
	"kconsole/labs/check"
	"kconsole/labs/proof"
	"kconsole/labs/services"
)

func TestLab01(t *testing.T) {
	// caught waits until groups have taken all events.
	caught := func(ctx context.Context, env *labs.Env, shorts ...string) error {
		for _, short := range shorts {
			err := env.Until(ctx, short+" has taken all", func(ctx context.Context) (bool, error) {
				v, err := check.Caught(ctx, env, env.Name(short), env.Name("user-registered"))
				return v.Done(), err
			})
			if err != nil {
				return err
			}
		}
		return nil
	}
	proof.Lab(t, lab(t, "01"), proof.Misses{
		// A record, but as plain text.
		"publish": {Do: func(ctx context.Context, env *labs.Env) error {
			_, err := env.Produce(ctx, labs.Record(env.Name("user-registered"), "u-1", `{"name":"Ada"}`))
			return err
		}},
		// Two of three take it.
		"take": {Do: func(ctx context.Context, env *labs.Env) error {
			if err := caught(ctx, env, lab01Subscribers...); err != nil {
				return err
			}
			env.Services.Get(env.Name("audit")).Pause()
			if err := lab01Publish(ctx, env, 1); err != nil {
				return err
			}
			return caught(ctx, env, "mail", "profile")
		}},
		// The wrong service is paused.
		"pause": {
			Do: func(ctx context.Context, env *labs.Env) error {
				if err := caught(ctx, env, lab01Subscribers...); err != nil {
					return err
				}
				env.Services.Get(env.Name("audit")).Pause()
				if err := lab01Publish(ctx, env, 5); err != nil {
					return err
				}
				return caught(ctx, env, "mail", "profile")
			},
			Answer: proof.Wrong("4711"),
		},
		// More members, all of them paused.
		"resume": {Do: func(ctx context.Context, env *labs.Env) error {
			s := env.Services.Get(env.Name("mail"))
			if err := s.Scale(2); err != nil {
				return err
			}
			return s.Ready(ctx)
		}},
		// The wrong service is slow.
		"compare": {
			Do: func(ctx context.Context, env *labs.Env) error {
				env.Services.Get(env.Name("audit")).Slow(400 * time.Millisecond)
				return env.Until(ctx, "three visitors have registered", func(ctx context.Context) (bool, error) {
					_, all, err := lab01Slow(ctx, env)
					return all >= 3, err
				})
			},
			Answer: proof.Wrong("4711000"),
		},
		// The event has no key and no id.
		"php": {Do: func(ctx context.Context, env *labs.Env) error {
			u := services.NewUsers(1, 1)[0]
			_, err := env.Services.Publish(ctx, services.Event{Topic: env.Name("user-registered"), Value: u})
			return err
		}},
	})
}
