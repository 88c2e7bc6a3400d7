package decode

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/sr"
	"github.com/twmb/franz-go/pkg/sr/srfake"
	"go.uber.org/goleak"

	"kconsole/avro"
	"kconsole/avro/registry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const orderSchema = `{"type":"record","name":"Order","fields":[{"name":"id","type":"string"},{"name":"total","type":{"type":"bytes","logicalType":"decimal","precision":8,"scale":2}}]}`

var orderBytes = []byte("\x06o-1\x04\x15\x72") // id "o-1", total 54.90

// lab is a registry with some schemas and a Decoder that uses it.
type lab struct {
	*Decoder
	fake    *srfake.Registry
	clients *registry.Client
}

func newLab(t *testing.T, o Options) *lab {
	t.Helper()
	fake := srfake.New()
	transport := http.DefaultTransport.(*http.Transport).Clone()
	c, err := registry.New(registry.Options{URL: fake.URL(), HTTP: &http.Client{Transport: transport}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		transport.CloseIdleConnections()
		fake.Close()
	})
	return &lab{Decoder: New(c, o), fake: fake, clients: c}
}

func (l *lab) register(t *testing.T, subject string, kind sr.SchemaType, text string, refs ...sr.SchemaReference) int {
	t.Helper()
	id, _, err := l.fake.RegisterSchema(subject, sr.Schema{Schema: text, Type: kind, References: refs})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func framed(id int, payload []byte) []byte { return append(avro.AppendConfluent(nil, id), payload...) }

func TestAvroInConfluentFormat(t *testing.T) {
	l := newLab(t, Options{})
	l.register(t, "other-value", sr.TypeAvro, `"string"`)
	id := l.register(t, "orders-value", sr.TypeAvro, orderSchema)
	in := Input{Topic: "orders", Data: framed(id, orderBytes)}
	out, r := l.Decode(t.Context(), nil, in)
	if string(out) != `{"id":"o-1","total":54.90}` || r.Err != nil {
		t.Fatalf("%s, %v", out, r.Err)
	}
	want := Result{
		Kind: Avro, Format: Confluent, SchemaID: id, Subject: "orders-value", Version: 1,
		Message: "Order", HeaderSize: 5, Size: len(in.Data),
	}
	if r != want {
		t.Errorf("%+v\nwant %+v", r, want)
	}
	dst := make([]byte, 0, 256)
	if n := testing.AllocsPerRun(500, func() { l.Decode(context.Background(), dst, in) }); n != 0 {
		t.Errorf("%v allocations a record, want 0", n)
	}
}

func TestBrokenAndUnknownRecordsSurvive(t *testing.T) {
	l := newLab(t, Options{})
	id := l.register(t, "orders-value", sr.TypeAvro, orderSchema)
	out, r := l.Decode(t.Context(), nil, Input{Topic: "orders", Data: framed(id, orderBytes[:5])})
	var e *avro.DecodeError
	if !errors.As(r.Err, &e) || e.Path != "total" || string(out) != `{"id":"o-1"}` {
		t.Errorf("%s, %v", out, r.Err)
	}
	out, r = l.Decode(t.Context(), nil, Input{Topic: "orders", Data: framed(9999, orderBytes)})
	if !errors.Is(r.Err, registry.ErrNotFound) || r.Kind != Bytes || r.SchemaID != 9999 || len(out) != 0 {
		t.Errorf("%s, %+v", out, r)
	}
	if !strings.HasPrefix(r.Err.Error(), "schema 9999 not available: ") {
		t.Error(r.Err)
	}
	_, r = New(nil, Options{}).Decode(t.Context(), nil, Input{Data: framed(1, orderBytes)})
	if r.Err == nil || !strings.Contains(r.Err.Error(), "no registry is configured") {
		t.Error(r.Err)
	}
}

func TestByLooks(t *testing.T) {
	l := newLab(t, Options{})
	tests := []struct {
		name  string
		data  []byte
		kind  Kind
		value string
	}{
		{"null", nil, Null, `null`},
		{"empty", []byte{}, Text, `""`},
		{"object", []byte("{ \"a\": 1 }"), JSON, `{ "a": 1 }`},
		{"object over lines", []byte("{\n \"a\": 1\n}\n"), JSON, `{"a":1}`},
		{"number", []byte("42"), JSON, `42`},
		{"text", []byte("c-4711 <&>"), Text, `"c-4711 <&>"`},
		{"almost JSON", []byte("{a}"), Text, `"{a}"`},
		{"long key", []byte{0, 0, 0, 0, 0, 0, 0, 42}, Integer, `42`},
		{"long key that looks like an id", []byte{0, 0, 1, 2, 3, 4, 5, 6}, Integer, `1108152157446`},
		{"int key", []byte{0xff, 0xff, 0xff, 0xfe}, Integer, `-2`},
		{"bytes", []byte{0xff, 0xfe, 0x01}, Bytes, `"0xfffe01"`},
		{"one zero", []byte{0}, Bytes, `"0x00"`},
		{"zeros", []byte{0, 0, 0, 0, 0}, Bytes, `"0x0000000000"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, r := l.Decode(t.Context(), nil, Input{Topic: "t", Data: tt.data})
			if r.Kind != tt.kind || string(out) != tt.value || r.Err != nil || r.Size != len(tt.data) {
				t.Errorf("%s %s, %v", r.Kind, out, r.Err)
			}
			if !json.Valid(out) {
				t.Errorf("not JSON: %s", out)
			}
		})
	}
}

func TestOtherWireFormats(t *testing.T) {
	s, err := avro.Compile(orderSchema, nil)
	if err != nil {
		t.Fatal(err)
	}
	l := newLab(t, Options{
		Known: []*avro.Schema{s},
		Rules: []Rule{{Matches: func(topic string, isKey bool) bool { return topic == "raw" && !isKey }, Schema: s}},
	})
	id := l.register(t, "orders-value", sr.TypeAvro, orderSchema)
	const value = `{"id":"o-1","total":54.90}`
	tests := []struct {
		name   string
		in     Input
		format Format
	}{
		{"single object", Input{Data: append(s.AppendSingleObject(nil), orderBytes...)}, SingleObject},
		{"rule", Input{Topic: "raw", Data: orderBytes}, ByRule},
		{"apicurio", Input{Data: append([]byte{0, 0, 0, 0, 0, 0, 0, 0, byte(id)}, orderBytes...)}, Apicurio},
		{"apicurio header", Input{
			Data:    orderBytes,
			Headers: []Header{{"apicurio.value.globalId", []byte{0, 0, 0, 0, 0, 0, 0, byte(id)}}},
		}, ApicurioHeader},
		{"id in a header", Input{
			Data:    orderBytes,
			Headers: []Header{{"__value_schema_id", []byte{0, 0, 0, 0, byte(id)}}},
		}, ConfluentHeader},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, r := l.Decode(t.Context(), nil, tt.in)
			if string(out) != value || r.Format != tt.format || r.Kind != Avro || r.Err != nil {
				t.Errorf("%s, %+v", out, r)
			}
		})
	}
}

func TestGUIDHeader(t *testing.T) {
	const id = "00112233-4455-6677-8899-aabbccddeeff"
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := map[string]any{
			"/schemas/guids/" + id:          map[string]any{"schema": orderSchema, "guid": id}, // it has no id there
			"/schemas/guids/" + id + "/ids": []map[string]any{{"context": ":.x:", "id": 9}, {"context": ".", "id": 5}},
			"/schemas/ids/5/versions":       []map[string]any{{"subject": "orders-value", "version": 3}},
		}[r.URL.Path]
		if answer == nil {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_ = json.NewEncoder(w).Encode(answer)
	}))
	transport := http.DefaultTransport.(*http.Transport).Clone()
	c, err := registry.New(registry.Options{URL: s.URL, HTTP: &http.Client{Transport: transport}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		transport.CloseIdleConnections()
		s.Close()
	})
	header := append([]byte{1}, 0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff)
	out, r := New(c, Options{}).Decode(t.Context(), nil, Input{
		Data: orderBytes, Headers: []Header{{"__value_schema_id", header}},
	})
	if string(out) != `{"id":"o-1","total":54.90}` || r.GUID != id || r.SchemaID != 5 || r.Format != ConfluentHeader ||
		r.Subject != "orders-value" || r.Version != 3 {
		t.Errorf("%s, %+v", out, r)
	}
}

func TestExplainReportsEveryAttempt(t *testing.T) {
	l := newLab(t, Options{})
	_, r, tried := l.Explain(t.Context(), Input{Data: []byte{0xff, 0xfe, 0x01}})
	if r.Kind != Bytes || len(tried) < 5 {
		t.Fatalf("%+v %+v", r, tried)
	}
	for i, a := range tried {
		if a.OK != (i == len(tried)-1) || a.Why == "" {
			t.Errorf("attempt %d: %+v", i, a)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	fake := srfake.New()
	defer fake.Close()
	c, err := registry.New(registry.Options{URL: fake.URL()})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	id, _, err := fake.RegisterSchema("orders-value", sr.Schema{Schema: orderSchema})
	if err != nil {
		b.Fatal(err)
	}
	d := New(c, Options{})
	in := Input{Topic: "orders", Data: framed(id, orderBytes)}
	var dst []byte
	ctx := b.Context()
	b.ReportAllocs()
	for b.Loop() {
		var r Result
		if dst, r = d.Decode(ctx, dst[:0], in); r.Err != nil {
			b.Fatal(r.Err)
		}
	}
}
