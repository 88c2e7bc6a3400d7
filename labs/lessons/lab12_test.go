package lessons

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"kconsole/kafka"
	"kconsole/labs"
	"kconsole/labs/check"
	"kconsole/labs/proof"
	"kconsole/labs/services"
)

// lab12LoyaltyCaught waits until the loyalty group has read every order.
func lab12LoyaltyCaught(ctx context.Context, env *labs.Env) error {
	return env.Until(ctx, "loyalty has read every order", func(ctx context.Context) (bool, error) {
		v, err := check.Caught(ctx, env, env.Name("loyalty"), env.Name("orders"))
		return v.Done(), err
	})
}

// lab12PlaceAgain writes an order of this run again, under the id that it had.
func lab12PlaceAgain(ctx context.Context, env *labs.Env) error {
	orders, err := check.Records(ctx, env, env.Name("orders"), nil)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(orders, func(r check.Record) bool { return lab12Mine(env, string(r.Key)) })
	if i < 0 {
		return fmt.Errorf("no order of this run among %d", len(orders))
	}
	id := string(orders[i].Key)
	_, err = env.Services.Publish(ctx, services.Event{Topic: env.Name("orders"), Key: id, Value: services.OrderPlaced{
		Order: id, Customer: "c-1", Cents: 3900, At: lab12Now(env), Items: []services.OrderLine{{SKU: "BOOK-AVRO", Quantity: 1, Cents: 3900}},
	}})
	return err
}

func TestLab12(t *testing.T) {
	proof.Lab(t, lab(t, "12"), proof.Misses{
		// The topic is right, and the subject has the name of the topic.
		"contract": {Do: func(ctx context.Context, env *labs.Env) error {
			if err := env.CreateTopic(ctx, env.Name("loyalty"), 3, 3); err != nil {
				return err
			}
			_, err := env.Register(ctx, env.Name("loyalty"), lab12Points)
			return err
		}},
		// A group with a slip in its name reads all orders.
		"loyalty": {Do: func(ctx context.Context, env *labs.Env) error {
			_, err := env.ReadAsGroup(ctx, env.Name("loyality"), env.Name("orders"))
			return err
		}},
		// An order while loyalty is at work.
		"others": {
			Do: func(ctx context.Context, env *labs.Env) error {
				if _, err := lab12Place(ctx, env, 1); err != nil {
					return err
				}
				return lab12LoyaltyCaught(ctx, env)
			},
			Answer: proof.Wrong("4711"),
		},
		// Back to the start, and not started again.
		"replay": {Do: func(ctx context.Context, env *labs.Env) error {
			return lab12Rewind(ctx, env, kafka.ResetTo{Kind: kafka.ResetStart})
		}},
		// An article is sold out: nothing is paid and nothing is shipped. And an
		// order that went through in an earlier step is placed again.
		"integration": {Do: func(ctx context.Context, env *labs.Env) error {
			if err := lab12PlaceAgain(ctx, env); err != nil {
				return err
			}
			id := "o-" + env.Nonce + "-gone"
			_, err := env.Services.Publish(ctx, services.Event{Topic: env.Name("orders"), Key: id, Value: services.OrderPlaced{
				Order: id, Customer: "c-1", Cents: 100, At: lab12Now(env), Items: []services.OrderLine{{SKU: "SOLD-OUT", Quantity: 1, Cents: 100}},
			}})
			if err != nil {
				return err
			}
			return env.Until(ctx, "the customer is told", func(ctx context.Context) (bool, error) {
				told, err := lab12Keys(ctx, env, "notifications", "shop.flow.CustomerNotified", nil)
				return told[id] == 1, err
			})
		}},
		// All is read and committed, and no points are given.
		"php": {Do: func(ctx context.Context, env *labs.Env) error {
			_, err := env.ReadAsGroup(ctx, env.Name("loyalty"), env.Name("orders"))
			return err
		}},
	})
}

func TestLab12Once(t *testing.T) {
	none, twice := lab12Once(map[string]int{"a": 1, "b": 2, "c": 1}, map[string]int{"a": 2, "b": 1, "z": 3})
	if !slices.Equal(none, []string{"c"}) || !slices.Equal(twice, []string{"a"}) {
		t.Errorf("without points %q, twice %q; want c and a", none, twice)
	}
}
