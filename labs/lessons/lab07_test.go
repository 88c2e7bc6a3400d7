package lessons

import (
	"context"
	"slices"
	"testing"

	"kconsole/kafka"
	"kconsole/labs"
	"kconsole/labs/check"
	"kconsole/labs/proof"
	"kconsole/labs/services"
)

// lab07Works lets the service handle what there is.
func lab07Works(ctx context.Context, env *labs.Env) error {
	if err := lab03Resume(env.Name("booking"))(ctx, env); err != nil {
		return err
	}
	return lab07Caught(ctx, env)
}

func TestLab07(t *testing.T) {
	proof.Lab(t, lab(t, "07"), proof.Misses{
		// The lag is 0, and nothing was done: the offsets were moved.
		"process": {Do: func(ctx context.Context, env *labs.Env) error {
			if err := lab07Stop(ctx, env); err != nil {
				return err
			}
			return lab07Reset(ctx, env, kafka.ResetTo{Kind: kafka.ResetEnd})
		}},
		// All of it goes well.
		"fails": {Do: lab07Works, Answer: proof.Wrong("o-4711")},
		// The record was copied by hand, without a word about the error.
		"dead-letter": {Do: func(ctx context.Context, env *labs.Env) error {
			records, err := check.Records(ctx, env, env.Name("orders"), nil)
			if err != nil {
				return err
			}
			if err := lab07Works(ctx, env); err != nil {
				return err
			}
			_, err = env.Produce(ctx, labs.Record(env.Name("orders.dead-letter"), string(records[0].Key), string(records[0].Record.Value)))
			return err
		}},
		// Committed before the work: what was polled with the crash is lost.
		"recover": {Do: func(ctx context.Context, env *labs.Env) error {
			svc := env.Services.Get(env.Name("booking"))
			svc.SetCommit(services.CommitBefore)
			svc.CrashOn(2)
			svc.Resume()
			if err := svc.Wait(ctx, func(st services.Status) bool { return st.State == services.Crashed }); err != nil {
				return err
			}
			if err := svc.Restart(); err != nil {
				return err
			}
			return lab07Caught(ctx, env)
		}},
		// Back to the start, and not started again.
		"replay": {Do: func(ctx context.Context, env *labs.Env) error {
			if err := lab07Stop(ctx, env); err != nil {
				return err
			}
			return lab07Reset(ctx, env, kafka.ResetTo{Kind: kafka.ResetStart})
		}},
		// All is skipped, the orders behind it as well.
		"skip": {Do: func(ctx context.Context, env *labs.Env) error {
			if err := lab07From(ctx, env, lab07Halts, kafka.ResetTo{Kind: kafka.ResetEnd}); err != nil {
				return err
			}
			return lab07Caught(ctx, env)
		}},
		// Everything is committed, and what cannot be read is gone.
		"php": {Do: func(ctx context.Context, env *labs.Env) error {
			_, err := env.ReadAsGroup(ctx, env.Name("php-booking"), env.Name("orders"))
			return err
		}},
	})
}

func TestLab07Told(t *testing.T) {
	record := func(headers ...string) *check.Record {
		r := &check.Record{}
		for pair := range slices.Chunk(headers, 2) {
			r.Headers = append(r.Headers, kafka.Header{Key: pair[0], Value: []byte(pair[1])})
		}
		return r
	}
	for _, told := range []*check.Record{record("id", "o-1", "error", "cut short"), record("kafka_throwable_message", "cut short")} {
		if !lab07Told(told) {
			t.Errorf("no reason is seen in %v", told.Headers)
		}
	}
	for _, silent := range []*check.Record{record(), record("id", "error"), record("error", "")} {
		if lab07Told(silent) {
			t.Errorf("a reason is seen in %v", silent.Headers)
		}
	}
}
