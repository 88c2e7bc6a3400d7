package avro

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

func TestReadAs(t *testing.T) {
	rec := func(fields string) string { return `{"type":"record","name":"R","fields":[` + fields + `]}` }
	tests := []struct{ name, writer, reader, in, out string }{
		{"the same", rec(`{"name":"a","type":"int"}`), rec(`{"name":"a","type":"int"}`), `{"a":1}`, `{"a":1}`},
		{"dropped field first", rec(`{"name":"z","type":"string"},{"name":"a","type":"int"}`), rec(`{"name":"a","type":"int"}`), `{"z":"x","a":1}`, `{"a":1}`},
		{"dropped field last", rec(`{"name":"a","type":"int"},{"name":"z","type":{"type":"array","items":"string"}}`), rec(`{"name":"a","type":"int"}`), `{"a":1,"z":["x"]}`, `{"a":1}`},
		{"all dropped", rec(`{"name":"a","type":"int"}`), rec(``), `{"a":1}`, `{}`},
		{"default", rec(``), rec(`{"name":"a","type":["null","int"],"default":null},{"name":"b","type":"string","default":"x\"y"}`), `{}`, `{"a":null,"b":"x\"y"}`},
		{"alias", rec(`{"name":"old","type":"int"}`), rec(`{"name":"new","type":"int","aliases":["old"]}`), `{"old":1}`, `{"new":1}`},
		{"int to long", `"int"`, `"long"`, `5`, `5`},
		{"int to double", `"int"`, `"double"`, `5`, `5`},
		{"long to float", `"long"`, `"float"`, `16777217`, `16777216`},
		{"float to double", `"float"`, `"double"`, `0.1`, `0.10000000149011612`},
		{"string to bytes", `"string"`, `"bytes"`, `"hi"`, `"hi"`},
		{"bytes to string", `"bytes"`, `"string"`, `"hi"`, `"hi"`},
		{"into a union", `"int"`, `["null","long"]`, `5`, `5`},
		{"into a union with like branches", `"int"`, `["long","double"]`, `5`, `{"long":5}`},
		{"out of a union", `["int","long"]`, `"long"`, `{"int":5}`, `5`},
		{"union to union", `["null","int"]`, `["string","long","null"]`, `5`, `5`},
		{"null in a union to union", `["null","int"]`, `["string","long","null"]`, `null`, `null`},
		{"enum default", `{"type":"enum","name":"E","symbols":["A","B"]}`, `{"type":"enum","name":"E","symbols":["A","U"],"default":"U"}`, `"B"`, `"U"`},
		{"enum in another order", `{"type":"enum","name":"E","symbols":["A","B"]}`, `{"type":"enum","name":"E","symbols":["B","A"]}`, `"B"`, `"B"`},
		{"array items", `{"type":"array","items":"int"}`, `{"type":"array","items":"double"}`, `[1,2]`, `[1,2]`},
		{"map values", `{"type":"map","values":"int"}`, `{"type":"map","values":["null","long"]}`, `{"a":1}`, `{"a":1}`},
		{"logical type of the reader", `"long"`, `{"type":"long","logicalType":"timestamp-millis"}`, `0`, `"1970-01-01T00:00:00.000Z"`},
		{"int to a timestamp", `"int"`, `{"type":"long","logicalType":"timestamp-millis"}`, `1`, `"1970-01-01T00:00:00.001Z"`},
		{
			"recursion", rec(`{"name":"x","type":"string"},{"name":"v","type":"int"},{"name":"n","type":["null","R"]}`),
			rec(`{"name":"v","type":"long"},{"name":"n","type":["null","R"]},{"name":"d","type":"int","default":9}`),
			`{"x":"a","v":1,"n":{"x":"b","v":2,"n":null}}`, `{"v":1,"n":{"v":2,"n":null,"d":9},"d":9}`,
		},
		{
			"nested defaults", rec(``), rec(`{"name":"a","type":{"type":"map","values":{"type":"array","items":"int"}},"default":{"k":[1,2]}}`),
			`{}`, `{"a":{"k":[1,2]}}`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w, r := compile(t, tt.writer), compile(t, tt.reader)
			data, err := w.AppendAvro(nil, []byte(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			as, err := w.ReadAs(r)
			if err != nil || len(as.Conflicts) > 0 {
				t.Fatalf("%v %+v", err, as.Conflicts)
			}
			out, err := as.AppendJSON(nil, data, Limits{})
			if err != nil || string(out) != tt.out {
				t.Errorf("%s, %v; want %s", out, err, tt.out)
			}
			if _, err := as.AppendAvroJSON(nil, data, Limits{}); err != nil {
				t.Errorf("Avro JSON: %v", err)
			}
		})
	}
}

// The order is the writer's; encoded again, it is the reader's.
func TestReadAsKeepsTheWritersOrder(t *testing.T) {
	w := compile(t, `{"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"b","type":"int"}]}`)
	r := compile(t, `{"type":"record","name":"R","fields":[{"name":"c","type":"int","default":3},{"name":"b","type":"int"},{"name":"a","type":"int"}]}`)
	as, err := w.ReadAs(r)
	if err != nil {
		t.Fatal(err)
	}
	out, err := as.AppendJSON(nil, []byte{2, 4}, Limits{})
	if err != nil || string(out) != `{"a":1,"b":2,"c":3}` {
		t.Fatalf("%s %v", out, err)
	}
	data, err := r.AppendAvro(nil, out)
	if err != nil || string(data) != "\x06\x04\x02" {
		t.Errorf("%x %v", data, err)
	}
}

func TestRecordsThatMeetAConflict(t *testing.T) {
	tests := []struct{ name, writer, reader, in, path, says, partial string }{
		{"no default", `{"type":"record","name":"R","fields":[{"name":"a","type":"int"}]}`, `{"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"b","type":"int"}]}`, `{"a":1}`, "b", "has no default", `{"a":1}`},
		{"symbol", `{"type":"enum","name":"E","symbols":["A","B"]}`, `{"type":"enum","name":"E","symbols":["A"]}`, `"B"`, "", "unknown to the reader", ``},
		{"branch", `{"type":"array","items":["null","string","int"]}`, `{"type":"array","items":["null","int"]}`, `[1,"x"]`, "[1]", "no place for it", `[1]`},
		{"type", `{"type":"record","name":"R","fields":[{"name":"z","type":"int"},{"name":"n","type":{"type":"record","name":"N","fields":[{"name":"q","type":"int"},{"name":"a","type":"string"}]}}]}`, `{"type":"record","name":"R","fields":[{"name":"n","type":{"type":"record","name":"N","fields":[{"name":"a","type":"int"}]}}]}`, `{"z":1,"n":{"q":1,"a":"x"}}`, "n.a", "written as string, which cannot be read as int", `{"n":{}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w, r := compile(t, tt.writer), compile(t, tt.reader)
			data, err := w.AppendAvro(nil, []byte(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			as, err := w.ReadAs(r)
			if err != nil || len(as.Conflicts) == 0 {
				t.Fatalf("no conflict: %v", err)
			}
			out, err := as.AppendJSON(nil, data, Limits{})
			var e *DecodeError
			if !errors.As(err, &e) || e.Path != tt.path || !strings.Contains(err.Error(), tt.says) || string(out) != tt.partial {
				t.Errorf("%s, %v", out, err)
			}
		})
	}
}

func TestConflictThatNoRecordMeets(t *testing.T) {
	w := compile(t, `{"type":"enum","name":"E","symbols":["A","B"]}`)
	r := compile(t, `{"type":"enum","name":"E","symbols":["A"]}`)
	samples := []Sample{
		{Offset: 1, Writer: w, Data: []byte{0}},
		{Offset: 2, Writer: w, Data: []byte{2}},
		{Offset: 3, Writer: w, Data: []byte{9}},
		{Offset: 4, Err: errors.New("schema 7 not available")},
	}
	got, err := TryRecords(r, slices.Values(samples))
	if err != nil || got.Readable != 1 || got.Unreadable != 1 || got.Skipped != 2 || len(got.Failures) != 1 || got.Failures[0].Offset != 2 {
		t.Errorf("%+v, %v", got, err)
	}
	if len(got.Reasons) != 1 || got.Reasons[0].Records != 1 {
		t.Errorf("%+v", got.Reasons)
	}
	if got := withoutIndexes(`lines[3].tags["a"].x`); got != "lines[].tags[].x" {
		t.Error(got)
	}
}

func TestFind(t *testing.T) {
	s := compile(t, everySchema)
	data, err := s.AppendAvro(nil, []byte(everyJSON))
	if err != nil {
		t.Fatal(err)
	}
	deep := strings.Replace(everyJSON, `"next":null}`, `"next":`+everyJSON+`}`, 1)
	nested, err := s.AppendAvro(nil, []byte(deep))
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal([]byte(everyJSON), &all); err != nil {
		t.Fatal(err)
	}
	for name, want := range all {
		f, err := s.Find(name)
		if err != nil {
			t.Fatal(err)
		}
		if out, found, err := f.Append([]byte(">"), data, Limits{}); string(out) != ">"+string(want) || !found || err != nil {
			t.Errorf("%s: %s %v %v, want %s", name, out, found, err, want)
		}
	}
	tests := []struct {
		path, want string
		found      bool
	}{
		{"next.s", `"q\"é"`, true},
		{"next.next.s", ``, false},
		{"a[1]", `7`, true},
		{"a[2]", ``, false},
		{`m["a"]`, `"2"`, true},
		{"m.z", `"1"`, true},
		{"m.q", ``, false},
		{"u[1]", `2`, true},
		{"next.u[0]", `1`, true},
		{"", deep, true},
	}
	for _, tt := range tests {
		f, err := s.Find(tt.path)
		if err != nil {
			t.Fatal(err)
		}
		out, found, err := f.Append(nil, nested, Limits{})
		if string(out) != tt.want || found != tt.found || err != nil {
			t.Errorf("%s: %s %v %v", tt.path, out, found, err)
		}
	}
	for path, says := range map[string]string{
		"sss": `has no field "sss"`, "s.x": `is string`, "a.b": `is array of null or int`, "m[1]": "is map", "a[x]": "neither an index nor a key",
		"a[": "] is missing", "s.": "ends in a point", `m["x`: "a key must stand in quotes", ".s": "a name is missing", "next.bb": `is it "b"`,
	} {
		if _, err := s.Find(path); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", path, err)
		}
	}
	f, _ := s.Find("next.e")
	dst := make([]byte, 0, 64)
	if n := testing.AllocsPerRun(200, func() { _, _, _ = f.Append(dst, nested, Limits{}) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if _, _, err := f.Append(nil, nested[:20], Limits{}); err == nil {
		t.Error("no error in a truncated record")
	}
}

func TestContainerFiles(t *testing.T) {
	s := compile(t, everySchema)
	g, err := NewGenerator(s, 7, testNow)
	if err != nil {
		t.Fatal(err)
	}
	var records [][]byte
	for range 500 {
		records = append(records, g.Append(nil))
	}
	for _, codec := range codecs {
		t.Run(codec, func(t *testing.T) {
			var file bytes.Buffer
			w, err := NewContainerWriter(&file, s, codec, map[string][]byte{"topic": []byte("orders")})
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range records {
				if err := w.Append(r); err != nil {
					t.Fatal(err)
				}
			}
			if err := w.Append([]byte{7}); err == nil {
				t.Error("a broken record was written")
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			data := slices.Clone(file.Bytes())
			r, err := NewContainerReader(&file)
			if err != nil {
				t.Fatal(err)
			}
			if r.Codec != codec || string(r.Meta["topic"]) != "orders" || !IsContainer(data) {
				t.Errorf("%s %q", r.Codec, r.Meta)
			}
			for i, want := range records {
				got, err := r.Next()
				if err != nil || !bytes.Equal(got, want) {
					t.Fatalf("record %d: %v", i, err)
				}
			}
			if _, err := r.Next(); !errors.Is(err, io.EOF) {
				t.Errorf("after the end: %v", err)
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
			cut, err := NewContainerReader(bytes.NewReader(data[:len(data)-9]))
			if err != nil {
				t.Fatal(err)
			}
			for err == nil {
				_, err = cut.Next()
			}
			if errors.Is(err, io.EOF) || !strings.Contains(err.Error(), "ends too early") {
				t.Errorf("a cut file: %v", err)
			}
			_ = cut.Close()
		})
	}
}

// codecs are the compressions that container files can be written with.
var codecs = []string{"null", "deflate", "snappy", "zstandard"}
