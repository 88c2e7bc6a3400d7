package avro

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
)

const everySchema = `{"type":"record","name":"Every","namespace":"x","fields":[
 {"name":"b","type":"boolean"},{"name":"i","type":"int"},{"name":"l","type":"long"},{"name":"f","type":"float"},{"name":"d","type":"double"},
 {"name":"s","type":"string"},{"name":"y","type":"bytes"},{"name":"x","type":{"type":"fixed","name":"F2","size":2}},
 {"name":"e","type":{"type":"enum","name":"E","symbols":["RED","GREEN"]}},
 {"name":"a","type":{"type":"array","items":["null","int"]}},{"name":"m","type":{"type":"map","values":"string"}},
 {"name":"u","type":["null","string","long",{"type":"array","items":"int"}]},
 {"name":"dec","type":{"type":"bytes","logicalType":"decimal","precision":10,"scale":2}},
 {"name":"decf","type":{"type":"fixed","name":"DF","size":6,"logicalType":"decimal","precision":10,"scale":3}},
 {"name":"date","type":{"type":"int","logicalType":"date"}},{"name":"tm","type":{"type":"int","logicalType":"time-millis"}},
 {"name":"tu","type":{"type":"long","logicalType":"time-micros"}},
 {"name":"ts","type":{"type":"long","logicalType":"timestamp-millis"}},{"name":"tsu","type":{"type":"long","logicalType":"timestamp-micros"}},
 {"name":"tsn","type":{"type":"long","logicalType":"timestamp-nanos"}},
 {"name":"lts","type":{"type":"long","logicalType":"local-timestamp-millis"}},
 {"name":"id","type":{"type":"string","logicalType":"uuid"}},
 {"name":"idf","type":{"type":"fixed","name":"UF","size":16,"logicalType":"uuid"}},
 {"name":"dur","type":{"type":"fixed","name":"DU","size":12,"logicalType":"duration"}},
 {"name":"next","type":["null","Every"],"default":null}]}`

const everyJSON = `{"b":true,"i":-5,"l":9007199254740993,"f":1.5,"d":99.95,"s":"q\"é","y":"0xff00","x":"0x6162","e":"GREEN","a":[null,7],` +
	`"m":{"z":"1","a":"2"},"u":[1,2],"dec":-54.90,"decf":0.125,"date":"2026-11-23","tm":"14:02:10.460","tu":"14:02:10.460001",` +
	`"ts":"2026-11-23T14:02:10.460Z","tsu":"1969-12-31T23:59:59.999999Z","tsn":"2026-11-23T14:02:10.000000001Z","lts":"2026-11-23T14:02:10.460",` +
	`"id":"123e4567-e89b-12d3-a456-426614174000","idf":"123e4567-e89b-12d3-a456-426614174000","dur":"P14M3DT0.500S","next":null}`

