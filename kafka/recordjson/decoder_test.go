package recordjson_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/twmb/franz-go/pkg/sr"
	"github.com/twmb/franz-go/pkg/sr/srfake"
	"go.uber.org/goleak"

	"kconsole/avro"
	"kconsole/avro/decode"
	"kconsole/avro/registry"
	"kconsole/kafka"
	"kconsole/kafka/recordjson"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newDecoder makes a decoder on a registry that serves one schema for the
// values of topic orders, and returns its id.
func newDecoder(t testing.TB) (*decode.Decoder, int) {
	t.Helper()
	fake := srfake.New()
	t.Cleanup(fake.Close)
	transport := http.DefaultTransport.(*http.Transport).Clone()
	t.Cleanup(transport.CloseIdleConnections)
	client, err := registry.New(registry.Options{URL: fake.URL(), HTTP: &http.Client{Transport: transport}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	id, _, err := fake.RegisterSchema("orders-value", sr.Schema{
		Type:   sr.TypeAvro,
		Schema: `{"type":"record","name":"Order","fields":[{"name":"id","type":"string"},{"name":"n","type":"int"}]}`,
	})
	if err != nil {
		t.Fatal(err)
	}
	return decode.New(client, decode.Options{}), id
}

func line(rec *kafka.Record, d recordjson.Decoded) string {
	return string(recordjson.Append(nil, rec, &d))
}

func TestDecoder(t *testing.T) {
	from, id := newDecoder(t)
	d := recordjson.NewDecoder(from)
	const head = `{"topic":"orders","partition":3,"offset":302118,"timestamp":"2026-11-23T14:02:10.460Z",`
	const schema = `"schema":{"id":1,"subject":"orders-value","version":1},`
	if id != 1 {
		t.Fatalf("schema id %d", id)
	}
	framed := func(payload string) []byte { return append(avro.AppendConfluent(nil, id), payload...) }
	for _, c := range []struct {
		name       string
		key, value []byte
		want       string
	}{
		{"avro", []byte("c-1"), framed("\x06o-1\x04"), `"key":"c-1","value":{"id":"o-1","n":2},"headers":[],` + schema + `"error":null}`},
		{"json", []byte("7"), []byte("{\n \"a\": 1 }"), `"key":7,"value":{"a":1},"headers":[],"schema":null,"error":null}`},
		{"text", []byte("k"), []byte("hello\n"), `"key":"k","value":"hello\n","headers":[],"schema":null,"error":null}`},
		{"nulls", nil, nil, `"key":null,"value":null,"headers":[],"schema":null,"error":null}`},
		{"empty", []byte{}, []byte{}, `"key":"","value":"","headers":[],"schema":null,"error":null}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			rec := kafka.Record{Topic: "orders", Partition: 3, Offset: 302118, Timestamp: at, Key: c.key, Value: c.value}
			if got := line(&rec, d.Decode(t.Context(), &rec)); got != head+c.want {
				t.Errorf("got  %s\nwant %s", got, head+c.want)
			}
		})
	}
	t.Run("broken in the middle", func(t *testing.T) {
		rec := kafka.Record{Topic: "orders", Value: framed("\x06o-1")}
		got := d.Decode(t.Context(), &rec)
		if string(got.Value) != `{"id":"o-1"}` || got.Info.Err == nil {
			t.Errorf("got %s, %v", got.Value, got.Info.Err)
		}
	})
	t.Run("no known schema", func(t *testing.T) {
		rec := kafka.Record{Topic: "orders", Value: append(avro.AppendConfluent(nil, 99), "\x06o-1\x04"...)}
		got := d.Decode(t.Context(), &rec)
		if got.Value != nil || !errors.Is(got.Info.Err, registry.ErrNotFound) || got.Info.SchemaID != 99 {
			t.Errorf("got %s, %+v", got.Value, got.Info)
		}
	})
	t.Run("no allocation", func(t *testing.T) {
		rec := kafka.Record{Topic: "orders", Key: []byte("c-1"), Value: framed("\x06o-1\x04"), Headers: []kafka.Header{{Key: "a"}}}
		ctx, dst := t.Context(), make([]byte, 0, 1024)
		rec.Key = nil
		if n := testing.AllocsPerRun(200, func() {
			got := d.Decode(ctx, &rec)
			dst = recordjson.Append(dst[:0], &rec, &got)
		}); n != 0 {
			t.Errorf("%v allocations a record", n)
		}
	})
}

func TestDecodeWithoutWaiting(t *testing.T) {
	from, id := newDecoder(t)
	d := recordjson.NewDecoder(from)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	rec := kafka.Record{Topic: "orders", Value: append(avro.AppendConfluent(nil, id), "\x06o-1\x04"...)}
	got := d.Decode(ended, &rec)
	if !errors.Is(got.Info.Err, context.Canceled) || got.Value != nil {
		t.Fatalf("the first record came with %s and %v", got.Value, got.Info.Err)
	}
	// The request goes on; whoever waits for it finds it answered.
	if got = d.Decode(t.Context(), &rec); got.Info.Err != nil {
		t.Fatal(got.Info.Err)
	}
	if got = d.Decode(ended, &rec); string(got.Value) != `{"id":"o-1","n":2}` {
		t.Errorf("then %s, %v", got.Value, got.Info.Err)
	}
}
