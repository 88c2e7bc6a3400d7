package lessons

import (
	"context"
	"encoding/json"
	"testing"

	"kconsole/kafka"
	"kconsole/labs"
	"kconsole/labs/check"
	"kconsole/labs/proof"
)

func TestW09(t *testing.T) {
	// Every order has a key of its own: the load is spread, and the orders of a
	// customer are, too.
	proof.Lab(t, lab(t, "w09"), nearly(func(ctx context.Context, env *labs.Env) error {
		if err := set(ctx, env, w09Key, w09ByOrder); err != nil {
			return err
		}
		return env.Until(ctx, "the orders are spread", func(ctx context.Context) (bool, error) {
			s, err := w09Look(ctx, env)
			return s.orders == w09Looked && s.busiest*2 <= s.orders, err
		})
	}))
}

func TestW09Seen(t *testing.T) {
	type at struct {
		partition int32
		number    int64
		customer  string
	}
	for name, c := range map[string]struct {
		lie  []at
		want w09Seen
	}{
		"one partition": {[]at{{1, 1, "a"}, {1, 2, "b"}, {1, 3, "a"}}, w09Seen{orders: 3, busiest: 3, partition: 1}},
		"by customer":   {[]at{{0, 1, "a"}, {0, 4, "a"}, {1, 2, "b"}, {1, 3, "b"}}, w09Seen{orders: 4, busiest: 2, partition: 0}},
		"scattered":     {[]at{{0, 1, "a"}, {1, 2, "a"}}, w09Seen{orders: 2, busiest: 1, partition: 0, scattered: "a"}},
		"overtaken":     {[]at{{0, 2, "a"}, {0, 1, "a"}}, w09Seen{orders: 2, busiest: 2, partition: 0, overtaken: "a"}},
	} {
		var records []check.Record
		for _, a := range c.lie {
			text, err := json.Marshal(w09Order{Customer: a.customer, Number: a.number})
			if err != nil {
				t.Fatal(err)
			}
			records = append(records, check.Record{Record: kafka.Record{Partition: a.partition, Value: text}})
		}
		var got w09Seen
		if got.read(records); got != c.want {
			t.Errorf("%s: saw %+v, want %+v", name, got, c.want)
		}
	}
	if got := nthLargest([]int64{5, 1, 9, 7}, 2); got != 7 {
		t.Errorf("the second largest is %d, want 7", got)
	}
}
