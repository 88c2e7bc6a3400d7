package avro

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"runtime/metrics"
	"strings"
	"testing"
	"time"
)

// fuzzSchemas are the schemas that fuzzed bytes are read with, chosen by the
// first byte of the input.
var fuzzSchemas = []string{
	everySchema, orderSchema, benchSchema,
	`{"type":"array","items":"null"}`,
	`{"type":"map","values":["null","string","bytes",{"type":"array","items":"double"}]}`,
	`{"type":"record","name":"T","fields":[{"name":"c","type":{"type":"array","items":"T"}},{"name":"m","type":{"type":"map","values":["null","T"]}}]}`,
	`["null","int","long",{"type":"fixed","name":"F","size":0},{"type":"record","name":"E","fields":[]}]`,
	`{"type":"array","items":{"type":"record","name":"E","fields":[{"name":"n","type":"null"}]}}`,
	`{"type":"bytes","logicalType":"decimal","precision":1000,"scale":900}`,
}

// What one fuzzed input may cost. The memory is everything that is allocated on
// the way, freed or not, so it bounds the peak as well. The time tells a hang
// from a slow machine: inputs take microseconds.
const (
	maxFuzzMemory = 64 << 20
	maxFuzzTime   = 8 * time.Second
)

// fuzzCost fails a fuzz target that costs too much from where it is called to
// where what it returns is called.
func fuzzCost(t *testing.T) (within func()) {
	t.Helper()
	before, start := allocated(), time.Now()
	return func() {
		t.Helper()
		if n := allocated() - before; n > maxFuzzMemory {
			t.Fatalf("%d bytes were allocated, want at most 64 MiB", n)
		}
		if d := time.Since(start); d > maxFuzzTime {
			t.Fatalf("it took %v", d)
		}
	}
}

// allocated is how many bytes this process has allocated so far.
func allocated() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

// FuzzDecode: no bytes may make the decoder panic, hang or grow, all ways of
// reading must agree on what is a record, and output is always JSON.
func FuzzDecode(f *testing.F) {
	for i, text := range fuzzSchemas {
		s := compile(f, text)
		g, err := NewGenerator(s, uint64(i), testNow)
		if err != nil {
			f.Fatal(err)
		}
		for range 3 {
			f.Add(byte(i), g.Append(nil))
		}
		f.Add(byte(i), bytes.Repeat([]byte{2}, 2000))
		f.Add(byte(i), []byte{0xfe, 0xff, 0xff, 0xff, 0x0f})
	}
	compiled := make([]*Schema, len(fuzzSchemas))
	asItself, asOther := map[*Schema]*Resolution{}, map[*Schema]*Resolution{}
	for i, text := range fuzzSchemas {
		s := compile(f, text)
		compiled[i] = s
		var err, oerr error
		asItself[s], err = s.ReadAs(s)
		asOther[s], oerr = s.ReadAs(compiled[0])
		if err != nil || oerr != nil {
			f.Fatal(err, oerr)
		}
	}
	f.Fuzz(func(t *testing.T, which byte, data []byte) {
		defer fuzzCost(t)()
		s := compiled[int(which)%len(compiled)]
		lim := Limits{Output: 1 << 20}
		out, err := s.AppendJSON(nil, data, lim)
		if len(out) > 0 && !json.Valid(out) {
			t.Fatalf("not JSON: %s", out)
		}
		var e *DecodeError
		if err != nil && !errors.As(err, &e) {
			t.Fatalf("not a DecodeError: %v", err)
		}
		if e != nil && (e.Offset < 0 || e.Offset > len(data) || e.Detail == "" || len(e.Error()) > 2000) {
			t.Fatalf("%+v", e)
		}
		strict, strictErr := s.AppendAvroJSON(nil, data, lim)
		if len(strict) > 0 && !json.Valid(strict) {
			t.Fatalf("not JSON: %s", strict)
		}
		spans, mapErr := s.Map(data, 0)
		at := 0
		for _, p := range spans {
			if p.Offset != at || p.Length < 0 {
				t.Fatalf("a gap at %d", at)
			}
			at += p.Length
		}
		if at != len(data) {
			t.Fatalf("mapped %d of %d bytes", at, len(data))
		}
		// As another schema sees it: its own, which must change nothing, and one
		// that takes next to nothing from it.
		as, asErr := asItself[s].AppendJSON(nil, data, lim)
		if (asErr == nil) != (err == nil) || err == nil && !bytes.Equal(as, out) {
			t.Fatalf("as itself: %v, %v\n%s\n%s", err, asErr, out, as)
		}
		if as, _ = asOther[s].AppendJSON(nil, data, lim); len(as) > 0 && !json.Valid(as) {
			t.Fatalf("not JSON: %s", as)
		}
		if err == nil {
			if strictErr != nil && e == nil && !tooMuch(strictErr) || mapErr != nil || s.Check(data, lim) != nil {
				t.Fatalf("%v, %v, %v", strictErr, mapErr, s.Check(data, lim))
			}
			if back, err := s.AppendAvroFromAvroJSON(nil, strict); strictErr == nil && err != nil {
				t.Fatalf("does not go back: %v\n%s\n%x", err, strict, back)
			}
		}
	})
}

