package lessons

import (
	"context"
	"fmt"
	"strings"

	"kconsole/kafka"
	"kconsole/labs"
	"kconsole/labs/check"
	"kconsole/labs/services"
)

// lab12Mine tells whether an order has the word of this run in its id.
func lab12Mine(env *labs.Env, id string) bool { return strings.Contains(id, env.Nonce) }

// lab12Through is the integration check: an order in, all effects out, in time.
func lab12Through(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	best, err := lab12Farthest(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	want := fmt.Sprintf("a new order with %s in its key, and within %s a record of that key in %s", env.Nonce, lab12Within, strings.Join(lab12Effects, ", "))
	switch {
	case best.Order == "" && best.Again != "":
		return labs.NotYet(want, best.Again+" was there before this step, so its records tell nothing", "place an order with an id that none has had"), nil
	case best.Order == "":
		return labs.NotYet(want, "no such order yet", "write one to "+env.Name("orders")+", in Avro"), nil
	case len(best.Missing) > 0:
		return labs.NotYet(want, fmt.Sprintf("%s is missing in %s", best.Order, strings.Join(best.Missing, ", ")), "follow the key from topic to topic; the last status says why"), nil
	case best.Took > lab12Within:
		return labs.NotYet(want, fmt.Sprintf("%s took %s", best.Order, best.Took), "place another one, while all services are at work"), nil
	}
	return labs.Done("%s went through the whole system in %s", best.Order, best.Took), nil
}

func lab12ThroughNudge(ctx context.Context, env *labs.Env) (string, error) {
	best, err := lab12Farthest(ctx, env)
	if err != nil {
		return "", err
	}
	switch {
	case best.Order == "" && best.Again != "":
		return best.Again + " is an order from before this step: its records tell nothing about the system of now. Take another id.", nil
	case best.Order == "":
		return "No new order with " + env.Nonce + " in its key is there, or its value is not what the subject says.", nil
	case len(best.Missing) > 0:
		return fmt.Sprintf("%s came into the system. Not reached yet: %s.", best.Order, strings.Join(best.Missing, ", ")), nil
	}
	return fmt.Sprintf("%s reached every topic, in %s.", best.Order, best.Took), nil
}

// lab12OrderThrough places an order and follows it; on a machine that is busy the
// first one may take too long.
func lab12OrderThrough(ctx context.Context, env *labs.Env) error {
	for range 5 {
		ids, err := lab12Place(ctx, env, 1)
		if err != nil {
			return err
		}
		err = env.Until(ctx, ids[0]+" is everywhere", func(ctx context.Context) (bool, error) {
			for _, topic := range lab12Effects {
				records, err := check.Records(ctx, env, env.Name(topic), nil)
				if err != nil {
					return false, err
				}
				there := false
				for i := range records {
					there = there || string(records[i].Key) == ids[0]
				}
				if !there {
					return false, nil
				}
			}
			return true, nil
		})
		if err != nil {
			return err
		}
		if v, err := lab12Through(ctx, env); err != nil || v.Done() {
			return err
		}
		env.Say("%s took too long: another one", ids[0])
	}
	return nil // the check says what was seen
}

// lab12Waiting has orders that no loyalty service has read: the lab's own one is
// gone, the learner's takes its place.
func lab12Waiting(ctx context.Context, env *labs.Env) error {
	if err := lab12System(ctx, env); err != nil {
		return err
	}
	if env.Services.Get(env.Name("loyalty")) == nil {
		if err := lab12Agree(ctx, env); err != nil {
			return err
		}
	} else {
		env.Say("stop the lab's own loyalty service")
		if err := env.Services.Stop(ctx, env.Name("loyalty")); err != nil {
			return err
		}
	}
	lag, err := check.Lag(ctx, env, env.Name("loyalty"), env.Name("orders"))
	if err != nil || lag > 0 {
		return err
	}
	_, err = lab12Place(ctx, env, 10)
	return err
}

// lab12AsPHP does what the learner's service does: from the start of the topic, and
// an output for each order that has none.
func lab12AsPHP(ctx context.Context, env *labs.Env) error {
	if err := env.Services.Stop(ctx, env.Name("loyalty")); err != nil {
		return err
	}
	committed, err := check.Committed(ctx, env, env.Name("loyalty"), env.Name("orders"))
	if err != nil {
		return err
	}
	if len(committed) > 0 {
		if err := lab12Reset(ctx, env, kafka.ResetTo{Kind: kafka.ResetStart}); err != nil {
			return err
		}
	}
	if err := lab12Loyalty(ctx, env, false); err != nil {
		return err
	}
	svc := env.Services.Get(env.Name("loyalty"))
	err = env.Until(ctx, "every order has its points", func(ctx context.Context) (bool, error) {
		if st := svc.Status(); st.State == services.Failed {
			return false, fmt.Errorf("the service failed: %s", st.LastError)
		}
		v, err := lab12Joined(ctx, env)
		return v.Done(), err
	})
	if err != nil {
		return err
	}
	return env.Services.Stop(ctx, env.Name("loyalty"))
}
