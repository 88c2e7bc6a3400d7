package check

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"kconsole/kafka"
	"kconsole/kafka/tail"
	"kconsole/labs"
)

// Rate is done when a topic has taken at least that many records a second in the
// time that has just passed, by the timestamps of the records themselves.
func Rate(ctx context.Context, env *labs.Env, topic string, perSecond int64, over time.Duration) (labs.Verdict, error) {
	want := perSecond * int64(over/time.Second)
	expected := fmt.Sprintf("%s in %s in the last %s: %d a second", Count(want, "record"), topic, over, perSecond)
	if _, ok, err := Topic(ctx, env, topic); err != nil || !ok {
		return labs.NotYet(expected, "no topic of that name", "look at :topics"), err
	}
	n, err := count(ctx, env.Cluster, tail.Options{
		Topic: topic, From: tail.Position{Kind: tail.Since, Ago: over}, Until: tail.Position{Kind: tail.End}, Limit: want,
	})
	if err != nil {
		return labs.Verdict{}, err
	}
	if n < want {
		return labs.NotYet(expected, Count(n, "record"), "look at the rate of "+topic+" in :topics"), nil
	}
	return labs.Done("%s took %d records a second or more in the last %s", topic, perSecond, over), nil
}

// count reads to the end, or to the limit.
func count(ctx context.Context, c *kafka.Cluster, o tail.Options) (n int64, err error) {
	r, err := tail.Open(ctx, c, o)
	if err != nil {
		return 0, err
	}
	defer r.Close()
	for {
		batch, err := r.Next(ctx)
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return 0, fmt.Errorf("cannot read %s: %w", o.Topic, err)
		}
		n += int64(len(batch))
	}
}

// Waiting is the oldest record that a group has not committed of a topic, by its
// timestamp; nil where nothing waits.
func Waiting(ctx context.Context, env *labs.Env, group, topic string) (*kafka.Record, error) {
	t, ok, err := Topic(ctx, env, topic)
	if err != nil || !ok {
		return nil, err
	}
	committed, err := Committed(ctx, env, group, topic)
	if err != nil {
		return nil, err
	}
	var oldest *kafka.Record
	for i := range t.Partitions {
		p := &t.Partitions[i]
		at, has := committed[p.ID]
		if !has || at < p.Start {
			at = p.Start
		}
		if at >= p.End {
			continue
		}
		rec, err := first(ctx, env.Cluster, topic, p.ID, at)
		if err != nil {
			return nil, err
		}
		if rec != nil && (oldest == nil || rec.Timestamp.Before(oldest.Timestamp)) {
			oldest = rec
		}
	}
	return oldest, nil
}

// first is the first record of a partition from an offset on; nil at the end.
func first(ctx context.Context, c *kafka.Cluster, topic string, partition int32, offset int64) (*kafka.Record, error) {
	r, err := tail.Open(ctx, c, tail.Options{
		Topic: topic, Partitions: []int32{partition}, Offsets: map[int32]int64{partition: offset},
		From: tail.Position{Kind: tail.Start}, Until: tail.Position{Kind: tail.End}, Limit: 1,
	})
	if err != nil {
		return nil, err
	}
	defer r.Close()
	batch, err := r.Next(ctx)
	if errors.Is(err, io.EOF) || err == nil && len(batch) == 0 {
		return nil, nil //nolint:nilnil // nothing is there
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read %s/%d: %w", topic, partition, err)
	}
	return &batch[0], nil
}
