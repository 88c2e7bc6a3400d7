package decode

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/twmb/franz-go/pkg/sr"
	"github.com/vmihailenco/msgpack/v5"
	"google.golang.org/protobuf/encoding/protowire"

	"kconsole/avro"
)

const protoText = `syntax = "proto3";
package shop;
import "money.proto";
import "google/protobuf/timestamp.proto";
message Ping { string text = 1; }
message Order {
  string id = 1;
  Money total = 2;
  google.protobuf.Timestamp placed = 3;
  message Line { string sku = 1; int32 quantity = 2; }
  repeated Line lines = 4;
}`

const moneyText = `syntax = "proto3"; package shop; message Money { int64 cents = 1; string currency = 2; }`

func protoOrder() []byte {
	money := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), 5490)
	line := protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), "sku-1")
	b := protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), "o-1")
	b = protowire.AppendBytes(protowire.AppendTag(b, 2, protowire.BytesType), money)
	b = protowire.AppendBytes(protowire.AppendTag(b, 3, protowire.BytesType), protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), 60))
	return protowire.AppendBytes(protowire.AppendTag(b, 4, protowire.BytesType), line)
}

func TestProtobuf(t *testing.T) {
	l := newLab(t, Options{})
	l.register(t, "money.proto", sr.TypeProtobuf, moneyText)
	id := l.register(t, "orders-value", sr.TypeProtobuf, protoText, sr.SchemaReference{Name: "money.proto", Subject: "money.proto", Version: 1})
	const order = `{"id":"o-1","total":{"cents":"5490"},"placed":"1970-01-01T00:01:00Z","lines":[{"sku":"sku-1"}]}`
	tests := []struct {
		name, message, value, err string
		indexes, body             []byte
	}{
		{"second message", "shop.Order", order, "", []byte{2, 2}, protoOrder()},
		{"first message, short form", "shop.Ping", `{"text":"hi"}`, "", []byte{0}, []byte("\x0a\x02hi")},
		{"message inside a message", "shop.Order.Line", `{"sku":"x","quantity":7}`, "", []byte{4, 2, 0}, []byte("\x0a\x01x\x10\x07")},
		{"no such message", "", ``, "no such message", []byte{2, 20}, nil},
		{"broken indexes", "", ``, "indexes", []byte{200, 200}, nil},
		{"a broken message", "shop.Ping", ``, "not a shop.Ping", []byte{0}, []byte("\x0a\x09hi")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, r := l.Decode(t.Context(), nil, Input{Topic: "orders", Data: framed(id, append(tt.indexes, tt.body...))})
			if string(out) != tt.value || r.Kind != Protobuf || r.Message != tt.message || r.Subject != "orders-value" {
				t.Errorf("%s %+v", out, r)
			}
			if (r.Err == nil) != (tt.err == "") || r.Err != nil && !strings.Contains(r.Err.Error(), tt.err) {
				t.Errorf("%v, want %s", r.Err, tt.err)
			}
		})
	}
	spans, _ := l.Map(t.Context(), Input{Data: framed(id, append([]byte{2, 2}, protoOrder()...))})
	if len(spans) != 4 || spans[2].Role != avro.RoleIndexes || spans[2].Length != 2 || spans[2].Value != "message shop.Order" {
		t.Errorf("%+v", spans)
	}
}

func TestJSONSchema(t *testing.T) {
	l := newLab(t, Options{})
	l.register(t, "money.json", sr.TypeJSON, `{"type":"number","minimum":0}`)
	id := l.register(t, "orders-value", sr.TypeJSON, `{"type":"object","properties":{"total":{"$ref":"money.json"}},"required":["total"]}`,
		sr.SchemaReference{Name: "money.json", Subject: "money.json", Version: 1})
	far := l.register(t, "far-value", sr.TypeJSON, `{"$ref":"file:///etc/hostname"}`)
	tests := []struct {
		name, body, value, err string
		id                     int
	}{
		{"valid", `{"total": 5}`, `{"total": 5}`, ``, id},
		{"breaks its schema", `{"total": -5}`, `{"total": -5}`, `it breaks its schema: at '/total'`, id},
		{"not JSON", "\x01\x02", ``, `are not JSON`, id},
		{"a schema that points outside", `{}`, `{}`, `the JSON schema cannot be used`, far},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, r := l.Decode(t.Context(), nil, Input{Topic: "orders", Data: framed(tt.id, []byte(tt.body))})
			if string(out) != tt.value || r.Kind != JSONSchema {
				t.Errorf("%s %+v", out, r)
			}
			if (r.Err == nil) != (tt.err == "") || r.Err != nil && !strings.Contains(r.Err.Error(), tt.err) {
				t.Errorf("%v, want %s", r.Err, tt.err)
			}
		})
	}
}

