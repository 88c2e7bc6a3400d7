package avro

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	tavro "github.com/twmb/avro"
)

// pair is a writer's and a reader's schema, and the rules that the pair breaks.
type pair struct {
	writer, reader string
	rules          []Rule
}

func ok(w, r string) pair                    { return pair{w, r, nil} }
func not(w, r string, rules ...Rule) pair    { return pair{w, r, rules} }
func record(name string, f ...string) string { return recordIn("", name, f...) }

func recordIn(extra, name string, fields ...string) string {
	return fmt.Sprintf(`{"type":"record","name":%q%s,"fields":[%s]}`, name, extra, strings.Join(fields, ","))
}

// field is "name type", "name type = default" or "name type @alias".
func fld(spec string) string {
	spec, alias, _ := strings.Cut(spec, " @")
	spec, def, has := strings.Cut(spec, " = ")
	name, typ, _ := strings.Cut(spec, " ")
	if !strings.ContainsAny(typ, `[{"`) {
		typ = `"` + typ + `"`
	}
	out := fmt.Sprintf(`{"name":%q,"type":%s`, name, typ)
	if has {
		out += `,"default":` + def
	}
	if alias != "" {
		out += fmt.Sprintf(`,"aliases":[%q]`, alias)
	}
	return out + "}"
}

func enum(name, symbols string, extra ...string) string {
	return fmt.Sprintf(`{"type":"enum","name":%q,"symbols":["%s"]%s}`, name, strings.ReplaceAll(symbols, " ", `","`), strings.Join(extra, ""))
}

func fixed(name string, size int, extra ...string) string {
	return fmt.Sprintf(`{"type":"fixed","name":%q,"size":%d%s}`, name, size, strings.Join(extra, ""))
}

func array(items string) string       { return `{"type":"array","items":` + items + `}` }
func mapping(values string) string    { return `{"type":"map","values":` + values + `}` }
func union(branches ...string) string { return "[" + strings.Join(branches, ",") + "]" }

func decimalOf(precision, scale int) string {
	return fmt.Sprintf(`{"type":"bytes","logicalType":"decimal","precision":%d,"scale":%d}`, precision, scale)
}

func logical(base, name string) string {
	return fmt.Sprintf(`{"type":%q,"logicalType":%q}`, base, name)
}

const (
	null, boolean, integer, long = `"null"`, `"boolean"`, `"int"`, `"long"`
	float, double, text, raw     = `"float"`, `"double"`, `"string"`, `"bytes"`
)

// primitives crosses the eight primitive types. The promotions are those that
// the specification lists: int to long, float and double; long to float and
// double; float to double; string to bytes and bytes to string.
func primitives() []pair {
	may := map[string][]string{
		integer: {long, float, double}, long: {float, double}, float: {double}, text: {raw}, raw: {text},
	}
	var out []pair
	all := []string{null, boolean, integer, long, float, double, text, raw}
	for _, w := range all {
		for _, r := range all {
			if w == r || slices.Contains(may[w], r) {
				out = append(out, ok(w, r))
			} else {
				out = append(out, not(w, r, TypeChanged))
			}
		}
	}
	return out
}

var (
	aliasesOld = `,"aliases":["Old"]`
	nsA, nsB   = `,"namespace":"a"`, `,"namespace":"b"`
	list       = record("List", fld("v int"), fld(`next ["null","List"]`))
	listLong   = record("List", fld("v long"), fld(`next ["null","List"]`))
	listText   = record("List", fld("v string"), fld(`next ["null","List"]`))
	listMore   = record("List", fld("v int"), fld("w int"), fld(`next ["null","List"]`))
)

