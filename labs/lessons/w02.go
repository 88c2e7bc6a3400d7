package lessons

import (
	"context"
	"fmt"

	"kconsole/kafka"
	"kconsole/labs"
	"kconsole/labs/check"
)

func init() {
	walkthrough("w02", labs.Behavior{Stage: w02Stage, Check: w02Strict, Nudge: w02Nudge, Solve: w02Solve})
}

const w02Partitions = 6

// w02Stage gives one broker a certificate for another host, signed by nobody.
func w02Stage(ctx context.Context, env *labs.Env) error {
	if err := env.CreateTopic(ctx, env.Name("orders"), w02Partitions, 3); err != nil {
		return err
	}
	id, err := victim(ctx, env)
	if err != nil {
		return err
	}
	return env.Break(ctx, labs.Fault{Kind: labs.Certificate, Broker: id})
}

// w02Silent is [unserved] for brokers whose certificate a client refuses that
// looks at it: what a client gets through that does not look counts for nothing.
func w02Silent(ctx context.Context, env *labs.Env) (all int, silent, partitions []int32, err error) {
	return unserved(ctx, env, func(p kafka.Probe) bool { return check.Strict(ctx, env, p.Address) == nil })
}

func w02Strict(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	all, silent, partitions, err := w02Silent(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	want := fmt.Sprintf("a client that verifies whom it talks to can use all %d brokers", all)
	if len(silent) == 0 {
		return labs.Done("a strict TLS handshake works with each of the %d brokers", all), nil
	}
	if len(partitions) > 0 {
		return labs.NotYet(want, fmt.Sprintf("such a client gets no order through to %d of the %d partitions of %s", len(partitions), w02Partitions, env.Name("orders")), "try each partition: which ones are silent?"), nil
	}
	return labs.NotYet(want, fmt.Sprintf("it can use %d of %d", all-len(silent), all), "a cluster without that broker is no repair"), nil
}

func w02Nudge(ctx context.Context, env *labs.Env) (string, error) {
	_, silent, partitions, err := w02Silent(ctx, env)
	switch {
	case err != nil:
		return "", err
	case len(partitions) > 0:
		return fmt.Sprintf("Orders for %s fail, if the client verifies. What do these have in common, and how far does a connection get there: name, port, TLS, sign-in?", numbered(partitions)), nil
	case len(silent) > 0:
		return "The leaders have moved away, so orders get through. The broker that they left still cannot be used.", nil
	}
	return "Every broker shows who it is. It only has to stay so.", nil
}

func w02Solve(ctx context.Context, env *labs.Env) error {
	if err := lab02StartAll(ctx, env); err != nil {
		return err
	}
	id, err := victim(ctx, env)
	if err != nil {
		return err
	}
	return env.Mend(ctx, labs.Fault{Kind: labs.Certificate, Broker: id})
}
