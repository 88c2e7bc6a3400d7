package avro

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestValidateMarksThePlace(t *testing.T) {
	rec := func(fields string) string {
		return "{\"type\": \"record\", \"name\": \"User\", \"fields\": [\n" + fields + "\n]}"
	}
	tests := []struct{ schema, says string }{
		{rec(`{"name": "id", "type": "strin"}`), `line 2, column 24: User.id: there is no type "strin" (is it "string"?)`},
		{rec(`{"name": "id"}`), `line 2, column 1: User.id: the field has no type; add "type"`},
		{rec(`{"type": "int"}`), `line 2, column 1: User: field 1 has no name`},
		{rec("{\"name\": \"id\", \"type\": \"int\"},\n{\"name\": \"id\", \"type\": \"int\"}"), `line 3, column 10: User.id: the field stands twice`},
		{rec(`{"name": "user-id", "type": "int"}`), `line 2, column 10: User.user-id: "user-id" is no name`},
		{rec(`{"name": "a", "type": "int", "default": "x"}`), `line 2, column 41: User.a: the text "x" is no default for this type`},
		{rec(`{"name": "a", "type": "int", "default": null}`), `let the type be ["null", ...]`},
		{rec(`{"name": "a", "type": ["int", "null"], "default": null}`), `put the type of the default first`},
		{rec(`{"name": "a", "type": "array", "items": "int"}`), `"array" needs more than its name`},
		{rec(`{"name": "a", "type": {"type": "array"}}`), `"items" is missing`},
		{rec(`{"name": "a", "type": ["null", "int", "null"]}`), `line 2, column 39: User.a: the union has the type null twice`},
		{rec(`{"name": "a", "type": ["null", ["int"]]}`), `a union inside a union`},
		{rec(`{"name": "a", "type": {"type": "enum", "name": "E", "symbols": ["A", "A", "b-c"]}}`), `the symbol A stands twice`},
		{rec(`{"name": "a", "type": {"type": "enum", "name": "E", "symbols": ["A"], "default": "B"}}`), `the default the text "B" is no symbol`},
		{rec(`{"name": "a", "type": {"type": "fixed", "name": "F"}}`), `a fixed needs a size`},
		{rec(`{"name": "a", "type": {"type": "record", "name": "User", "fields": []}}`), `User is defined twice`},
		{rec(`{"name": "a", "type": {"type": "bytes", "logicalType": "decimal"}}`), `a decimal needs a precision`},
		{rec(`{"name": "a", "type": "long", "logicalType": "timestamp-millis"}`), `logicalType stands beside the type`},
		{rec(`{"name": "a", "type": {"type": "string", "logicalType": "timestamp-millis"}}`), `timestamp-millis on string has no effect`},
		{rec(`{"name": "a", "type": {"type": "long", "logicalType": "timestamp-milis"}}`), `(is it "timestamp-millis"?)`},
		{rec(`{"name": "a", "type": "B"}, {"name": "b", "type": {"type": "fixed", "name": "B", "size": 1}}`), `"B" is used before it is defined`},
		{`{"type": "record", "fields": []}`, `a record needs a name`},
		{`{"type": "record", "name": "R"}`, `a record needs fields`},
		{`{"name": "R"}`, `the type is missing`},
		{`42`, `the number 42 is no type`},
		{"{\"type\":\n \"int\",,}", `line 2, column 8: invalid character`},
		{`{"type": "int"} x`, `line 1, column 17: text after the JSON value`},
		{``, `the text ends too early`},
	}
	for _, tt := range tests {
		var all []string
		for _, i := range Validate(tt.schema, nil) {
			all = append(all, i.String())
		}
		if !strings.Contains(strings.Join(all, "\n"), tt.says) {
			t.Errorf("%s\ngot  %s\nwant %s", tt.schema, strings.Join(all, "\n"), tt.says)
		}
	}
	if got := Validate(everySchema, nil); len(got) != 0 {
		t.Errorf("%v", got)
	}
	refs := map[string]string{"b": `{"type":"record","name":"x.B","fields":[]}`}
	if got := Validate(`{"type":"record","name":"x.A","fields":[{"name":"b","type":"B"}]}`, refs); len(got) != 0 {
		t.Errorf("%v", got)
	}
}

// What Validate finds nothing wrong with, Compile accepts, and the other way
// round; here for drawn schemas with one part changed.
func TestValidateAgreesWithCompile(t *testing.T) {
	swaps := []string{`"int"`, `"strin"`, `"null"`, `"R1"`, `"R2"`, `[]`, `{}`, `1`, `"type"`, `"name"`, `"fields"`, `"items"`, `"symbols"`, `"record"`, `"enum"`}
	rapid.Check(t, func(t *rapid.T) {
		text := drawSchema(t, true)
		for range 10 {
			from, to := rapid.SampledFrom(swaps).Draw(t, "from"), rapid.SampledFrom(swaps).Draw(t, "to")
			changed := strings.Replace(text, from, to, rapid.IntRange(0, 2).Draw(t, "times"))
			s, err := Compile(changed, nil)
			fine := err == nil && len(s.Warnings()) == 0
			wrong := 0
			issues := Validate(changed, nil)
			for _, i := range issues {
				if !i.Warning {
					wrong++
				}
			}
			if fine != (wrong == 0) {
				t.Fatalf("Compile: %v\nValidate: %v\n%s", err, issues, changed)
			}
		}
	})
}