// pairs are the rest of the rules of "Schema Resolution".
var pairs = []pair{
	// Arrays and maps: their items must match.
	ok(array(integer), array(integer)), ok(array(integer), array(long)), not(array(long), array(integer), TypeChanged),
	ok(array(text), array(raw)), not(array(text), array(integer), TypeChanged), ok(array(array(integer)), array(array(double))),
	not(array(array(double)), array(array(integer)), TypeChanged), ok(mapping(integer), mapping(integer)), ok(mapping(integer), mapping(float)),
	not(mapping(double), mapping(float), TypeChanged), not(array(integer), mapping(integer), TypeChanged),
	not(mapping(integer), array(integer), TypeChanged), not(array(integer), integer, TypeChanged), not(integer, array(integer), TypeChanged),
	not(mapping(text), text, TypeChanged), not(text, mapping(text), TypeChanged), ok(mapping(array(integer)), mapping(array(long))),
	not(mapping(array(text)), mapping(array(long)), TypeChanged), ok(array(union(null, integer)), array(union(null, long))),

	// Fixed: the name and the size.
	ok(fixed("F", 4), fixed("F", 4)), not(fixed("F", 4), fixed("F", 5), SizeChanged), not(fixed("F", 4), fixed("G", 4), NameChanged),
	ok(fixed("a.F", 4), fixed("b.F", 4)), ok(fixed("Old", 4), fixed("F", 4, aliasesOld)), not(fixed("Old", 4), fixed("F", 5, aliasesOld), SizeChanged),
	not(fixed("F", 4), raw, TypeChanged), not(raw, fixed("F", 4), TypeChanged), not(fixed("F", 4), text, TypeChanged),

	// Enums: the name, and symbols unless the reader has a default.
	ok(enum("E", "A B"), enum("E", "A B")), ok(enum("E", "A"), enum("E", "A B")), ok(enum("E", "A B"), enum("E", "B A")),
	not(enum("E", "A B"), enum("E", "A"), SymbolUnknown), not(enum("E", "A B C"), enum("E", "A"), SymbolUnknown, SymbolUnknown),
	ok(enum("E", "A B"), enum("E", "A", `,"default":"A"`)), not(enum("E", "A B", `,"default":"A"`), enum("E", "A"), SymbolUnknown),
	not(enum("E", "A"), enum("X", "A"), NameChanged), ok(enum("Old", "A"), enum("X", "A", aliasesOld)), ok(enum("a.E", "A"), enum("b.E", "A")),
	not(enum("E", "A"), text, TypeChanged), not(text, enum("E", "A"), TypeChanged), not(enum("E", "A"), integer, TypeChanged),

	// Records: the name, fields by name, defaults, order, aliases.
	ok(record("R"), record("R")), ok(record("R", fld("a int")), record("R", fld("a int"))), ok(record("R", fld("a int")), record("R", fld("a long"))),
	not(record("R", fld("a long")), record("R", fld("a int")), TypeChanged), ok(record("R", fld("a int")), record("R")),
	not(record("R"), record("R", fld("a int")), NoDefault), ok(record("R"), record("R", fld("a int = 1"))),
	not(record("R"), record("R", fld("a int"), fld("b int")), NoDefault, NoDefault), ok(record("R"), record("R", fld(`a ["null","int"] = null`))),
	not(record("R"), record("R", fld(`a ["null","int"]`)), NoDefault), ok(record("R", fld("a int"), fld("b int")), record("R", fld("b int"), fld("a int"))),
	not(record("R", fld("a int")), record("R", fld("b int")), NoDefault), ok(record("R", fld("a int")), record("R", fld("b int @a"))),
	not(record("R", fld("a int @b")), record("R", fld("b int")), NoDefault), not(record("R", fld("a string")), record("R", fld("b int @a")), TypeChanged),
	ok(record("R", fld("a int")), record("R", fld("b long @a"))), not(record("R", fld("a int")), record("S", fld("a int")), NameChanged),
	ok(record("Old", fld("a int")), recordIn(aliasesOld, "S", fld("a int"))), not(recordIn(`,"aliases":["S"]`, "R"), record("S"), NameChanged),
	ok(recordIn(nsA, "R", fld("a int")), recordIn(nsB, "R", fld("a int"))), ok(recordIn(nsA, "Old"), recordIn(nsB+`,"aliases":["a.Old"]`, "R")),
	not(recordIn(nsA, "Old"), recordIn(nsB+`,"aliases":["c.Old"]`, "R"), NameChanged), not(record("R"), mapping(integer), TypeChanged),
	not(mapping(integer), record("R"), TypeChanged), not(record("R"), text, TypeChanged), not(array(record("R")), array(record("S")), NameChanged),
	not(record("R", fld("a int"), fld("b int")), record("R", fld("a int @b")), AliasClash),
	ok(record("R", fld("a "+record("N", fld("x int")))), record("R", fld("a "+record("N", fld("x double"))))),
	not(record("R", fld("a "+record("N", fld("x int")))), record("R", fld("a "+record("N", fld("x int"), fld("y int")))), NoDefault),
	not(record("R", fld("a "+record("N", fld("x int")))), record("R", fld("a "+record("M", fld("x int")))), NameChanged),
	not(record("R", fld("a int"), fld("b string")), record("R", fld("a string"), fld("b int")), TypeChanged, TypeChanged),
	not(record("R", fld("a "+array(record("N", fld("x string"))))), record("R", fld("a "+array(record("N", fld("x int"))))), TypeChanged),
	ok(list, list), ok(list, listLong), not(listLong, list, TypeChanged), not(list, listText, TypeChanged), not(list, listMore, NoDefault), ok(listMore, list),

	// Unions: each branch of the writer's must find a place in the reader's.
	ok(union(null, integer), union(null, integer)), ok(union(null, integer), union(integer, null)), ok(union(null, integer), union(null, long)),
	not(union(null, long), union(null, integer), BranchUnknown), ok(union(null, integer), union(null, integer, text)),
	not(union(null, integer, text), union(null, integer), BranchUnknown), not(union(integer, text, raw), union(integer), BranchUnknown, BranchUnknown),
	ok(integer, union(null, integer)), ok(integer, union(null, long)), ok(integer, union(text, double)), not(integer, union(null, text), BranchUnknown),
	not(long, union(null, integer), BranchUnknown), ok(text, union(null, raw)), ok(null, union(null, integer)), not(null, union(text, integer), BranchUnknown),
	not(union(null, integer), integer, TypeChanged), ok(union(integer), integer), ok(union(integer, long), long), ok(union(integer, long), double),
	not(union(integer, text), integer, TypeChanged), ok(union(text, raw), text), not(union(null, text), text, TypeChanged), ok(union(), integer),
	ok(union(null), null), not(union(null, text), null, TypeChanged), ok(union(integer, text), union(text, integer)),
	ok(union(null, record("R", fld("a int"))), union(null, record("R", fld("a long")))),
	not(union(null, record("R", fld("a int"))), union(null, record("R", fld("a int"), fld("b int"))), NoDefault),
	not(union(null, record("R")), union(null, record("S")), BranchUnknown), ok(union(null, record("Old")), union(null, recordIn(aliasesOld, "S"))),
	ok(union(record("A", fld("x int")), record("B", fld("y int"))), union(record("B", fld("y int")), record("A", fld("x int")))),
	not(union(record("A"), record("B")), union(record("A")), BranchUnknown), ok(record("A"), union(record("B"), record("A"))),
	ok(enum("E", "A"), union(null, enum("E", "A B"))), not(enum("E", "A B"), union(null, enum("E", "A")), SymbolUnknown),
	ok(fixed("F", 4), union(null, fixed("F", 4))), not(fixed("F", 4), union(null, fixed("F", 5)), BranchUnknown),
	ok(array(integer), union(null, array(integer))), not(array(text), union(null, array(integer)), TypeChanged),
	ok(union(null, array(integer)), union(null, array(long))), ok(union(null, mapping(integer)), union(null, mapping(integer))),
	not(union(null, mapping(text)), union(null, mapping(integer)), TypeChanged), not(union(array(integer), null), union(mapping(integer), null), BranchUnknown),
	ok(record("R", fld("a int")), record("R", fld(`a ["null","int"]`))), not(record("R", fld(`a ["null","int"]`)), record("R", fld("a int")), TypeChanged),

	// Logical types do not decide, except for the digits of decimals.
	ok(decimalOf(9, 2), decimalOf(9, 2)), not(decimalOf(9, 2), decimalOf(9, 3), DecimalChanged), not(decimalOf(9, 2), decimalOf(10, 2), DecimalChanged),
	ok(decimalOf(9, 2), raw), ok(raw, decimalOf(9, 2)), ok(long, logical("long", "timestamp-millis")), ok(logical("long", "timestamp-millis"), long),
	ok(logical("long", "timestamp-millis"), logical("long", "timestamp-micros")), ok(integer, logical("int", "date")), ok(logical("int", "date"), logical("long", "timestamp-millis")),
	ok(text, logical("string", "uuid")), ok(logical("string", "uuid"), text), not(logical("string", "uuid"), fixed("U", 16, `,"logicalType":"uuid"`), TypeChanged),
	not(fixed("D", 8, `,"logicalType":"decimal","precision":9,"scale":2`), fixed("D", 8, `,"logicalType":"decimal","precision":9,"scale":3`), DecimalChanged),
	not(decimalOf(9, 2), double, TypeChanged), not(union(null, decimalOf(9, 2)), union(null, decimalOf(9, 4)), DecimalChanged),
}

