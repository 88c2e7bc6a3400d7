package lessons

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"kconsole/avro/registry"
	"kconsole/labs"
	"kconsole/labs/check"
	"kconsole/labs/services"
)

// lab12Loyalty starts the loyalty service where it does not run. What it has
// answered it knows from its own output: the topic survives the process.
func lab12Loyalty(ctx context.Context, env *labs.Env, paused bool) error {
	if err := lab12System(ctx, env); err != nil {
		return err
	}
	name, topic := env.Name("loyalty"), env.Name("loyalty")
	if svc := env.Services.Get(name); svc != nil {
		if !svc.Status().State.Over() {
			return nil
		}
		if err := env.Services.Stop(ctx, name); err != nil { // forget the ended one
			return err
		}
	}
	if err := lab12Agree(ctx, env); err != nil { // where that step was left out
		return err
	}
	s, ok, err := check.Schema(ctx, env, topic+"-value", registry.Latest)
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("the subject %s-value is gone: register it again", topic)
	}
	if err := env.Services.Agree(ctx, services.Contract{Topic: topic, Schema: s.Text}); err != nil {
		return err
	}
	awarded, err := lab12Keys(ctx, env, "loyalty", lab12Reward, nil)
	if err != nil {
		return err
	}
	seen := &services.SeenIDs{}
	for id := range awarded {
		if err := seen.Add(ctx, id); err != nil {
			return err
		}
	}
	c := services.Consumer{
		Name: name, About: "awards a point for each whole euro", Group: env.Name("loyalty"), Topics: []string{env.Name("orders")},
		Idempotent: true, Seen: seen, ID: func(d *services.Delivery) string { return string(d.Key) },
		Retries: 1, DeadLetterTopic: env.Name("dead-letters"),
		Handle: func(ctx context.Context, d *services.Delivery) error {
			var e services.OrderPlaced
			if err := d.Event(ctx, &e, lab12Order); err != nil {
				return err
			}
			return d.Publish(ctx, services.Event{Topic: topic, Key: e.Order, ID: "loyalty:" + e.Order, Value: map[string]any{
				"order": e.Order, "customer": e.Customer, "points": e.Cents / 100, "at": lab12Now(env),
			}})
		},
	}
	if paused {
		return startPaused(env, c)
	}
	env.Say("start the service %s", name)
	svc, err := env.Services.StartConsumer(c)
	if err != nil {
		return err
	}
	return svc.Ready(ctx)
}

func lab12Join(ctx context.Context, env *labs.Env) error { return lab12Loyalty(ctx, env, true) }

// lab12Running has the system and the loyalty service at work.
func lab12Running(ctx context.Context, env *labs.Env) error {
	if err := lab12Loyalty(ctx, env, false); err != nil {
		return err
	}
	return lab12Resume(ctx, env)
}

func lab12Resume(ctx context.Context, env *labs.Env) error {
	return lab03Resume(env.Name("loyalty"))(ctx, env)
}

// lab12Once tells of the orders, by key, which have no output and which several.
func lab12Once(orders, outputs map[string]int) (none, twice []string) {
	for _, id := range slices.Sorted(maps.Keys(orders)) {
		switch n := outputs[id]; {
		case n == 0:
			none = append(none, id)
		case n > 1:
			twice = append(twice, id)
		}
	}
	return none, twice
}

// lab12Joined is done when the loyalty group has read all orders and each has its
// points, once.
func lab12Joined(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	orders, err := lab12Keys(ctx, env, "orders", lab12Order, nil)
	if err != nil {
		return labs.Verdict{}, err
	}
	outputs, err := lab12Keys(ctx, env, "loyalty", lab12Reward, nil)
	if err != nil {
		return labs.Verdict{}, err
	}
	none, twice := lab12Once(orders, outputs)
	if len(twice) > 0 {
		return labs.Unrecoverable("%s got points more than once, such as %s: what is written stays written", check.Count(int64(len(twice)), "order"), twice[0]), nil
	}
	if len(none) > 0 || len(orders) == 0 {
		observed := fmt.Sprintf("%d of %s with points", len(orders)-len(none), check.Count(int64(len(orders)), "order"))
		if len(none) > 0 {
			observed += "; without: " + none[0]
		}
		return labs.NotYet("one record of type PointsAwarded in "+env.Name("loyalty")+" for each order, with the order's id as key", observed,
			"look at the lag of "+env.Name("loyalty")+" in :groups, and at the records of the topic"), nil
	}
	caught, err := check.Caught(ctx, env, env.Name("loyalty"), env.Name("orders"))
	if err != nil || !caught.Done() {
		return caught, err
	}
	return labs.Done("%s, each with its points exactly once; the group %s has committed them all", check.Count(int64(len(orders)), "order"), env.Name("loyalty")), nil
}

