package avro

import (
	"bytes"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"
)

// hostileLimit tells work that grows with what hostile bytes announce from a
// busy machine. On an idle one each of these ends in well under 10 ms.
const hostileLimit = 2 * time.Second

// bounded runs f and fails if it allocates more than 1 MiB or takes for ever, at
// its best of twenty.
func bounded(t *testing.T, f func() error) error {
	t.Helper()
	var err error
	best, least := time.Hour, uint64(1<<62)
	for i := 0; i < 20 && (best > 10*time.Millisecond || least > 1<<20); i++ {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		if err = f(); err == nil {
			return nil // what can be read costs what it costs
		}
		best = min(best, time.Since(start))
		runtime.ReadMemStats(&after)
		least = min(least, after.TotalAlloc-before.TotalAlloc)
	}
	if best > hostileLimit {
		t.Errorf("took %v, want milliseconds", best)
	}
	if best > 10*time.Millisecond {
		t.Logf("took %v, want at most 10 ms on an idle machine", best)
	}
	if least > 1<<20 {
		t.Errorf("allocated %d bytes, want at most 1 MiB", least)
	}
	return err
}

func TestHostileRecordsEndQuickly(t *testing.T) {
	hugeCount := []byte{0xfe, 0xff, 0xff, 0xff, 0x0f} // 2,147,483,647
	negative := []byte{0xff, 0xff, 0xff, 0xff, 0x0f}  // -2,147,483,648
	tests := []struct {
		name, schema string
		data         []byte
		problem      Problem
	}{
		{"a linked list of 1 MB", `{"type":"record","name":"L","fields":[{"name":"n","type":["null","L"]}]}`, bytes.Repeat([]byte{2}, 1<<20), TooDeep},
		{"arrays in arrays, 1 MB", `{"type":"record","name":"T","fields":[{"name":"c","type":{"type":"array","items":"T"}}]}`, bytes.Repeat([]byte{2}, 1<<20), TooDeep},
		{"maps in maps, 1 MB", `{"type":"record","name":"T","fields":[{"name":"c","type":{"type":"map","values":"T"}}]}`, bytes.Repeat([]byte{2, 0}, 1<<19), TooDeep},
		{"a record that contains itself", `{"type":"record","name":"T","fields":[{"name":"c","type":"T"}]}`, nil, TooDeep},
		{"a text of 2 GB", `"string"`, hugeCount, BadLength},
		{"bytes of 2 GB", `"bytes"`, hugeCount, BadLength},
		{"a text of a negative length", `"string"`, negative, BadLength},
		{"an array of 2 G unions", `{"type":"array","items":["null","long"]}`, hugeCount, BadCount},
		{"an array of 2 G records", `{"type":"array","items":{"type":"record","name":"R","fields":[{"name":"a","type":"double"},{"name":"b","type":"string"}]}}`, hugeCount, BadCount},
		{"an array of 2 G longs", `{"type":"array","items":"long"}`, hugeCount, BadCount},
		{"an array of 2 G nulls", `{"type":"array","items":"null"}`, hugeCount, BadCount},
		{"an array of 2 G empty records", `{"type":"array","items":{"type":"record","name":"E","fields":[]}}`, hugeCount, BadCount},
		{"a map of 2 G entries", `{"type":"map","values":"null"}`, hugeCount, BadCount},
		{"a negative count", `{"type":"array","items":"null"}`, append(negative, 0), BadCount},
		{"the smallest count", `{"type":"array","items":"null"}`, []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0}, BadCount},
		{"many blocks of nulls", `{"type":"array","items":"null"}`, bytes.Repeat([]byte{0xfe, 0xff, 0x07}, 1000), BadCount},
		{"a block of a huge size", `{"type":"array","items":"null"}`, append([]byte{1}, hugeCount...), BadLength},
		{"a varint that never ends", `"long"`, bytes.Repeat([]byte{0xff}, 1<<20), BadVarint},
		{"a varint of 65 bits", `"long"`, []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02}, BadVarint},
		{"an int of 33 bits", `"int"`, []byte{0x80, 0x80, 0x80, 0x80, 0x10}, IntRange},
		{"a decimal of 1 MB", `{"type":"bytes","logicalType":"decimal","precision":10,"scale":2}`, append([]byte{0x80, 0x80, 0x80, 0x01}, make([]byte, 1<<20)...), DecimalTooLong},
		{"a fixed of 2 GB", `{"type":"fixed","name":"F","size":134217728}`, []byte{1, 2, 3}, Truncated},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := compile(t, tt.schema)
			as, err := s.ReadAs(s)
			if err != nil {
				t.Fatal(err)
			}
			for name, decode := range map[string]func() error{
				"as a reader": func() error { _, err := as.AppendJSON(nil, tt.data, Limits{}); return err },
				"JSON":        func() error { _, err := s.AppendJSON(nil, tt.data, Limits{}); return err },
				"Avro JSON":   func() error { _, err := s.AppendAvroJSON(nil, tt.data, Limits{}); return err },
				"check":       func() error { return s.Check(tt.data, Limits{}) },
				"map":         func() error { _, err := s.Map(tt.data, 0); return err },
			} {
				err := bounded(t, decode)
				var e *DecodeError
				if !errors.As(err, &e) {
					if tt.problem == DecimalTooLong && name != "JSON" && name != "as a reader" {
						continue // only its digits are a problem
					}
					t.Fatalf("%s: no error", name)
				}
				if e.Problem != tt.problem {
					t.Errorf("%s: problem %d (%v), want %d", name, e.Problem, err, tt.problem)
				}
				if len(err.Error()) > 1000 {
					t.Errorf("%s: a message of %d bytes", name, len(err.Error()))
				}
			}
		})
	}
}

