package lessons

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"kconsole/avro"
	"kconsole/avro/decode"
	"kconsole/avro/registry"
	"kconsole/labs"
	"kconsole/labs/check"
	"kconsole/labs/services"
)

func init() {
	register("12", map[string]labs.Behavior{
		"readers":     {Stage: lab12System, Question: lab12Readers, Nudge: lab12ReadersNudge},
		"contracts":   {Stage: lab12System, Question: lab12Fields, Nudge: lab12FieldsNudge},
		"trace":       {Stage: lab12System, Question: lab12Trace, Nudge: lab12TraceNudge},
		"contract":    {Stage: lab12System, Check: lab12Contract, Nudge: lab12ContractNudge, Solve: lab12Agree, Lasting: true},
		"loyalty":     {Stage: lab12Join, Check: lab12Joined, Nudge: lab12LoyaltyNudge, Solve: lab12Resume},
		"others":      {Stage: lab12Running, Baseline: check.BaselineEnds("orders"), Check: lab12Undisturbed, Question: lab12Behind, Nudge: lab12OthersNudge, Solve: lab12PauseAndOrder},
		"replay":      {Stage: lab12Poisoned, Baseline: lab12BeforeReplay, Check: lab12Replayed, Nudge: lab12ReplayNudge, Solve: lab12Replay},
		"integration": {Stage: lab12Running, Baseline: check.BaselineEnds("orders"), Check: lab12Through, Nudge: lab12ThroughNudge, Solve: lab12OrderThrough},
		"php":         {Stage: lab12Waiting, Check: lab12Joined, Nudge: lab12LoyaltyNudge, Solve: lab12AsPHP},
	})
}

// lab12Groups are the services of the running system, each a group of its own.
var lab12Groups = []string{"stock", "payment", "shipping", "notification"}

// lab12Topics are the topics of its events.
var lab12Topics = []string{"orders", "stock", "payments", "shipments", "notifications"}

// lab12Points is the contract of the loyalty service, as in the lab's PHP files.
const lab12Points = `{
  "type": "record", "name": "PointsAwarded", "namespace": "shop.flow", "doc": "The customer got points for an order: one a whole euro.",
  "fields": [
    {"name": "order", "type": "string"},
    {"name": "customer", "type": "string"},
    {"name": "points", "type": "int"},
    {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}
  ]
}`

// lab12System starts the order system where it does not run, with orders of which
// one is sold out and one is declined.
func lab12System(ctx context.Context, env *labs.Env) error {
	if env.Services.Get(env.Name("notification")) != nil {
		return nil
	}
	env.Say("start the order system: the services %s", strings.Join(lab12Groups, ", "))
	o, err := env.Services.StartOrders(ctx, services.OrdersConfig{Name: env.Name, Seed: uint64(env.Nonce[0])})
	if err != nil {
		return err
	}
	if err := o.Ready(ctx); err != nil {
		return err
	}
	ends, err := check.Ends(ctx, env, env.Name("orders"))
	if err != nil || ends.Sum() > 0 {
		return err
	}
	orders := o.NewOrders(8)
	for i := range orders {
		orders[i].Cents = 4_500 + int64(i)*700
	}
	orders[3].Items[0].SKU = "SOLD-OUT"
	orders[4].Cents = 250_000
	env.Say("place %d orders", len(orders))
	if err := o.Place(ctx, orders...); err != nil {
		return err
	}
	return env.Until(ctx, "the orders are finished", func(ctx context.Context) (bool, error) {
		ends, err := check.Ends(ctx, env, env.Name("notifications"))
		return ends.Sum() >= int64(len(orders)), err
	})
}

// lab12Now is the time of an event: what a timestamp-millis can hold.
func lab12Now(env *labs.Env) time.Time { return env.Clock().UTC().Truncate(time.Millisecond) }

// lab12Place places n orders that can be fulfilled and returns their ids, of which
// each contains the run's nonce.
func lab12Place(ctx context.Context, env *labs.Env, n int) ([]string, error) {
	ends, err := check.Ends(ctx, env, env.Name("orders"))
	if err != nil {
		return nil, err
	}
	var ids []string
	var events []services.Event
	for i := range n {
		id := fmt.Sprintf("o-%s-%d", env.Nonce, ends.Sum()+int64(i))
		ids = append(ids, id)
		events = append(events, services.Event{Topic: env.Name("orders"), Key: id, ID: "order:" + id, Value: services.OrderPlaced{
			Order: id, Customer: "c-0007", Cents: 3_900, At: lab12Now(env),
			Items: []services.OrderLine{{SKU: "BOOK-AVRO", Quantity: 1, Cents: 3_900}},
		}})
	}
	env.Say("place %s", check.Count(int64(n), "order"))
	_, err = env.Services.Publish(ctx, events...)
	return ids, err
}

