package e2e

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"kconsole/avro"
)

// avroCase is one record as Python's fastavro and we see it.
type avroCase struct {
	Schema string `json:"schema,omitempty"`
	Hex    string `json:"hex"`
	JSON   string `json:"json,omitempty"`
	Error  string `json:"error,omitempty"`
}

func avroCases(t *testing.T, text string) (out []avroCase) {
	t.Helper()
	for line := range strings.Lines(text) {
		var c avroCase
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		out = append(out, c)
	}
	return out
}

// What fastavro writes, we read as it does, and write the same bytes from its JSON.
func TestAvroFromPython(t *testing.T) {
	cases := avroCases(t, python(t, "avro_judge.py", "write", "4711", "600"))
	if len(cases) != 3000 {
		t.Fatalf("%d cases", len(cases))
	}
	for _, c := range cases {
		s, err := avro.Compile(c.Schema, nil)
		if err != nil {
			t.Fatalf("%v\n%s", err, c.Schema)
		}
		data, err := hex.DecodeString(c.Hex)
		if err != nil {
			t.Fatal(err)
		}
		ours, err := s.AppendAvroJSON(nil, data, avro.Limits{})
		if err != nil || !sameJSON(t, ours, []byte(c.JSON)) {
			t.Fatalf("%v\n%s\nours   %s\ntheirs %s", err, c.Schema, ours, c.JSON)
		}
		if back, err := s.AppendAvroFromAvroJSON(nil, []byte(c.JSON)); err != nil || !bytes.Equal(back, data) {
			t.Fatalf("from its JSON: %v\n%s\n%s\n%x\n%x", err, c.Schema, c.JSON, data, back)
		}
	}
}

const pythonSchema = `{"type":"record","name":"Every","namespace":"x","fields":[
 {"name":"b","type":"boolean"},{"name":"i","type":"int"},{"name":"l","type":"long"},{"name":"f","type":"float"},{"name":"d","type":"double"},
 {"name":"s","type":"string"},{"name":"y","type":"bytes"},{"name":"x","type":{"type":"fixed","name":"F2","size":2}},
 {"name":"e","type":{"type":"enum","name":"E","symbols":["RED","GREEN"]}},
 {"name":"a","type":{"type":"array","items":["null","int"]}},{"name":"m","type":{"type":"map","values":"string"}},
 {"name":"u","type":["null","string","long",{"type":"array","items":"int"}]},
 {"name":"dec","type":{"type":"bytes","logicalType":"decimal","precision":10,"scale":2}},
 {"name":"date","type":{"type":"int","logicalType":"date"}},{"name":"tm","type":{"type":"int","logicalType":"time-millis"}},
 {"name":"tu","type":{"type":"long","logicalType":"time-micros"}},
 {"name":"ts","type":{"type":"long","logicalType":"timestamp-millis"}},{"name":"tsu","type":{"type":"long","logicalType":"timestamp-micros"}},
 {"name":"lts","type":{"type":"long","logicalType":"local-timestamp-millis"}},
 {"name":"id","type":{"type":"string","logicalType":"uuid"}},
 {"name":"next","type":["null","Every"],"default":null}]}`

// written is a record that we wrote.
type written struct {
	schema *avro.Schema
	data   []byte
}

