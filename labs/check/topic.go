package check

import (
	"context"
	"fmt"

	"kconsole/kafka"
	"kconsole/labs"
)

// Shape is done when a topic exists with that many partitions and replicas of
// each, all in sync.
func Shape(ctx context.Context, env *labs.Env, topic string, partitions, replicas int) (labs.Verdict, error) {
	want := fmt.Sprintf("topic %s with %s and replication factor %d", topic, Count(int64(partitions), "partition"), replicas)
	t, ok, err := Topic(ctx, env, topic)
	if err != nil {
		return labs.Verdict{}, err
	}
	if !ok {
		return labs.NotYet(want, "no topic of that name", "names are case-sensitive; look at :topics"), nil
	}
	if len(t.Partitions) != partitions || t.ReplicationFactor() != replicas {
		var look string
		switch n := len(t.Partitions); {
		case n > partitions:
			look = "partitions can be added, but never taken away: delete the topic and make it anew"
		case n < partitions:
			look = fmt.Sprintf("partitions can be added: `kconsole alter topic %s --partitions %d`", topic, partitions)
		default:
			look = fmt.Sprintf("replicas can be added: `kconsole reassign %s --brokers 1,2,3 --factor %d`", topic, replicas)
		}
		return labs.NotYet(want, fmt.Sprintf("%s and replication factor %d", Count(int64(len(t.Partitions)), "partition"), t.ReplicationFactor()), look), nil
	}
	if n := t.UnderReplicated(); n > 0 {
		return labs.NotYet(want+", all in sync", Count(int64(n), "partition")+" with a replica that is not in sync", "look at the ISR in :topics"), nil
	}
	return labs.Done("topic %s has %s, each with %s", topic, Count(int64(partitions), "partition"), Count(int64(replicas), "replica")), nil
}

// Config is done when a topic's configuration has a value, wherever it comes from.
func Config(ctx context.Context, env *labs.Env, topic, key, value string) (labs.Verdict, error) {
	want := topic + " with " + key + "=" + value
	all, err := env.Cluster.TopicConfigs(ctx, topic)
	if err != nil {
		return labs.Verdict{}, err
	}
	if len(all) == 0 || kafka.KindOf(all[0].Err) == kafka.NotFound {
		return labs.NotYet(want, "no topic of that name", "look at :topics"), nil
	}
	if all[0].Err != nil {
		return labs.Verdict{}, all[0].Err
	}
	e := all[0].Get(key)
	if e == nil || e.Value != value {
		observed := key + " is not set"
		if e != nil {
			observed = key + "=" + e.Value
		}
		return labs.NotYet(want, observed, "look at its configuration: :topics, then e on the topic"), nil
	}
	return labs.Done("%s has %s=%s", topic, key, value), nil
}

// Leader is who leads a partition now; [kafka.NoLeader] for nobody, ok is false
// where there is no such partition.
func Leader(ctx context.Context, env *labs.Env, topic string, partition int32) (leader int32, ok bool, err error) {
	t, ok, err := Topic(ctx, env, topic)
	if err != nil || !ok {
		return kafka.NoLeader, false, err
	}
	p := t.Partition(partition)
	if p == nil {
		return kafka.NoLeader, false, nil
	}
	return p.Leader, true, nil
}
