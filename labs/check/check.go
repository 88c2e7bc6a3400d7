// Package check has what the steps of labs look at: end offsets (N), committed
// offsets (C), groups (G), topics and their configuration (M), the schema registry
// (S), records read and decoded (R), questions (Q) and metrics over HTTP (X).
//
// Names are full names, as [labs.Env.Name] makes them. An error means that it
// cannot be told now, and why; it never means that something is wrong.
package check

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"kconsole/kafka"
	"kconsole/labs"
)

// Offsets are offsets by partition; as JSON they can be a baseline.
type Offsets map[int32]int64

// Sum adds all of them up.
func (o Offsets) Sum() int64 {
	var n int64
	for _, v := range o {
		n += v
	}
	return n
}

// String gives "p0 5, p1 3".
func (o Offsets) String() string {
	var parts []string
	for _, p := range slices.Sorted(maps.Keys(o)) {
		parts = append(parts, "p"+strconv.Itoa(int(p))+" "+strconv.FormatInt(o[p], 10))
	}
	if len(parts) == 0 {
		return "no partitions"
	}
	return strings.Join(parts, ", ")
}

// All is the first verdict that is not done, else the last.
func All(verdicts ...labs.Verdict) labs.Verdict {
	var last labs.Verdict
	for _, last = range verdicts {
		if !last.Done() {
			return last
		}
	}
	return last
}

// Topic reads a topic with its offsets; ok is false where there is none.
func Topic(ctx context.Context, env *labs.Env, name string) (t kafka.Topic, ok bool, err error) {
	topics, err := env.Cluster.TopicMetadata(ctx, name)
	if err != nil {
		return t, false, err
	}
	if len(topics) == 0 || kafka.KindOf(topics[0].Err) == kafka.NotFound {
		return t, false, nil
	}
	if topics[0].Err != nil {
		return t, false, topics[0].Err
	}
	// A partition without a leader has no offsets to read: they stay Unknown.
	if err := env.Cluster.Offsets(ctx, topics, kafka.StartOffset, kafka.EndOffset); err != nil && topics[0].Offline() == 0 {
		return topics[0], true, err
	}
	return topics[0], true, nil
}

// Ends are the end offsets of a topic; none where there is no topic.
func Ends(ctx context.Context, env *labs.Env, topic string) (Offsets, error) {
	t, ok, err := Topic(ctx, env, topic)
	if err != nil || !ok {
		return Offsets{}, err
	}
	out := make(Offsets, len(t.Partitions))
	for i := range t.Partitions {
		p := &t.Partitions[i]
		if p.End == kafka.Unknown {
			return nil, fmt.Errorf("the end of %s/%d is not known: the partition has no leader", topic, p.ID)
		}
		out[p.ID] = p.End
	}
	return out, nil
}

// BaselineEnds is a Baseline: the end offsets of the topic with a short name.
func BaselineEnds(short string) func(context.Context, *labs.Env) (any, error) {
	return func(ctx context.Context, env *labs.Env) (any, error) { return Ends(ctx, env, env.Name(short)) }
}

// Since is how many offsets were added between two readings.
func Since(now, base Offsets) int64 {
	var n int64
	for p, end := range now {
		if end >= base[p] {
			n += end - base[p]
		} else { // the topic was deleted and made again
			n += end
		}
	}
	return n
}

// Count gives a number with a noun: "1 record", "2 records".
func Count(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.FormatInt(n, 10) + " " + noun + "s"
}
