package lessons

import (
	"context"
	"testing"

	"kconsole/compose"
	"kconsole/labs"
	"kconsole/labs/proof"
)

func TestLab02(t *testing.T) { proof.Lab(t, lab(t, "02"), lab02Misses) }

var lab02Misses = proof.Misses{
	// The wrong broker is started: another one is down afterwards.
	"listeners":  {Do: lab02WrongBroker},
	"controller": {Answer: proof.Wrong("4711")},
	// One replica only.
	"topic": {Do: func(ctx context.Context, env *labs.Env) error {
		return env.CreateTopic(ctx, env.Name("first"), 3, 1)
	}},
	// A day in seconds.
	"command-line": {
		Do: func(ctx context.Context, env *labs.Env) error {
			return setConfig(ctx, env, env.Name("first"), "retention.ms", "86400")
		},
		Answer: proof.Wrong("1,1,1"),
	},
	// A message without the word.
	"message": {Do: func(ctx context.Context, env *labs.Env) error {
		_, err := env.Produce(ctx, labs.Record(env.Name("first"), "", "hello"))
		return err
	}},
	// Only one broker is restarted.
	"restart": {Do: func(ctx context.Context, env *labs.Env) error {
		if err := env.Stack.Stop(ctx, 2); err != nil {
			return err
		}
		return env.Stack.Start(ctx, 2)
	}},
	// Only one of the two is sent.
	"php": {Do: func(ctx context.Context, env *labs.Env) error {
		if err := env.CreateTopic(ctx, env.Name("hello"), 1, 3); err != nil {
			return err
		}
		_, err := env.Produce(ctx, labs.Record(env.Name("hello"), "host", "hello from host"))
		return err
	}},
}

// lab02WrongBroker starts the broker that is down, and stops another one.
func lab02WrongBroker(ctx context.Context, env *labs.Env) error {
	brokers, err := env.Stack.Brokers(ctx)
	if err != nil {
		return err
	}
	var down, up int32
	for _, b := range brokers {
		if b.State == compose.Stopped {
			down = b.ID
		} else {
			up = b.ID
		}
	}
	if err := env.Stack.Start(ctx, down); err != nil {
		return err
	}
	return env.Stack.Stop(ctx, up)
}
