package cmd

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"kconsole/kafka"
	"kconsole/kafka/connection"
	"kconsole/kafka/doctor"
	"kconsole/kafka/load"
	"kconsole/ui/uitest"
)

// outputs are what commands print with -o json, by command.
var outputs = map[string]any{
	"get clusters": []clusterRow{}, "get brokers": []nodeRow{}, "get topics": []topicRow{}, "get partitions": []partitionRow{},
	"get groups": []groupRow{}, "get lag": []lagRow{}, "get acls": []aclRow{}, "get users": []userRow{}, "get quotas": []quotaRow{},
	"get quotas --user": []effectiveRow{}, "get subjects": []subjectRow{}, "get schemas": []schemaRow{},
	"get transactions": []transactionRow{}, "get transactions --hanging": []hangingRow{}, "get producers": []producerRow{},
	"get logdirs": []logDirRow{}, "get reassignments": []reassignmentRow{}, "get tokens": []tokenRow{},
	"describe cluster": clusterDetail{}, "describe broker": brokerDetail{}, "describe topic": topicDetail{},
	"describe connection": connection.Report{}, "describe group": groupDetail{}, "describe subject": subjectDetail{},
	"doctor": doctor.Report{}, "change": change{}, "access": accessAnswer{}, "produce": producedRow{}, "load": load.Summary{}, "config check": []findingRow{},
	"schema check": []issueRow{}, "schema diff": []differenceRow{}, "schema compat": compatAnswer{},
}

// outputSchema is the JSON Schema of them all, one definition for each.
func outputSchema() []byte {
	defs := map[string]any{}
	for name, of := range outputs {
		defs[name] = schemaOf(reflect.TypeOf(of))
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	_ = enc.Encode(map[string]any{
		"$schema": "https://json-schema.org/draft/2020-12/schema",
		"title":   "What kconsole prints with -o json, by command",
		"$comment": "Generated from the program's types: go test ./cmd -run TestOutputSchema -update. " +
			"With -o jsonl each line is an item of a list. \"change\" is what every command that changes something prints.",
		"$defs": defs,
	})
	return b.Bytes()
}

type object = map[string]any

// schemaOf follows encoding/json.
func schemaOf(t reflect.Type) object {
	switch t {
	case reflect.TypeFor[time.Time]():
		return object{"type": "string", "format": "date-time"}
	case reflect.TypeFor[kafka.Change](), reflect.TypeFor[kafka.Item]():
		s := structSchema(t)
		s["properties"].(object)["error"] = object{"type": "string"} // their MarshalJSON adds it
		return s
	case reflect.TypeFor[quotaValue]():
		return object{"anyOf": []any{object{"type": "number"}, object{"enum": notNumbers}}}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return object{"anyOf": []any{object{"type": "null"}, schemaOf(t.Elem())}}
	case reflect.Slice:
		return object{"type": "array", "items": schemaOf(t.Elem())}
	case reflect.Map:
		return object{"type": "object", "additionalProperties": schemaOf(t.Elem())}
	case reflect.Struct:
		return structSchema(t)
	case reflect.String:
		return object{"type": "string"}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Float64:
		return object{"type": "number"}
	case reflect.Int, reflect.Int16, reflect.Int32, reflect.Int64:
		return object{"type": "integer"}
	}
	panic("no schema for " + t.String())
}

func structSchema(t reflect.Type) object {
	properties, required := object{}, []string{}
	var add func(t reflect.Type)
	add = func(t reflect.Type) {
		for i := range t.NumField() {
			f := t.Field(i)
			name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
			switch {
			case name == "-":
			case f.Anonymous && name == "":
				add(f.Type)
			case f.IsExported():
				properties[name] = schemaOf(f.Type)
				if !strings.Contains(options, "omitempty") {
					required = append(required, name)
				}
			}
		}
	}
	add(t)
	return object{"type": "object", "properties": properties, "required": required, "additionalProperties": false}
}

// TestOutputSchema: what is documented is what the program prints; scripts hold
// real output against it with the command conforms.
func TestOutputSchema(t *testing.T) {
	path := filepath.Join("..", "docs", "output.schema.json")
	want := outputSchema()
	if uitest.Updating() {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("docs/output.schema.json is not up to date (%v): go test ./cmd -run TestOutputSchema -update", err)
	}
}

// TestQuotasThatAreNoNumbers: another tool can set them; the listing survives it.
func TestQuotasThatAreNoNumbers(t *testing.T) {
	row := quotaRow{Values: map[string]quotaValue{"a": quotaValue(math.Inf(1)), "b": quotaValue(math.Inf(-1)), "c": quotaValue(math.NaN()), "d": 1048576}}
	for format, want := range map[string]string{
		"jsonl": `{"entity":{},"values":{"a":"Infinity","b":"-Infinity","c":"NaN","d":1048576}}` + "\n",
		"csv":   "entity,values\n,a=Infinity b=-Infinity c=NaN d=1048576\n",
	} {
		var b strings.Builder
		if err := (listing[quotaRow]{[]quotaRow{row}, quotaColumns}).write(&b, format); err != nil || b.String() != want {
			t.Errorf("%s: %q, %v", format, &b, err)
		}
	}
}

// conforms holds the output of the last command against the documented schema:
// conforms get topics.
func conforms(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: conforms COMMAND")
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(outputSchema()))
	ts.Check(err)
	c := jsonschema.NewCompiler()
	ts.Check(c.AddResource("output.json", doc))
	pointer := strings.NewReplacer("~", "~0", "/", "~1", " ", "%20").Replace(strings.Join(args, " "))
	schema, err := c.Compile("output.json#/$defs/" + pointer)
	ts.Check(err)
	out, err := jsonschema.UnmarshalJSON(strings.NewReader(ts.ReadFile("stdout")))
	ts.Check(err)
	if err := schema.Validate(out); err != nil {
		ts.Fatalf("%v", err)
	}
}