func TestCompatibilityTable(t *testing.T) {
	all := append(primitives(), pairs...)
	if len(all) < 150 {
		t.Fatalf("%d pairs", len(all))
	}
	t.Logf("%d pairs", len(all))
	for _, p := range all {
		w, r := compile(t, p.writer), compile(t, p.reader)
		var got []Rule
		for _, c := range Compare(w, r) {
			got = append(got, c.Rule)
			for _, d := range []Direction{NewReadsOld, OldReadsNew} {
				if why, fix := c.Explain(d); why == "" || fix == "" || strings.Contains(why+fix, "%!") {
					t.Errorf("no words for %+v: %q %q", c, why, fix)
				}
			}
		}
		if !slices.Equal(got, p.rules) {
			t.Errorf("written %s\nread    %s\ngot %v, want %v", p.writer, p.reader, got, p.rules)
		}
		// A second opinion, which knows only yes and no.
		// It fills a missing field of type ["null", ...] with null; the
		// specification, and Java, want a default that is written down.
		if p.reader == record("R", fld(`a ["null","int"]`)) && p.writer == record("R") {
			continue
		}
		other := tavro.CheckCompatibility(tavro.MustParse(p.writer), tavro.MustParse(p.reader))
		if (other == nil) != (len(got) == 0) {
			t.Errorf("written %s\nread    %s\nwe say %v, twmb/avro %v", p.writer, p.reader, got, other)
		}
	}
}

