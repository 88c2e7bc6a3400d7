package lessons

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"kconsole/avro/decode"
	"kconsole/avro/registry"
	"kconsole/kafka"
	"kconsole/labs"
	"kconsole/labs/check"
	"kconsole/labs/services"
)

// The learner's services are in PHP, or in anything else. Where there are none, the
// helpers play the brief's shop: payment, shipping and notification. They are
// started by `resume helpers`, and leave their groups at `pause helpers`: paused
// members would keep partitions from the learner's own. In the same way
// `resume checkout` places orders.
const (
	lab13Team, lab13Checkout = "helpers", "checkout"
	lab13Tick                = 100 * time.Millisecond // an order each
	lab13Rush                = 600                    // orders until the checkout pauses by itself
	lab13Again               = time.Second            // between two tries of what the cluster does not take now
)

// lab13Helper is one service of the shop.
type lab13Helper struct {
	name, about, input, output string
	decide                     func(event map[string]any) (fields map[string]any) // nil: it ends here
}

var lab13Shopkeepers = []lab13Helper{
	{"payment", "takes the payment of each order", lab13In, "payments", func(e map[string]any) map[string]any {
		status := "TAKEN"
		if cents, _ := e["cents"].(float64); cents >= 100_000 {
			status = "DECLINED"
		}
		return map[string]any{"cents": e["cents"], "status": status}
	}},
	{"shipping", "ships what was paid", "payments", "shipments", func(e map[string]any) map[string]any {
		if e["status"] != "TAKEN" {
			return nil
		}
		return map[string]any{"parcel": fmt.Sprintf("p-%v", e["order"])}
	}},
	{"notification", "tells the customer", "shipments", lab13Out, func(e map[string]any) map[string]any {
		return map[string]any{"text": fmt.Sprintf("Your order %v is on its way: parcel %v", e["order"], e["parcel"])}
	}},
}

// lab13Helpers has the helpers and the checkout ready, both at rest where they are
// started here.
func lab13Helpers(ctx context.Context, env *labs.Env) error {
	for _, task := range []struct {
		name, about string
		run         func(context.Context, *labs.Env, *services.Service) error
	}{
		{lab13Team, "play payment, shipping and notification, if you have none: resume helpers", lab13Play},
		{lab13Checkout, "places ten orders a second: resume checkout", lab13Sell},
	} {
		name := env.Name(task.name)
		if env.Services.Get(name) != nil {
			continue
		}
		svc, err := env.Services.StartTask(name, task.about, func(ctx context.Context) error {
			s := env.Services.Get(name)
			s.Pause()
			return task.run(ctx, env, s)
		})
		if err != nil {
			return err
		}
		if err := svc.Wait(ctx, func(st services.Status) bool { return st.Switches.Paused || st.State.Over() }); err != nil {
			return err
		}
	}
	return nil
}

// lab13Paused waits until a service is paused, or is not; false: ctx ended.
func lab13Paused(ctx context.Context, s *services.Service, paused bool) bool {
	return s.Wait(ctx, func(st services.Status) bool { return st.Switches.Paused == paused }) == nil && ctx.Err() == nil
}

// lab13Play starts the shop's services as often as it is resumed, and stops them as
// often as it is paused.
func lab13Play(ctx context.Context, env *labs.Env, s *services.Service) error {
	for lab13Paused(ctx, s, false) {
		if err := lab13Open(ctx, env); err != nil {
			select { // the cluster may be away: it is tried again as long as it is wanted
			case <-ctx.Done():
			case <-time.After(lab13Again):
			}
			continue
		}
		lab13Paused(ctx, s, true)
		lab13Leave(env)
	}
	return nil
}

// lab13Leave stops the shop's services.
func lab13Leave(env *labs.Env) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for _, h := range lab13Shopkeepers {
		_ = env.Services.Stop(ctx, env.Name(h.name)) // cut short by then
	}
}

func lab13Open(ctx context.Context, env *labs.Env) error {
	if err := lab13Agree(ctx, env); err != nil {
		return err
	}
	for _, h := range lab13Shopkeepers {
		if s := env.Services.Get(env.Name(h.name)); s != nil && !s.Status().State.Over() {
			continue
		}
		if err := lab13Hire(ctx, env, h); err != nil {
			return err
		}
	}
	return nil
}

