package lessons

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"kconsole/avro/decode"
	"kconsole/avro/registry"
	"kconsole/kafka"
	"kconsole/labs"
	"kconsole/labs/check"
	"kconsole/labs/services"
)

func init() {
	walkthrough("w05", labs.Behavior{Stage: w05Stage, Check: w05Delivered, Nudge: w05Nudge, Solve: w05Solve})
}

const (
	w05Event  = "shop.letters.OrderPlaced"
	w05Schema = `{
  "type": "record", "name": "OrderPlaced", "namespace": "shop.letters", "doc": "A customer placed an order.",
  "fields": [
    {"name": "order", "type": "string"},
    {"name": "customer", "type": "string"},
    {"name": "cents", "type": "int"}
  ]
}`
	w05Customers = 12
	w05Rounds    = 4 // orders of each customer
)

// w05Order is an order, in Avro and as JSON alike.
type w05Order struct {
	Order    string `json:"order"`
	Customer string `json:"customer"`
	Cents    int    `json:"cents"`
}

// w05Orders are the orders of this run, in the order in which they come. The one
// at the place of bad is the one that somebody writes as JSON.
func w05Orders(env *labs.Env) (orders []w05Order, bad int) {
	for i := range w05Customers * w05Rounds {
		orders = append(orders, w05Order{fmt.Sprintf("o-%d", 2001+i), fmt.Sprintf("c-%02d", i%w05Customers+1), 990 + 450*(i%7)})
	}
	return orders, w05Customers*w05Rounds/2 + int(env.Nonce[0])%w05Customers
}

// w05Stage has a group of three members of which one meets a record that it cannot
// read.
func w05Stage(ctx context.Context, env *labs.Env) error {
	if env.Registry == nil {
		return errors.New("this cluster has no schema registry")
	}
	for _, topic := range []string{"orders", "parcels", "dead-letters"} {
		if err := env.CreateTopic(ctx, env.Name(topic), 3, 3); err != nil {
			return err
		}
	}
	ends, err := check.Ends(ctx, env, env.Name("orders"))
	if err != nil {
		return err
	}
	if ends.Sum() == 0 {
		if err := w05Write(ctx, env); err != nil {
			return err
		}
	}
	started, err := working(env, services.Consumer{
		Name: "packing", About: "packs a parcel for each order", Group: env.Name("packing"), Topics: []string{env.Name("orders")},
		Members: 3, MaxPollRecords: 1, OnError: services.Retry, RetryPause: time.Second,
		Handle: func(ctx context.Context, d *services.Delivery) error {
			if len(d.Value) > 0 && d.Value[0] != 0 { // as the usual deserializers say it
				return fmt.Errorf("unknown magic byte 0x%02x", d.Value[0])
			}
			var o w05Order
			if err := d.Event(ctx, &o, w05Event); err != nil {
				return err
			}
			return d.Publish(ctx, services.Event{Topic: env.Name("parcels"), Key: o.Order, Value: map[string]any{"order": o.Order, "packed_by": d.ClientID}})
		},
	})
	if err != nil || !started {
		return err
	}
	return w05Stuck(ctx, env)
}

// w05Stuck waits until the group cannot go on by itself: each partition is at its
// end, or at the record that cannot be read.
func w05Stuck(ctx context.Context, env *labs.Env) error {
	bad, err := w05Bad(ctx, env)
	if err != nil {
		return err
	}
	return env.Until(ctx, "group "+env.Name("packing")+" has gone as far as it can", func(ctx context.Context) (bool, error) {
		ends, err := check.Ends(ctx, env, env.Name("orders"))
		if err != nil {
			return false, err
		}
		committed, err := check.Committed(ctx, env, env.Name("packing"), env.Name("orders"))
		if err != nil {
			return false, err
		}
		for p, end := range ends {
			if at := committed[p]; at < end && (p != bad.Partition || at != bad.Offset) {
				return false, nil
			}
		}
		return true, nil
	})
}

// w05Write writes all orders, in Avro but for one.
func w05Write(ctx context.Context, env *labs.Env) error {
	subject := env.Name("orders-value")
	if _, err := env.Register(ctx, subject, w05Schema); err != nil {
		return err
	}
	s, err := env.Registry.Version(ctx, subject, registry.Latest)
	if err != nil {
		return err
	}
	encoder, err := decode.NewEncoder(s, "")
	if err != nil {
		return err
	}
	orders, bad := w05Orders(env)
	records := make([]kafka.NewRecord, len(orders))
	for i, o := range orders {
		text, err := json.Marshal(o)
		if err != nil {
			return err
		}
		r := kafka.NewRecord{Topic: env.Name("orders"), Partition: -1, Key: []byte(o.Customer), Value: text}
		from := "shop"
		if i == bad {
			from = "import-script"
		} else if r.Value, err = encoder.Append(nil, text); err != nil {
			return err
		}
		r.Headers = []kafka.Header{{Key: "from", Value: []byte(from)}}
		records[i] = r
	}
	_, err = env.Produce(ctx, records...)
	return err
}

