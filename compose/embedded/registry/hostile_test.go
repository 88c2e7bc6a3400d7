package registry

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// slow is what no single request may take, on however busy a machine: what a
// missing bound lets through takes hours.
const slow = time.Minute

// hostileSchemas are short texts that make careless parsers work for very long,
// run out of stack or of memory. Each must be answered quickly.
func hostileSchemas() map[string]source {
	big := 127 << 10
	fill := func(start, each, end string) string {
		var b strings.Builder
		b.WriteString(start)
		for i := 0; b.Len()+len(end)+64 < big; i++ {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(strings.ReplaceAll(each, "#", fmt.Sprint(i)))
		}
		return b.String() + end
	}
	nest := func(n int, open, in, closing string) string {
		return strings.Repeat(open, n) + in + strings.Repeat(closing, n)
	}
	fillDefaults := func(levels int) string {
		var b strings.Builder
		b.WriteString(`{"type":"record","name":"R","fields":[{"name":"a0","type":{"type":"record","name":"N0","fields":[]},"default":{}}`)
		for i := 1; i < levels; i++ {
			fmt.Fprintf(&b, `,{"name":"a%d","type":{"type":"record","name":"N%d","fields":[{"name":"a","type":"N%d","default":{}},{"name":"b","type":"N%d","default":{}}]},"default":{}}`, i, i, i-1, i-1)
		}
		return b.String() + `]}`
	}
	avro := map[string]string{
		"fields":          fill(`{"type":"record","name":"R","fields":[`, `{"name":"f#","type":["null","int"],"default":null}`, `]}`),
		"records":         fill(`{"type":"record","name":"R","fields":[`, `{"name":"f#","type":{"type":"record","name":"R#","fields":[]}}`, `]}`),
		"symbols":         fill(`{"type":"enum","name":"E","symbols":[`, `"s#"`, `]}`),
		"branches":        fill(`[`, `{"type":"fixed","name":"a#","size":1}`, `]`),
		"aliases":         fill(`{"type":"record","name":"R","fields":[],"aliases":[`, `"a#"`, `]}`),
		"properties":      fill(`{"type":"string",`, `"p#":#`, `}`),
		"default":         fill(`{"type":"record","name":"R","fields":[{"name":"a","type":{"type":"array","items":"int"},"default":[`, `#`, `]}]}`),
		"deep arrays":     nest(60, `{"type":"array","items":`, `"int"`, `}`),
		"deeper arrays":   nest(9000, `{"type":"array","items":`, `"int"`, `}`),
		"deep brackets":   strings.Repeat("[", big),
		"deep quotes":     `"` + strings.Repeat(`\"[`, 80000) + `"`,
		"filled defaults": fillDefaults(60),
		"self default":    `{"type":"record","name":"R","fields":[{"name":"a","type":"R","default":{}},{"name":"b","type":"R","default":{}}]}`,
		"huge number":     `{"type":"record","name":"R","fields":[{"name":"a","type":"double","default":1e999999999}]}`,
		"huge decimal":    `{"type":"bytes","logicalType":"decimal","precision":2147483647,"scale":2147483647}`,
		"huge fixed":      `{"type":"record","name":"R","fields":[{"name":"a","type":{"type":"fixed","name":"F","size":2147483647},"default":"x"}]}`,
		"long name":       `{"type":"record","name":"` + strings.Repeat("a.", 100000) + `b","fields":[]}`,
		"invalid utf-8":   "\"\xff\xfe\"",
		"null byte":       "\"str\x00ing\"",
	}
	proto := map[string]string{
		"messages": strings.ReplaceAll(fill(`syntax="proto3";`, `message M# {int32 a=1;}`, ``), ",message", "message"),
		"fields":   strings.ReplaceAll(fill(`syntax="proto3"; message M {`, `int32 a#=1#;`, `}`), ",int32", "int32"),
		"values":   strings.ReplaceAll(fill(`syntax="proto3"; enum E { Z=0;`, `V#=1#;`, `}`), ",V", "V"),
		"deep":     `syntax="proto3";` + nest(200, `message A {`, ``, `}`),
		"deeper":   `syntax="proto3";` + nest(10000, `message A {`, ``, `}`),
		"option":   `syntax="proto3"; option (x) = ` + nest(200, `{ a `, ``, `}`) + `;`,
		"options":  `syntax="proto3"; option ` + strings.Repeat("a.", 60000) + `b = 1;`,
		"dots":     `syntax="proto3"; message M { ` + strings.Repeat(".a", 60000) + ` f = 1; }`,
		"comment":  `syntax="proto3"; /*` + strings.Repeat("*", 200000),
		"string":   `syntax="` + strings.Repeat(`\`, 200000),
		"range":    `syntax="proto2"; message M { extensions 4 to max; reserved 1 to 3; optional int32 a = 536870911; }`,
		"reserved": strings.ReplaceAll(fill(`syntax="proto2"; message M { reserved 0`, `,1#`, `; }`), ",,", ","),
		"itself":   `syntax="proto3"; import "schema.proto";`,
	}
	jsons := map[string]string{
		"properties":   fill(`{"properties":{`, `"p#":{"type":"integer"}`, `}}`),
		"enum":         fill(`{"enum":[`, `"#"`, `]}`),
		"small enum":   `{"enum":[` + strings.TrimSuffix(strings.Repeat(`{"a":[1,2,3]},`, 1900), ",") + `]}`,
		"required":     fill(`{"required":[`, `"#"`, `]}`),
		"deep":         nest(200, `{"not":`, `{}`, `}`),
		"deeper":       nest(10000, `{"not":`, `{}`, `}`),
		"itself":       `{"$ref":"#"}`,
		"each other":   `{"$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}},"$ref":"#/$defs/a"}`,
		"remote":       `{"$ref":"http://127.0.0.1:1/schema"}`,
		"file":         `{"$ref":"file:///etc/passwd"}`,
		"metaschema":   `{"$schema":"http://127.0.0.1:1/schema"}`,
		"pattern":      `{"pattern":"(((((a{1,100}){1,100}){1,100}){1,100}){1,100})"}`,
		"patterns":     fill(`{"patternProperties":{`, `"^(a|b){1,50}#$":{}`, `}}`),
		"number":       `{"maximum":1e999999999}`,
		"small number": `{"multipleOf":1e-999999999}`,
		"anchors":      fill(`{"$defs":{`, `"d#":{"$anchor":"a#"}`, `}}`),
		"ids":          fill(`{"$defs":{`, `"d#":{"$id":"http://x/#"}`, `}}`),
	}
	out := map[string]source{}
	for kind, texts := range map[Type]map[string]string{Avro: avro, Protobuf: proto, JSON: jsons} {
		for n, text := range texts {
			out[string(kind)+" "+n] = source{kind: kind, text: text}
		}
	}
	return out
}

func TestHostileSchemasAreAnsweredQuickly(t *testing.T) {
	lim := Limits{}.withDefaults()
	schemas := hostileSchemas()
	for _, n := range sortedKeys(schemas) {
		src := schemas[n]
		began := time.Now()
		p, err := parseSource(src, lim)
		took := time.Since(began)
		if took > slow {
			t.Errorf("%s: %d bytes took %v", n, len(src.text), took)
		}
		var e *Error
		if err != nil && !errors.As(err, &e) {
			t.Errorf("%s: %v is no answer", n, err)
		}
		if err != nil && strings.ContainsAny(err.Error(), "\n\x00") {
			t.Errorf("%s: the message is not one line: %q", n, err)
		}
		if err == nil {
			if _, _, err := p.reads(p); err != nil && p.kind() != Avro {
				t.Errorf("%s: compare: %v", n, err)
			}
		}
		t.Logf("%-22s %7d bytes %10v %v", n, len(src.text), took.Round(time.Microsecond), err)
	}
}

// ring is a schema of n records of one short name that refer to each other in a
// circle: two rings of coprime lengths make a comparison visit every pair of
// their records, one inside the other.
func ring(n int) string {
	var b strings.Builder
	b.WriteString(`{"type":"record","name":"X","namespace":"t","fields":[`)
	before := "t.X"
	for i := range n {
		fmt.Fprintf(&b, `{"name":"t%d","type":["null",{"type":"record","name":"X","namespace":"n%d","fields":[{"name":"f","type":["null","%s"],"default":null}]}],"default":null},`, i, i, before)
		before = fmt.Sprintf("n%d.X", i)
	}
	fmt.Fprintf(&b, `{"name":"f","type":["null","%s"],"default":null}]}`, before)
	return b.String()
}

func TestRecursiveSchemasAreComparedOrRefused(t *testing.T) {
	parse := func(n int) parsed {
		p, err := parseSource(source{kind: Avro, text: ring(n)}, Limits{}.withDefaults())
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	for _, c := range []struct {
		a, b    int
		refused bool
	}{{3, 4, false}, {60, 59, false}, {198, 197, true}, {400, 399, true}} {
		began := time.Now()
		problem, checked, err := parse(c.a).reads(parse(c.b))
		switch {
		case c.refused && !errors.Is(err, errTooComplex):
			t.Errorf("rings of %d and %d: %v, want it refused", c.a, c.b, err)
		case !c.refused && (err != nil || problem != nil || !checked):
			t.Errorf("rings of %d and %d: %v %v", c.a, c.b, problem, err)
		}
		if took := time.Since(began); took > slow {
			t.Errorf("rings of %d and %d took %v", c.a, c.b, took)
		}
	}
}

// A schema that is a tree is never too complex, however large.
func TestLargeTreesAreCompared(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"type":"record","name":"R","fields":[`)
	for i := range 1300 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"name":"f%d","type":{"type":"record","name":"R%d","fields":[{"name":"a","type":"int"}]}}`, i, i)
	}
	b.WriteString(`]}`)
	p, err := parseSource(source{kind: Avro, text: b.String()}, Limits{}.withDefaults())
	if err != nil {
		t.Fatal(err)
	}
	if problem, checked, err := p.reads(p); problem != nil || !checked || err != nil {
		t.Errorf("%v %v %v", problem, checked, err)
	}
}
