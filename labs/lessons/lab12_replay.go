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

// lab12Poisoned has a record among the orders that is no Avro: each time that a
// group comes by, it makes a dead letter, which tells of a replay.
func lab12Poisoned(ctx context.Context, env *labs.Env) error {
	if err := lab12Running(ctx, env); err != nil {
		return err
	}
	letters, err := lab12Letters(ctx, env, nil)
	if err != nil || letters > 0 {
		return err
	}
	env.Say("write a record that is no Avro to %s", env.Name("orders"))
	if _, err := env.Produce(ctx, labs.Record(env.Name("orders"), "o-unknown", `{"order": "of a program that does not know the schema"}`)); err != nil {
		return err
	}
	return env.Until(ctx, "it is a dead letter, and every order is handled", func(ctx context.Context) (bool, error) {
		letters, err := lab12Letters(ctx, env, nil)
		if err != nil || letters == 0 {
			return false, err
		}
		if quiet, err := lab12Quiet(ctx, env); err != nil || !quiet {
			return false, err
		}
		v, err := check.Caught(ctx, env, env.Name("loyalty"), env.Name("orders"))
		return v.Done(), err
	})
}

// lab12Letters counts the dead letters of the loyalty service.
func lab12Letters(ctx context.Context, env *labs.Env, base check.Offsets) (n int64, err error) {
	records, err := check.Records(ctx, env, env.Name("dead-letters"), base)
	for i := range records {
		if records[i].Header(services.HeaderGroup) == env.Name("loyalty") {
			n++
		}
	}
	return n, err
}

// lab12Before is what was there before the replay.
type lab12Before struct {
	Letters check.Offsets            `json:"letters"`
	Others  map[string]check.Offsets `json:"others"` // committed offsets by group/topic
}

func lab12BeforeReplay(ctx context.Context, env *labs.Env) (any, error) {
	ends, err := check.Ends(ctx, env, env.Name("dead-letters"))
	if err != nil {
		return nil, err
	}
	others, err := lab12Places(ctx, env)
	return lab12Before{Letters: ends, Others: others}, err
}

// lab12Places are the committed offsets of the four other groups.
func lab12Places(ctx context.Context, env *labs.Env) (map[string]check.Offsets, error) {
	out := map[string]check.Offsets{}
	for _, group := range lab12Groups {
		g, _, err := check.Group(ctx, env, env.Name(group))
		if err != nil {
			return nil, err
		}
		for _, o := range g.Offsets {
			at := group + " on " + o.Topic
			if out[at] == nil {
				out[at] = check.Offsets{}
			}
			if o.Committed != kafka.Unknown {
				out[at][o.Partition] = o.Committed
			}
		}
	}
	return out, nil
}