// lab12Keys counts the records of a topic by key, of those that are Avro of a
// type.
func lab12Keys(ctx context.Context, env *labs.Env, topic, event string, base check.Offsets) (map[string]int, error) {
	records, err := check.Records(ctx, env, env.Name(topic), base)
	if err != nil {
		return nil, err
	}
	out := map[string]int{}
	for i := range records {
		if v := records[i].Value; v.Kind == decode.Avro && v.Err == nil && v.Message == event {
			out[string(records[i].Key)]++
		}
	}
	return out, nil
}

const (
	lab12Order  = "shop.flow.OrderPlaced"
	lab12Reward = "shop.flow.PointsAwarded"
)

// lab12Contract is done when the output topic and its subject are there.
func lab12Contract(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	shape, err := check.Shape(ctx, env, env.Name("loyalty"), 3, 3)
	if err != nil || !shape.Done() {
		return shape, err
	}
	subject := env.Name("loyalty-value")
	want := "subject " + subject + " with the schema PointsAwarded: order, customer, points, at"
	s, ok, err := check.Schema(ctx, env, subject, registry.Latest)
	if err != nil {
		return labs.Verdict{}, err
	}
	if !ok {
		return labs.NotYet(want, "no subject of that name", "look at :subjects; the name is the topic's, with -value behind it"), nil
	}
	if why := lab12Differs(s); why != "" {
		return labs.NotYet(want, fmt.Sprintf("version %d: %s", s.Version, why), "look at :subjects, then enter"), nil
	}
	return labs.Done("%s stands: version %d, schema id %d", subject, s.Version, s.ID), nil
}

// lab12Differs tells in which way a schema is not that of the points; empty: in
// none that counts.
func lab12Differs(s *registry.Schema) string {
	ours, err := avro.Compile(lab12Points, nil)
	if err != nil {
		return err.Error()
	}
	if s.Avro == nil {
		return "it is no Avro schema that can be used"
	}
	for _, pair := range [][2]*avro.Schema{{ours, s.Avro}, {s.Avro, ours}} {
		if conflicts := avro.Compare(pair[0], pair[1]); len(conflicts) > 0 {
			why, _ := conflicts[0].Explain(avro.NewReadsOld)
			return why
		}
	}
	for _, name := range lab12FieldNames(lab12Points) {
		if !strings.Contains(s.Text, `"`+name+`"`) {
			return "there is no field " + name
		}
	}
	return ""
}

func lab12ContractNudge(ctx context.Context, env *labs.Env) (string, error) {
	_, topic, err := check.Topic(ctx, env, env.Name("loyalty"))
	if err != nil {
		return "", err
	}
	_, subject, err := check.Schema(ctx, env, env.Name("loyalty-value"), registry.Latest)
	if err != nil {
		return "", err
	}
	state := func(there bool) string {
		if there {
			return "is there"
		}
		return "is missing"
	}
	return fmt.Sprintf("The topic %s %s, the subject %s %s. Both come before the service.",
		env.Name("loyalty"), state(topic), env.Name("loyalty-value"), state(subject)), nil
}

// lab12Agree makes the topic and the subject, where they are missing or wrong.
func lab12Agree(ctx context.Context, env *labs.Env) error {
	t, ok, err := check.Topic(ctx, env, env.Name("loyalty"))
	if err != nil {
		return err
	}
	if ok && (len(t.Partitions) != 3 || t.ReplicationFactor() != 3) {
		if err := env.DeleteTopic(ctx, env.Name("loyalty")); err != nil {
			return err
		}
	}
	if err := env.CreateTopic(ctx, env.Name("loyalty"), 3, 3); err != nil {
		return err
	}
	s, ok, err := check.Schema(ctx, env, env.Name("loyalty-value"), registry.Latest)
	if err != nil {
		return err
	}
	if ok && lab12Differs(s) == "" {
		return nil
	}
	if _, err := env.Register(ctx, env.Name("loyalty-value"), lab12Points); err != nil {
		return errors.Join(err, fmt.Errorf("`kconsole lab reset 12` begins anew"))
	}
	return nil
}
