package recordfilter_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/sr"
	"github.com/twmb/franz-go/pkg/sr/srfake"
	"go.uber.org/goleak"

	"kconsole/avro"
	"kconsole/avro/decode"
	"kconsole/avro/registry"
	"kconsole/kafka"
	"kconsole/kafka/recordfilter"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const orderSchema = `{"type":"record","name":"Order","fields":[
 {"name":"note","type":"string"},
 {"name":"id","type":"string"},
 {"name":"number","type":"long"},
 {"name":"total","type":{"type":"bytes","logicalType":"decimal","precision":8,"scale":2}},
 {"name":"paid","type":"boolean"},
 {"name":"customer","type":["null",{"type":"record","name":"Customer","fields":[{"name":"name","type":"string"},{"name":"tags","type":{"type":"map","values":"string"}}]}]},
 {"name":"by","type":["null",{"type":"record","name":"Card","fields":[{"name":"number","type":"string"}]},{"type":"record","name":"Cash","fields":[{"name":"till","type":"int"}]}]},
 {"name":"lines","type":{"type":"array","items":{"type":"record","name":"Line","fields":[{"name":"sku","type":"string"},{"name":"n","type":"int"}]}}}]}`

const order = `{"note":"say \"hi\"","id":"o-1","number":9007199254740993,"total":54.90,"paid":true,
 "customer":{"name":"Köln GmbH","tags":{"vip":"yes"}},"by":{"Card":{"number":"4711"}},
 "lines":[{"sku":"a","n":1},{"sku":"b","n":20}]}`

// shop has one Avro record in the Confluent format, and the same as JSON text.
type shop struct {
	decoder    *decode.Decoder
	schema     *avro.Schema
	avro, json kafka.Record
}

func newShop(t testing.TB) *shop {
	t.Helper()
	fake := srfake.New()
	id, _, err := fake.RegisterSchema("orders-value", sr.Schema{Schema: orderSchema})
	if err != nil {
		t.Fatal(err)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	reg, err := registry.New(registry.Options{URL: fake.URL(), HTTP: &http.Client{Transport: transport}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		reg.Close()
		transport.CloseIdleConnections()
		fake.Close()
	})
	s, err := avro.Compile(orderSchema, nil)
	if err != nil {
		t.Fatal(err)
	}
	value, err := s.AppendAvro(avro.AppendConfluent(nil, id), []byte(order))
	if err != nil {
		t.Fatal(err)
	}
	rec := kafka.Record{
		Topic: "orders", Partition: 3, Offset: 42, Timestamp: time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC), Key: []byte("c-4711"), Value: value,
		Headers: []kafka.Header{{Key: "trace", Value: []byte("old")}, {Key: "trace", Value: []byte("8f3a")}, {Key: "source", Value: []byte("shop")}},
	}
	out := &shop{decoder: decode.New(reg, decode.Options{}), schema: s, avro: rec, json: rec}
	out.json.Value = []byte(order)
	return out
}

func match(t testing.TB, s *shop, rec *kafka.Record, text string) bool {
	t.Helper()
	f, err := recordfilter.Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return f.Matcher(s.decoder).Match(t.Context(), rec)
}