func lab12Replayed(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	var before lab12Before
	if err := env.Baseline(&before); err != nil {
		return labs.Verdict{}, err
	}
	now, err := lab12Places(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	for at, offsets := range before.Others {
		for p, committed := range offsets {
			if now[at][p] < committed {
				return labs.NotYet("the other groups stay where they are", fmt.Sprintf("%s went back on partition %d, from %d to %d", at, p, committed, now[at][p]),
					"only "+env.Name("loyalty")+" is to be reset; move that group forward again"), nil
			}
		}
	}
	again, err := lab12Letters(ctx, env, before.Letters)
	if err != nil {
		return labs.Verdict{}, err
	}
	want := env.Name("loyalty") + " has read all orders from the start again"
	lag, err := check.Lag(ctx, env, env.Name("loyalty"), env.Name("orders"))
	if err != nil {
		return labs.Verdict{}, err
	}
	if again == 0 || lag > 0 {
		observed := fmt.Sprintf("a lag of %s, and the broken record did not come by again", check.Count(lag, "record"))
		if again > 0 {
			observed = fmt.Sprintf("it is at work, with a lag of %s", check.Count(lag, "record"))
		}
		return labs.NotYet(want, observed, "look at the group in :groups: empty, reset, and then at work again"), nil
	}
	v, err := lab12Joined(ctx, env)
	if err != nil || !v.Done() {
		return v, err
	}
	return labs.Done("replayed: the broken record became a dead letter again, every order still has its points once, and no other group moved back"), nil
}

func lab12ReplayNudge(ctx context.Context, env *labs.Env) (string, error) {
	g, ok, err := check.Group(ctx, env, env.Name("loyalty"))
	if err != nil {
		return "", err
	}
	lag, err := check.Lag(ctx, env, env.Name("loyalty"), env.Name("orders"))
	if err != nil {
		return "", err
	}
	switch {
	case ok && len(g.Members) > 0 && lag == 0:
		return "The group has a member and no lag. Only an empty group can be reset: the service has to go first.", nil
	case ok && len(g.Members) > 0:
		return "The group has a member. If it died a moment ago, its session has to time out first (6 s).", nil
	case lag == 0:
		return "The group is empty and stands at the end. Now it can be moved.", nil
	}
	return fmt.Sprintf("The group is empty with a lag of %s. Is that all of them? Then start the service again.", check.Count(lag, "record")), nil
}

// lab12Rewind has the loyalty service die, and moves its group.
func lab12Rewind(ctx context.Context, env *labs.Env, to kafka.ResetTo) error {
	svc := env.Services.Get(env.Name("loyalty"))
	if svc == nil {
		return fmt.Errorf("the service %s does not run here", env.Name("loyalty"))
	}
	env.Say("crash loyalty")
	svc.Crash("")
	err := env.Until(ctx, "the group "+env.Name("loyalty")+" is empty", func(ctx context.Context) (bool, error) {
		g, ok, err := check.Group(ctx, env, env.Name("loyalty"))
		return ok && len(g.Members) == 0, err
	})
	if err != nil {
		return err
	}
	return lab12Reset(ctx, env, to)
}

func lab12Reset(ctx context.Context, env *labs.Env, to kafka.ResetTo) error {
	admin, err := env.Admin()
	if err != nil {
		return err
	}
	return env.Apply(ctx)(admin.ResetOffsets(ctx, env.Name("loyalty"), []string{env.Name("orders")}, nil, to))
}

func lab12Replay(ctx context.Context, env *labs.Env) error {
	if err := lab12Rewind(ctx, env, kafka.ResetTo{Kind: kafka.ResetStart}); err != nil {
		return err
	}
	env.Say("restart loyalty")
	return env.Services.Get(env.Name("loyalty")).Restart()
}

// lab12Within is how long an order may take, by the times of its records.
const lab12Within = 10 * time.Second

// lab12Effects are the topics that an order has to reach.
var lab12Effects = []string{"stock", "payments", "shipments", "notifications", "loyalty"}

// lab12Best is the new order of this run that came farthest.
type lab12Best struct {
	Order   string
	Missing []string
	Took    time.Duration
	Again   string // an order whose id is older than this step, so that its effects tell nothing
}

func lab12Farthest(ctx context.Context, env *labs.Env) (best lab12Best, err error) {
	var base check.Offsets
	if err := env.Baseline(&base); err != nil {
		return best, err
	}
	orders, err := check.Records(ctx, env, env.Name("orders"), nil)
	if err != nil {
		return best, err
	}
	before := map[string]bool{}
	for i := range orders {
		if r := &orders[i]; r.Offset < base[r.Partition] {
			before[string(r.Key)] = true
		}
	}
	effects := map[string][]check.Record{}
	for _, topic := range lab12Effects {
		if effects[topic], err = check.Records(ctx, env, env.Name(topic), nil); err != nil {
			return best, err
		}
	}
	for i := range orders {
		id := string(orders[i].Key)
		if orders[i].Offset < base[orders[i].Partition] || orders[i].Value.Message != lab12Order || !lab12Mine(env, id) {
			continue
		}
		if before[id] {
			best.Again = id
			continue
		}
		one := lab12Best{Order: id, Again: best.Again}
		for _, topic := range lab12Effects {
			n := 0
			for j := range effects[topic] {
				if r := &effects[topic][j]; string(r.Key) == id {
					n++
					one.Took = max(one.Took, r.Timestamp.Sub(orders[i].Timestamp))
				}
			}
			if n == 0 || topic == "loyalty" && n > 1 {
				one.Missing = append(one.Missing, topic)
			}
		}
		farther := len(one.Missing) < len(best.Missing) || len(one.Missing) == len(best.Missing) && one.Took < best.Took
		if best.Order == "" || farther {
			best = one
		}
	}
	return best, nil
}
