package recordjson_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"kconsole/avro/decode"
	"kconsole/kafka"
	"kconsole/kafka/recordjson"
)

var at = time.Date(2026, 11, 23, 14, 2, 10, 460_900_000, time.UTC)

func order() kafka.Record {
	return kafka.Record{
		Topic: "orders", Partition: 3, Offset: 302118, Timestamp: at,
		Key: []byte("c-4711"), Value: []byte{0, 0, 0, 0, 17, 2},
		Headers: []kafka.Header{
			{Key: "trace", Value: []byte("8f3a")},
			{Key: "trace", Value: nil},
			{Key: "sig", Value: []byte{0xff, 0}},
			{Key: "empty", Value: []byte{}},
		},
	}
}

func TestAppend(t *testing.T) {
	decoded := recordjson.Decoded{
		Value: []byte("{\"id\":\"o-88123\",\n\t\"total\":99.00}"),
		Info:  decode.Result{SchemaID: 17, Subject: "orders-value", Version: 3},
	}
	bare := order()
	bare.Headers = nil
	cases := []struct {
		name string
		edit func(*kafka.Record)
		d    *recordjson.Decoded
		want string
	}{
		{
			"decoded by schema", func(r *kafka.Record) { *r = order() }, &decoded,
			`{"topic":"orders","partition":3,"offset":302118,"timestamp":"2026-11-23T14:02:10.460Z","key":"c-4711",` +
				`"value":{"id":"o-88123","total":99.00},"headers":[{"key":"trace","value":"8f3a"},{"key":"trace","value":null},` +
				`{"key":"sig","value":null,"raw":"/wA="},{"key":"empty","value":""}],` +
				`"schema":{"id":17,"subject":"orders-value","version":3},"error":null}`,
		},
		{
			"not decoded", func(*kafka.Record) {},
			&recordjson.Decoded{Info: decode.Result{SchemaID: 99, Err: errors.New("schema 99 not found")}},
			`{"topic":"orders","partition":3,"offset":302118,"timestamp":"2026-11-23T14:02:10.460Z","key":"c-4711","value":null,` +
				`"headers":[],"schema":{"id":99,"subject":null,"version":null},"error":"schema 99 not found","raw":"AAAAABEC"}`,
		},
		{
			"text", func(r *kafka.Record) { r.Value = []byte("tab\there") }, nil,
			`{"topic":"orders","partition":3,"offset":302118,"timestamp":"2026-11-23T14:02:10.460Z","key":"c-4711","value":"tab\there",` +
				`"headers":[],"schema":null,"error":null}`,
		},
		{
			"tombstone without key and time", func(r *kafka.Record) { r.Key, r.Value, r.Timestamp = nil, nil, time.UnixMilli(-1) }, nil,
			`{"topic":"orders","partition":3,"offset":302118,"timestamp":null,"key":null,"value":null,"headers":[],"schema":null,"error":null}`,
		},
		{
			"bytes that nothing reads", func(r *kafka.Record) { r.Key, r.Value = []byte{0x80}, []byte{0xc3} }, nil,
			`{"topic":"orders","partition":3,"offset":302118,"timestamp":"2026-11-23T14:02:10.460Z","key":null,"key_raw":"gA==","value":null,` +
				`"headers":[],"schema":null,"error":"not UTF-8 text, and no schema to read it with","raw":"ww=="}`,
		},
		{
			"a year that RFC 3339 cannot write", func(r *kafka.Record) { r.Timestamp = time.UnixMilli(1<<62 - 1) }, nil,
			`{"topic":"orders","partition":3,"offset":302118,"timestamp":null,"timestamp_ms":4611686018427387903,"key":"c-4711",` +
				`"value":null,"headers":[],"schema":null,"error":"not UTF-8 text, and no schema to read it with","raw":"/w=="}`,
		},
		{
			"a key with a schema that failed", func(r *kafka.Record) { r.Value = nil },
			&recordjson.Decoded{KeyInfo: decode.Result{SchemaID: 4, Subject: "orders-key", Version: 1, Err: errors.New("ends early")}},
			`{"topic":"orders","partition":3,"offset":302118,"timestamp":"2026-11-23T14:02:10.460Z","key":null,"key_error":"ends early",` +
				`"key_raw":"Yy00NzEx","key_schema":{"id":4,"subject":"orders-key","version":1},"value":null,"headers":[],"schema":null,"error":null}`,
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			rec := bare
			c.edit(&rec)
			if c.name == "a year that RFC 3339 cannot write" {
				rec.Value = []byte{0xff}
			}
			got := string(recordjson.Append([]byte("> "), &rec, c.d))
			if diff := cmp.Diff("> "+c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if !json.Valid([]byte(got[2:])) {
				t.Error("not valid JSON")
			}
		})
	}
}

