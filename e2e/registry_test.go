package e2e

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"kconsole/avro"
	"kconsole/avro/decode"
	"kconsole/avro/registry"
	"kconsole/compose"
	"kconsole/kafka/kafkatest"
)

// A schema's life on the embedded registry and on a real one: registered by a
// plan, found by id, evolved as the level allows, refused with the reason,
// tried on records, deleted.
func TestSchemasOnBothRegistries(t *testing.T) { kafkatest.Each(t, schemaLife) }

func schemaLife(t *testing.T, k *kafkatest.Cluster) {
	http, err := k.Config.Registry.HTTPClient()
	if err != nil {
		t.Fatal(err)
	}
	defer http.CloseIdleConnections()
	c, err := registry.New(registry.Options{URL: k.Config.Registry.URL, HTTP: http})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	w, err := c.Writer()
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	apply := func(p registry.Plan, err error) registry.Outcome {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		out, err := p.Apply(ctx)
		if err != nil {
			t.Fatalf("%s: %v", p.Title, err)
		}
		return out
	}
	unique := fmt.Sprintf("n%d", time.Now().UnixNano())
	topic := "e2e.schemas." + unique
	subject := registry.TopicName.Subject(topic, "", false)
	draft := func(fields string) registry.Draft {
		return registry.Draft{Text: `{"type":"record","name":"R` + unique + `","fields":[` + fields + `]}`}
	}
	one := draft(`{"name":"id","type":"long"}`)
	two := draft(`{"name":"id","type":"long"},{"name":"note","type":["null","string"],"default":null}`)
	bad := draft(`{"name":"id","type":"long"},{"name":"total","type":"double"}`)

	if _, err := c.Versions(ctx, subject, false); !errors.Is(err, registry.ErrNotFound) {
		t.Errorf("a subject that is not there: %v", err)
	}
	first := apply(w.Register(ctx, subject, one))
	apply(w.SetLevel(ctx, subject, avro.LevelBackward))
	if level, inherited, err := c.Level(ctx, subject); err != nil || level != avro.LevelBackward || inherited {
		t.Errorf("level %s, inherited %v, %v", level, inherited, err)
	}
	if p, err := w.Register(ctx, subject, one); err != nil || !p.Nothing {
		t.Errorf("the same schema again: %+v, %v", p, err)
	}
	second := apply(w.Register(ctx, subject, two))
	if versions, err := c.Versions(ctx, subject, false); err != nil || !slices.Equal(versions, []int{1, 2}) {
		t.Errorf("versions %v, %v", versions, err)
	}

	refused, err := c.Explain(ctx, subject, bad)
	if err != nil || refused.Accepted() || refused.Violations[0].Path != "total" || refused.Violations[0].Rule != avro.NoDefault {
		t.Errorf("explained as %+v, %v", refused, err)
	}
	if v, err := c.Check(ctx, subject, registry.Latest, bad); err != nil || v.Compatible {
		t.Errorf("the registry's own check: %+v, %v", v, err)
	}
	if p, err := w.Register(ctx, subject, bad); err != nil || len(p.Warnings) == 0 {
		t.Errorf("the plan does not warn: %+v, %v", p, err)
	} else if _, err := p.Apply(ctx); !errors.Is(err, registry.ErrIncompatible) {
		t.Errorf("registering it: %v", err)
	}
	if _, err := w.Register(ctx, subject, registry.Draft{Text: `{"type":"recrd"}`}); err != nil && !errors.Is(err, registry.ErrInvalid) {
		t.Errorf("nonsense: %v", err)
	}

	d := decode.New(c, decode.Options{})
	record := append(avro.AppendConfluent(nil, second.ID), 14, 2, 4, 'h', 'i')
	out, r := d.Decode(ctx, nil, decode.Input{Topic: topic, Data: record})
	if string(out) != `{"id":7,"note":"hi"}` || r.Err != nil || r.Subject != subject || r.Version != 2 {
		t.Errorf("%s %+v", out, r)
	}
	old := append(avro.AppendConfluent(nil, first.ID), 14)
	proposed, err := avro.Compile(bad.Text, nil)
	if err != nil {
		t.Fatal(err)
	}
	trial, err := avro.TryRecords(proposed, slices.Values([]avro.Sample{
		d.Sample(ctx, decode.Input{Topic: topic, Data: record}), d.Sample(ctx, decode.Input{Topic: topic, Data: old}),
	}))
	if err != nil || trial.Unreadable != 2 || !strings.Contains(trial.Reasons[0].Detail, "no default") {
		t.Errorf("%+v, %v", trial, err)
	}
	if _, r := d.Decode(ctx, nil, decode.Input{Topic: topic, Data: avro.AppendConfluent(nil, 1<<30)}); !errors.Is(r.Err, registry.ErrNotFound) {
		t.Errorf("an unknown id: %v", r.Err)
	}

	if mode, _, err := c.Mode(ctx, ""); k.Runtime == compose.Embedded && (err != nil || mode != "READWRITE") ||
		err != nil && !errors.Is(err, registry.ErrUnsupported) && !errors.Is(err, registry.ErrNotFound) {
		t.Errorf("mode %q, %v", mode, err) // Apicurio 2.6 has no modes
	}
	if got := apply(w.DeleteSubject(ctx, subject, false)).Versions; len(got) != 2 {
		t.Errorf("deleted %v", got)
	}
	if subjects, err := c.Subjects(ctx, false); err != nil || slices.Contains(subjects, subject) {
		t.Errorf("it is still listed, %v", err)
	}
}