func tooMuch(err error) bool {
	var e *DecodeError
	return errors.As(err, &e) && e.Problem == TooMuchOutput
}

// FuzzEncode: any JSON text is encoded or refused, and what is encoded can be
// read.
func FuzzEncode(f *testing.F) {
	f.Add(byte(0), []byte(everyJSON))
	for i, text := range fuzzSchemas {
		s := compile(f, text)
		template, err := s.Template(testNow)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(byte(i), template)
	}
	f.Add(byte(4), []byte(`{"a":{"string":"x"},"b":{"bytes":"0xff"},"c":[1e3,"NaN",-0]}`))
	f.Add(byte(8), []byte(`-1.5e-10`))
	compiled := make([]*Schema, len(fuzzSchemas))
	for i, text := range fuzzSchemas {
		compiled[i] = compile(f, text)
	}
	f.Fuzz(func(t *testing.T, which byte, text []byte) {
		defer fuzzCost(t)()
		s := compiled[int(which)%len(compiled)]
		for _, encode := range []func([]byte, []byte) ([]byte, error){s.AppendAvro, s.AppendAvroFromAvroJSON} {
			data, err := encode(nil, text)
			if err != nil {
				continue
			}
			out, err := s.AppendJSON(nil, data, Limits{})
			var e *DecodeError
			if errors.As(err, &e) && (e.Problem == TooDeep || e.Problem == TooMuchOutput || e.Problem == DecimalTooLong || e.Problem == BadCount) {
				return // within what JSON may hold, beyond what a record may
			}
			if err != nil {
				t.Fatalf("we do not read what we wrote: %v\n%s\n%x", err, text, data)
			}
			again, err := s.AppendAvro(nil, out)
			if err != nil && strings.Contains(err.Error(), "expected a number of at most") {
				return // Avro's JSON carries a decimal's bytes: more digits than its precision are shown, and refused when typed
			}
			if err != nil {
				t.Fatalf("%v\n%s\n%s\n%x", err, text, out, data)
			}
			// The bytes may differ: Avro's JSON can carry a decimal that is
			// longer than it has to be.
			if same, err := s.AppendJSON(nil, again, Limits{}); err != nil || !bytes.Equal(same, out) {
				t.Fatalf("%v\n%s\n%s\n%s", err, text, out, same)
			}
		}
	})
}

// FuzzSchema: any text compiles or is refused, within bounds.
func FuzzSchema(f *testing.F) {
	for _, text := range fuzzSchemas {
		f.Add(text)
	}
	for _, p := range pairs {
		f.Add(p.writer)
		f.Add(p.reader)
	}
	f.Fuzz(func(t *testing.T, text string) {
		defer fuzzCost(t)()
		wrong := 0
		for _, i := range Validate(text, nil) {
			if i.Line < 1 || i.Column < 1 || i.Message == "" {
				t.Fatalf("%+v", i)
			}
			if !i.Warning {
				wrong++
			}
		}
		s, err := Compile(text, nil)
		if err != nil {
			if wrong == 0 {
				t.Fatalf("refused, and no issue says why: %v", err)
			}
			return
		}
		_ = s.Root().Describe()
		_, _ = s.AppendJSON(nil, []byte{2, 2, 2, 2, 2, 2, 2, 2, 0}, Limits{Output: 1 << 16})
		_ = s.Check([]byte{0, 0, 0, 0}, Limits{})
		_, _ = s.Template(testNow)
		if got := Compare(s, s); len(got) != 0 {
			t.Fatalf("it cannot read what it writes: %+v", got)
		}
		if as, err := s.ReadAs(s); err == nil {
			_, _ = as.AppendJSON(nil, []byte{2, 2, 0}, Limits{Output: 1 << 16})
		}
		Diff(s, s)
	})
}

// FuzzContainer: any file is read or refused, within bounds.
func FuzzContainer(f *testing.F) {
	s := compile(f, orderSchema)
	g, err := NewGenerator(s, 1, testNow)
	if err != nil {
		f.Fatal(err)
	}
	for _, codec := range codecs {
		var file bytes.Buffer
		w, err := NewContainerWriter(&file, s, codec, nil)
		if err != nil {
			f.Fatal(err)
		}
		for range 5 {
			if err := w.Append(g.Append(nil)); err != nil {
				f.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			f.Fatal(err)
		}
		f.Add(file.Bytes())
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		// A file is read record by record, so each has the limits for itself.
		within := fuzzCost(t)
		defer func() { within() }()
		r, err := NewContainerReader(bytes.NewReader(file))
		if err != nil {
			return
		}
		defer func() { _ = r.Close() }()
		var out []byte
		for range 10_000 {
			within()
			within = fuzzCost(t)
			data, err := r.Next()
			if errors.Is(err, io.EOF) || err != nil {
				return
			}
			if out, err = r.Schema.AppendJSON(out[:0], data, Limits{Output: 1 << 16}); err != nil {
				var e *DecodeError
				if !errors.As(err, &e) {
					t.Fatal(err)
				}
			}
		}
	})
}
