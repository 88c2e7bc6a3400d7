package registry

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/twmb/avro"
)

func mustParse(t *testing.T, kind Type, text string, refs ...refSource) parsed {
	t.Helper()
	p, err := parseSource(source{kind, text, refs}, Limits{}.withDefaults())
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return p
}

// The canonical texts are what Avro's Java library (1.12) prints for the same
// schemas.
func TestCanonicalAvro(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{`{"type":"string"}`, `"string"`},
		{`int`, `"int"`},
		{` [ "null" , {"type":"string"} ] `, `["null","string"]`},
		{
			`{"type":"record","name":"a.b.C","doc":"d","fields":[{"name":"x","type":{"type":"int","logicalType":"date"},"default":1,"order":"descending","doc":"q","aliases":["y"],"extra":{"b":1,"a":2}}],"aliases":["Old","z.Old"],"prop":true}`,
			`{"type":"record","name":"C","namespace":"a.b","doc":"d","fields":[{"name":"x","type":{"type":"int","logicalType":"date"},"doc":"q","default":1,"order":"descending","aliases":["y"],"extra":{"b":1,"a":2}}],"prop":true,"aliases":["Old","z.Old"]}`,
		},
		{
			`{"fields":[{"type":{"name":"D","type":"enum","symbols":["A"],"default":"A"},"name":"e"},{"name":"f","type":"D"},{"name":"g","type":"x.D"}],"namespace":"x","name":"C","type":"record"}`,
			`{"type":"record","name":"C","namespace":"x","fields":[{"name":"e","type":{"type":"enum","name":"D","symbols":["A"],"default":"A"}},{"name":"f","type":"D"},{"name":"g","type":"D"}]}`,
		},
		{
			`{"type":"record","name":"C","namespace":"x","fields":[{"name":"a","type":{"type":"fixed","name":"F","namespace":"y","size":4}},{"name":"b","type":"y.F"},{"name":"c","type":{"type":"fixed","name":"G","namespace":"","size":4}}]}`,
			`{"type":"record","name":"C","namespace":"x","fields":[{"name":"a","type":{"type":"fixed","name":"F","namespace":"y","size":4}},{"name":"b","type":"y.F"},{"name":"c","type":{"type":"fixed","name":"G","namespace":"","size":4}}]}`,
		},
		{
			`{"type":"array","items":{"type":"map","values":{"type":"bytes","logicalType":"decimal","precision":4,"scale":2}},"default":[],"x":"y"}`,
			`{"type":"array","items":{"type":"map","values":{"type":"bytes","logicalType":"decimal","precision":4,"scale":2}},"default":[],"x":"y"}`,
		},
		{`{"type":"error","name":"E","fields":[]}`, `{"type":"error","name":"E","fields":[]}`},
		{
			`{"type":"record","name":"C","fields":[{"name":"a","type":"string","default":"é<&>\u2028 \u0001\t\u001f"},{"name":"n","type":["null","C"],"default":null}]}`,
			`{"type":"record","name":"C","fields":[{"name":"a","type":"string","default":"é<&>` + "\u2028" + ` \u0001\t\u001F"},{"name":"n","type":["null","C"],"default":null}]}`,
		},
		{`{"type":"string","avro.java.string":"String"}`, `{"type":"string","avro.java.string":"String"}`},
		{
			`{"type":"record","name":"C","fields":[{"name":"a","type":"int","order":"ascending"},{"name":"b","type":"int","order":"ignore"}]}`,
			`{"type":"record","name":"C","fields":[{"name":"a","type":"int"},{"name":"b","type":"int","order":"ignore"}]}`,
		},
		{
			`{"type":"enum","name":"E","doc":"x","symbols":["A","B"],"namespace":"q","aliases":["q.F"]}`,
			`{"type":"enum","name":"E","namespace":"q","doc":"x","symbols":["A","B"],"aliases":["F"]}`,
		},
	} {
		p := mustParse(t, Avro, c.in)
		if got := p.canonical(); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.in, got, c.want)
		}
		if again := mustParse(t, Avro, p.canonical()).canonical(); again != p.canonical() {
			t.Errorf("the canonical text of %s is %s", p.canonical(), again)
		}
	}
}

func TestNormalizedAvro(t *testing.T) {
	a := mustParse(t, Avro, `{"type":"record","name":"C","namespace":"x","fields":[{"name":"d","type":{"type":"bytes","logicalType":"decimal","scale":0,"precision":4}},{"name":"e","type":{"type":"enum","name":"D","symbols":["A"]},"z":1,"y":2}],"aliases":["B","A"]}`)
	b := mustParse(t, Avro, `{"name":"x.C","type":"record","aliases":["x.A","B","B"],"fields":[{"name":"d","type":{"type":"bytes","precision":4,"logicalType":"decimal"}},{"name":"e","y":2,"z":1,"type":{"type":"enum","name":"x.D","symbols":["A"]}}]}`)
	if a.normalized() != b.normalized() || a.canonical() == b.canonical() {
		t.Errorf("normalized\n%s\n%s", a.normalized(), b.normalized())
	}
	if _, err := avro.Parse(a.normalized()); err != nil {
		t.Error(err)
	}
	if again := mustParse(t, Avro, a.normalized()).normalized(); again != a.normalized() {
		t.Errorf("normalized twice: %s", again)
	}
}

