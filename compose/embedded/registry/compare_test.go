package registry

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// Each rule of Avro's schema resolution, by a reader that breaks it: the rule is
// named, with the path and what would help.
func TestIncompatibilitiesAreNamed(t *testing.T) {
	record := func(fields string) string {
		return `{"type":"record","name":"User","namespace":"shop","fields":[` + fields + `]}`
	}
	in := func(kind string) string { return record(`{"name":"home","type":` + kind + `}`) }
	for _, c := range []struct {
		name, writer, reader, rule, path string
	}{
		{"field without a default", record(``), record(`{"name":"email","type":"string"}`), "READER_FIELD_MISSING_DEFAULT_VALUE", "email"},
		{"nested field without a default", in(`{"type":"record","name":"A","fields":[]}`), in(`{"type":"record","name":"A","fields":[{"name":"zip","type":"int"}]}`), "READER_FIELD_MISSING_DEFAULT_VALUE", "home.zip"},
		{"type", in(`"string"`), in(`"int"`), "TYPE_MISMATCH", "home"},
		{"narrower number", in(`"long"`), in(`"int"`), "TYPE_MISMATCH", "home"},
		{"items", in(`{"type":"array","items":"string"}`), in(`{"type":"array","items":"int"}`), "TYPE_MISMATCH", "home.items"},
		{"values", in(`{"type":"map","values":"string"}`), in(`{"type":"map","values":"int"}`), "TYPE_MISMATCH", "home.values"},
		{"record's name", record(``), `{"type":"record","name":"Person","namespace":"shop","fields":[]}`, "NAME_MISMATCH", "(root)"},
		{"enum's name", `{"type":"enum","name":"A","symbols":["X"]}`, `{"type":"enum","name":"B","symbols":["X"]}`, "NAME_MISMATCH", "(root)"},
		{"fixed's name", `{"type":"fixed","name":"A","size":1}`, `{"type":"fixed","name":"B","size":1}`, "NAME_MISMATCH", "(root)"},
		{"fixed's size", `{"type":"fixed","name":"A","size":1}`, `{"type":"fixed","name":"A","size":2}`, "FIXED_SIZE_MISMATCH", "(root)"},
		{"symbol", in(`{"type":"enum","name":"C","symbols":["RED","GREEN"]}`), in(`{"type":"enum","name":"C","symbols":["RED"]}`), "MISSING_ENUM_SYMBOLS", "home"},
		{"branch", in(`["null","string","int"]`), in(`["null","string"]`), "MISSING_UNION_BRANCH", "home"},
		{"no branch for it", in(`"boolean"`), in(`["null","string"]`), "MISSING_UNION_BRANCH", "home"},
		{"union to one type", in(`["null","string"]`), in(`"string"`), "TYPE_MISMATCH", "home"},
		{"decimal", in(`{"type":"bytes","logicalType":"decimal","precision":4,"scale":2}`), in(`{"type":"bytes","logicalType":"decimal","precision":4,"scale":1}`), "DECIMAL_MISMATCH", "home"},
		{"alias that catches two", record(`{"name":"a","type":"int"},{"name":"b","type":"int"}`), record(`{"name":"a","type":"int","aliases":["b"]}`), "FIELD_ALIAS_COLLISION", "(root)"},
	} {
		reader, writer := mustParse(t, Avro, c.reader), mustParse(t, Avro, c.writer)
		problem, checked, err := reader.reads(writer)
		if err != nil || !checked || problem == nil {
			t.Errorf("%s: %v %v %v, want a mismatch", c.name, problem, checked, err)
			continue
		}
		if problem.Rule != c.rule || problem.Path != c.path || problem.Fix == "" || problem.Why == "" {
			t.Errorf("%s: %+v, want %s at %s", c.name, *problem, c.rule, c.path)
		}
		if back, _, err := writer.reads(writer); back != nil || err != nil {
			t.Errorf("%s: it cannot read itself: %v %v", c.name, back, err)
		}
	}
}