func TestExpressions(t *testing.T) {
	s := newShop(t)
	for text, want := range map[string]bool{
		`value.id == "o-1"`:                                    true,
		`"o-1" == value.id`:                                    true,
		`value.id != "o-1"`:                                    false,
		`value.note == "say \"hi\""`:                           true,
		`value.number == 9007199254740993`:                     true,
		`value.number == 9007199254740992`:                     false,
		`value.total == 54.9`:                                  true,
		`value.total > 50 && value.total <= 54.90`:             true,
		`value.paid`:                                           true,
		`!value.paid`:                                          false,
		`not value.paid or value.number > 1`:                   true,
		`value.paid == true`:                                   true,
		`value.customer.name == "Köln GmbH"`:                   true,
		`value.customer.tags.vip == "yes"`:                     true,
		`value.customer.tags["nobody"] == nil`:                 true,
		`value.by.Card.number == "4711"`:                       true, // as it is shown: with the branch's name
		`value.by.number == "4711"`:                            false,
		`value.by.number == nil`:                               true,
		`value.nothing.at.all == nil`:                          true,
		`value.nothing.at.all != "x"`:                          true,
		`!(value.nothing.at.all == "x")`:                       true,
		`value.lines[1].sku == "b"`:                            true,
		`value.lines[7].sku == "b"`:                            false,
		`value["id"] == "o-1"`:                                 true,
		`any(value.lines, .n > 10)`:                            true,
		`all(value.lines, .n > 10)`:                            false,
		`any(value.lines, .sku in ["x", "b"])`:                 true,
		`len(value.lines) == 2 and value.lines[0].n == 1`:      true,
		`sum(map(value.lines, .n)) == 21`:                      true,
		`"id" in value`:                                        true,
		`value.id in ["o-1", "o-2"]`:                           true,
		`value.id startsWith "o-"`:                             true,
		`value.id matches "^o-[0-9]+$"`:                        true,
		`lower(value.customer.name) contains "köln"`:           true,
		`value?.customer?.name endsWith "GmbH"`:                true,
		`key == "c-4711"`:                                      true,
		`key startsWith "c-" && partition == 3`:                true,
		`key in ["a", "c-4711"]`:                               true,
		`has_key`:                                              true,
		`tombstone`:                                            false,
		`headers.trace == "8f3a"`:                              true,
		`headers["nothing"] == ""`:                             true,
		`any(header_list, .key == "trace" && .value == "old")`: true,
		`topic == "orders" && offset >= 42 && offset < 43`:     true,
		`timestamp > date("2026-11-23")`:                       true,
		`timestamp.Hour() == 14`:                               true,
		`timestamp < ago("1h") || timestamp >= ago("1h")`:      true,
		`key_size == 6 and size > 20`:                          true,
		`error == ""`:                                          true,
		`text contains "54.90"`:                                true,
		`value.a == 1 || value.b == 2 || value.c == 3 || value.d == 4 || value.e == 5 || value.f == 6 || value.id == "o-1"`: true,
	} {
		for name, rec := range map[string]*kafka.Record{"avro": &s.avro, "json": &s.json} {
			if got := match(t, s, rec, text); got != want {
				t.Errorf("%s: %s gives %v", name, text, got)
			}
		}
	}
	for text, want := range map[string]bool{
		`schema.id == 1 && schema.subject == "orders-value" && schema.version == 1`: true,
		`schema.version > 1`: false,
	} {
		if got := match(t, s, &s.avro, text); got != want {
			t.Errorf("%s gives %v", text, got)
		}
	}
}

func TestText(t *testing.T) {
	s := newShop(t)
	for text, want := range map[string]bool{
		"c-4711": true, "C-4711": false, "54.90": true, `"total":54.90`: true, "köln": true, "KÖLN": false, "trace=8f": true,
		"!trace=8f": false, "!nothing": true, "o-[1-3]": true, "o-[2-3]": false, "/o-[1-3]/": true, "/O-1/": false, "/O-1/i": true,
		"!/o-1/": false, "a|zzz": true, "id == x": false, "value of it": false, "key": false, "/value.id == 1/": false,
	} {
		if text == "id == x" { // an expression by its operator, and a wrong one
			if _, err := recordfilter.Parse(text); err == nil {
				t.Errorf("%s is taken", text)
			}
			continue
		}
		if got := match(t, s, &s.avro, text); got != want {
			t.Errorf("%s gives %v", text, got)
		}
	}
	for _, empty := range []string{"", "  ", "!"} {
		f, err := recordfilter.Parse(empty)
		if f != nil || err != nil || !f.Matcher(nil).Match(t.Context(), &s.avro) {
			t.Errorf("%q gives %v, %v", empty, f, err)
		}
	}
}

func TestErrorsPointAtThePlace(t *testing.T) {
	for _, tt := range []struct {
		text   string
		column int
		near   string
		want   string
	}{
		{`vlaue.id == "x"`, 1, "vlaue", "did you mean value?"},
		{`value.id == "x" && partitoin > 3`, 20, "partitoin", "did you mean partition?"},
		{`nonsense == 1`, 1, "nonsense", "there is key, has_key"},
		{`offset == "x"`, 8, "", "mismatched types int and string"},
		{`timestamp > "2026"`, 11, "", `date("2026-11-23 14:00")`},
		{`value.id ==`, 12, "the end", "something is missing"},
		{`value.id == "x`, 0, "", "literal not terminated"},
		{`any(value.lines, 3) == true`, 18, "", "predicate"},
		{`len(1..1000000) > 3`, 0, "", ".. is not possible"},
		{`key matches value.id`, 19, "id", "must stand here as a text"},
		{`repeat(key, 100) == ""`, 1, "repeat", "unknown name repeat"},
		{`value.id() == 3`, 0, "", "only times have methods"},
		{`__paths == nil`, 0, "", "unknown name __paths"},
		{`value == nil; key == ""`, 0, "", ""},
		{`o-[1`, 3, "[1", "missing closing ]"},
		{`/(/`, 0, "", "missing closing )"},
		{strings.Repeat("x", 2001), 0, "", "too long"},
		{strings.Repeat("(", 900) + "key == \"\"" + strings.Repeat(")", 900), 0, "", ""},
		{"key == \"\"" + strings.Repeat(" || key == \"\"", 130), 0, "", "node"},
	} {
		_, err := recordfilter.Parse(tt.text)
		var e *recordfilter.Error
		if err == nil && tt.want == "" {
			continue
		}
		if !errors.As(err, &e) {
			t.Errorf("%.40s gives %v", tt.text, err)
			continue
		}
		if tt.column != 0 && e.Column != tt.column || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), tt.near) ||
			strings.Contains(err.Error(), "\n") {
			t.Errorf("%.40s: column %d: %v", tt.text, e.Column, err)
		}
	}
}

