package services

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/twmb/franz-go/pkg/kerr"

	"kconsole/avro/decode"
	"kconsole/avro/registry"
	"kconsole/kafka"
)

// Contract is what writers and readers of a topic agree on.
type Contract struct {
	Topic      string
	Partitions int32  // of a topic that has to be created; default 3
	Replicas   int16  // likewise; default: the cluster's
	Schema     string // Avro, of the values, registered under Topic-value; "": none
}

// contracts are the encoders of the topics that services write to.
type contracts struct {
	mu      sync.Mutex
	byTopic map[string]*decode.Encoder
}

// Agree creates the topics that are missing and registers the schemas. Topics and
// versions that are there already stay as they are. From then on
// [Manager.Publish] writes with these schemas, whatever is registered later, as
// a program does that was built with them.
func (m *Manager) Agree(ctx context.Context, all ...Contract) error {
	admin, err := m.opts.Cluster.Admin()
	if err != nil {
		return err
	}
	for _, c := range all {
		if c.Partitions <= 0 {
			c.Partitions = 3
		}
		plan, err := admin.CreateTopics(ctx, kafka.NewTopic{Name: c.Topic, Partitions: c.Partitions, Replicas: c.Replicas})
		if err != nil {
			return err
		}
		if missing := len(plan.Changes) > 0 && plan.Changes[0].Err == nil; missing {
			result, err := plan.Apply(ctx)
			if err == nil {
				err = result.Err()
			}
			if err != nil && !errors.Is(err, kerr.TopicAlreadyExists) {
				return err
			}
		} else if err := plan.Changes[0].Err; !errors.Is(err, kerr.TopicAlreadyExists) {
			return err
		}
		if c.Schema == "" {
			continue
		}
		encoder, err := m.register(ctx, c)
		if err != nil {
			return err
		}
		m.books.mu.Lock()
		if m.books.byTopic == nil {
			m.books.byTopic = map[string]*decode.Encoder{}
		}
		m.books.byTopic[c.Topic] = encoder
		m.books.mu.Unlock()
	}
	return nil
}

func (m *Manager) register(ctx context.Context, c Contract) (*decode.Encoder, error) {
	if m.opts.Registry == nil {
		return nil, &kafka.Error{What: "cannot register the schema of " + c.Topic, Why: "no schema registry is configured", Do: "add a registry section to the cluster", Kind: kafka.Invalid}
	}
	w, err := m.opts.Registry.Writer()
	if err != nil {
		return nil, err
	}
	subject, draft := c.Topic+"-value", registry.Draft{Text: c.Schema}
	plan, err := w.Register(ctx, subject, draft)
	if err != nil {
		return nil, err
	}
	if !plan.Nothing {
		if _, err := plan.Apply(ctx); err != nil {
			return nil, err
		}
	}
	s, err := m.opts.Registry.Lookup(ctx, subject, draft)
	if err != nil {
		return nil, err
	}
	return decode.NewEncoder(s, "")
}

// Event is something to publish.
type Event struct {
	Topic string // one that [Manager.Agree] was told of
	Key   string // empty: none
	ID    string // the header "id", by which idempotent services know it; empty: none
	// Value is encoded by the topic's schema; it is what encoding/json makes of
	// it. Without a schema it is written as JSON.
	Value   any
	Headers []kafka.Header
}

// Publish writes events with acks from all in-sync replicas and returns when
// they are written: where, or the first error.
func (m *Manager) Publish(ctx context.Context, events ...Event) ([]kafka.Produced, error) {
	return m.publish(ctx, "kconsole", events...)
}

// Publish writes events as the service that handles this record, see
// [Manager.Publish].
func (d *Delivery) Publish(ctx context.Context, events ...Event) error {
	_, err := d.service.m.publish(ctx, d.service.cfg.Name, events...)
	return err
}

func (m *Manager) publish(ctx context.Context, client string, events ...Event) ([]kafka.Produced, error) {
	records := make([]kafka.NewRecord, len(events))
	for i, e := range events {
		r, err := m.encode(e)
		if err != nil {
			return nil, err
		}
		records[i] = r
	}
	p, err := m.writer(client)
	if err != nil {
		return nil, err
	}
	out := p.Produce(ctx, records...)
	for i := range out {
		if out[i].Err != nil {
			return out, out[i].Err
		}
	}
	return out, nil
}

func (m *Manager) encode(e Event) (kafka.NewRecord, error) {
	r := kafka.NewRecord{Topic: e.Topic, Partition: -1, Headers: e.Headers}
	if e.Key != "" {
		r.Key = []byte(e.Key)
	}
	if e.ID != "" {
		r.Headers = append(append([]kafka.Header{}, r.Headers...), kafka.Header{Key: "id", Value: []byte(e.ID)})
	}
	text, err := json.Marshal(e.Value)
	if err != nil {
		return r, fmt.Errorf("event for %s: %w", e.Topic, err)
	}
	m.books.mu.Lock()
	encoder := m.books.byTopic[e.Topic]
	m.books.mu.Unlock()
	if encoder == nil {
		r.Value = text
		return r, nil
	}
	if r.Value, err = encoder.Append(nil, text); err != nil {
		return r, fmt.Errorf("event for %s: %w", e.Topic, err)
	}
	return r, nil
}

// JSON is the record's value, decoded by the schema that it names.
func (d *Delivery) JSON(ctx context.Context) ([]byte, error) {
	text, _, err := d.decode(ctx)
	return text, err
}

func (d *Delivery) decode(ctx context.Context) ([]byte, decode.Result, error) {
	in := decode.Input{Topic: d.Topic, Data: d.Value}
	for _, h := range d.Headers {
		in.Headers = append(in.Headers, decode.Header{Key: h.Key, Value: h.Value})
	}
	text, result := d.service.m.decoder.Decode(ctx, nil, in)
	return text, result, result.Err
}

// Decode reads the record's value into a Go value, as encoding/json does with
// [Delivery.JSON]: fields that a newer schema added are left out.
func (d *Delivery) Decode(ctx context.Context, into any) error {
	text, _, err := d.decode(ctx)
	if err != nil {
		return err
	}
	return d.unmarshal(text, into)
}

// Event is [Delivery.Decode] for a record that must be Avro of this name
// ("shop.users.UserRegistered"): any other is an error.
func (d *Delivery) Event(ctx context.Context, into any, name string) error {
	text, result, err := d.decode(ctx)
	if err != nil {
		return err
	}
	if result.Kind != decode.Avro || result.Message != name {
		return &kafka.Error{What: "the value of " + d.Where() + " is no event", Why: fmt.Sprintf("%s was expected, and it is %s %s", name, result.Kind, result.Message), Kind: kafka.Invalid}
	}
	return d.unmarshal(text, into)
}

func (d *Delivery) unmarshal(text []byte, into any) error {
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("the value of %s has another shape: %w", d.Where(), err)
	}
	return nil
}