// lab13Hire starts one of the shop's services. What it has done it knows from its
// own output, which survives the process.
func lab13Hire(ctx context.Context, env *labs.Env, h lab13Helper) error {
	schema, ok, err := check.Schema(ctx, env, env.Name(h.output)+"-value", registry.Latest)
	if err != nil || !ok || schema.Avro == nil {
		return errors.Join(err, fmt.Errorf("%s-value has no usable schema", env.Name(h.output)))
	}
	if err := env.Services.Agree(ctx, services.Contract{Topic: env.Name(h.output), Schema: schema.Text}); err != nil {
		return err
	}
	had, err := keys(ctx, env, env.Name(h.output))
	if err != nil {
		return err
	}
	seen := &services.SeenIDs{}
	for id := range had {
		if err := seen.Add(ctx, id); err != nil {
			return err
		}
	}
	_, err = env.Services.StartConsumer(services.Consumer{
		Name: env.Name(h.name), About: h.about, Group: env.Name(h.name), Topics: []string{env.Name(h.input)},
		DeadLetterTopic: env.Name(lab13Dead), Retries: 1, MaxPollRecords: 10,
		Idempotent: true, Seen: seen, ID: func(d *services.Delivery) string { return string(d.Key) },
		Handle: func(ctx context.Context, d *services.Delivery) error {
			event, err := lab13Event(ctx, env, d)
			if err != nil {
				return err
			}
			fields := h.decide(event)
			if fields == nil {
				return nil
			}
			for _, name := range []string{"order", "customer"} {
				fields[name] = event[name]
			}
			order := fmt.Sprint(event["order"])
			return d.Publish(ctx, services.Event{
				Topic: env.Name(h.output), Key: order, ID: h.name + ":" + order, Value: lab13Fill(env, schema, fields),
			})
		},
	})
	return err
}

// lab13Event reads a record that has to be Avro and to name its order.
func lab13Event(ctx context.Context, env *labs.Env, d *services.Delivery) (map[string]any, error) {
	in := decode.Input{Topic: d.Topic, Data: d.Value}
	for _, h := range d.Headers {
		in.Headers = append(in.Headers, decode.Header{Key: h.Key, Value: h.Value})
	}
	text, result := env.Decoder.Decode(ctx, nil, in)
	if result.Err != nil {
		return nil, result.Err
	}
	var event map[string]any
	if result.Kind != decode.Avro || json.Unmarshal(text, &event) != nil {
		return nil, fmt.Errorf("it is %s and no Avro record", result.Kind)
	}
	if order, _ := event["order"].(string); order == "" {
		return nil, errors.New("it names no order")
	}
	return event, nil
}

// lab13Fill leaves of some fields those that a schema has, and adds the time.
func lab13Fill(env *labs.Env, s *registry.Schema, fields map[string]any) map[string]any {
	fields["at"] = lab12Now(env)
	known := map[string]bool{}
	for _, f := range s.Avro.Root().Fields {
		known[f.Name] = true
	}
	maps.DeleteFunc(fields, func(name string, _ any) bool { return !known[name] })
	return fields
}

// lab13Sell places an order a tick while it is not paused. Half of them are written
// by the first version of the schema, half by the newest: while a shop is being
// changed over, some of its tills are old and some are new.
func lab13Sell(ctx context.Context, env *labs.Env, s *services.Service) error {
	p, err := env.Cluster.Producer(kafka.ProducerOptions{Limit: 30 * time.Second, Client: []kgo.Opt{kgo.ClientID(env.Name(lab13Checkout))}})
	if err != nil {
		return err
	}
	defer p.Close()
	tick := time.NewTicker(lab13Tick)
	defer tick.Stop()
	var versions []*registry.Schema
	for n, looked := 0, (time.Time{}); ; {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if s.Status().Switches.Paused {
			n, looked = 0, time.Time{}
			continue
		}
		if time.Since(looked) > lab13Again {
			if now, err := check.History(ctx, env, env.Name(lab13In)+"-value"); err == nil {
				versions, looked = now, time.Now()
			}
		}
		if len(versions) == 0 {
			continue
		}
		version := versions[0]
		if n%2 == 1 {
			version = versions[len(versions)-1]
		}
		r, err := lab13NewOrder(env, version, n)
		if err != nil && version != versions[0] { // a till that does not know what to fill in stays as it is
			r, err = lab13NewOrder(env, versions[0], n)
		}
		if err != nil {
			continue
		}
		p.Produce(ctx, r)
		if n++; n == lab13Rush {
			s.Pause()
		}
	}
}

