package avro

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math/big"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	hamba "github.com/hamba/avro/v2"
	tavro "github.com/twmb/avro"
	"pgregory.net/rapid"
)

// Each of these tests draws this many schemas, and of each so many records;
// -rapid.checks asks for another number of schemas.
const (
	schemasPerTest   = 500
	recordsPerSchema = 6
)

func init() {
	if err := flag.Set("rapid.checks", strconv.Itoa(schemasPerTest)); err != nil {
		panic(err)
	}
}

// finite reports whether a schema has records that end; drawn schemas that
// have none are left out.
func finite(s *Schema) bool {
	_, err := NewGenerator(s, 1, testNow)
	return err == nil
}

// Our own reader and writer must undo each other, byte for byte, in both JSON
// forms.
func TestThereAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := mustCompile(t, drawSchema(t, true))
		for range recordsPerSchema {
			v := values{t: t, sane: rapid.Bool().Draw(t, "sane")}
			data := v.draw(nil, s.root, 0)
			people, err := s.AppendJSON(nil, data, Limits{})
			if err != nil || !json.Valid(people) {
				t.Fatalf("%v\n%s\n%x\n%s", err, s.text, data, people)
			}
			if err := s.Check(data, Limits{}); err != nil {
				t.Fatalf("check: %v", err)
			}
			back, err := s.AppendAvro(nil, people)
			if err != nil || !bytes.Equal(back, data) {
				t.Fatalf("for people: %v\n%s\n%s\n%x\n%x", err, s.text, people, data, back)
			}
			strict, err := s.AppendAvroJSON(nil, data, Limits{})
			if err != nil || !json.Valid(strict) {
				t.Fatalf("%v\n%s\n%x\n%s", err, s.text, data, strict)
			}
			back, err = s.AppendAvroFromAvroJSON(nil, strict)
			if err != nil || !bytes.Equal(back, data) {
				t.Fatalf("Avro's JSON: %v\n%s\n%s\n%x\n%x", err, s.text, strict, data, back)
			}
			as, err := s.ReadAs(s)
			if err != nil {
				t.Fatal(err)
			}
			same, err := as.AppendJSON(nil, data, Limits{})
			if err != nil || !bytes.Equal(same, people) {
				t.Fatalf("as itself: %v\n%s\n%s", err, same, people)
			}
		}
	})
}

// written is a drawn record as our own writer makes it of the JSON for people,
// so that a judge that reads it judges both our reader and our writer.
func written(t *rapid.T, s *Schema, drawn []byte) []byte {
	people, err := s.AppendJSON(nil, drawn, Limits{})
	if err != nil {
		t.Fatalf("%v\n%s\n%x", err, s.text, drawn)
	}
	data, err := s.AppendAvro(nil, people)
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, s.text, people)
	}
	return data
}

// twmb/avro must read what we write and write what we read, and both must see
// the same values.
func TestAgainstTwmb(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := drawSchema(t, true)
		s, judge := mustCompile(t, text), tavro.MustParse(text)
		for range recordsPerSchema {
			v := values{t: t, sane: true, oneInMap: true}
			data := written(t, s, v.draw(nil, s.root, 0))
			strict, err := s.AppendAvroJSON(nil, data, Limits{})
			if err != nil {
				t.Fatal(err)
			}
			var decoded any
			rest, err := judge.Decode(data, &decoded, tavro.TaggedUnions())
			if err != nil || len(rest) > 0 {
				t.Fatalf("it does not read ours: %v\n%s\n%x", err, text, data)
			}
			theirs, err := judge.EncodeJSON(decoded, tavro.TaggedUnions())
			if err != nil {
				t.Fatalf("%v\n%s\n%s", err, text, strict)
			}
			if !sameJSON(t, strict, theirs) {
				t.Fatalf("different values\n%s\nours   %s\ntheirs %s", text, strict, theirs)
			}
			var fromJSON any
			if err := judge.DecodeJSON(strict, &fromJSON, tavro.TaggedUnions()); err != nil {
				t.Fatalf("it does not read our JSON: %v\n%s\n%s", err, text, strict)
			}
			for _, value := range []any{decoded, fromJSON} {
				again, err := judge.Encode(value)
				if err != nil || !bytes.Equal(again, data) {
					t.Fatalf("it writes something else: %v\n%s\n%x\n%x", err, text, data, again)
				}
				seen, err := s.AppendAvroJSON(nil, again, Limits{})
				if err != nil || !bytes.Equal(seen, strict) {
					t.Fatalf("we do not read what it wrote: %v\n%s\n%x\n%s", err, text, again, seen)
				}
			}
			back, err := s.AppendAvroFromAvroJSON(nil, theirs)
			if err != nil || !bytes.Equal(back, data) {
				t.Fatalf("we do not read its JSON: %v\n%s\n%s", err, text, theirs)
			}
		}
	})
}

