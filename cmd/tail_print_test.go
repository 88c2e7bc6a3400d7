package cmd

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/sr"

	"kconsole/avro"
	"kconsole/avro/decode"
	"kconsole/avro/registry"
	embedded "kconsole/compose/embedded/registry"
	"kconsole/kafka"
)

const orderSchema = `{"type":"record","name":"Order","fields":[
 {"name":"id","type":"string"},
 {"name":"customer","type":{"type":"record","name":"Customer","fields":[{"name":"id","type":"string"},{"name":"country","type":"string"}]}},
 {"name":"placed","type":"long"},
 {"name":"status","type":{"type":"enum","name":"Status","symbols":["NEW","PAID"]}},
 {"name":"total","type":"double"},
 {"name":"items","type":{"type":"array","items":"string"}},
 {"name":"coupon","type":["null","string"]},
 {"name":"quantity","type":"int"},
 {"name":"gift","type":"boolean"},
 {"name":"note","type":["null","string"]}]}`

// avroOrders are records of orderSchema, and a printer of JSON lines that knows it.
func avroOrders(tb testing.TB, n int) (*recordPrinter, []kafka.Record) {
	tb.Helper()
	server, err := embedded.Start(context.Background(), embedded.Config{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = server.Close() })
	client, err := sr.NewClient(sr.URLs(server.URL()))
	if err != nil {
		tb.Fatal(err)
	}
	registered, err := client.CreateSchema(tb.Context(), "orders-value", sr.Schema{Schema: orderSchema})
	if err != nil {
		tb.Fatal(err)
	}
	reg, err := registry.New(registry.Options{URL: server.URL()})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(reg.Close)
	schema, err := avro.Compile(orderSchema, nil)
	if err != nil {
		tb.Fatal(err)
	}
	records := make([]kafka.Record, n)
	for i := range records {
		text := fmt.Sprintf(`{"id":"order-%010d","customer":{"id":"c-%d","country":"DE"},"placed":1795442530460,"status":"PAID","total":99.95,`+
			`"items":["sku-000017","sku-001930","sku-220001"],"coupon":"XMAS","quantity":3,"gift":true,"note":"leave it with the neighbours"}`, i, i)
		value, err := schema.AppendAvro(avro.AppendConfluent(nil, registered.ID), []byte(text))
		if err != nil {
			tb.Fatal(err)
		}
		records[i] = kafka.Record{
			Topic: "orders", Partition: 3, Offset: int64(i), Timestamp: time.UnixMilli(1795442530460 + int64(i)),
			Key: fmt.Appendf(nil, "c-%d", i), Value: value,
		}
	}
	return newRecordPrinter(io.Discard, "json", decode.New(reg, decode.Options{}), nil), records
}

// TestLinesAllocateNothing prints records whose schema is known.
func TestLinesAllocateNothing(t *testing.T) {
	p, records := avroOrders(t, 64)
	render := p.renderer()
	var dst []byte
	once := func() {
		dst = dst[:0]
		for i := range records {
			dst = render(t.Context(), dst, &records[i])
		}
	}
	once()
	if n := testing.AllocsPerRun(20, once); n >= float64(len(records)) {
		t.Errorf("%v allocations for %d records", n, len(records))
	}
	for i, line := range bytes.Split(bytes.TrimSpace(dst), []byte("\n")) {
		var got struct {
			Offset int
			Key    string
			Value  struct {
				Customer struct{ ID string }
			}
			Schema struct{ Subject string }
		}
		if err := json.Unmarshal(line, &got); err != nil || got.Offset != i || got.Value.Customer.ID != got.Key || got.Schema.Subject != "orders-value" {
			t.Fatalf("%v: %s", err, line)
		}
	}
}

// BenchmarkLines is what one record costs from its bytes to its JSON line.
func BenchmarkLines(b *testing.B) {
	p, records := avroOrders(b, 128)
	render := p.renderer()
	var dst []byte
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		dst = render(b.Context(), dst[:0], &records[i%len(records)])
	}
}
