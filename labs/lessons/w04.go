package lessons

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"

	"kconsole/kafka"
	"kconsole/labs"
	"kconsole/labs/check"
)

func init() {
	walkthrough("w04", labs.Behavior{Stage: w04Stage, Check: w04Confirmed, Nudge: w04Nudge, Solve: w04Solve})
}

const (
	w04Partitions = 6
	w04Replicas   = 2
	w04MinISR     = "2"
	w04Orders     = 30
)

// w04Stage stops one broker under a topic that has as many replicas as a write
// needs, and not one more.
func w04Stage(ctx context.Context, env *labs.Env) error {
	topic := env.Name("orders")
	if err := env.CreateTopic(ctx, topic, w04Partitions, w04Replicas, "min.insync.replicas", w04MinISR); err != nil {
		return err
	}
	if err := w04Seed(ctx, env); err != nil {
		return err
	}
	id, err := victim(ctx, env)
	if err != nil {
		return err
	}
	return env.Break(ctx, labs.Fault{Kind: labs.Stopped, Broker: id})
}

// w04Seed writes the orders that must not get lost, once. It leaves a topic that is
// broken already alone: there a leader that was elected may not tell its end
// before a second replica is in sync (OFFSET_NOT_AVAILABLE, KIP-207 and KIP-966).
func w04Seed(ctx context.Context, env *labs.Env) error {
	_, waiting, err := w04Waiting(ctx, env)
	if err != nil || len(waiting) > 0 {
		return err
	}
	topic := env.Name("orders")
	var ends check.Offsets
	err = env.Until(ctx, "every leader of "+topic+" knows that it leads", func(ctx context.Context) (bool, error) {
		var err error
		ends, err = check.Ends(ctx, env, topic)
		return err == nil, err
	})
	if err != nil || ends.Sum() > 0 {
		return err
	}
	var orders []kafka.NewRecord
	for i := range w04Orders {
		orders = append(orders, labs.Record(topic, w04Key(i), fmt.Sprintf(`{"order":"o-%04d"}`, i)))
	}
	_, err = env.Produce(ctx, orders...)
	return err
}

func w04Key(i int) string { return fmt.Sprintf("c-%04d", i) }

// w04Lost counts the orders of the beginning that are not there any more.
func w04Lost(ctx context.Context, env *labs.Env) (lost int, err error) {
	records, err := check.Records(ctx, env, env.Name("orders"), nil)
	if err != nil {
		return 0, err
	}
	there := map[string]bool{}
	for i := range records {
		if records[i].Header(labs.NonceHeader) == env.Nonce {
			there[string(records[i].Key)] = true
		}
	}
	for i := range w04Orders {
		if !there[w04Key(i)] {
			lost++
		}
	}
	return lost, nil
}

// w04Waiting lists the partitions with too few replicas in sync for a write.
func w04Waiting(ctx context.Context, env *labs.Env) (all, waiting []int32, err error) {
	topics, err := env.Cluster.TopicMetadata(ctx, env.Name("orders"))
	if err != nil {
		return nil, nil, err
	}
	if len(topics) != 1 || topics[0].Err != nil {
		return nil, nil, fmt.Errorf("topic %s cannot be described: start the walkthrough anew with a reset", env.Name("orders"))
	}
	for i := range topics[0].Partitions {
		p := &topics[0].Partitions[i]
		all = append(all, p.ID)
		if p.Leader == kafka.NoLeader || len(p.ISR) < w04Replicas {
			waiting = append(waiting, p.ID)
		}
	}
	return all, waiting, nil
}

func w04Confirmed(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	const want = "every order is confirmed by two brokers, without a wait, and no older order is lost"
	all, waiting, err := w04Waiting(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	level, err := check.Config(ctx, env, env.Name("orders"), "min.insync.replicas", w04MinISR)
	if err != nil {
		return labs.Verdict{}, err
	}
	if !level.Done() { // orders get through then, with a single copy
		return labs.NotYet(want, "the topic does not ask for two any more: "+level.Observed, "put min.insync.replicas back: it was not the cause"), nil
	}
	if len(waiting) > 0 {
		return labs.NotYet(want, fmt.Sprintf("orders for %d of the %d partitions of %s wait, and are given up in the end", len(waiting), len(all), env.Name("orders")), "try each partition: which ones wait?"), nil
	}
	lost, err := w04Lost(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	if lost > 0 {
		return labs.Unrecoverable("%s of the %d that were there are gone", check.Count(int64(lost), "order"), w04Orders), nil
	}
	refused, err := check.Writes(ctx, env, env.Name("orders"), all...)
	if err != nil {
		return labs.Verdict{}, err
	}
	for i, err := range refused {
		if errors.Is(err, kerr.NotEnoughReplicas) || errors.Is(err, kerr.NotEnoughReplicasAfterAppend) {
			return labs.NotYet(want, fmt.Sprintf("an order for partition %d was not confirmed", all[i]), "give the followers a moment"), nil
		}
		if err != nil {
			return labs.Verdict{}, err
		}
	}
	return labs.Done("orders get through to all %d partitions, each confirmed by two brokers", len(all)), nil
}

func w04Nudge(ctx context.Context, env *labs.Env) (string, error) {
	_, waiting, err := w04Waiting(ctx, env)
	if err != nil {
		return "", err
	}
	if len(waiting) == 0 {
		return "Every partition has two replicas in sync. What the topic asks for has to be what it was: two.", nil
	}
	return fmt.Sprintf("Orders for %s wait. How many brokers hold these partitions now, how many should, and how many does the topic ask for?", numbered(waiting)), nil
}

// w04Solve starts what is stopped, and asks for as many replicas as before.
func w04Solve(ctx context.Context, env *labs.Env) error {
	if err := lab02StartAll(ctx, env); err != nil {
		return err
	}
	admin, err := env.Admin()
	if err != nil {
		return err
	}
	level := kafka.ConfigChange{Set: map[string]string{"min.insync.replicas": w04MinISR}}
	return env.Apply(ctx)(admin.AlterTopicConfigs(ctx, env.Name("orders"), level))
}