// Resolved, a schema with references stands on its own and means the same.
func TestResolvedAvro(t *testing.T) {
	refs := []refSource{
		{"b.Address", Avro, `{"type":"record","name":"Address","namespace":"b","fields":[{"name":"kind","type":{"type":"enum","name":"Kind","symbols":["HOME"]}},{"name":"next","type":["null","Address"],"default":null}]}`},
		{"a.User", Avro, `{"type":"record","name":"User","namespace":"a","fields":[{"name":"home","type":"b.Address"},{"name":"work","type":"b.Address"}]}`},
	}
	p := mustParse(t, Avro, `{"type":"record","name":"Order","namespace":"a","fields":[{"name":"user","type":"User"},{"name":"other","type":["null","a.User"]},{"name":"kind","type":"b.Kind"}]}`, refs...)
	text := p.formatted("resolved")
	s, err := avro.Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	inner, ok := p.(*avroSchema)
	if !ok {
		t.Fatal("not Avro")
	}
	if err := avro.CheckCompatibility(s, inner.schema); err != nil {
		t.Error(err)
	}
	if err := avro.CheckCompatibility(inner.schema, s); err != nil {
		t.Error(err)
	}
	if strings.Count(text, `"symbols"`) != 1 || p.formatted("nonsense") != p.canonical() {
		t.Errorf("resolved: %s", text)
	}
}

// Whatever the order of keys and the spaces, one schema has one canonical text,
// and that text means the schema.
func TestCanonicalTextIsTheSchema(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 5))
	for i := range 500 {
		text := randomSchema(rnd, 3, &[]string{})
		s, err := avro.Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		p := mustParse(t, Avro, text)
		again, err := avro.Parse(p.canonical())
		if err != nil {
			t.Fatalf("%s: %v", p.canonical(), err)
		}
		if !bytes.Equal(again.Canonical(), s.Canonical()) {
			t.Fatalf("%d:\n%s\nbecame\n%s", i, text, p.canonical())
		}
		if all := mustParse(t, Avro, shuffle(t, rnd, text, "")); all.normalized() != p.normalized() {
			t.Fatalf("%d: with other spaces\n%s\nis\n%s", i, p.normalized(), all.normalized())
		}
		// The order within a property is the user's own.
		shuffled := mustParse(t, Avro, shuffle(t, rnd, text, "custom"))
		if shuffled.canonical() != p.canonical() {
			t.Fatalf("%d: with other spaces\n%s\nis\n%s", i, p.canonical(), shuffled.canonical())
		}
		if n := mustParse(t, Avro, p.normalized()); n.normalized() != p.normalized() {
			t.Fatalf("%d: normalized\n%s\nthen\n%s", i, p.normalized(), n.normalized())
		}
	}
}

// shuffle writes the same JSON with its keys in another order, indented, but for
// what stands under the key but.
func shuffle(t *testing.T, rnd *rand.Rand, text, but string) string {
	t.Helper()
	tr, err := parseTree(text, 100)
	if err != nil {
		t.Fatal(err)
	}
	var mix func(*tree)
	mix = func(x *tree) {
		if x.kind == '{' {
			rnd.Shuffle(len(x.keys), func(i, j int) {
				x.keys[i], x.keys[j] = x.keys[j], x.keys[i]
				x.kids[i], x.kids[j] = x.kids[j], x.kids[i]
			})
		}
		for i, k := range x.kids {
			if x.kind != '{' || x.keys[i] != but {
				mix(k)
			}
		}
	}
	mix(tr)
	var b, out bytes.Buffer
	tr.write(&b)
	if err := json.Indent(&out, b.Bytes(), " ", "  "); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// randomSchema makes a valid schema; defined collects the full names so far.
func randomSchema(rnd *rand.Rand, depth int, defined *[]string) string {
	if depth == 0 || rnd.IntN(4) == 0 {
		if len(*defined) > 0 && rnd.IntN(2) == 0 {
			return fmt.Sprintf("%q", (*defined)[rnd.IntN(len(*defined))])
		}
		return []string{`"int"`, `{"type":"string"}`, `"bytes"`, `{"type":"long","logicalType":"timestamp-millis"}`}[rnd.IntN(4)]
	}
	space := []string{"", "a", "a.b"}[rnd.IntN(3)]
	full := fmt.Sprintf("T%d", len(*defined))
	if space != "" {
		full = space + "." + full
	}
	named := fmt.Sprintf(`"name":%q,"namespace":%q`, full[strings.LastIndexByte(full, '.')+1:], space)
	if rnd.IntN(2) == 0 && space != "" {
		named = fmt.Sprintf(`"name":%q`, full)
	}
	switch rnd.IntN(5) {
	case 0:
		return `{"type":"array","items":` + randomSchema(rnd, depth-1, defined) + `}`
	case 1:
		return `{"type":"map","values":` + randomSchema(rnd, depth-1, defined) + `}`
	case 2:
		*defined = append(*defined, full)
		return `{"type":"enum",` + named + `,"symbols":["A","B"],"doc":"d"}`
	case 3:
		*defined = append(*defined, full)
		return `{"type":"fixed",` + named + `,"size":3,"aliases":["Z` + fmt.Sprint(len(*defined)) + `"]}`
	}
	*defined = append(*defined, full)
	var fields []string
	for i := range 1 + rnd.IntN(3) {
		fields = append(fields, fmt.Sprintf(`{"name":"f%d","type":%s,"custom":{"b":1,"a":[1.50]}}`, i, randomSchema(rnd, depth-1, defined)))
	}
	return `{"type":"record",` + named + `,"fields":[` + strings.Join(fields, ",") + `]}`
}
