package lessons

import (
	"context"
	"testing"

	"kconsole/labs"
	"kconsole/labs/check"
	"kconsole/labs/proof"
)

func TestLab09(t *testing.T) { proof.Lab(t, lab(t, "09"), lab09Misses) }

var lab09Misses = proof.Misses{
	// min.insync.replicas stays 1.
	"topic": {Do: func(ctx context.Context, env *labs.Env) error {
		if err := env.CreateTopic(ctx, env.Name("payments"), 6, 3); err != nil {
			return err
		}
		return env.Until(ctx, "every broker knows the topic", func(ctx context.Context) (bool, error) {
			v, err := check.Shape(ctx, env, env.Name("payments"), 6, 3)
			return err == nil && v.Done(), nil // at first a leader may not know that it leads
		})
	}},
	"skew": {Answer: proof.Wrong("17")},
	// Another broker is stopped.
	"stop-one": {Do: func(ctx context.Context, env *labs.Env) error {
		var start lab09Start
		if err := env.Baseline(&start); err != nil {
			return err
		}
		up, _, err := lab09Brokers(ctx, env)
		if err != nil {
			return err
		}
		for _, id := range up {
			if id != start.Leader {
				return env.Stack.Stop(ctx, id)
			}
		}
		return nil
	}},
	// The second one stops, and writes get through because the topic asks for less.
	"stop-two": {Do: func(ctx context.Context, env *labs.Env) error {
		if err := setConfig(ctx, env, env.Name("payments"), "min.insync.replicas", "1"); err != nil {
			return err
		}
		return lab09StopSecond(ctx, env)
	}},
	// All run again and are in sync, and nobody elects.
	"start-both": {Do: func(ctx context.Context, env *labs.Env) error {
		if err := lab02StartAll(ctx, env); err != nil {
			return err
		}
		return lab09InSync(ctx, env)
	}},
	// One is missing after a failure; and all are there, without one.
	"idempotent": {Do: func(ctx context.Context, env *labs.Env) error {
		if err := lab09WriteUpTo(ctx, env, lab09Payments500-1, true); err != nil {
			return err
		}
		return lab09WriteUpTo(ctx, env, lab09Payments500, false)
	}},
	// The loop ended too early, and another process wrote what was missing.
	"php": {Do: func(ctx context.Context, env *labs.Env) error {
		if err := lab09WriteUpTo(ctx, env, lab09Payments500-1, true); err != nil {
			return err
		}
		_, err := env.Produce(ctx, labs.Record(env.Name("payments"), "pay-500", `{"payment":500}`))
		return err
	}},
}
