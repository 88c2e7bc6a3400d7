package avro

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Issue is something wrong in the text of a schema, at its place.
type Issue struct {
	Line, Column int // from 1
	// Path names the type or field, such as shop.Order.customer.
	Path string
	// Message says what is wrong, Fix what to write instead.
	Message, Fix string
	// Warning is true for what the specification allows, but probably nobody
	// meant.
	Warning bool
}

func (i Issue) String() string {
	s := fmt.Sprintf("line %d, column %d: ", i.Line, i.Column)
	if i.Path != "" {
		s += i.Path + ": "
	}
	s += i.Message
	if i.Fix != "" {
		s += "; " + i.Fix
	}
	return s
}

// Validate lists what is wrong in a schema, for people who write one: the
// places, not only the first. refs are as for [Compile]. A schema without
// issues other than warnings is one that Compile accepts without warnings, and
// the other way round.
func Validate(text string, refs map[string]string) []Issue {
	v := validator{text: []byte(text), names: map[string]bool{}}
	tree, err := parseJSON(v.text)
	if err != nil {
		at := jsonErrorOffset(v.text)
		v.add(at, "", false, "", "%s", strings.TrimPrefix(withoutPlace(err.Error()), "not JSON: "))
		return v.issues
	}
	for _, r := range refs {
		if t, err := parseJSON([]byte(r)); err == nil {
			v.collect(&t, "", 0)
		}
	}
	v.referred = len(v.names)
	v.collect(&tree, "", 0)
	v.defined = map[string]bool{}
	v.schema(&tree, "", "", 0)
	s, err := Compile(text, refs)
	switch {
	case v.errors() > 0:
	case err != nil:
		v.add(0, "", false, "", "%s", strings.TrimPrefix(err.Error(), "not a usable Avro schema: "))
	case len(s.warnings) > 0:
		v.add(0, "", false, "", "%s", s.warnings[0])
	}
	slices.SortStableFunc(v.issues, func(a, b Issue) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return v.issues
}

const maxIssues = 100

// validator walks the JSON of a schema.
type validator struct {
	text     []byte
	names    map[string]bool // every type that is defined somewhere
	defined  map[string]bool // those met so far: a definition comes before its use
	referred int
	issues   []Issue
}

func (v *validator) errors() (n int) {
	for _, i := range v.issues {
		if !i.Warning {
			n++
		}
	}
	return n
}

func (v *validator) add(at int, path string, warning bool, fix, format string, args ...any) {
	if len(v.issues) >= maxIssues {
		return
	}
	line, column := position(v.text, at)
	v.issues = append(v.issues, Issue{
		Line: line, Column: column, Path: path, Warning: warning,
		Message: fmt.Sprintf(format, args...), Fix: fix,
	})
}

// collect notes the full names of all types that are defined in a schema.
func (v *validator) collect(t *jsonTree, ns string, depth int) {
	if depth > maxJSONDepth {
		return
	}
	if t.shape == shapeArray {
		for i := range t.items {
			v.collect(&t.items[i], ns, depth+1)
		}
		return
	}
	if kind := t.string("type"); kind == "record" || kind == "error" || kind == "enum" || kind == "fixed" {
		full, inner := nameOf(t, ns)
		v.names[full] = true
		ns = inner
	}
	for _, key := range []string{"type", "items", "values", "fields"} {
		if m, ok := t.member(key); ok {
			v.collect(m, ns, depth+1)
		}
	}
}

// nameOf is the full name that a definition in namespace ns has.
func nameOf(t *jsonTree, ns string) (full, enclosing string) {
	if own, ok := t.member("namespace"); ok && own.shape == shapeText {
		ns = own.text
	}
	return fullName(t.string("name"), ns)
}

// string is a member's text, "" if it has none.
func (t *jsonTree) string(name string) string {
	if m, ok := t.member(name); ok && m.shape == shapeText {
		return m.text
	}
	return ""
}

var validName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

func (v *validator) schema(t *jsonTree, ns, path string, depth int) {
	switch {
	case depth > maxJSONDepth:
	case t.shape == shapeText:
		v.name(t, ns, path)
	case t.shape == shapeArray:
		v.union(t, ns, path, depth)
	case t.shape == shapeObject:
		v.object(t, ns, path, depth)
	default:
		v.add(t.at, path, false, `write a type such as "string", {"type": ...} or [...]`, "%s is no type", t.describe())
	}
}

// name checks the use of a type by name.
func (v *validator) name(t *jsonTree, ns, path string) {
	if k, ok := kindByName[t.text]; ok {
		if k >= Record && !v.defined[t.text] {
			v.add(t.at, path, false, fmt.Sprintf(`write {"type": %q, ...}`, t.text), "%q needs more than its name", t.text)
		}
		return
	}
	full := t.text
	if ns != "" && !strings.Contains(full, ".") {
		full = ns + "." + full
	}
	switch {
	case v.defined[full] || v.defined[t.text]:
	case v.names[full] || v.names[t.text]:
		if v.referred == 0 { // a reference may define it
			v.add(t.at, path, false, "define the type where it is used first", "%q is used before it is defined", clip(t.text, 60))
		}
	default:
		known := make([]string, 0, len(v.names)+8)
		for n := range v.names {
			known = append(known, n, unqualified(n))
		}
		slices.Sort(known)
		known = append(known, kindNames[:8]...)
		near, fix := nearest(t.text, known), ""
		if near == "" {
			fix = "define it before it is used, or name the schema that defines it as a reference"
		}
		v.add(t.at, path, false, fix, "there is no type %q%s", clip(t.text, 60), near)
	}
}

func (v *validator) union(t *jsonTree, ns, path string, depth int) {
	seen := map[string]bool{}
	for i := range t.items {
		b := &t.items[i]
		if b.shape == shapeArray {
			v.add(b.at, path, false, "put its branches into the outer union", "a union inside a union")
			continue
		}
		v.schema(b, ns, path, depth+1)
		key := b.text
		if b.shape == shapeObject {
			key = b.string("type")
			if k := kindByName[key]; k.Named() && key != "" {
				key, _ = nameOf(b, ns)
			}
		} else if _, primitive := kindByName[key]; !primitive && ns != "" && !strings.Contains(key, ".") {
			key = ns + "." + key
		}
		if seen[key] && key != "" {
			v.add(b.at, path, false, "keep one of them", "the union has the type %s twice", clip(key, 60))
		}
		seen[key] = true
	}
}

func (v *validator) object(t *jsonTree, ns, path string, depth int) {
	typ, ok := t.member("type")
	if !ok {
		v.add(t.at, path, false, `add "type"`, "the type is missing")
		return
	}
	if typ.shape != shapeText {
		v.schema(typ, ns, path, depth+1)
		return
	}
	switch k, known := kindByName[typ.text]; {
	case !known:
		v.name(typ, ns, path)
	case k == Record:
		v.record(t, ns, path, depth)
	case k == Enum:
		v.enum(t, ns)
	case k == Fixed:
		full := v.define(t, ns)
		if size, ok := t.member("size"); !ok || size.shape != shapeNumber {
			v.add(t.at, full, false, `add "size" in bytes`, "a fixed needs a size")
		}
	case k == Array:
		v.element(t, "items", ns, path+"[]", depth)
	case k == Map:
		v.element(t, "values", ns, path+"{}", depth)
	case k == Union:
		v.add(typ.at, path, false, "write a union as a list: [\"null\", \"string\"]", "union is no name of a type")
	}
	v.logicalType(t, typ.text, path)
}

func (v *validator) element(t *jsonTree, key, ns, path string, depth int) {
	if m, ok := t.member(key); ok {
		v.schema(m, ns, path, depth+1)
		return
	}
	v.add(t.at, path, false, fmt.Sprintf("add %q", key), "%q is missing", key)
}

// define checks the name of a definition and notes it.
func (v *validator) define(t *jsonTree, ns string) string {
	name, ok := t.member("name")
	if !ok || name.shape != shapeText || name.text == "" {
		v.add(t.at, "", false, `add "name"`, "a %s needs a name", t.string("type"))
		return ""
	}
	for part := range strings.SplitSeq(name.text, ".") {
		if !validName.MatchString(part) {
			v.add(name.at, "", false, "use letters, digits and _, and no digit first", "%q is no name", clip(name.text, 60))
			break
		}
	}
	full, _ := nameOf(t, ns)
	if v.defined[full] {
		v.add(name.at, full, false, "use the name alone the second time", "%s is defined twice", clip(full, 60))
	}
	v.defined[full] = true
	return full
}

func (v *validator) enum(t *jsonTree, ns string) {
	full := v.define(t, ns)
	symbols, ok := t.member("symbols")
	if !ok || symbols.shape != shapeArray {
		v.add(t.at, full, false, `add "symbols": ["A", "B"]`, "an enum needs symbols")
		return
	}
	seen := map[string]bool{}
	for i := range symbols.items {
		s := &symbols.items[i]
		switch {
		case s.shape != shapeText || !validName.MatchString(s.text):
			v.add(s.at, full, false, "use letters, digits and _, and no digit first", "%s is no symbol", s.describe())
		case seen[s.text]:
			v.add(s.at, full, false, "keep one of them", "the symbol %s stands twice", clip(s.text, 60))
		}
		seen[s.text] = true
	}
	if d, ok := t.member("default"); ok && (d.shape != shapeText || !seen[d.text]) {
		v.add(d.at, full, false, "use one of the symbols", "the default %s is no symbol", d.describe())
	}
}

func (v *validator) record(t *jsonTree, ns, path string, depth int) {
	full := v.define(t, ns)
	_, inner := nameOf(t, ns)
	if path == "" {
		path = full
	}
	fields, ok := t.member("fields")
	if !ok || fields.shape != shapeArray {
		v.add(t.at, full, false, `add "fields": [...]`, "a record needs fields")
		return
	}
	seen := map[string]bool{}
	for i := range fields.items {
		f := &fields.items[i]
		name, ok := f.member("name")
		if f.shape != shapeObject || !ok || name.shape != shapeText {
			v.add(f.at, path, false, `write {"name": ..., "type": ...}`, "field %d has no name", i+1)
			continue
		}
		at := joinPath(path, clip(name.text, 60))
		if !validName.MatchString(name.text) {
			v.add(name.at, at, false, "use letters, digits and _, and no digit first", "%q is no name", clip(name.text, 60))
		}
		if seen[name.text] {
			v.add(name.at, at, false, "rename one of them", "the field stands twice")
		}
		seen[name.text] = true
		v.field(f, inner, at, depth)
	}
}