// unsafe tells whether a terminal could obey a part of line.
func unsafe(line []byte) string {
	for i, r := range string(line) {
		switch {
		case r < ' ', r >= 0x7f && r < 0xa0,
			r == 0x61c, r == 0x180e, r == 0xfeff, r == 0xad,
			r >= 0x200b && r <= 0x200f, r >= 0x2028 && r <= 0x202e, r >= 0x2060 && r <= 0x206f,
			r >= 0xe0000 && r <= 0xe007f:
			return fmt.Sprintf("%U at byte %d", r, i)
		}
	}
	return ""
}

func TestHostileTextStaysTextOnOneLine(t *testing.T) {
	for _, s := range []string{
		"\x1b]0;owned\x07", "\x1b[2J", "\u009b31m", "a\u202egnp.exe", "\u2066x\u2069", "z\u200bero", "\ufeffbom",
		"line\nend\r\u2028\u2029", "\x7f\x00\x08", "\U000e0041tag", "ok: \U0001f469\u200d\U0001f680 ü 漢", "\"quoted\\\"",
	} {
		line := recordjson.AppendString(nil, s)
		var back string
		if err := json.Unmarshal(line, &back); err != nil || back != s {
			t.Errorf("%q came back as %q (%v) from %s", s, back, err, line)
		}
		if bad := unsafe(line); bad != "" {
			t.Errorf("%q: %s in %q", s, bad, line)
		}
		var indented bytes.Buffer
		plain, err := json.Marshal(map[string]any{"v": s, "n": []any{1, s}})
		if err != nil {
			t.Fatal(err)
		}
		// json.Marshal escapes less than we do; put the raw characters in.
		if err := json.Indent(&indented, bytes.ReplaceAll(plain, []byte(`\u2028`), []byte("\u2028")), "", "\t"); err != nil {
			t.Fatal(err)
		}
		got := recordjson.AppendCompact(nil, indented.Bytes())
		if bad := unsafe(got); bad != "" {
			t.Errorf("%q: %s in %q", s, bad, got)
		}
		var want, have any
		if err := json.Unmarshal(indented.Bytes(), &want); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(got, &have); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, have); diff != "" {
			t.Errorf("%q changed (-want +got):\n%s", s, diff)
		}
	}
}