// w05Missing lists the orders without a parcel, but for the one that cannot be
// packed, and tells whether that one is in the dead-letter topic.
func w05Missing(ctx context.Context, env *labs.Env) (missing []string, kept bool, err error) {
	packed, err := keys(ctx, env, env.Name("parcels"))
	if err != nil {
		return nil, false, err
	}
	orders, bad := w05Orders(env)
	for i, o := range orders {
		if i != bad && !packed[o.Order] {
			missing = append(missing, o.Order)
		}
	}
	letters, err := check.Records(ctx, env, env.Name("dead-letters"), nil)
	if err != nil {
		return nil, false, err
	}
	for i := range letters {
		var o w05Order
		if json.Unmarshal(bytes.TrimSpace(letters[i].Record.Value), &o) == nil && o == orders[bad] {
			kept = true
		}
	}
	return missing, kept, nil
}

func w05Delivered(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	missing, kept, err := w05Missing(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	all := w05Customers * w05Rounds
	want := fmt.Sprintf("all %d orders packed, but for what cannot be packed: that is in %s", all, env.Name("dead-letters"))
	if len(missing) > 0 {
		return labs.NotYet(want, fmt.Sprintf("%s without a parcel, the first is %s", check.Count(int64(len(missing)), "order"), missing[0]),
			"find out where each member of "+env.Name("packing")+" stands"), nil
	}
	if !kept {
		return labs.NotYet(want, fmt.Sprintf("%d parcels, and one order is neither packed nor kept", all-1),
			"what was passed over still lies in "+env.Name("orders")), nil
	}
	caught, err := check.Caught(ctx, env, env.Name("packing"), env.Name("orders"))
	if err != nil || !caught.Done() {
		return caught, err
	}
	return labs.Done("%d parcels, one dead letter, and no lag", all-1), nil
}

func w05Nudge(ctx context.Context, env *labs.Env) (string, error) {
	missing, kept, err := w05Missing(ctx, env)
	if err != nil {
		return "", err
	}
	orders, _ := w05Orders(env)
	customers := map[string]string{}
	for _, o := range orders {
		customers[o.Order] = o.Customer
	}
	switch {
	case len(missing) > 0:
		return fmt.Sprintf("Order %s of customer %s is the first without a parcel. Which record lies before it on its partition?", missing[0], customers[missing[0]]), nil
	case !kept:
		return "The line moves again, and one order was thrown away on the way. Nobody will ever hear of it, unless it is put where somebody looks.", nil
	}
	return "All orders are accounted for. It only has to stay so.", nil
}

// w05Bad is the record that cannot be read, as it lies in the log.
func w05Bad(ctx context.Context, env *labs.Env) (kafka.Record, error) {
	records, err := check.Records(ctx, env, env.Name("orders"), nil)
	if err != nil {
		return kafka.Record{}, err
	}
	for i := range records {
		if v := records[i].Value; v.Format != decode.Confluent {
			return records[i].Record, nil
		}
	}
	return kafka.Record{}, fmt.Errorf("every record of %s can be read", env.Name("orders"))
}

// w05Skipped tells whether the group has passed an order that can be packed and
// has no parcel.
func w05Skipped(ctx context.Context, env *labs.Env, missing []string) (bool, error) {
	records, err := check.Records(ctx, env, env.Name("orders"), nil)
	if err != nil {
		return false, err
	}
	committed, err := check.Committed(ctx, env, env.Name("packing"), env.Name("orders"))
	if err != nil {
		return false, err
	}
	for i := range records {
		var o w05Order
		r := &records[i]
		if json.Unmarshal(r.JSON, &o) == nil && r.Offset < committed[r.Partition] && slices.Contains(missing, o.Order) {
			return true, nil
		}
	}
	return false, nil
}

func w05Solve(ctx context.Context, env *labs.Env) error {
	bad, err := w05Bad(ctx, env)
	if err != nil {
		return err
	}
	missing, kept, err := w05Missing(ctx, env)
	if err != nil {
		return err
	}
	if !kept {
		env.Say("copy %s/%d @%d to %s", bad.Topic, bad.Partition, bad.Offset, env.Name("dead-letters"))
		_, err := env.Produce(ctx, kafka.NewRecord{Topic: env.Name("dead-letters"), Partition: -1, Key: bad.Key, Value: bad.Value, Headers: bad.Headers})
		if err != nil {
			return err
		}
	}
	if skipped, err := w05Skipped(ctx, env, missing); err != nil {
		return err
	} else if skipped { // all over again: a second parcel is better than none
		if err := moved(ctx, env, "packing", bad.Topic, nil, kafka.ResetTo{Kind: kafka.ResetStart}); err != nil {
			return err
		}
	}
	if svc := env.Services.Get("packing"); svc != nil && svc.Status().State.Over() {
		env.Say("restart packing")
		if err := svc.Restart(); err != nil {
			return err
		}
	}
	if err := w05Stuck(ctx, env); err != nil {
		return err
	}
	committed, err := check.Committed(ctx, env, env.Name("packing"), bad.Topic)
	if err != nil || committed[bad.Partition] > bad.Offset {
		return err
	}
	return moved(ctx, env, "packing", bad.Topic, []int32{bad.Partition}, kafka.ResetTo{Kind: kafka.ResetOffset, Offset: bad.Offset + 1})
}