func TestLevels(t *testing.T) {
	v := func(fields ...string) *Schema { return compile(t, record("R", fields...)) }
	one := v(fld("a int"))
	two := v(fld("a int"), fld("b int = 0"))
	three := v(fld("a int"), fld("b int = 0"), fld("c int"))
	four := v(fld("a int"), fld("b int = 0"), fld("c int"), fld("d int"))
	history := []Version{{1, one}, {2, two}}
	tests := []struct {
		level    Level
		proposed *Schema
		earlier  []Version
		versions []int // that it does not get along with
	}{
		{LevelBackward, two, history[:1], nil},
		{LevelForward, two, history[:1], nil},
		{LevelFullTransitive, two, history[:1], nil},
		{LevelBackward, three, history, []int{2}},
		{LevelBackwardTransitive, three, history, []int{2, 1}},
		{LevelForward, three, history, nil},
		{LevelForwardTransitive, v(fld("b int = 0")), history, []int{2, 1}},
		{LevelForward, v(fld("a int")), history, nil},
		{LevelFull, v(fld("a string"), fld("b int = 0")), history, []int{2, 2}},
		{LevelNone, v(fld("z string")), history, nil},
		{LevelBackward, v(fld("a int"), fld("c int")), []Version{{1, two}, {2, three}}, nil},
		{LevelBackwardTransitive, v(fld("a int"), fld("c int")), []Version{{1, two}, {2, three}}, []int{1}},
		{LevelForwardTransitive, four, []Version{{1, one}, {2, two}, {3, three}}, nil},
		{LevelFull, one, nil, nil},
	}
	for i, tt := range tests {
		var got []int
		for _, x := range CheckLevel(tt.level, tt.proposed, tt.earlier) {
			got = append(got, x.Version)
			if x.String() == "" {
				t.Error("no words")
			}
		}
		if !slices.Equal(got, tt.versions) {
			t.Errorf("case %d: %s refuses because of versions %v, want %v", i, tt.level, got, tt.versions)
		}
	}
	if got := PassingLevels(three, history); !slices.Equal(got, []Level{LevelNone, LevelForward, LevelForwardTransitive}) {
		t.Errorf("%v", got)
	}
	if _, err := ParseLevel(" backward_transitive "); err != nil {
		t.Error(err)
	}
	if _, err := ParseLevel("sideways"); err == nil {
		t.Error("sideways is a level")
	}
}

func TestWordsOfAConflict(t *testing.T) {
	w, r := compile(t, record("R")), compile(t, record("R", fld("city int")))
	v := CheckLevel(LevelBackward, r, []Version{{3, w}})
	const want = `with version 3, backward: consumers with the new schema read old records: city is new and has no default, so old records, which lack it, cannot be read; give city a default; if it may be empty, "type": ["null", ...] and "default": null`
	if len(v) != 1 || v[0].String() != want {
		t.Errorf("%v", v)
	}
}

func TestDiff(t *testing.T) {
	old := compile(t, record("R", fld("id int"), fld("name string"), fld(`e `+enum("E", "A B")), fld(`u ["null","int"]`), fld("gone int = 1"), fld("x "+fixed("F", 2)), fld("t long")))
	next := compile(t, record("R", fld("id long"), fld(`e `+enum("E", "A C")), fld("title string @name"), fld(`u ["null","int","string"] = null`), fld(`added ["null","string"] = null`), fld("x "+fixed("F", 3)), fld("t "+logical("long", "timestamp-millis"))))
	var got []string
	for _, d := range Diff(old, next) {
		got = append(got, d.String())
	}
	want := []string{
		"id: type int → long", "e: symbols removed (was B)", "e: symbols added C", "title: renamed name → title", "title: aliases name",
		"u: branch added string", "u: default null", "added: added null or string = null", "x: size 2 → 3", "t: logical type timestamp-millis",
		"gone: removed (was int = 1)", "the schema: order id, name, e, u, x, t → id, e, name, u, x, t",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
	if d := Diff(old, old); len(d) != 0 {
		t.Errorf("a schema differs from itself: %v", d)
	}
}
