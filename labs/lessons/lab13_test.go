package lessons

import (
	"context"
	"fmt"
	"testing"
	"time"

	"kconsole/avro/registry"
	"kconsole/labs"
	"kconsole/labs/check"
	"kconsole/labs/proof"
)

func TestLab13(t *testing.T) {
	proof.Lab(t, lab(t, "13"), proof.Misses{
		// Everything is there, but for a slip in the name of one subject.
		"contracts": {Do: func(ctx context.Context, env *labs.Env) error {
			for _, topic := range []string{lab13In, "payments", "shipments", lab13Out, lab13Dead} {
				if err := env.CreateTopic(ctx, env.Name(topic), 3, 3); err != nil {
					return err
				}
			}
			for _, s := range lab13Shop {
				text, err := lab13Schema(s.schema)
				if err != nil {
					return err
				}
				subject := env.Name(s.topic) + "-value"
				if s.topic == lab13Out {
					subject = env.Name(s.topic)
				}
				if _, err := env.Register(ctx, subject, text); err != nil {
					return err
				}
			}
			return nil
		}},
		// Three groups have read what there is, and handed nothing on.
		"services": {Do: func(ctx context.Context, env *labs.Env) error {
			if _, err := lab13Place(ctx, env, registry.Latest, 1); err != nil {
				return err
			}
			for _, h := range lab13Shopkeepers {
				err := env.Until(ctx, h.name+" has read all", func(ctx context.Context) (bool, error) { // the first group on a new cluster takes a moment
					_, err := env.ReadAsGroup(ctx, env.Name(h.name), env.Name(h.input))
					return err == nil, err
				})
				if err != nil {
					return err
				}
			}
			return nil
		}},
		// One order too few.
		"fifty": {Do: func(ctx context.Context, env *labs.Env) error {
			if err := lab13Work(ctx, env); err != nil {
				return err
			}
			return lab13Through(ctx, env, lab13Batch-1)
		}},
		// The broker is started first, and then the orders come.
		"storm": {Do: func(ctx context.Context, env *labs.Env) error {
			if err := lab02StartAll(ctx, env); err != nil {
				return err
			}
			if err := lab13Work(ctx, env); err != nil {
				return err
			}
			if err := lab13Through(ctx, env, 2*lab13InStorm); err != nil {
				return err
			}
			return lab13PutAside(ctx, env)
		}},
		// All brokers are back, and nobody has seen whether orders get through.
		"recover": {Do: func(ctx context.Context, env *labs.Env) error {
			if err := lab02StartAll(ctx, env); err != nil {
				return err
			}
			return lab13Work(ctx, env)
		}},
		// The new version is there, and every writer was stopped and replaced for it.
		"evolve": {Do: func(ctx context.Context, env *labs.Env) error {
			history, err := check.History(ctx, env, env.Name(lab13In)+"-value")
			if err != nil {
				return err
			}
			text, err := lab13With(history[0])
			if err != nil {
				return err
			}
			if _, err := env.Register(ctx, env.Name(lab13In)+"-value", text); err != nil {
				return err
			}
			if err := lab13Work(ctx, env); err != nil {
				return err
			}
			return lab13Through(ctx, env, 2*lab13Some)
		}},
		"report": {Answer: proof.Wrong("4711")},
		// The orders are there, and nobody is at work.
		"php": {Do: func(ctx context.Context, env *labs.Env) error {
			_, err := lab13Place(ctx, env, registry.Latest, lab13Batch)
			return err
		}},
	})
}

// TestLab13Quickest: of all orders, some one behind the other count, however others
// went.
func TestLab13Quickest(t *testing.T) {
	start := time.Unix(1_000, 0)
	at := func(placed, finished, times int) lab13Order {
		return lab13Order{key: fmt.Sprint(placed), placed: start.Add(time.Duration(placed) * time.Second), finished: start.Add(time.Duration(finished) * time.Second), times: times}
	}
	f := lab13Flow{orders: []lab13Order{at(0, 0, 0), at(1, 90, 1), at(2, 9, 1), at(3, 5, 1), at(4, 6, 2)}}
	if took, found := f.quickest(2); !found || took != 7*time.Second {
		t.Errorf("two orders: %s, %v; want 7s", took, found)
	}
	if took, found := f.quickest(4); found {
		t.Errorf("four orders were finished once in %s, and two of them were not", took)
	}
	if n := f.done(); n != 4 {
		t.Errorf("%d are finished, want 4", n)
	}
	later := f.after(start.Add(2 * time.Second))
	if len(later.orders) != 2 || later.twice() == "" {
		t.Errorf("placed after 2s: %+v", later.orders)
	}
}
