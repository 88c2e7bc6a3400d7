package doctor_test

import (
	"testing"

	"kconsole/avro"
	"kconsole/avro/decode"
	"kconsole/avro/registry"
	"kconsole/kafka"
	"kconsole/kafka/doctor"
)

// TestSubjectNames: which subjects look misnamed beside which topics.
func TestSubjectNames(t *testing.T) {
	text := `{"type":"record","name":"Made","namespace":"test","fields":[]}`
	schema, err := avro.Compile(text, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name             string
		topics, subjects []string
		missing          string // "": all is well
	}{
		{"both names of a topic", []string{"customer-orders"}, []string{"customer-orders-key", "customer-orders-value"}, ""},
		{"a slip", []string{"customer-orders"}, []string{"costumer-orders-value"}, "customer-orders-value is missing"},
		{"a slip in a key's", []string{"customer-orders"}, []string{"costumer-orders-key", "customer-orders-value"}, "customer-orders-key is missing"},
		{"no suffix", []string{"customer-orders"}, []string{"customer-orders"}, "customer-orders-value is missing"},
		{"of a topic to come; keys here have no schema", []string{"customer-orders"}, []string{"customer-orders-value", "customer-orders2-value"}, ""},
		{"a key's of a topic to come; values here have none", []string{"customer-orders"}, []string{"customer-orders-key", "customer-orders2-key"}, ""},
		{"beside dead letters, which have no subject", []string{"customer-orders", "customer-orders-dlq", "customer-orders.dead-letter"}, []string{"customer-orders-value", "customer-orders-dl-value"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var f doctor.Facts
			for _, name := range c.topics {
				f.Topics = append(f.Topics, kafka.Topic{Name: name})
			}
			for _, name := range c.subjects {
				f.Subjects = append(f.Subjects, doctor.Subject{Name: name, Latest: &registry.Schema{Kind: registry.Avro, Text: text, Avro: schema}})
			}
			names(t, doctor.Examine(&f), c.missing)
		})
	}
}

// TestSubjectsOfRecords: which topics may carry records of which subject.
func TestSubjectsOfRecords(t *testing.T) {
	for _, c := range []struct {
		topic, subject, message string
		fine                    bool
	}{
		{topic: "orders", subject: "orders-value", fine: true},
		{topic: "orders", subject: ":.staging:orders-value", fine: true},
		{topic: "orders", subject: "shop.Order", message: "shop.Order", fine: true},
		{topic: "orders", subject: "orders-shop.Order", message: "shop.Order", fine: true},
		{topic: "orders", subject: "legacy-value"},
		{topic: "orders", subject: "orders-key"},
		{topic: "orders.dead-letter", subject: "orders-value", fine: true},
		{topic: "dead-letters", subject: "orders-value", fine: true},
		{topic: "orders-dlq", subject: "orders-value", fine: true},
		{topic: "orders.DLT", subject: "orders-value", fine: true},
		{topic: "OrdersDLQ", subject: "orders-value", fine: true},
		{topic: "orders.retry.1", subject: "orders-value", fine: true},
		{topic: "orders.errors", subject: "orders-value", fine: true},
		{topic: "app.errors", subject: "orders-value"}, // has a schema of its own
		{topic: "middleware", subject: "orders-value"},
		{topic: "orders.copy", subject: "orders-value"},
	} {
		f := doctor.Facts{
			Topics:   []kafka.Topic{{Name: c.topic}},
			Subjects: []doctor.Subject{{Name: c.subject}},
			Samples:  []doctor.Sample{{Topic: c.topic, Value: decode.Result{SchemaID: 7, Subject: c.subject, Message: c.message}}},
		}
		want := c.topic + " carries records of subject " + c.subject
		if c.fine {
			want = ""
		}
		t.Run(c.topic+" "+c.subject, func(t *testing.T) { names(t, doctor.Examine(&f), want) })
	}
}

// names wants the check of names to find that, or nothing.
func names(t *testing.T, rep doctor.Report, want string) {
	t.Helper()
	const rule = "subject-naming"
	if want != "" {
		if missing := wants(rep, rule, doctor.Watch, want); missing != "" {
			t.Error(missing)
		}
		return
	}
	if c := check(rep, rule); c.Status != doctor.Fine {
		t.Errorf("%+v, %+v", c, rep.Findings)
	}
}