func lab12LoyaltyNudge(ctx context.Context, env *labs.Env) (string, error) {
	g, ok, err := check.Group(ctx, env, env.Name("loyalty"))
	if err != nil {
		return "", err
	}
	lag, err := check.Lag(ctx, env, env.Name("loyalty"), env.Name("orders"))
	if err != nil {
		return "", err
	}
	members := "is not there yet"
	if ok {
		members = fmt.Sprintf("is %s with %s", g.State, check.Count(int64(len(g.Members)), "member"))
	}
	return fmt.Sprintf("The group %s %s, and %s wait for it.", env.Name("loyalty"), members, check.Count(lag, "order")), nil
}

// lab12Quiet is done when the four groups of the system have nothing left to do.
func lab12Quiet(ctx context.Context, env *labs.Env) (bool, error) {
	for _, group := range lab12Groups {
		g, ok, err := check.Group(ctx, env, env.Name(group))
		if err != nil || !ok || g.Lag() != 0 {
			return false, err
		}
	}
	return true, nil
}

// lab12NewOrders are the orders since the step began, and how many of them are
// finished.
func lab12NewOrders(ctx context.Context, env *labs.Env) (orders, finished int64, err error) {
	var base check.Offsets
	if err := env.Baseline(&base); err != nil {
		return 0, 0, err
	}
	placed, err := lab12Keys(ctx, env, "orders", lab12Order, base)
	if err != nil {
		return 0, 0, err
	}
	told, err := lab12Keys(ctx, env, "notifications", "shop.flow.CustomerNotified", nil)
	if err != nil {
		return 0, 0, err
	}
	for id := range placed {
		if told[id] > 0 {
			finished++
		}
	}
	return int64(len(placed)), finished, nil
}

// lab12Undisturbed is done when new orders are finished and loyalty has not read
// them.
func lab12Undisturbed(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	orders, finished, err := lab12NewOrders(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	lag, err := check.Lag(ctx, env, env.Name("loyalty"), env.Name("orders"))
	if err != nil {
		return labs.Verdict{}, err
	}
	quiet, err := lab12Quiet(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	want := "a new order that is finished while " + env.Name("loyalty") + " stands still: its lag is 1 or more, the others' 0"
	if orders == 0 || finished < orders || lag == 0 || !quiet {
		return labs.NotYet(want, fmt.Sprintf("%s, %d finished; a lag of %d", check.Count(orders, "new order"), finished, lag),
			"pause loyalty first, then place an order; :groups shows every lag"), nil
	}
	return labs.Done("%s finished; loyalty lags by %d, the other groups by 0", check.Count(orders, "new order"), lag), nil
}

func lab12Behind(ctx context.Context, env *labs.Env) (labs.Question, error) {
	lag, err := check.Lag(ctx, env, env.Name("loyalty"), env.Name("orders"))
	if err != nil {
		return labs.Question{}, err
	}
	return check.Number("By how many records does the group "+env.Name("loyalty")+" lag now?", lag, 0, func(given int64, right bool) string {
		if right {
			return "That is all that the failure costs: work put off, not lost, and nobody else had to wait."
		}
		return fmt.Sprintf("It is not %d: the lag is the end of the log less the committed offset, summed over the partitions.", given)
	}), nil
}

func lab12OthersNudge(ctx context.Context, env *labs.Env) (string, error) {
	orders, finished, err := lab12NewOrders(ctx, env)
	if err != nil {
		return "", err
	}
	lag, err := check.Lag(ctx, env, env.Name("loyalty"), env.Name("orders"))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("Since the step began: %s, %d finished. Loyalty lags by %d; it keeps up unless it is paused before the order comes.",
		check.Count(orders, "order"), finished, lag), nil
}

func lab12PauseAndOrder(ctx context.Context, env *labs.Env) error {
	svc := env.Services.Get(env.Name("loyalty"))
	if svc == nil {
		return fmt.Errorf("the service %s does not run here", env.Name("loyalty"))
	}
	env.Say("pause loyalty")
	svc.Pause()
	_, err := lab12Place(ctx, env, 1)
	return err
}