// changes are steps from one schema to the next, with what each permits.
var changes = []struct {
	name, from, to    string
	backward, forward bool
}{
	{"nothing", `"string"`, `"string"`, true, true},
	{"add a field with a default", rec(`{"name":"a","type":"int"}`), rec(`{"name":"a","type":"int"},{"name":"b","type":"int","default":0}`), true, true},
	{"add a field without", rec(`{"name":"a","type":"int"}`), rec(`{"name":"a","type":"int"},{"name":"b","type":"int"}`), false, true},
	{"drop a field with a default", rec(`{"name":"a","type":"int","default":1}`), rec(``), true, true},
	{"drop a field without", rec(`{"name":"a","type":"int"}`), rec(``), true, false},
	{"widen", `"int"`, `"long"`, true, false},
	{"narrow", `"double"`, `"float"`, false, true},
	{"bytes and string", `"bytes"`, `"string"`, true, true},
	{"another type", `"int"`, `"string"`, false, false},
	{"add a symbol", `{"type":"enum","name":"E","symbols":["A"]}`, `{"type":"enum","name":"E","symbols":["A","B"]}`, true, false},
	{"add a symbol, with a default", `{"type":"enum","name":"E","symbols":["A"],"default":"A"}`, `{"type":"enum","name":"E","symbols":["A","B"],"default":"A"}`, true, true},
	{"drop a symbol", `{"type":"enum","name":"E","symbols":["A","B"]}`, `{"type":"enum","name":"E","symbols":["A"]}`, false, true},
	{"add a branch", `["null","int"]`, `["null","int","string"]`, true, false},
	{"drop a branch", `["null","int","string"]`, `["null","int"]`, false, true},
	{"into a union", `"int"`, `["null","int"]`, true, false},
	{"out of a union", `["null","int"]`, `"int"`, false, true},
	{"rename with an alias", rec(`{"name":"a","type":"int"}`), rec(`{"name":"b","type":"int","aliases":["a"]}`), true, false},
	{"rename without", rec(`{"name":"a","type":"int"}`), rec(`{"name":"b","type":"int"}`), false, false},
	{"rename with defaults", rec(`{"name":"a","type":"int","default":0}`), rec(`{"name":"b","type":"int","default":0}`), true, true},
	{"swap fields", rec(`{"name":"a","type":"int"},{"name":"b","type":"string"}`), rec(`{"name":"b","type":"string"},{"name":"a","type":"int"}`), true, true},
	{"another doc", rec(``), `{"type":"record","name":"R","doc":"new","fields":[]}`, true, true},
	{"fixed's size", `{"type":"fixed","name":"F","size":1}`, `{"type":"fixed","name":"F","size":2}`, false, false},
}

func rec(fields string) string {
	return `{"type":"record","name":"R","fields":[` + fields + `]}`
}

// Every level accepts and refuses each change as its definition says: when
// registering, when testing one version, and when testing all.
func TestLevels(t *testing.T) {
	s := start(t, Config{})
	c := caller{t: t, url: s.URL(), client: httpClient(t)}
	for li, level := range []Level{None, Backward, BackwardTransitive, Forward, ForwardTransitive, Full, FullTransitive} {
		for i, ch := range changes {
			want := (ch.backward || !level.backward()) && (ch.forward || !level.forward())
			subject := fmt.Sprintf("l%d-%d", li, i)
			c.do("PUT", "/config/"+subject, map[string]any{"compatibility": level}).want(t, 200, 0)
			c.register(subject, ch.from)
			body := map[string]any{"schema": ch.to}
			for _, path := range []string{"versions", "versions/1", "versions/latest"} {
				a := c.do("POST", "/compatibility/subjects/"+subject+"/"+path+"?verbose=true", body)
				var out struct {
					Compatible bool     `json:"is_compatible"`
					Messages   []string `json:"messages"`
				}
				if err := json.Unmarshal([]byte(a.Body), &out); err != nil || a.Status != 200 {
					t.Fatalf("%v: %v", a, err)
				}
				if out.Compatible != want || out.Compatible != (len(out.Messages) == 0) {
					t.Errorf("%s: %s, %s: %v", level, ch.name, path, a)
				}
				if !want && out.Messages[len(out.Messages)-1] != fmt.Sprintf("{compatibility: '%s'}", level) {
					t.Errorf("%s: %s: the level is not named: %q", level, ch.name, out.Messages)
				}
			}
			a := c.do("POST", "/subjects/"+subject+"/versions", body)
			if (a.Status == 200) != want || !want && a.Code != codeIncompatible {
				t.Errorf("%s: %s: registering: %v", level, ch.name, a)
			}
		}
	}
}

