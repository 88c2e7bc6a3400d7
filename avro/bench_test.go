package avro

import (
	"encoding/json"
	"testing"

	hamba "github.com/hamba/avro/v2"
	"github.com/linkedin/goavro/v2"
	tavro "github.com/twmb/avro"
)

// The benchmark's record: ten fields with a nested record, an array and
// unions, 93 bytes.
const benchSchema = `{"type":"record","name":"Order","namespace":"shop","fields":[
 {"name":"id","type":"string"},
 {"name":"customer","type":{"type":"record","name":"Customer","fields":[
   {"name":"id","type":"string"},{"name":"country","type":"string"}]}},
 {"name":"placed","type":"long"},
 {"name":"status","type":{"type":"enum","name":"Status","symbols":["NEW","PAID","SENT"]}},
 {"name":"total","type":"double"},
 {"name":"items","type":{"type":"array","items":"string"}},
 {"name":"coupon","type":["null","string"]},
 {"name":"quantity","type":"int"},
 {"name":"gift","type":"boolean"},
 {"name":"note","type":["null","string"]}]}`

type benchCustomer struct {
	ID      string `avro:"id" json:"id"`
	Country string `avro:"country" json:"country"`
}

type benchOrder struct {
	ID       string        `avro:"id" json:"id"`
	Customer benchCustomer `avro:"customer" json:"customer"`
	Placed   int64         `avro:"placed" json:"placed"`
	Status   string        `avro:"status" json:"status"`
	Total    float64       `avro:"total" json:"total"`
	Items    []string      `avro:"items" json:"items"`
	Coupon   *string       `avro:"coupon" json:"coupon"`
	Quantity int           `avro:"quantity" json:"quantity"`
	Gift     bool          `avro:"gift" json:"gift"`
	Note     *string       `avro:"note" json:"note"`
}

func benchRecord(t testing.TB) []byte {
	coupon := "XMAS"
	b, err := tavro.MustParse(benchSchema).Encode(&benchOrder{
		ID: "order-0000088123", Customer: benchCustomer{"customer-4711", "DE"}, Placed: 1795442530460,
		Status: "PAID", Total: 99.95, Items: []string{"sku-000017", "sku-001930", "sku-220001"},
		Coupon: &coupon, Quantity: 3, Gift: true,
	})
	if err != nil || len(b) != 93 {
		t.Fatalf("%d bytes, %v", len(b), err)
	}
	return b
}

// BenchmarkDecode decodes one record to JSON with every contender. Read the
// figures of one run against each other; absolute times mean little.
func BenchmarkDecode(b *testing.B) {
	data := benchRecord(b)
	b.Run("ours", func(b *testing.B) {
		s := compile(b, benchSchema)
		var dst []byte
		b.ReportAllocs()
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			var err error
			if dst, err = s.AppendJSON(dst[:0], data, Limits{}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("hamba-map", func(b *testing.B) {
		s := hamba.MustParse(benchSchema)
		b.ReportAllocs()
		for b.Loop() {
			var v any
			if err := hamba.Unmarshal(s, data, &v); err != nil {
				b.Fatal(err)
			}
			if _, err := json.Marshal(v); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("hamba-struct", func(b *testing.B) {
		s := hamba.MustParse(benchSchema)
		b.ReportAllocs()
		for b.Loop() {
			var v benchOrder
			if err := hamba.Unmarshal(s, data, &v); err != nil {
				b.Fatal(err)
			}
			if _, err := json.Marshal(&v); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("twmb-map", func(b *testing.B) {
		s := tavro.MustParse(benchSchema)
		b.ReportAllocs()
		for b.Loop() {
			var v any
			if _, err := s.Decode(data, &v); err != nil {
				b.Fatal(err)
			}
			if _, err := s.EncodeJSON(v); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("goavro", func(b *testing.B) {
		c, err := goavro.NewCodec(benchSchema)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			v, _, err := c.NativeFromBinary(data)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := c.TextualFromNative(nil, v); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkFind reads one field of the record, as a filter does.
func BenchmarkFind(b *testing.B) {
	data := benchRecord(b)
	s := compile(b, benchSchema)
	for _, path := range []string{"customer.id", "coupon"} {
		b.Run(path, func(b *testing.B) {
			f, err := s.Find(path)
			if err != nil {
				b.Fatal(err)
			}
			var dst []byte
			b.ReportAllocs()
			for b.Loop() {
				if dst, _, err = f.Append(dst[:0], data, Limits{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkEncode makes records for producers.
func BenchmarkEncode(b *testing.B) {
	s := compile(b, benchSchema)
	text, err := s.AppendJSON(nil, benchRecord(b), Limits{})
	if err != nil {
		b.Fatal(err)
	}
	var dst []byte
	b.Run("from-JSON", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if dst, err = s.AppendAvro(dst[:0], text); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("generated", func(b *testing.B) {
		g, err := NewGenerator(s, 1, testNow)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			dst = g.Append(dst[:0])
		}
	})
}

func TestDecodeAllocatesNothing(t *testing.T) {
	data := benchRecord(t)
	s := compile(t, benchSchema)
	dst := make([]byte, 0, 1024)
	if n := testing.AllocsPerRun(1000, func() {
		out, err := s.AppendJSON(dst[:0], data, Limits{})
		if err != nil || len(out) == 0 {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations a record, want 0", n)
	}
	if n := testing.AllocsPerRun(1000, func() { _ = s.Check(data, Limits{}) }); n != 0 {
		t.Errorf("%v allocations a check, want 0", n)
	}
}
