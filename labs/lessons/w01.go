package lessons

import (
	"context"
	"fmt"

	"kconsole/kafka"
	"kconsole/labs"
)

func init() {
	walkthrough("w01", labs.Behavior{Stage: w01Stage, Check: w01Served, Nudge: w01Nudge, Solve: w01Solve})
}

const (
	w01Partitions = 6
	w01Port       = 21090 // and the broker's id: where nothing of a lab listens
)

// w01Stage has one broker advertise a port that nobody published; the port in the
// configuration goes on answering.
func w01Stage(ctx context.Context, env *labs.Env) error {
	if err := env.CreateTopic(ctx, env.Name("orders"), w01Partitions, 3); err != nil {
		return err
	}
	f, err := w01Fault(ctx, env)
	if err != nil {
		return err
	}
	return env.Break(ctx, f)
}

func w01Fault(ctx context.Context, env *labs.Env) (labs.Fault, error) {
	id, err := victim(ctx, env)
	return labs.Fault{Kind: labs.Advertise, Broker: id, Addr: fmt.Sprintf("127.0.0.1:%d", w01Port+id)}, err
}

// w01Silent is [unserved] for brokers that cannot be reached.
func w01Silent(ctx context.Context, env *labs.Env) (all int, silent, partitions []int32, err error) {
	return unserved(ctx, env, func(kafka.Probe) bool { return true })
}

func w01Served(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	all, silent, partitions, err := w01Silent(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	want := fmt.Sprintf("orders get through to every partition, and all %d brokers serve clients", all)
	if len(silent) == 0 {
		return labs.Done("each of the %d brokers serves clients at the address that it advertises", all), nil
	}
	if len(partitions) > 0 {
		return labs.NotYet(want, fmt.Sprintf("orders for %d of the %d partitions of %s do not get through", len(partitions), w01Partitions, env.Name("orders")), "try each partition: which ones are silent?"), nil
	}
	return labs.NotYet(want, fmt.Sprintf("orders get through, and only %d of %d brokers serve clients", all-len(silent), all), "a cluster without that broker is no repair"), nil
}

func w01Nudge(ctx context.Context, env *labs.Env) (string, error) {
	_, silent, partitions, err := w01Silent(ctx, env)
	switch {
	case err != nil:
		return "", err
	case len(partitions) > 0:
		return fmt.Sprintf("Orders for %s get lost, the others do not. What do the silent ones have in common, and where does a client go for them?", numbered(partitions)), nil
	case len(silent) > 0:
		return "The leaders have moved away, so orders get through. The broker that they left still cannot be used.", nil
	}
	return "Every broker can be used. It only has to stay so.", nil
}

func w01Solve(ctx context.Context, env *labs.Env) error {
	if err := lab02StartAll(ctx, env); err != nil {
		return err
	}
	f, err := w01Fault(ctx, env)
	if err != nil {
		return err
	}
	return env.Mend(ctx, f)
}
