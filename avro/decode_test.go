package avro

import (
	"encoding/json"
	"errors"
	"testing"
)

func compile(t testing.TB, text string) *Schema {
	t.Helper()
	s, err := Compile(text, nil)
	if err != nil {
		t.Fatalf("compile %s: %v", text, err)
	}
	return s
}

func TestAppendJSON(t *testing.T) {
	long := func(logical string) string { return `{"type":"long","logicalType":"` + logical + `"}` }
	tests := []struct {
		name, schema string
		data         []byte
		people, avro string
	}{
		{"null", `"null"`, nil, `null`, ``},
		{"true", `"boolean"`, []byte{1}, `true`, ``},
		{"int", `"int"`, []byte{0x01}, `-1`, ``},
		{"int min", `"int"`, []byte{0xff, 0xff, 0xff, 0xff, 0x0f}, `-2147483648`, ``},
		{"long max", `"long"`, []byte{0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}, `9223372036854775807`, ``},
		{"string", `"string"`, []byte("\x06h\"i"), `"h\"i"`, ``},
		{"string with a newline and é", `"string"`, []byte("\x08\né\x01"), `"\né\u0001"`, ``},
		{"bytes of text", `"bytes"`, []byte("\x04hi"), `"hi"`, ``},
		{"bytes beyond text", `"bytes"`, []byte{4, 0xff, 0x00}, `"0xff00"`, `"\u00ff\u0000"`},
		{"bytes that look like hex", `"bytes"`, []byte("\x080xff"), `"0x30786666"`, `"0xff"`},
		{"fixed", `{"type":"fixed","name":"F","size":2}`, []byte("ab"), `"0x6162"`, `"ab"`},
		{"enum", `{"type":"enum","name":"E","symbols":["A","B"]}`, []byte{2}, `"B"`, ``},
		{"empty array", `{"type":"array","items":"int"}`, []byte{0}, `[]`, ``},
		{"array in two blocks", `{"type":"array","items":"int"}`, []byte{4, 2, 4, 2, 6, 0}, `[1,2,3]`, ``},
		{"array with block size", `{"type":"array","items":"int"}`, []byte{3, 4, 2, 4, 0}, `[1,2]`, ``},
		{"map", `{"type":"map","values":"int"}`, []byte("\x02\x02a\x02\x02\x02b\x04\x00"), `{"a":1,"b":2}`, ``},
		{"nullable null", `["null","string"]`, []byte{0}, `null`, ``},
		{"nullable text", `["null","string"]`, []byte("\x02\x02x"), `"x"`, `{"string":"x"}`},
		{"unlike branches", `["null","string","long"]`, []byte{4, 2}, `1`, `{"long":1}`},
		{"alike branches", `["int","double"]`, []byte{0, 2}, `{"int":1}`, `{"int":1}`},
		{"decimal", `{"type":"bytes","logicalType":"decimal","precision":6,"scale":2}`, []byte{4, 0x15, 0x72}, `54.90`, `"\u0015r"`},
		{"negative decimal", `{"type":"bytes","logicalType":"decimal","precision":6,"scale":3}`, []byte{2, 0xff}, `-0.001`, `"\u00ff"`},
		{
			"wide decimal", `{"type":"fixed","name":"D","size":12,"logicalType":"decimal","precision":28,"scale":4}`,
			[]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe},
			`-0.0002`, ``,
		},
		{"date", `{"type":"int","logicalType":"date"}`, []byte{0}, `"1970-01-01"`, `0`},
		{"date before 1970", `{"type":"int","logicalType":"date"}`, []byte{1}, `"1969-12-31"`, `-1`},
		{"time", `{"type":"int","logicalType":"time-millis"}`, []byte{0x02}, `"00:00:00.001"`, `1`},
		{"time of a nonsense size", `{"type":"int","logicalType":"time-millis"}`, []byte{0x01}, `-1`, `-1`},
		{"timestamp-millis", long("timestamp-millis"), []byte{0x01}, `"1969-12-31T23:59:59.999Z"`, `-1`},
		{"timestamp-micros", long("timestamp-micros"), []byte{0x02}, `"1970-01-01T00:00:00.000001Z"`, `1`},
		{"timestamp-nanos", long("timestamp-nanos"), []byte{0x02}, `"1970-01-01T00:00:00.000000001Z"`, `1`},
		{"local-timestamp-millis", long("local-timestamp-millis"), []byte{0x02}, `"1970-01-01T00:00:00.001"`, `1`},
		{
			"uuid", `{"type":"fixed","name":"U","size":16,"logicalType":"uuid"}`, []byte("\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff"),
			`"00112233-4455-6677-8899-aabbccddeeff"`, ``,
		},
		{
			"duration", `{"type":"fixed","name":"U","size":12,"logicalType":"duration"}`,
			[]byte{1, 0, 0, 0, 2, 0, 0, 0, 0xdc, 5, 0, 0},
			`"P1M2DT1.500S"`, ``,
		},
		{"logical type on the wrong kind", `{"type":"string","logicalType":"date"}`, []byte{0}, `""`, ``},
		{
			"recursion", `{"type":"record","name":"L","fields":[{"name":"v","type":"int"},{"name":"next","type":["null","L"]}]}`,
			[]byte{2, 2, 4, 2, 6, 0},
			`{"v":1,"next":{"v":2,"next":{"v":3,"next":null}}}`, `{"v":1,"next":{"L":{"v":2,"next":{"L":{"v":3,"next":null}}}}}`,
		},
		{"empty record", `{"type":"record","name":"L","fields":[]}`, nil, `{}`, ``},
		{"all null", `{"type":"record","name":"L","fields":[{"name":"a","type":"null"},{"name":"b","type":"null"}]}`, nil, `{"a":null,"b":null}`, ``},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := compile(t, tt.schema)
			got, err := s.AppendJSON(nil, tt.data, Limits{})
			if err != nil || string(got) != tt.people {
				t.Errorf("for people: %s, %v; want %s", got, err, tt.people)
			}
			if !json.Valid(got) {
				t.Errorf("not JSON: %s", got)
			}
			want := tt.avro
			if want == "" && tt.name != "fixed" {
				want = tt.people
			}
			if tt.name == "uuid" || tt.name == "wide decimal" || tt.name == "duration" {
				return // raw bytes in Avro's encoding: see the differential tests
			}
			got, err = s.AppendAvroJSON([]byte("> "), tt.data, Limits{})
			if err != nil || string(got) != "> "+want {
				t.Errorf("Avro JSON: %s, %v; want %s", got, err, want)
			}
			if err := s.Check(tt.data, Limits{}); err != nil {
				t.Errorf("check: %v", err)
			}
		})
	}
}

