package check

import (
	"context"
	"fmt"

	"kconsole/kafka"
	"kconsole/labs"
)

// Group reads a group with its offsets and lag; ok is false where there is none.
func Group(ctx context.Context, env *labs.Env, name string) (g kafka.Group, ok bool, err error) {
	g, err = env.Cluster.Group(ctx, name)
	if kafka.KindOf(err) == kafka.NotFound {
		return g, false, nil
	}
	if err == nil {
		err = g.Err
	}
	if err == nil && g.State == "Dead" { // what a broker says of a group that is not there
		return g, false, nil
	}
	return g, err == nil, err
}

// Committed are the offsets that a group committed for a topic; partitions
// without a commit are not in it.
func Committed(ctx context.Context, env *labs.Env, group, topic string) (Offsets, error) {
	g, ok, err := Group(ctx, env, group)
	if err != nil || !ok {
		return Offsets{}, err
	}
	out := Offsets{}
	for _, o := range g.Offsets {
		if o.Topic == topic && o.Committed != kafka.Unknown {
			out[o.Partition] = o.Committed
		}
	}
	return out, nil
}

// Lag is how far a group is behind the end of a topic: what it has not committed
// of what the topic holds. A group that does not exist lags by everything.
func Lag(ctx context.Context, env *labs.Env, group, topic string) (int64, error) {
	t, ok, err := Topic(ctx, env, topic)
	if err != nil {
		return 0, err
	}
	if !ok {
		return 0, nil
	}
	committed, err := Committed(ctx, env, group, topic)
	if err != nil {
		return 0, err
	}
	var lag int64
	for i := range t.Partitions {
		p := &t.Partitions[i]
		if p.End == kafka.Unknown {
			return 0, fmt.Errorf("the end of %s/%d is not known: the partition has no leader", topic, p.ID)
		}
		at, has := committed[p.ID]
		if !has {
			at = p.Start
		}
		lag += max(p.End-at, 0)
	}
	return lag, nil
}

// Caught is done when a group has committed the end of every partition of a topic
// that holds at least one record.
func Caught(ctx context.Context, env *labs.Env, group, topic string) (labs.Verdict, error) {
	want := "group " + group + " has committed the end of " + topic
	g, ok, err := Group(ctx, env, group)
	if err != nil {
		return labs.Verdict{}, err
	}
	if !ok {
		return labs.NotYet(want, "no group of that name", "look at :groups"), nil
	}
	ends, err := Ends(ctx, env, topic)
	if err != nil {
		return labs.Verdict{}, err
	}
	if ends.Sum() == 0 {
		return labs.NotYet(want, "the topic is empty", "look at :topics"), nil
	}
	lag, err := Lag(ctx, env, group, topic)
	if err != nil {
		return labs.Verdict{}, err
	}
	if lag > 0 {
		return labs.NotYet(want, fmt.Sprintf("a lag of %s (%s, %s)", Count(lag, "record"), g.State, Count(int64(len(g.Members)), "member")), "look at the group's lag in :groups"), nil
	}
	return labs.Done("group %s has committed %s of %s", group, Count(ends.Sum(), "offset"), topic), nil
}

// Members is done when a group is stable with exactly n members.
func Members(ctx context.Context, env *labs.Env, group string, n int) (labs.Verdict, error) {
	want := "group " + group + " stable with " + Count(int64(n), "member")
	g, ok, err := Group(ctx, env, group)
	if err != nil {
		return labs.Verdict{}, err
	}
	if !ok {
		return labs.NotYet(want, "no group of that name", "look at :groups"), nil
	}
	if len(g.Members) != n || n > 0 && g.State != "Stable" {
		return labs.NotYet(want, Count(int64(len(g.Members)), "member")+", "+g.State, "look at the group's members: :groups, then enter"), nil
	}
	return labs.Done("group %s is %s with %s", group, g.State, Count(int64(n), "member")), nil
}