// Records as a reader sees them must be what twmb/avro makes of them.
func TestResolutionAgainstTwmb(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		wText := drawSchema(t, false)
		rText := evolve(t, wText)
		w, r := mustCompile(t, wText), mustCompile(t, rText)
		resolved, err := tavro.Resolve(tavro.MustParse(wText), tavro.MustParse(rText))
		conflicts := Compare(w, r)
		if (err == nil) != (len(conflicts) == 0) {
			t.Fatalf("it says %v, we say %v\n%s\n%s", err, conflicts, wText, rText)
		}
		if err != nil {
			return
		}
		as, err := w.ReadAs(r)
		if err != nil {
			t.Fatal(err)
		}
		for range recordsPerSchema {
			v := values{t: t, oneInMap: true}
			data := v.draw(nil, w.root, 0)
			ours, err := as.AppendAvroJSON(nil, data, Limits{})
			if err != nil {
				t.Fatalf("%v\n%s\n%s\n%x", err, wText, rText, data)
			}
			var decoded any
			if _, err := resolved.Decode(data, &decoded, tavro.TaggedUnions()); err != nil {
				t.Fatalf("it does not read it: %v", err)
			}
			theirs, err := resolved.EncodeJSON(decoded, tavro.TaggedUnions())
			if err != nil {
				t.Fatal(err)
			}
			if !sameJSON(t, ours, theirs) {
				t.Fatalf("different values\n%s\n%s\nours   %s\ntheirs %s", wText, rText, ours, theirs)
			}
		}
	})
}

// evolve changes a schema as people do: drops, adds, reorders and widens fields.
func evolve(t *rapid.T, text string) string {
	var v map[string]any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	fields := v["fields"].([]any)
	out := []any{}
	for _, f := range fields {
		f := f.(map[string]any)
		// A field that defines types must stay: later ones may refer to them.
		if typ, ok := f["type"].(string); ok {
			switch rapid.IntRange(0, 5).Draw(t, "change") {
			case 0:
				continue
			case 1:
				if typ == "int" || typ == "long" {
					f["type"] = "double"
				}
			case 2:
				f["type"] = []any{"null", typ}
			}
		}
		out = append(out, f)
	}
	if rapid.Bool().Draw(t, "add") {
		out = append(out, map[string]any{"name": "added", "type": []any{"null", "long"}, "default": nil})
	}
	if rapid.Bool().Draw(t, "addBytes") {
		out = append(out, map[string]any{"name": "extra", "type": map[string]any{"type": "array", "items": "bytes"}, "default": []any{"\u00ff"}})
	}
	v["fields"] = out
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// hamba/avro is an independent judge, on bytes that we made: it must see the
// values that we see, and we must see them in what it writes, where arrays and
// maps have the other form of block, with its size in bytes.
func TestAgainstHamba(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := drawSchema(t, true)
		s := mustCompile(t, text)
		// Its API remembers how to write a named type by the name alone.
		api := hamba.Config{}.Freeze()
		judge, err := hamba.ParseWithCache(text, "", &hamba.SchemaCache{})
		if err != nil {
			t.Fatalf("it does not accept the schema: %v\n%s", err, text)
		}
		for range recordsPerSchema {
			v := values{t: t, sane: true, oneInMap: true}
			data := written(t, s, v.draw(nil, s.root, 0))
			var decoded any
			if err := api.Unmarshal(judge, data, &decoded); err != nil {
				t.Fatalf("it does not read ours: %v\n%s\n%x", err, text, data)
			}
			strict, err := s.AppendAvroJSON(nil, data, Limits{})
			if err != nil {
				t.Fatal(err)
			}
			ours, err := parseJSON(strict)
			if err != nil {
				t.Fatal(err)
			}
			if diff := compareHamba(s.root, &ours, decoded); diff != "" {
				t.Fatalf("%s\n%s\nours   %s\ntheirs %v", diff, text, strict, decoded)
			}
			theirs, err := api.Marshal(judge, decoded)
			if err != nil {
				t.Fatalf("it does not write what it read: %v\n%s\n%#v", err, text, decoded)
			}
			// As JSON for people, which has the numbers of decimals: it writes -128
			// and its like with a byte more than they need.
			mine, err := s.AppendJSON(nil, data, Limits{})
			if err != nil {
				t.Fatal(err)
			}
			seen, err := s.AppendJSON(nil, theirs, Limits{})
			if err != nil || !bytes.Equal(seen, mine) {
				t.Fatalf("we do not read what it wrote: %v\n%s\n%x\n%s\n%s", err, text, theirs, mine, seen)
			}
		}
	})
}

