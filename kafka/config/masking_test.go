package config

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestMask(t *testing.T) {
	cfg := mustLoad(t, `clusters:
  a:
    brokers: [h:1]
    masking:
      - topics: [users, user.*]
        fields: [email, customer.*.phone, "**.iban"]
        key: true
      - {headers: "x-auth*", with: hidden}
      - {topics: "raw-?", value: true}
`)
	a := cfg.Clusters["a"]
	if a.Mask("users") == nil || (Cluster{}).Mask("users") != nil {
		t.Fatal("rules are not found")
	}
	for topic, want := range map[string]bool{"users": true, "user.x": true, "user": false, "usersx": false} {
		if _, hidden := a.Mask(topic).Key(); hidden != want {
			t.Errorf("key of %s: %v", topic, hidden)
		}
	}
	for topic, want := range map[string]bool{"raw-1": true, "raw-12": false, "users": false} {
		if _, hidden := a.Mask(topic).Value(); hidden != want {
			t.Errorf("value of %s: %v", topic, hidden)
		}
	}
	if with, hidden := a.Mask("other").Header("x-auth-token"); !hidden || with != "hidden" {
		t.Errorf("header: %q %v", with, hidden)
	}
	for field, want := range map[string]bool{
		"email": true, "a.email": false, "customer.eu.phone": true, "customer.phone": false, "customer.eu.b.phone": false,
		"iban": true, "a.iban": true, "a.b.c.iban": true, "iban.x": false,
	} {
		if _, hidden := a.Mask("users").Field(strings.Split(field, ".")); hidden != want {
			t.Errorf("field %s: %v", field, hidden)
		}
	}
	for in, want := range map[string]string{
		`{"email":"a@b","name":"x"}`:                       `{"email":"***","name":"x"}`,
		`{ "email" : {"deep":[1,2]} , "n": 1e3 }`:          `{ "email" : "***" , "n": 1e3 }`,
		`{"list":[{"iban":1},{"iban":null,"ok":true}]}`:    `{"list":[{"iban":"***"},{"iban":"***","ok":true}]}`,
		`{"\u0065mail":"x","customer":{"eu":{"phone":5}}}`: `{"\u0065mail":"***","customer":{"eu":{"phone":"***"}}}`,
		`"just text"`:     `"just text"`,
		`[]`:              `[]`,
		`{}`:              `{}`,
		`{"email":`:       `"***"`,
		`{"a":1} x`:       `"***"`,
		`{"a":01}`:        `"***"`,
		``:                `"***"`,
		"{\"a\":\"x\\\"}": `"***"`,
		strings.Repeat("[", 600) + strings.Repeat("]", 600): `"***"`,
	} {
		if got := string(a.Mask("users").AppendJSON([]byte("> "), []byte(in))); got != "> "+want {
			t.Errorf("%.60s\n got %s\nwant %s", in, got, want)
		}
	}
	if got := string(a.Mask("raw-1").AppendJSON(nil, []byte(`{"a":1}`))); got != `"***"` {
		t.Errorf("hidden value: %s", got)
	}
	if got := string((*Mask)(nil).AppendJSON(nil, []byte(`x`))); got != `x` {
		t.Errorf("no mask: %s", got)
	}
}

// Any JSON stays JSON with the same values, apart from the hidden ones.
func TestMaskKeepsTheRest(t *testing.T) {
	m := Cluster{Masking: []MaskRule{{Fields: []string{"**.secret"}}}}.Mask("t")
	var value func(depth int) *rapid.Generator[any]
	value = func(depth int) *rapid.Generator[any] {
		leaf := rapid.OneOf(
			rapid.Map(rapid.String(), func(s string) any { return s }),
			rapid.Map(rapid.Float64Range(-1e9, 1e9), func(f float64) any { return f }),
			rapid.Just(any(nil)), rapid.Just(any(true)),
		)
		if depth == 0 {
			return leaf
		}
		return rapid.OneOf(leaf,
			rapid.Map(rapid.SliceOfN(value(depth-1), 0, 3), func(l []any) any { return l }),
			rapid.Map(rapid.MapOfN(rapid.SampledFrom([]string{"a", "secret", `"`, "é\n", ""}), value(depth-1), 0, 3), func(m map[string]any) any { return m }),
		)
	}
	rapid.Check(t, func(t *rapid.T) {
		v := value(4).Draw(t, "v")
		in, err := json.MarshalIndent(v, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		var got any
		if err := json.Unmarshal(m.AppendJSON(nil, in), &got); err != nil {
			t.Fatal(err)
		}
		want, err := json.Marshal(hide(v))
		if err != nil {
			t.Fatal(err)
		}
		if have, _ := json.Marshal(got); string(have) != string(want) {
			t.Fatalf("\n got %s\nwant %s", have, want)
		}
	})
}

func hide(v any) any {
	switch t := v.(type) {
	case []any:
		out := []any{}
		for _, e := range t {
			out = append(out, hide(e))
		}
		return out
	case map[string]any:
		out := map[string]any{}
		for k, e := range t {
			if k == "secret" {
				out[k] = "***"
				continue
			}
			out[k] = hide(e)
		}
		return out
	}
	return v
}

func FuzzMaskJSON(f *testing.F) {
	f.Add([]byte(`{"a":[1,{"secret":"x"}]}`))
	m := Cluster{Masking: []MaskRule{{Fields: []string{"**.secret"}}}}.Mask("t")
	f.Fuzz(func(t *testing.T, in []byte) {
		out := m.AppendJSON(nil, in)
		if json.Valid(in) && !json.Valid(out) {
			t.Fatalf("%q became %q", in, out)
		}
	})
}
