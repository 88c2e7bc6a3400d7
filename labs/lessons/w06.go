package lessons

import (
	"context"
	"fmt"
	"time"

	"kconsole/kafka"
	"kconsole/labs"
	"kconsole/labs/check"
	"kconsole/labs/services"
)

func init() {
	walkthrough("w06", labs.Behavior{Stage: w06Stage, Check: w06Settled, Nudge: w06Nudge, Solve: w06Solve})
}

// A member that takes w06Each for an order, one a poll, never gets one done within
// w06Interval. With several a poll it would: what is done is committed when
// another member's leaving makes the group rebalance.
const (
	w06Each     = 4 * time.Second
	w06Interval = 3 * time.Second
	w06Backlog  = 30 // orders a partition that wait already
	w06Rush     = 20 // orders a partition that come once these are done
	w06Parts    = 3
)

// w06Stage has three members that are put out of their group before they can
// commit, again and again.
func w06Stage(ctx context.Context, env *labs.Env) error {
	for _, topic := range []string{"orders", "labels"} {
		if err := env.CreateTopic(ctx, env.Name(topic), w06Parts, 3); err != nil {
			return err
		}
	}
	ends, err := check.Ends(ctx, env, env.Name("orders"))
	if err != nil {
		return err
	}
	if ends.Sum() == 0 {
		if err := w06Write(ctx, env, w06Backlog); err != nil {
			return err
		}
	}
	started, err := working(env, services.Consumer{
		Name: "labels", About: "prints a label for each order", Group: env.Name("labels"), Topics: []string{env.Name("orders")},
		Members: w06Parts, MaxPollRecords: 1, MaxPollInterval: w06Interval, Paused: true,
		Handle: func(ctx context.Context, d *services.Delivery) error {
			return d.Publish(ctx, services.Event{Topic: env.Name("labels"), Key: d.Where(), Value: map[string]any{"printed_by": d.ClientID}})
		},
	})
	if err != nil || !started {
		return err
	}
	labels := env.Services.Get("labels")
	labels.Slow(w06Each)
	labels.Resume()
	_, err = env.Services.StartTask("shop", "sends the orders of the next rush", func(ctx context.Context) error { return w06Shop(ctx, env) })
	return err
}

// w06Write writes orders to each partition, all of them at once.
func w06Write(ctx context.Context, env *labs.Env, each int) error {
	var records []kafka.NewRecord
	for i := range each * w06Parts {
		records = append(records, kafka.NewRecord{Topic: env.Name("orders"), Partition: int32(i % w06Parts), Value: fmt.Appendf(nil, `{"order":"o-%d"}`, 3001+i)})
	}
	_, err := env.Produce(ctx, records...)
	return err
}

// w06Shop waits until nothing is left to do, and then sends the next rush, once: a
// group that was only let off its backlog is back where it was.
func w06Shop(ctx context.Context, env *labs.Env) error {
	quiet := env.Until(ctx, "the backlog is gone", func(ctx context.Context) (bool, error) {
		lag, err := check.Lag(ctx, env, env.Name("labels"), env.Name("orders"))
		return err == nil && lag == 0, nil
	})
	ends, err := check.Ends(ctx, env, env.Name("orders"))
	if quiet != nil || err != nil || ends.Sum() > w06Backlog*w06Parts {
		return err
	}
	return w06Write(ctx, env, w06Rush)
}

// w06Seen is how the group is, and how far it is behind.
func w06Seen(ctx context.Context, env *labs.Env) (state string, members int, lag, all int64, err error) {
	ends, err := check.Ends(ctx, env, env.Name("orders"))
	if err != nil {
		return "", 0, 0, 0, err
	}
	g, ok, err := check.Group(ctx, env, env.Name("labels"))
	if err != nil {
		return "", 0, 0, 0, err
	}
	if state = g.State; !ok {
		state = "not there"
	}
	lag, err = check.Lag(ctx, env, env.Name("labels"), env.Name("orders"))
	return state, len(g.Members), lag, ends.Sum(), err
}

func w06Settled(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	state, members, lag, all, err := w06Seen(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	want := "group " + env.Name("labels") + " Stable with its members, and no lag, also when the next rush comes"
	seen := fmt.Sprintf("%s with %s, a lag of %d", state, check.Count(int64(members), "member"), lag)
	switch {
	case lag > 0 || members == 0 || state != "Stable":
		return labs.NotYet(want, seen, "look at the group several times: what changes, and what does not?"), nil
	case all < (w06Backlog+w06Rush)*w06Parts:
		return labs.NotYet(want, seen+"; the next rush is about to come", "wait and see"), nil
	}
	return labs.Done("%s", seen), nil
}

func w06Nudge(ctx context.Context, env *labs.Env) (string, error) {
	state, members, lag, _, err := w06Seen(ctx, env)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("The group is %s with %s just now, and %s are not committed. How long does a member work between two polls, and how long may it?",
		state, check.Count(int64(members), "member"), check.Count(lag, "order")), nil
}

func w06Solve(_ context.Context, env *labs.Env) error {
	svc := env.Services.Get("labels")
	if svc == nil {
		return fmt.Errorf("the service labels does not run here")
	}
	if svc.Status().State.Over() {
		env.Say("restart labels")
		if err := svc.Restart(); err != nil {
			return err
		}
		svc = env.Services.Get("labels")
	}
	env.Say("slow labels 20ms")
	svc.Slow(20 * time.Millisecond)
	svc.Resume()
	return nil
}