// compareHamba compares a value in Avro's JSON with what hamba decoded into
// an any; "" if they are the same. Where hamba turns logical types into Go
// types, the number on the wire is computed back.
func compareHamba(t *Type, ours *jsonTree, theirs any) string {
	text := func() string {
		return fmt.Sprintf("%s: ours %s, theirs %T %v", t.Describe(), ours.text, theirs, theirs)
	}
	same := func(ok bool) string {
		if ok {
			return ""
		}
		return text()
	}
	switch x := theirs.(type) {
	case time.Time:
		unit := map[Logical]int64{Date: 86400e9, TimestampMillis: 1e6, LocalTimestampMillis: 1e6, TimestampMicros: 1e3, LocalTimestampMicros: 1e3}[t.Logical]
		if unit == 0 {
			return text()
		}
		var n int64
		if unit == 86400e9 {
			n = floorDiv(x.Unix(), 86400)
		} else {
			n = x.Unix()*(1e9/unit) + int64(x.Nanosecond())/unit
			if strings.HasPrefix(t.Logical.String(), "local") { // it puts the wall clock into this machine's zone
				_, offset := x.Zone()
				n += int64(offset) * (1e9 / unit)
			}
		}
		return same(ours.text == fmt.Sprint(n))
	case time.Duration:
		unit := map[Logical]int64{TimeMillis: 1e6, TimeMicros: 1e3}[t.Logical]
		return same(unit != 0 && ours.text == fmt.Sprint(int64(x)/unit))
	case *big.Rat:
		return same(x != nil && decimalText(ours.text, t.Scale) == x.FloatString(t.Scale))
	case big.Rat:
		return same(decimalText(ours.text, t.Scale) == x.FloatString(t.Scale))
	case hamba.LogicalDuration:
		b := []byte{}
		for _, n := range []uint32{x.Months, x.Days, x.Milliseconds} {
			b = append(b, byte(n), byte(n>>8), byte(n>>16), byte(n>>24))
		}
		return same(latin1(ours.text) == string(b))
	case map[string]any:
		return compareHambaMap(t, ours, x)
	case []any:
		if t.Kind == Union {
			return compareHambaUnion(t, ours, theirs)
		}
		if t.Kind != Array || len(x) != len(ours.items) {
			return text()
		}
		for i := range x {
			if d := compareHamba(t.Elem, &ours.items[i], x[i]); d != "" {
				return d
			}
		}
		return ""
	}
	if t.Kind == Union {
		return compareHambaUnion(t, ours, theirs)
	}
	switch t.Kind {
	case Null:
		return same(theirs == nil && ours.shape == shapeNull)
	case Float, Double:
		return same(sameFloat(ours.text, theirs))
	case Bytes, Fixed:
		v := reflect.ValueOf(theirs)
		if !v.IsValid() || v.Kind() != reflect.Slice && v.Kind() != reflect.Array {
			return text()
		}
		b := make([]byte, v.Len())
		reflect.Copy(reflect.ValueOf(b), v)
		return same(latin1(ours.text) == string(b))
	}
	return same(ours.text == fmt.Sprint(theirs))
}