// JSON that is nested a megabyte deep is refused by the writer as well.
func TestHostileJSONEndsQuickly(t *testing.T) {
	s := compile(t, `{"type":"record","name":"T","fields":[{"name":"c","type":{"type":"array","items":"T"}}]}`)
	for name, text := range map[string]string{
		"arrays": strings.Repeat("[", 1<<20), "objects": strings.Repeat(`{"c":[`, 1<<17),
	} {
		t.Run(name, func(t *testing.T) {
			in := []byte(text)
			if err := bounded(t, func() error { _, err := s.AppendAvro(nil, in); return err }); err == nil {
				t.Error("it was taken")
			}
		})
	}
}

func TestOutputIsBounded(t *testing.T) {
	s := compile(t, `{"type":"array","items":{"type":"enum","name":"E","symbols":["`+strings.Repeat("A", 10_000)+`"]}}`)
	data := append([]byte{0x80, 0x9a, 0x0c}, make([]byte, 100_000)...)
	out, err := s.AppendJSON(nil, data, Limits{Output: 100_000})
	var e *DecodeError
	if !errors.As(err, &e) || e.Problem != TooMuchOutput || len(out) > 150_000 {
		t.Errorf("%d bytes, %v", len(out), err)
	}
}

// Definitions that each use the one before twice unfold to 2^n values.
func TestDoublingSchemasCompile(t *testing.T) {
	var b strings.Builder
	b.WriteString(`[{"type":"record","name":"R0","fields":[{"name":"x","type":"long"}]}`)
	for i := 1; i < 60; i++ {
		b.WriteString(`,{"type":"record","name":"R` + itoa(i) + `","fields":[{"name":"a","type":"R` + itoa(i-1) + `"},{"name":"b","type":"R` + itoa(i-1) + `"}]}`)
	}
	b.WriteString("]")
	s, err := Compile(b.String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(s.people.ops); n > 10_000 {
		t.Errorf("%d steps", n)
	}
	if err := s.Check([]byte{118, 0, 0, 0}, Limits{}); err == nil {
		t.Error("a record of 2^59 values in four bytes")
	}
	if got := Compare(s, s); len(got) != 0 {
		t.Errorf("%v", got)
	}
	Diff(s, s)
}

func TestSchemasThatBreakTheSpecification(t *testing.T) {
	tests := []struct {
		name, schema, json string
		data               []byte
		warns              bool
	}{
		{"a name with a dash", `{"type":"record","name":"a-b","fields":[{"name":"c d","type":"int"}]}`, `{"c d":1}`, []byte{2}, true},
		{"a default of the wrong type", `{"type":"record","name":"R","fields":[{"name":"a","type":"int","default":"x"}]}`, `{"a":1}`, []byte{2}, true},
		{"a decimal without a precision", `{"type":"bytes","logicalType":"decimal"}`, `"!"`, []byte{2, 33}, true},
		{"an unknown logical type", `{"type":"int","logicalType":"colour"}`, `1`, []byte{2}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := compile(t, tt.schema)
			out, err := s.AppendJSON(nil, tt.data, Limits{})
			if string(out) != tt.json || err != nil {
				t.Errorf("%s %v", out, err)
			}
			if (len(s.Warnings()) > 0) != tt.warns {
				t.Errorf("warnings %q", s.Warnings())
			}
		})
	}
	for _, bad := range []string{``, `{`, `"text"`, `{"type":"record"}`, `{"type":"record","name":"R","fields":[{"name":"a","type":"Unknown"}]}`, strings.Repeat(`[`, 100_000)} {
		var e *SchemaError
		if _, err := Compile(bad, nil); !errors.As(err, &e) {
			t.Errorf("%.40s: %v", bad, err)
		}
	}
}

func TestReferencesInAnyOrder(t *testing.T) {
	refs := map[string]string{
		"a": `{"type":"record","name":"x.A","fields":[{"name":"b","type":"x.B"}]}`,
		"b": `{"type":"record","name":"x.B","fields":[{"name":"c","type":["null","x.C"]}]}`,
		"c": `{"type":"record","name":"x.C","fields":[{"name":"v","type":"int"},{"name":"next","type":["null","C"]}]}`,
	}
	s, err := Compile(`{"type":"record","name":"x.R","fields":[{"name":"a","type":"A"},{"name":"c","type":"C"}]}`, refs)
	if err != nil {
		t.Fatal(err)
	}
	out, err := s.AppendJSON(nil, []byte{2, 2, 0, 4, 2, 6, 0}, Limits{})
	if err != nil || string(out) != `{"a":{"b":{"c":{"v":1,"next":null}}},"c":{"v":2,"next":{"v":3,"next":null}}}` {
		t.Errorf("%s %v", out, err)
	}
	delete(refs, "c")
	if _, err := Compile(`"x.A"`, refs); err == nil {
		t.Error("a missing reference was not missed")
	}
}