func TestEveryRecordIsOneLineOfJSONThatTellsItsBytes(t *testing.T) {
	bytesOrNil := func(t *rapid.T, label string) []byte {
		if rapid.Bool().Draw(t, label+" null") {
			return nil
		}
		if rapid.Bool().Draw(t, label+" text") {
			return []byte(rapid.String().Draw(t, label))
		}
		return rapid.SliceOf(rapid.Byte()).Draw(t, label)
	}
	rapid.Check(t, func(t *rapid.T) {
		rec := kafka.Record{
			Topic:     rapid.String().Draw(t, "topic"),
			Partition: rapid.Int32().Draw(t, "partition"),
			Offset:    rapid.Int64().Draw(t, "offset"),
			Timestamp: time.UnixMilli(rapid.Int64Range(-62135596799999, 253402300799999).Draw(t, "time")),
			Key:       bytesOrNil(t, "key"),
			Value:     bytesOrNil(t, "value"),
		}
		for range rapid.IntRange(0, 3).Draw(t, "headers") {
			rec.Headers = append(rec.Headers, kafka.Header{Key: rapid.String().Draw(t, "header"), Value: bytesOrNil(t, "header value")})
		}
		var d recordjson.Decoded
		if rapid.Bool().Draw(t, "fails") {
			d.Info.Err = errors.New(rapid.String().Draw(t, "reason"))
		}
		line := recordjson.Append(nil, &rec, &d)
		if bytes.ContainsAny(line, "\n\r\x1b") {
			t.Fatalf("more than a line: %q", line)
		}
		if bad := unsafe(line); bad != "" {
			t.Fatalf("%s in %q", bad, line)
		}
		var got struct {
			Topic     string
			Partition int32
			Offset    int64
			Timestamp *time.Time
			Key       *string
			KeyRaw    []byte `json:"key_raw"`
			Value     *string
			Raw       []byte
			Error     *string
			Headers   []struct {
				Key   string
				Value *string
				Raw   []byte
			}
		}
		if err := json.Unmarshal(line, &got); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		same := func(what string, want []byte, text *string, raw []byte) {
			t.Helper()
			switch {
			case text != nil && string(want) == *text && want != nil:
			case text == nil && bytes.Equal(want, raw) && (want == nil) == (raw == nil):
			default:
				t.Fatalf("%s: %q became %v and %q", what, want, text, raw)
			}
		}
		same("key", rec.Key, got.Key, got.KeyRaw)
		if got.Error == nil {
			same("value", rec.Value, got.Value, nil)
		} else {
			same("value", rec.Value, nil, got.Raw)
		}
		if (d.Info.Err != nil || rec.Value != nil && !utf8.Valid(rec.Value)) != (got.Error != nil) {
			t.Fatalf("error is %v", got.Error)
		}
		for i := range rec.Headers {
			same("header", rec.Headers[i].Value, got.Headers[i].Value, got.Headers[i].Raw)
		}
		if got.Partition != rec.Partition || got.Offset != rec.Offset || len(got.Headers) != len(rec.Headers) {
			t.Fatalf("%+v became %s", rec, line)
		}
		if rec.Timestamp.UnixMilli() != -1 && !got.Timestamp.Equal(rec.Timestamp) {
			t.Fatalf("%v became %v", rec.Timestamp, got.Timestamp)
		}
	})
}

func TestAppendDoesNotAllocate(t *testing.T) {
	rec := order()
	d := recordjson.Decoded{Value: []byte(`{"id":"o-88123"}`), Info: decode.Result{SchemaID: 17, Subject: "orders-value", Version: 3}}
	dst := make([]byte, 0, 4096)
	if n := testing.AllocsPerRun(100, func() { dst = recordjson.Append(dst[:0], &rec, &d) }); n != 0 {
		t.Errorf("%v allocations a record", n)
	}
}

type failing struct{ after int }

func (f *failing) Write(p []byte) (int, error) {
	if f.after -= len(p); f.after < 0 {
		return 0, errors.New("disk full")
	}
	return len(p), nil
}

func TestWriter(t *testing.T) {
	var out bytes.Buffer
	w := recordjson.NewWriter(&out)
	rec := order()
	for range 3 {
		if err := w.Write(&rec, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), "\n"); n != 3 {
		t.Errorf("%d lines written", n)
	}

	broken := recordjson.NewWriter(&failing{after: 100_000})
	rec.Value = []byte(base64.StdEncoding.EncodeToString(make([]byte, 50_000)))
	var err error
	for err == nil {
		err = broken.Write(&rec, nil)
	}
	if want := "write record orders/3 offset 302118: disk full"; err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
}

func BenchmarkAppend(b *testing.B) {
	rec := order()
	rec.Headers = rec.Headers[:1]
	d := recordjson.Decoded{
		Value: []byte(`{"id":"o-88123","customer":{"id":"c-4711","country":"DE"},"items":[{"sku":"a-1","n":2},{"sku":"b-7","n":1}],"total":99.00,"coupon":"XMAS","placed":"2026-11-23T14:02:10.460Z","paid":true,"note":null}`),
		Info:  decode.Result{SchemaID: 17, Subject: "orders-value", Version: 3},
	}
	dst := make([]byte, 0, 4096)
	b.ReportAllocs()
	for b.Loop() {
		dst = recordjson.Append(dst[:0], &rec, &d)
	}
	b.SetBytes(int64(len(dst)))
}