func TestMessagePackAndCBOR(t *testing.T) {
	d := New(nil, Options{})
	v := map[string]any{"id": "o-1", "total": 54.9, "lines": []any{int64(1), -2, nil, true}, "raw": []byte{255, 0}}
	var packed bytes.Buffer
	enc := msgpack.NewEncoder(&packed)
	enc.SetSortMapKeys(true)
	enc.UseCompactInts(true)
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	concise, err := cbor.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"id":"o-1","lines":[1,-2,null,true],"raw":"0xff00","total":54.9}`
	for kind, data := range map[Kind][]byte{MessagePack: packed.Bytes(), CBOR: concise} {
		out, r := d.Decode(t.Context(), nil, Input{Data: data})
		if string(out) != want || r.Kind != kind || r.Err != nil {
			t.Errorf("%s: %s %+v", kind, out, r)
		}
		out, r = d.Decode(t.Context(), nil, Input{Data: append(data, 0xc1)})
		if r.Kind == kind {
			t.Errorf("%s with a byte left over: %s", kind, out)
		}
	}
	var stamped bytes.Buffer
	if err := msgpack.NewEncoder(&stamped).Encode(map[string]any{"at": time.Unix(60, 5)}); err != nil {
		t.Fatal(err)
	}
	if out, r := d.Decode(t.Context(), nil, Input{Data: stamped.Bytes()}); string(out) != `{"at":"1970-01-01T00:01:00.000000005Z"}` || r.Kind != MessagePack {
		t.Errorf("%s %+v", out, r)
	}
}

func TestContainerFile(t *testing.T) {
	s, err := avro.Compile(orderSchema, nil)
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	w, err := avro.NewContainerWriter(&file, s, "deflate", nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := w.Append(orderBytes); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	out, r := New(nil, Options{}).Decode(t.Context(), nil, Input{Data: file.Bytes()})
	if string(out) != `[{"id":"o-1","total":54.90},{"id":"o-1","total":54.90}]` || r.Kind != AvroFile || r.Message != "Order" {
		t.Errorf("%s %+v", out, r)
	}
	out, r = New(nil, Options{}).Decode(t.Context(), nil, Input{Data: file.Bytes()[:file.Len()-3]})
	if !json.Valid(out) || r.Err == nil {
		t.Errorf("%s %+v", out, r)
	}
}

func TestByteMapOfARecord(t *testing.T) {
	l := newLab(t, Options{})
	id := l.register(t, "orders-value", sr.TypeAvro, orderSchema)
	spans, r := l.Map(t.Context(), Input{Topic: "orders", Data: framed(id, orderBytes)})
	var got []string
	at := 0
	for _, s := range spans {
		if s.Offset != at {
			t.Errorf("gap at %d", at)
		}
		at += s.Length
		got = append(got, fmt.Sprintf("%d+%d %s %s %s", s.Offset, s.Length, s.Role, s.Path, s.Value))
	}
	want := []string{
		"0+1 magic  Confluent wire format", fmt.Sprintf("1+4 schema id  %d (orders-value version 1)", id),
		"5+1 length id 3 bytes", `6+3 value id "o-1"`, "9+1 length total 2 bytes", "10+2 value total 54.90",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") || r.Err != nil {
		t.Errorf("%s\n%v", strings.Join(got, "\n"), r.Err)
	}
}

// FuzzDecode: whatever the bytes are, something comes back, it is JSON, and
// its map covers them.
func FuzzDecode(f *testing.F) {
	s, err := avro.Compile(orderSchema, nil)
	if err != nil {
		f.Fatal(err)
	}
	d := New(nil, Options{Known: []*avro.Schema{s}, Limits: avro.Limits{Output: 1 << 20}})
	for _, seed := range [][]byte{
		[]byte(`{"a":[1,"x",null]}`), []byte("text"),
		{0, 0, 0, 0, 1, 2, 3},
		{0, 0, 0, 0, 0, 0, 0, 9},
		append(s.AppendSingleObject(nil), orderBytes...), []byte("\x82\xa1a\x01\xa1b\x93\x01\x02\xc0"),
		{0xa1, 0x61, 0x61, 0x82, 0x01, 0xf6},
		bytes.Repeat([]byte{0x91}, 5000), bytes.Repeat([]byte{0x81}, 5000),
		{0xdd, 0xff, 0xff, 0xff, 0xff},
		{0xdf, 0xff, 0xff, 0xff, 0xff},
		{0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
		[]byte("Obj\x01\x00"),
		{0xc7, 0x0c, 0xff, 1, 2, 3},
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		out, r := d.Decode(context.Background(), nil, Input{Topic: "t", Data: data})
		if len(out) > 0 && !json.Valid(out) {
			t.Fatalf("not JSON: %q as %s", out, r.Kind)
		}
		if r.Err == nil && len(out) == 0 {
			t.Fatalf("nothing came back: %+v", r)
		}
		spans, _ := d.Map(context.Background(), Input{Topic: "t", Data: data})
		at := 0
		for _, s := range spans {
			if s.Offset != at {
				t.Fatalf("gap at %d", at)
			}
			at += s.Length
		}
		if at != len(data) {
			t.Fatalf("mapped %d of %d bytes", at, len(data))
		}
	})
}
