package decode

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/sr"

	"kconsole/avro"
	"kconsole/avro/registry"
)

func TestEncodeAndDecodeAgain(t *testing.T) {
	l := newLab(t, Options{})
	l.register(t, "money.proto", sr.TypeProtobuf, moneyText)
	ids := map[registry.Kind]int{
		registry.Avro:     l.register(t, "a-value", sr.TypeAvro, orderSchema),
		registry.Protobuf: l.register(t, "p-value", sr.TypeProtobuf, protoText, sr.SchemaReference{Name: "money.proto", Subject: "money.proto", Version: 1}),
		registry.JSON:     l.register(t, "j-value", sr.TypeJSON, `{"type":"object","required":["total"]}`),
	}
	tests := []struct {
		kind            registry.Kind
		message         string
		good, bad, says string
	}{
		{registry.Avro, "", `{"id":"o-1","total":54.90}`, `{"id":1,"total":54.901}`, `id: expected text, got the number 1; total: expected a number`},
		{registry.Protobuf, "shop.Order", `{"id":"o-1","total":{"cents":"5490"}}`, `{"idd":"o-1"}`, `unknown field "idd"`},
		{registry.Protobuf, "Line", `{"sku":"x","quantity":7}`, `{"quantity":"many"}`, `quantity`},
		{registry.Protobuf, "", `{"text":"hi"}`, `[]`, `unexpected token`},
		{registry.JSON, "", `{"total":5}`, `{"sum":5}`, `it breaks its schema`},
	}
	for _, tt := range tests {
		t.Run(string(tt.kind)+tt.message, func(t *testing.T) {
			s, err := l.clients.SchemaByID(t.Context(), ids[tt.kind])
			if err != nil {
				t.Fatal(err)
			}
			e, err := NewEncoder(s, tt.message)
			if err != nil {
				t.Fatal(err)
			}
			value, err := e.Append(nil, []byte(tt.good))
			if err != nil {
				t.Fatal(err)
			}
			if out, r := l.Decode(t.Context(), nil, Input{Topic: "t", Data: value}); string(out) != tt.good || r.Err != nil {
				t.Errorf("%s %+v", out, r)
			}
			kept, err := e.Append([]byte("kept"), []byte(tt.bad))
			if err == nil || !strings.Contains(err.Error(), tt.says) || string(kept) != "kept" {
				t.Errorf("%q, %v; want %s", kept, err, tt.says)
			}
		})
	}
	s, err := l.clients.SchemaByID(t.Context(), ids[registry.Protobuf])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewEncoder(s, "Nobody"); err == nil {
		t.Error("a message that is not there")
	}
	if _, err := NewEncoder(&registry.Schema{}, ""); err == nil {
		t.Error("a schema without an id")
	}
}

// A proposed schema is tried on the records of a topic, whatever is in it.
func TestSamplesForATrial(t *testing.T) {
	l := newLab(t, Options{})
	id := l.register(t, "orders-value", sr.TypeAvro, orderSchema)
	proposed, err := avro.Compile(`{"type":"record","name":"Order","fields":[{"name":"id","type":"long"}]}`, nil)
	if err != nil {
		t.Fatal(err)
	}
	var samples []avro.Sample
	for i, data := range [][]byte{framed(id, orderBytes), framed(999, orderBytes), []byte("{}"), nil, framed(id, []byte{9})} {
		s := l.Sample(t.Context(), Input{Topic: "orders", Data: data})
		s.Offset = int64(i)
		samples = append(samples, s)
	}
	got, err := avro.TryRecords(proposed, slices.Values(samples))
	if err != nil || got.Unreadable != 1 || got.Skipped != 4 || got.Failures[0].Offset != 0 || got.Reasons[0].Path != "id" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestSizesSideBySide(t *testing.T) {
	s, err := avro.Compile(orderSchema, nil)
	if err != nil {
		t.Fatal(err)
	}
	g, err := avro.NewGenerator(s, 1, time.Unix(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	var binary, texts [][]byte
	for range 300 {
		b := g.Append(nil)
		text, err := s.AppendJSON(nil, b, avro.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		binary, texts = append(binary, b), append(texts, text)
	}
	got, err := CompareSizes(binary, texts)
	if err != nil || got.Records != 300 || got.Binary >= got.JSON || len(got.Compressed) != 4 {
		t.Fatalf("%+v, %v", got, err)
	}
	for codec, p := range got.Compressed {
		if p.Binary <= 0 || p.JSON >= got.JSON || p.JSON <= p.Binary/2 {
			t.Errorf("%s: %+v", codec, p)
		}
	}
}