func TestFriendlyJSONGoesThereAndBack(t *testing.T) {
	s := compile(t, everySchema)
	data, err := s.AppendAvro(nil, []byte(everyJSON))
	if err != nil {
		t.Fatal(err)
	}
	back, err := s.AppendJSON(nil, data, Limits{})
	if err != nil || string(back) != everyJSON {
		t.Errorf("%v\n%s\n%s", err, back, everyJSON)
	}
	strict, err := s.AppendAvroJSON(nil, data, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.AppendAvroFromAvroJSON(nil, strict)
	if err != nil || string(again) != string(data) {
		t.Errorf("through Avro's JSON: %v\n%x\n%x", err, again, data)
	}
}

func TestJSONIsAcceptedAsPeopleWriteIt(t *testing.T) {
	tests := []struct{ name, schema, in, out string }{
		{"missing field with default", `{"type":"record","name":"R","fields":[{"name":"a","type":"int","default":5}]}`, `{}`, `{"a":5}`},
		{"missing field that may be null", `{"type":"record","name":"R","fields":[{"name":"a","type":["int","null"]}]}`, `{}`, `{"a":null}`},
		{"whole number with a point", `"long"`, `5.0`, `5`},
		{"whole number with an exponent", `"long"`, `1e3`, `1000`},
		{"named branch", `["null","string"]`, `{"string":"x"}`, `"x"`},
		{"named branch of a union with a map", `["null",{"type":"map","values":"long"}]`, `{"map":{"a":1}}`, `{"a":1}`},
		{"map that looks like a branch", `["null",{"type":"map","values":"string"}]`, `{"string":"a"}`, `{"string":"a"}`},
		{"record that looks like a branch", `["null",{"type":"record","name":"R","fields":[{"name":"R","type":"int"}]}]`, `{"R":1}`, `{"R":1}`},
		{"record by name", `["null",{"type":"record","name":"R","fields":[{"name":"a","type":"int"}]}]`, `{"R":{"a":1}}`, `{"a":1}`},
		{"the first branch that fits", `["int","long"]`, `5000000000`, `{"long":5000000000}`},
		{"time as a number", `{"type":"long","logicalType":"timestamp-millis"}`, `0`, `"1970-01-01T00:00:00.000Z"`},
		{"time in another zone", `{"type":"long","logicalType":"timestamp-millis"}`, `"1970-01-01T01:00:00+01:00"`, `"1970-01-01T00:00:00.000Z"`},
		{"time with a blank", `{"type":"long","logicalType":"timestamp-micros"}`, `"1970-01-01 00:00:00.5Z"`, `"1970-01-01T00:00:00.500000Z"`},
		{"decimal as text", `{"type":"bytes","logicalType":"decimal","precision":4,"scale":2}`, `"1.5"`, `1.50`},
		{"decimal with an exponent", `{"type":"bytes","logicalType":"decimal","precision":6,"scale":2}`, `1.5e2`, `150.00`},
		{"NaN", `"double"`, `"NaN"`, `"NaN"`},
		{"NaN beside text", `["string","double"]`, `{"double":"NaN"}`, `{"double":"NaN"}`},
		{"infinity in a union", `["null","float"]`, `"-Infinity"`, `"-Infinity"`},
		{"bytes as text", `"bytes"`, `"hello"`, `"hello"`},
		{"duration", `{"type":"fixed","name":"D","size":12,"logicalType":"duration"}`, `"P1Y2W1DT1H1M1.25S"`, `"P12M15DT3661.250S"`},
		{"white space and key order", `{"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"b","type":"int"}]}`, "\n{ \"b\": 2, \"a\": 1 }\n", `{"a":1,"b":2}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := compile(t, tt.schema)
			data, err := s.AppendAvro(nil, []byte(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			out, err := s.AppendJSON(nil, data, Limits{})
			if err != nil || string(out) != tt.out {
				t.Errorf("%s, %v; want %s", out, err, tt.out)
			}
		})
	}
}

func TestEncodeErrorsNameTheField(t *testing.T) {
	s := compile(t, everySchema)
	tests := []struct{ change, to, says string }{
		{`"b":true`, `"b":1`, `b: expected true or false, got the number 1`},
		{`"i":-5`, `"i":3000000000`, `i: expected a whole number of at most 32 bits, got the number 3000000000`},
		{`"i":-5`, `"i":1.5`, `i: expected a whole number of at most 64 bits, got the number 1.5`},
		{`"l":9007199254740993`, `"l":1e99`, `l: expected a whole number of at most 64 bits`},
		{`"f":1.5`, `"f":1e300`, `f: expected a number that fits a float`},
		{`"s":"q\"é",`, ``, `s: expected string, got nothing: the field is missing and has no default`},
		{`"y":"0xff00"`, `"y":"0xf"`, `y: expected an even number of hexadecimal digits after 0x`},
		{`"x":"0x6162"`, `"x":"abc"`, `x: expected fixed x.F2 of 2 bytes, got 3 bytes`},
		{`"e":"GREEN"`, `"e":"GREN"`, `e: expected one of RED, GREEN, got the text "GREN" (is it "GREEN"?)`},
		{`[null,7]`, `[null,"x"]`, `a[1]: expected null or int, got the text "x"`},
		{`"z":"1"`, `"z":1`, `m["z"]: expected text, got the number 1`},
		{`"u":[1,2]`, `"u":true`, `u: expected union of null, string, long, array of int, got true`},
		{`-54.90`, `-54.901`, `dec: expected a number with at most 2 digits after the point (decimal(10,2))`},
		{`-54.90`, `123456789.01`, `dec: expected a number of at most 10 digits`},
		{`"2026-11-23",`, `"2026-13-23",`, `date: expected a date such as 2026-11-23`},
		{`"14:02:10.460",`, `"25:00:00",`, `tm: expected a time of day`},
		{`10.460Z`, `10.4601Z`, `ts: expected a time with a zone such as 2026-11-23T14:02:10.460Z with at most 3 digits after the point`},
		{`"id":"123e4567`, `"id":"x23e4567`, `id: expected a UUID`},
		{`P14M3DT0.500S`, `P`, `dur: expected a duration such as P1M2DT3.500S`},
		{`"b":true`, `"b":true,"B":1`, `B: expected a field of x.Every, got a name it does not have (is it "b"?)`},
		{`"b":true`, `"b":true,"b":true`, `b: expected one member of this name, got two`},
		{`"next":null}`, `"next":{"b":1}}`, `next.b: expected true or false`},
		{`"next":null}`, `"next":null`, `not JSON: the text ends too early (line 1, column`},
		{`"next":null}`, `"next":null}}`, `not JSON:`},
	}
	for _, tt := range tests {
		t.Run(tt.to, func(t *testing.T) {
			if !strings.Contains(everyJSON, tt.change) {
				t.Fatal("the test changes nothing")
			}
			in := strings.Replace(everyJSON, tt.change, tt.to, 1)
			out, err := s.AppendAvro([]byte("kept"), []byte(in))
			if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%v; want %s", err, tt.says)
			}
			if string(out) != "kept" {
				t.Errorf("something was appended: %q", out)
			}
		})
	}
}

func TestEveryFaultIsListed(t *testing.T) {
	s := compile(t, everySchema)
	_, err := s.AppendAvro(nil, []byte(`{"b":1,"i":"x"}`))
	var e *EncodeError
	if !errors.As(err, &e) || len(e.Faults) < 10 || len(e.Faults) > maxFaults {
		t.Errorf("%v", err)
	}
}

// A union of nested unions must not be tried for ever: without a bound this
// value has 3^200 readings.
func TestUnionTriesAreBounded(t *testing.T) {
	s := compile(t, `{"type":"record","name":"A","fields":[{"name":"x","type":["null","A",{"type":"record","name":"B","fields":[{"name":"x","type":["null","A","B"]}]},{"type":"map","values":["null","A","B"]}]}]}`)
	in := strings.Repeat(`{"x":`, 200) + `1` + strings.Repeat(`}`, 200)
	_, err := s.AppendAvro(nil, []byte(in))
	if err == nil || !strings.Contains(err.Error(), "too many possibilities") {
		t.Errorf("%v", err)
	}
}

func TestTemplateFitsItsSchema(t *testing.T) {
	s := compile(t, everySchema)
	text, err := s.Template(time.Date(2026, 11, 23, 14, 2, 10, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.AppendAvro(nil, text); err != nil {
		t.Errorf("%v\n%s", err, text)
	}
	if !strings.Contains(string(text), `"ts": "2026-11-23T14:02:10.000Z"`) {
		t.Errorf("no time of now in\n%s", text)
	}
	endless := compile(t, `{"type":"record","name":"A","fields":[{"name":"a","type":"A"}]}`)
	if _, err := endless.Template(time.Now()); err == nil {
		t.Error("a template of a record that never ends")
	}
}

func TestGeneratedRecords(t *testing.T) {
	s := compile(t, everySchema)
	now := time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)
	one, _ := NewGenerator(s, 42, now)
	two, _ := NewGenerator(s, 42, now)
	other, _ := NewGenerator(s, 43, now)
	different := false
	for range 300 {
		a, b := one.Append(nil), two.Append(nil)
		if string(a) != string(b) {
			t.Fatal("the same seed gives different records")
		}
		different = different || string(a) != string(other.Append(nil))
		out, err := s.AppendJSON(nil, a, Limits{})
		if err != nil || !json.Valid(out) {
			t.Fatalf("%v %s", err, out)
		}
		back, err := s.AppendAvro(nil, out)
		if err != nil || string(back) != string(a) {
			t.Fatalf("does not come back: %v\n%s\n%x\n%x", err, out, a, back)
		}
	}
	if !different {
		t.Error("another seed gives the same records")
	}
	named := compile(t, `{"type":"record","name":"U","fields":[{"name":"email","type":"string"},{"name":"countryCode","type":"string"}]}`)
	g, _ := NewGenerator(named, 1, now)
	out, _ := named.AppendJSON(nil, g.Append(nil), Limits{})
	if !strings.Contains(string(out), "@example.com") {
		t.Errorf("not realistic: %s", out)
	}
}