// lab13NewOrder makes an order up, as a record of a version of its schema.
func lab13NewOrder(env *labs.Env, s *registry.Schema, n int) (kafka.NewRecord, error) {
	if s.Avro == nil {
		return kafka.NewRecord{}, fmt.Errorf("schema %d is no usable Avro", s.ID)
	}
	enc, err := decode.NewEncoder(s, "")
	if err != nil {
		return kafka.NewRecord{}, err
	}
	id := fmt.Sprintf("o-%s-%d-%d", env.Nonce, env.Clock().UnixMilli(), n)
	text, err := json.Marshal(lab13Fill(env, s, map[string]any{
		"order": id, "customer": fmt.Sprintf("c-%d", n%10), "cents": 2500,
		"items": []any{map[string]any{"sku": "MUG-KAFKA", "quantity": 2, "cents": 1250}},
	}))
	if err != nil {
		return kafka.NewRecord{}, err
	}
	raw, err := enc.Append(nil, text)
	if err != nil {
		return kafka.NewRecord{}, err
	}
	r := labs.Record(env.Name(lab13In), id, string(raw))
	r.Headers = []kafka.Header{{Key: "id", Value: []byte("order:" + id)}}
	return r, nil
}

// lab13Work resumes the helpers, and waits until they are in their groups.
func lab13Work(ctx context.Context, env *labs.Env) error {
	s := env.Services.Get(env.Name(lab13Team))
	if s == nil {
		return fmt.Errorf("the service %s does not run here", lab13Team)
	}
	if s.Status().Switches.Paused {
		env.Say("resume %s", lab13Team)
		s.Resume()
	}
	return env.Until(ctx, "payment, shipping and notification are at work", func(ctx context.Context) (bool, error) {
		teams, err := lab13Teams(ctx, env)
		if err != nil {
			return false, err
		}
		for _, h := range lab13Shopkeepers {
			if !slices.ContainsFunc(teams, func(g kafka.Group) bool { return g.ID == env.Name(h.name) }) {
				return false, nil
			}
		}
		return true, nil
	})
}

// lab13Rest pauses the helpers, and waits until they have left their groups.
func lab13Rest(ctx context.Context, env *labs.Env) error {
	for _, name := range []string{lab13Team, lab13Checkout} {
		if s := env.Services.Get(env.Name(name)); s != nil && !s.Status().Switches.Paused {
			env.Say("pause %s", name)
			s.Pause()
		}
	}
	return env.Until(ctx, "the helpers have left their groups", func(context.Context) (bool, error) {
		for _, h := range lab13Shopkeepers {
			if s := env.Services.Get(env.Name(h.name)); s != nil && !s.Status().State.Over() {
				return false, nil
			}
		}
		return true, nil
	})
}

// lab13Place writes n orders, by a version of the schema.
func lab13Place(ctx context.Context, env *labs.Env, version, n int) (ids []string, err error) {
	s, ok, err := check.Schema(ctx, env, env.Name(lab13In)+"-value", version)
	if err != nil || !ok {
		return nil, errors.Join(err, fmt.Errorf("%s-value has no version %d", env.Name(lab13In), version))
	}
	var records []kafka.NewRecord
	for i := range n {
		r, err := lab13NewOrder(env, s, i)
		if err != nil {
			return nil, err
		}
		ids, records = append(ids, string(r.Key)), append(records, r)
	}
	env.Say("place %s", check.Count(int64(n), "order"))
	_, err = env.Produce(ctx, records...)
	return ids, err
}

// lab13Through places n orders and waits until each is finished.
func lab13Through(ctx context.Context, env *labs.Env, n int) error {
	ids, err := lab13Place(ctx, env, registry.Latest, n)
	if err != nil {
		return err
	}
	return env.Until(ctx, "the orders are finished", func(ctx context.Context) (bool, error) {
		finished, err := keys(ctx, env, env.Name(lab13Out))
		return !slices.ContainsFunc(ids, func(id string) bool { return !finished[id] }), err
	})
}