// write makes n records of a schema, through JSON for people, so that its
// writer is judged as well.
func write(t *testing.T, text string, n int) (out []written) {
	t.Helper()
	s, err := avro.Compile(text, nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	g, err := avro.NewGenerator(s, 4711, time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	for range n {
		people, err := s.AppendJSON(nil, g.Append(nil), avro.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		data, err := s.AppendAvro(nil, people)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, written{s, data})
	}
	return out
}

// What we write, of one schema with every type and of random ones, fastavro
// reads as we do, and writes back byte for byte.
func TestAvroToPython(t *testing.T) {
	records := write(t, pythonSchema, 1000)
	last := ""
	for _, c := range avroCases(t, python(t, "avro_judge.py", "write", "815", "400")) {
		if c.Schema != last {
			records = append(records, write(t, c.Schema, 5)...)
			last = c.Schema
		}
	}
	var lines bytes.Buffer
	enc := json.NewEncoder(&lines)
	for _, r := range records {
		if err := enc.Encode(avroCase{Schema: r.schema.Text(), Hex: hex.EncodeToString(r.data)}); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(t.TempDir(), "records.jsonl")
	if err := os.WriteFile(file, lines.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	answers := avroCases(t, python(t, "avro_judge.py", "read", file))
	if len(answers) != len(records) {
		t.Fatalf("%d answers", len(answers))
	}
	values, otherBranch := 0, 0
	for i, a := range answers {
		if a.Error == "" && a.Hex != hex.EncodeToString(records[i].data) && twoNumbers(records[i].schema.Root(), map[*avro.Type]bool{}) {
			otherBranch++
			continue
		}
		if a.Error != "" || a.Hex != hex.EncodeToString(records[i].data) {
			t.Fatalf("record %d: %s\n%s\nours   %x\ntheirs %s", i, a.Error, records[i].schema.Text(), records[i].data, a.Hex)
		}
		if a.JSON == "" {
			continue // the script says why
		}
		values++
		ours, err := records[i].schema.AppendAvroJSON(nil, records[i].data, avro.Limits{})
		if err != nil || !sameJSON(t, ours, []byte(a.JSON)) {
			t.Fatalf("record %d: %v\nours   %s\ntheirs %s", i, err, ours, a.JSON)
		}
	}
	if values < len(records)/2 {
		t.Errorf("it showed the values of %d records only", values)
	}
	if otherBranch > len(records)/5 {
		t.Errorf("it wrote %d of %d records with another branch", otherBranch, len(records))
	}
}

// twoNumbers reports whether a schema has a union of several kinds of number.
// Python's values do not tell them apart, so fastavro may write and show another
// branch than it read.
func twoNumbers(t *avro.Type, seen map[*avro.Type]bool) bool {
	if t == nil || seen[t] {
		return false
	}
	seen[t] = true
	numbers := 0
	for _, b := range t.Branches {
		if b.Kind >= avro.Int && b.Kind <= avro.Double {
			numbers++
		}
		if numbers > 1 || twoNumbers(b, seen) {
			return true
		}
	}
	for i := range t.Fields {
		if twoNumbers(t.Fields[i].Type, seen) {
			return true
		}
	}
	return twoNumbers(t.Elem, seen)
}

// sameJSON compares two JSON texts: members in any order, whole numbers digit
// by digit. Python has no 32-bit floats and prints a float's value with all the
// digits of a double, so other numbers are compared as the smaller type; that
// their bits are the same is for the comparison of the bytes to say.
func sameJSON(t *testing.T, a, b []byte) bool {
	t.Helper()
	tree := func(text []byte) (v any) {
		dec := json.NewDecoder(bytes.NewReader(text))
		dec.UseNumber()
		if err := dec.Decode(&v); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		return v
	}
	return sameTree(tree(a), tree(b))
}

func sameTree(a, b any) bool {
	switch x := a.(type) {
	case json.Number:
		y, ok := b.(json.Number)
		if !ok || x == y {
			return ok
		}
		f, err1 := strconv.ParseFloat(string(x), 32)
		g, err2 := strconv.ParseFloat(string(y), 32)
		fractional := strings.ContainsAny(string(x+y), ".eE")
		return fractional && (err1 == nil && err2 == nil && f == g || sameDouble(x, y))
	case map[string]any:
		y, ok := b.(map[string]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for k, v := range x {
			if w, ok := y[k]; !ok || !sameTree(v, w) {
				return false
			}
		}
		return true
	case []any:
		y, ok := b.([]any)
		return ok && slices.EqualFunc(x, y, sameTree)
	}
	return a == b
}

func sameDouble(x, y json.Number) bool {
	f, err1 := x.Float64()
	g, err2 := y.Float64()
	return err1 == nil && err2 == nil && f == g
}