func compareHambaMap(t *Type, ours *jsonTree, x map[string]any) string {
	switch t.Kind {
	case Record:
		for i := range t.Fields {
			if d := compareHamba(t.Fields[i].Type, &ours.items[i], x[t.Fields[i].Name]); d != "" {
				return t.Fields[i].Name + "." + d
			}
		}
		return ""
	case Map:
		if len(x) != len(ours.items) {
			return "another number of entries"
		}
		for i, k := range ours.keys {
			if d := compareHamba(t.Elem, &ours.items[i], x[k]); d != "" {
				return d
			}
		}
		return ""
	}
	return compareHambaUnion(t, ours, x)
}

// compareHambaUnion: hamba gives a union's value bare, or under the name of
// its branch.
func compareHambaUnion(t *Type, ours *jsonTree, theirs any) string {
	if ours.shape == shapeNull {
		if theirs == nil {
			return ""
		}
		return fmt.Sprintf("ours null, theirs %v", theirs)
	}
	for _, b := range t.Branches {
		if b.TypeName() != ours.keys[0] {
			continue
		}
		if m, ok := theirs.(map[string]any); ok && len(m) == 1 && b.Kind != Record {
			for name, inner := range m {
				if d := compareHamba(b, &ours.items[0], inner); d == "" && strings.HasPrefix(name, b.TypeName()) {
					return ""
				}
			}
		}
		if m, ok := theirs.(map[string]any); ok && b.Kind == Record {
			if inner, ok := m[b.TypeName()]; ok && len(m) == 1 {
				return compareHamba(b, &ours.items[0], inner)
			}
		}
		v := reflect.ValueOf(theirs)
		if v.Kind() == reflect.Pointer && !v.IsNil() && v.Type() != reflect.TypeFor[*big.Rat]() {
			theirs = v.Elem().Interface()
		}
		return compareHamba(b, &ours.items[0], theirs)
	}
	return "no such branch"
}

func mustCompile(t *rapid.T, text string) *Schema {
	s, err := Compile(text, nil)
	if err != nil {
		t.Fatalf("compile %s: %v", text, err)
	}
	if len(s.Warnings()) > 0 {
		t.Fatalf("%s: %v", text, s.Warnings())
	}
	if !finite(s) {
		t.Skip("no record of this schema ends")
	}
	return s
}

func latin1(s string) string {
	var b []byte
	for _, r := range s {
		b = append(b, byte(r))
	}
	return string(b)
}

func decimalText(raw string, scale int) string {
	return string(appendDecimal(nil, []byte(latin1(raw)), scale))
}

func sameFloat(ours string, theirs any) bool {
	switch x := theirs.(type) {
	case float32:
		f, err := strconv.ParseFloat(ours, 32)
		return err == nil && float32(f) == x
	case float64:
		f, err := strconv.ParseFloat(ours, 64)
		return err == nil && f == x
	}
	return false
}

// sameJSON compares two JSON texts: numbers by value, members in any order.
func sameJSON(t *rapid.T, a, b []byte) bool {
	var x, y any
	for text, v := range map[*[]byte]*any{&a: &x, &b: &y} {
		dec := json.NewDecoder(bytes.NewReader(*text))
		dec.UseNumber()
		if err := dec.Decode(v); err != nil {
			t.Fatalf("not JSON: %v\n%s", err, *text)
		}
	}
	return sameTree(x, y)
}

func sameTree(x, y any) bool {
	switch x := x.(type) {
	case json.Number:
		n, ok := y.(json.Number)
		if !ok || x == n {
			return ok
		}
		f, err1 := x.Float64()
		g, err2 := n.Float64()
		_, whole := new(big.Int).SetString(string(x), 10)
		_, whole2 := new(big.Int).SetString(string(n), 10)
		return err1 == nil && err2 == nil && f == g && (!whole || !whole2)
	case map[string]any:
		m, ok := y.(map[string]any)
		if !ok || len(m) != len(x) {
			return false
		}
		for k, v := range x {
			w, ok := m[k]
			if !ok || !sameTree(v, w) {
				return false
			}
		}
		return true
	case []any:
		l, ok := y.([]any)
		if !ok || len(l) != len(x) {
			return false
		}
		for i := range x {
			if !sameTree(x[i], l[i]) {
				return false
			}
		}
		return true
	}
	return x == y
}