// TestFieldsAreSkipped: what reads single fields gets them also out of a record
// that is broken behind them.
func TestFieldsAreSkipped(t *testing.T) {
	s := newShop(t)
	broken := s.avro
	broken.Value = broken.Value[:len(broken.Value)-12]
	if !match(t, s, &broken, `value.id == "o-1" && value.total > 50`) || !match(t, s, &broken, `value.id == "o-1"`) {
		t.Error("the fields before the fault are not seen")
	}
	if match(t, s, &broken, `value.lines[1].sku == "b"`) || !match(t, s, &broken, `value.lines[1].sku == nil`) {
		t.Error("a field behind the fault is seen")
	}
	if !match(t, s, &broken, `error != "" && value.id == "o-1"`) || !match(t, s, &broken, `error contains "by.number"`) {
		_, r := s.decoder.Decode(t.Context(), nil, decode.Input{Topic: "orders", Data: broken.Value})
		t.Errorf("the fault is not seen: %v", r.Err)
	}
}

func TestWhatCannotBeComparedIsCounted(t *testing.T) {
	s := newShop(t)
	f, err := recordfilter.Parse(`value.nothing > 3`)
	if err != nil {
		t.Fatal(err)
	}
	m := f.Matcher(s.decoder)
	for range 3 {
		if m.Match(t.Context(), &s.avro) {
			t.Error("nothing is more than 3")
		}
	}
	if n, why := m.Failed(); n != 3 || why == nil || !strings.Contains(why.Error(), "partition 3, offset 42") || strings.Contains(why.Error(), "\n") {
		t.Errorf("%d, %v", n, why)
	}
}

func TestCostIsBounded(t *testing.T) {
	s := newShop(t)
	rec := s.json
	rec.Value = []byte("[" + strings.Repeat("1,", 20_000) + "1]")
	f, err := recordfilter.Parse(`any(value, all(value, none(value, # == 2)) == false)`)
	if err != nil {
		t.Fatal(err)
	}
	m := f.Matcher(s.decoder)
	if m.Match(t.Context(), &rec) {
		t.Error("it matches")
	}
	if n, why := m.Failed(); n != 1 || !strings.Contains(why.Error(), "too large") {
		t.Errorf("%d, %v", n, why)
	}
}

// TestComparisonsDoNotAllocate: the form that people use most costs a look-up.
func TestComparisonsDoNotAllocate(t *testing.T) {
	s := newShop(t)
	f, err := recordfilter.Parse(`value.customer.name == "Köln GmbH"`)
	if err != nil {
		t.Fatal(err)
	}
	m := f.Matcher(s.decoder)
	rec := s.avro
	rec.Headers = nil
	if !m.Match(t.Context(), &rec) {
		t.Fatal("no match")
	}
	ctx := context.Background()
	if n := testing.AllocsPerRun(500, func() { m.Match(ctx, &rec) }); n > 0 {
		t.Errorf("%v allocations a record", n)
	}
}

func BenchmarkMatch(b *testing.B) {
	s := newShop(b)
	for name, text := range map[string]string{
		"direct": `value.id == "o-2"`, "fields": `value.id == "o-2" && value.total > 3`, "whole": `"o-2" in value`,
		"text": "o-2", "regex": "o-[23]", "key": `key == "x"`,
	} {
		f, err := recordfilter.Parse(text)
		if err != nil {
			b.Fatal(err)
		}
		m := f.Matcher(s.decoder)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				m.Match(b.Context(), &s.avro)
			}
		})
	}
}

// FuzzParse: whatever is typed, it ends, and what it gives can be applied.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{`value.a == 1`, `/x/`, `!a|b`, `any(value, .x)`, `let x = value; x.y`, `value[1:2]`, `{"a": value.b}.a == 1`, `value ?? 1 == 1`} {
		f.Add(seed)
	}
	rec := kafka.Record{Key: []byte("k"), Value: []byte(`{"a":[1,2,{"b":"c"}],"x":true}`)}
	d := decode.New(nil, decode.Options{})
	f.Fuzz(func(t *testing.T, text string) {
		filter, err := recordfilter.Parse(text)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Fatalf("more than a line: %q", err)
			}
			return
		}
		filter.Matcher(d).Match(t.Context(), &rec)
	})
}