// A transitive level holds a schema against versions that the plain one no
// longer looks at; deleted versions count for neither.
func TestTransitiveLevels(t *testing.T) {
	s := start(t, Config{Level: None})
	c := caller{t: t, url: s.URL(), client: httpClient(t)}
	v1, v2, v3 := rec(`{"name":"a","type":"string"}`), rec(`{"name":"a","type":"int"}`), rec(`{"name":"a","type":"long"}`)
	for _, pair := range [][2]Level{{Backward, BackwardTransitive}, {Forward, ForwardTransitive}, {Full, FullTransitive}} {
		subject := strings.ToLower(string(pair[0]))
		c.register(subject, v1)
		c.register(subject, v2)
		next := map[string]any{"schema": rec(`{"name":"a","type":"int"},{"name":"b","type":"int","default":0}`)}
		if pair[0] == Backward {
			next["schema"] = v3
		}
		c.do("PUT", "/config/"+subject, map[string]any{"compatibility": pair[1]}).want(t, 200, 0)
		a := c.do("POST", "/subjects/"+subject+"/versions", next)
		a.want(t, 409, codeIncompatible)
		if !strings.Contains(a.Body, "version 1") || strings.Contains(a.Body, "version 2") {
			t.Errorf("%s: the version is not named: %v", pair[1], a)
		}
		c.do("DELETE", "/subjects/"+subject+"/versions/1", nil).want(t, 200, 0)
		c.do("POST", "/compatibility/subjects/"+subject+"/versions", next).want(t, 200, 0)
		c.do("POST", "/subjects/"+subject+"/versions", next).want(t, 200, 0)

		other := subject + "-plain"
		c.register(other, v1)
		c.register(other, v2)
		c.do("PUT", "/config/"+other, map[string]any{"compatibility": pair[0]}).want(t, 200, 0)
		c.do("POST", "/subjects/"+other+"/versions", next).want(t, 200, 0)
	}
}

// Within a compatibility group schemas are held only against their own group.
func TestCompatibilityGroups(t *testing.T) {
	s := start(t, Config{})
	c := caller{t: t, url: s.URL(), client: httpClient(t)}
	c.do("PUT", "/config/a", map[string]any{"compatibility": "FULL", "compatibilityGroup": "major"}).want(t, 200, 0)
	register := func(schema, major string) answered {
		return c.do("POST", "/subjects/a/versions", map[string]any{
			"schema": schema, "metadata": map[string]any{"properties": map[string]string{"major": major}},
		})
	}
	register(`"int"`, "1").want(t, 200, 0)
	register(`"string"`, "2").want(t, 200, 0)
	register(`"boolean"`, "2").want(t, 409, codeIncompatible)
	register(`"boolean"`, "1").want(t, 409, codeIncompatible)
}

// What is not checked says so.
func TestUncheckedTypesSaySo(t *testing.T) {
	s := start(t, Config{})
	c := caller{t: t, url: s.URL(), client: httpClient(t)}
	for kind, texts := range map[Type][2]string{
		Protobuf: {`syntax = "proto3"; message A { int32 a = 1; }`, `syntax = "proto3"; message A { string a = 1; }`},
		JSON:     {`{"type":"string"}`, `{"type":"integer"}`},
	} {
		body := map[string]any{"schema": texts[0], "schemaType": kind}
		c.do("POST", "/subjects/"+string(kind)+"/versions", body).want(t, 200, 0)
		body["schema"] = texts[1]
		a := c.do("POST", "/compatibility/subjects/"+string(kind)+"/versions?verbose=true", body)
		if !strings.Contains(a.Body, `"is_compatible":true`) || !strings.Contains(a.Body, "not checked") {
			t.Errorf("%s: %v", kind, a)
		}
	}
}

// The library says "names do not match" and the like; should it say it in other
// words one day, the rules must follow.
func TestEveryRuleIsReached(t *testing.T) {
	var rules []string
	for _, r := range avroRules {
		rules = append(rules, r.rule)
	}
	slices.Sort(rules)
	if want := 8; len(slices.Compact(rules)) != want {
		t.Errorf("%d rules, the test of their names knows %d", len(slices.Compact(rules)), want)
	}
}

func TestTimeOutsAreAnswered(t *testing.T) {
	r, err := Open(Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	text := `"string"`
	for _, busy := range []chan struct{}{r.parsing, r.change} {
		busy <- struct{}{}
		_, err = r.register(ctx, name{defaultContext, "a"}, &registerRequest{Schema: &text}, false)
		if e := asError(err); e.Code != codeTimeout || e.Status != 500 {
			t.Errorf("%v, want 50002", err)
		}
		<-busy
	}
}
