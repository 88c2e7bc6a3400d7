package views

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"kconsole/avro/decode"
	"kconsole/avro/registry"
	"kconsole/kafka"
	"kconsole/ui/dialog"
	"kconsole/ui/page"
	"kconsole/ui/session"
	"kconsole/ui/units"
)

// What a value may be written as, beside the schema of the topic.
const (
	asText      = "text, as typed"
	asTombstone = "tombstone (null)"
)

// produce opens the form that writes one record to a topic. The newest schema
// of the topic's values is looked up first: it gives the template.
func produce(h page.Host, topic string) {
	s := h.Session()
	if s == nil || s.Cluster == nil {
		h.Fail(errors.New("there is no connection yet"))
		return
	}
	now := h.State().Now
	subject := registry.TopicName.Subject(topic, "", false)
	wanted := h.State().Snap.Subject(subject) != nil
	h.Loop().Go(func() {
		var schema *registry.Schema
		var template []byte
		var err error
		if wanted && s.Registry != nil {
			schema, err = s.Registry.Version(context.Background(), subject, registry.Latest)
			if err == nil && schema.Avro != nil {
				template, err = schema.Avro.Template(now)
			}
		}
		h.Loop().Post(func() {
			if h.Session() != s {
				return // another cluster was chosen meanwhile
			}
			h.Fail(err)
			produceForm(h, s, topic, schema, template)
		})
	})
}

func produceForm(h page.Host, s *session.Session, topic string, schema *registry.Schema, template []byte) {
	formats := []string{asText, asTombstone}
	if schema != nil {
		formats = append([]string{fmt.Sprintf("%s, %s v%d", schema.Kind, schema.Subject, schema.Version)}, formats...)
	}
	var flat bytes.Buffer
	if err := json.Compact(&flat, template); err != nil {
		flat.Reset() // no template, then
	}
	dialog.Form{
		Title: "Produce to topic " + topic,
		Fields: []dialog.Field{
			{Name: "key", Label: "Key", Verbatim: true, Help: "Records with one key go to one partition, in order. Nothing: no key."},
			{Name: "as", Label: "Value as", Choices: formats, Help: "With a schema the JSON below is encoded by it, framed with its id."},
			{Name: "value", Label: "Value", Value: flat.String(), Verbatim: true, Editor: "value.json", Shown: func(v dialog.Values) bool { return v["as"] != asTombstone }, Help: "JSON for a schema; otherwise what is typed."},
			{Name: "headers", Label: "Headers", Check: checkHeaders, Help: "name=value, separated by commas, in this order; names may repeat. A value with a comma in double quotes."},
			{Name: "partition", Label: "Partition", Check: optionalNumber(0, 1<<31-1), Help: "Nothing: by the key, as Java clients do."},
		},
		Plan: func(ctx context.Context, v dialog.Values) (*dialog.Plan, error) {
			r, err := newRecord(topic, v, schema)
			if err != nil {
				return nil, err
			}
			if err := checkPartition(ctx, s.Cluster, r); err != nil {
				return nil, err
			}
			return producePlan(s, r, v)
		},
		Command: func(v dialog.Values) string {
			words := []string{"produce", topic}
			if v["key"] != "" {
				words = append(words, "--key", v["key"])
			}
			words = append(words, pairFlags("--header", v["headers"], false)...)
			if v["partition"] != "" {
				words = append(words, "--partition", v["partition"])
			}
			if v["as"] == asTombstone {
				return command(append(words, "--tombstone")...)
			}
			if v["as"] != asText && schema != nil {
				words = append(words, "--schema", fmt.Sprintf("%s@%d", schema.Subject, schema.Version))
			}
			return command(append(words, "--value", v["value"])...)
		},
	}.Open(h)
}

// newRecord is the record that a filled form stands for.
func newRecord(topic string, v dialog.Values, schema *registry.Schema) (kafka.NewRecord, error) {
	r := kafka.NewRecord{Topic: topic, Partition: -1}
	if v["key"] != "" {
		r.Key = []byte(v["key"])
	}
	if v["partition"] != "" {
		r.Partition = int32(atoi(v["partition"]))
	}
	headers, err := headerList(v["headers"])
	if err != nil {
		return r, err
	}
	r.Headers = headers
	switch {
	case v["as"] == asTombstone:
		if r.Key == nil {
			return r, &kafka.Error{What: "cannot write a tombstone without a key", Why: "it deletes what has its key", Do: "type the key", Kind: kafka.Invalid}
		}
	case v["as"] == asText || schema == nil:
		r.Value = []byte(v["value"])
	default:
		enc, err := decode.NewEncoder(schema, "")
		if err != nil {
			return r, err
		}
		if r.Value, err = enc.Append(nil, []byte(v["value"])); err != nil {
			return r, &kafka.Error{What: "the value does not fit the schema", Why: strings.ReplaceAll(err.Error(), "\n", "; "), Do: "correct the fields that are named", Kind: kafka.Invalid, Err: err}
		}
	}
	return r, nil
}

// checkPartition says which partitions the topic has, where the record names none
// of them.
func checkPartition(ctx context.Context, c *kafka.Cluster, r kafka.NewRecord) error {
	if r.Partition < 0 {
		return nil
	}
	topics, err := c.TopicMetadata(ctx, r.Topic)
	if err == nil && len(topics) == 1 {
		err = topics[0].Err
	}
	if err != nil {
		return err
	}
	n := len(topics[0].Partitions)
	if int(r.Partition) < n {
		return nil
	}
	has := "partition 0 only"
	if n > 1 {
		has = fmt.Sprintf("partitions 0 to %d", n-1)
	}
	return &kafka.Error{What: fmt.Sprintf("there is no partition %d", r.Partition), Why: r.Topic + " has " + has, Kind: kafka.NotFound}
}

// producePlan says what would be written, and writes it.
func producePlan(s *session.Session, r kafka.NewRecord, v dialog.Values) (*dialog.Plan, error) {
	// A read-only context has no producer; that is better known now than later.
	producer, err := s.Cluster.Producer(kafka.ProducerOptions{})
	if err != nil {
		return nil, err
	}
	producer.Close()
	where := "by key"
	switch {
	case r.Partition >= 0:
		where = fmt.Sprint(r.Partition)
	case r.Key == nil:
		where = "any"
	}
	value := "null"
	if r.Value != nil {
		value = units.Bytes(int64(len(r.Value))) + ", " + v["as"]
	}
	resource := "record in " + r.Topic
	key := v["key"]
	if r.Key == nil {
		key = "null"
	}
	changes := []dialog.Change{
		{Resource: resource, What: "partition", To: where}, {Resource: resource, What: "key", To: key}, {Resource: resource, What: "value", To: value},
	}
	for _, h := range r.Headers {
		changes = append(changes, dialog.Change{Resource: resource, What: "header " + h.Key, To: string(h.Value)})
	}
	what := "one record"
	if r.Value == nil {
		what = "a tombstone"
	}
	return auditedAs(s, s.Cluster.AuditRecords("produce to", r.Topic, what))(&dialog.Plan{
		Title: "produce one record to topic " + r.Topic, Changes: changes,
		Apply: func(ctx context.Context) ([]dialog.Item, error) {
			p, err := s.Cluster.Producer(kafka.ProducerOptions{})
			if err != nil {
				return nil, err
			}
			defer p.Close()
			done := p.Produce(ctx, r)[0]
			return []dialog.Item{{Resource: resource, Detail: fmt.Sprintf("partition %d, offset %s", done.Partition, units.Exact(done.Offset)), Err: done.Err}}, done.Err
		},
	}, nil)
}