const orderSchema = `{"type":"record","name":"Order","namespace":"shop","fields":[
 {"name":"id","type":"string"},
 {"name":"customer","type":{"type":"record","name":"Customer","fields":[
   {"name":"name","type":"string"},{"name":"tags","type":{"type":"map","values":"int"}}]}},
 {"name":"lines","type":{"type":"array","items":{"type":"record","name":"Line","fields":[
   {"name":"sku","type":"string"},{"name":"paid","type":"boolean"}]}}},
 {"name":"note","type":["null","string"]}]}`

func TestBrokenRecordShowsWhatCameBefore(t *testing.T) {
	s := compile(t, orderSchema)
	tests := []struct {
		name, data string
		problem    Problem
		path       string
		offset     int
		json       string
	}{
		{"nothing", "", Truncated, "id", 0, `{}`},
		{"first field only", "\x02a", Truncated, "customer.name", 2, `{"id":"a","customer":{}}`},
		{"map value", "\x02a\x02b\x02\x02k", Truncated, `customer.tags["k"]`, 7, `{"id":"a","customer":{"name":"b","tags":{}}}`},
		{
			"bad boolean", "\x02a\x02b\x00\x04\x02s\x01\x02t\x07", BadBoolean, "lines[1].paid", 11,
			`{"id":"a","customer":{"name":"b","tags":{}},"lines":[{"sku":"s","paid":true},{"sku":"t"}]}`,
		},
		{"bad branch", "\x02a\x02b\x00\x00\x06", BadBranch, "note", 6, `{"id":"a","customer":{"name":"b","tags":{}},"lines":[]}`},
		{"text of a branch", "\x02a\x02b\x00\x00\x02\x04\xffx", BadUTF8, "note", 8, `{"id":"a","customer":{"name":"b","tags":{}},"lines":[]}`},
		{"trailing", "\x02a\x02b\x00\x00\x00zz", TrailingBytes, "", 7, `{"id":"a","customer":{"name":"b","tags":{}},"lines":[],"note":null}`},
		{"2 GB length", "\x02a\xfe\xff\xff\xff\x0f", BadLength, "customer.name", 2, `{"id":"a","customer":{}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := s.AppendJSON(nil, []byte(tt.data), Limits{})
			var e *DecodeError
			if !errors.As(err, &e) {
				t.Fatalf("error %v", err)
			}
			if e.Problem != tt.problem || e.Path != tt.path || e.Offset != tt.offset || string(got) != tt.json {
				t.Errorf("problem %d path %q offset %d json %s\n%v", e.Problem, e.Path, e.Offset, got, err)
			}
			if !json.Valid(got) {
				t.Errorf("not JSON: %s", got)
			}
		})
	}
}
