package registry

import (
	"bytes"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// definition is a named type's tree with the namespace it is written in.
type definition struct {
	t     *tree
	space string
}

// renderOptions choose among the texts of one Avro schema.
type renderOptions struct {
	// normalize writes full names and sorts what has no order, so that schemas
	// which mean the same have the same text.
	normalize bool
	// expand writes out what others define where it is first named.
	expand bool
	// others are the types that the schema's references define, by full name.
	others map[string]definition
}

// renderAvro writes a valid schema without spaces and with the attributes in the
// order of Avro's Java library (type, name, namespace, doc, fields ...), so that
// the stored text does not depend on how a client formats its JSON, and is the
// text that Confluent's server would store.
func renderAvro(t *tree, o renderOptions) string {
	r := &avroRenderer{options: o, written: map[string]bool{}}
	r.schema(t, "")
	return r.b.String()
}

type avroRenderer struct {
	options renderOptions
	b       bytes.Buffer
	written map[string]bool // types defined in the text so far
}

func (r *avroRenderer) schema(t *tree, space string) {
	switch t.kind {
	case '"':
		r.reference(t.text, space)
	case '[':
		r.b.WriteByte('[')
		for i, k := range t.kids {
			r.comma(i)
			r.schema(k, space)
		}
		r.b.WriteByte(']')
	case '{':
		r.object(t, space)
	default:
		t.write(&r.b)
	}
}

func (r *avroRenderer) comma(i int) {
	if i > 0 {
		r.b.WriteByte(',')
	}
}

// reference writes the name of a type: short where its namespace is the one
// that it stands in, full where it is not or where normalizing.
func (r *avroRenderer) reference(n, space string) {
	if avroPrimitives[n] {
		writeString(&r.b, n)
		return
	}
	full := fullName(n, space)
	if !r.known(full) && r.known(n) {
		full = n // a name outside any namespace is found from within one
	}
	if def, ok := r.options.others[full]; ok && r.options.expand && !r.written[full] {
		_, inner := definedName(def.t, def.space)
		r.definition(def.t, full, inner, space)
		return
	}
	if !r.options.normalize {
		if dot := strings.LastIndexByte(full, '.'); dot >= 0 && full[:dot] == space {
			full = full[dot+1:]
		}
	}
	writeString(&r.b, full)
}

func (r *avroRenderer) known(full string) bool {
	_, ok := r.options.others[full]
	return ok || r.written[full]
}

func (r *avroRenderer) object(t *tree, space string) {
	kind := t.get("type")
	switch {
	case kind == nil:
		t.write(&r.b) // not reached for a schema that was parsed
	case kind.kind != '"':
		r.schema(kind, space) // a type within a type says no more than the inner one
	case kind.text == "array" || kind.text == "map":
		item := "items"
		if kind.text == "map" {
			item = "values"
		}
		r.b.WriteString(`{"type":"` + kind.text + `","` + item + `":`)
		r.schema(t.get(item), space)
		r.props(t, "type", item)
		r.b.WriteByte('}')
	case kind.text == "record" || kind.text == "error" || kind.text == "enum" || kind.text == "fixed":
		full, inner := definedName(t, space)
		r.definition(t, full, inner, space)
	case avroPrimitives[kind.text] && len(t.keys) > 1:
		r.b.WriteString(`{"type":"` + kind.text + `"`)
		r.props(t, "type")
		r.b.WriteByte('}')
	default:
		r.reference(kind.text, space)
	}
}

// definition writes a record, enum or fixed. inner is the namespace within it,
// space the one around it.
func (r *avroRenderer) definition(t *tree, full, inner, space string) {
	kind := t.str("type")
	r.written[full] = true
	r.b.WriteString(`{"type":"` + kind + `","name":`)
	if r.options.normalize && inner != "" {
		writeString(&r.b, full)
	} else {
		writeString(&r.b, shortName(full))
		if inner != space {
			r.b.WriteString(`,"namespace":`)
			writeString(&r.b, inner)
		}
	}
	r.text(t, "doc")
	known := []string{"type", "name", "namespace", "doc", "aliases"}
	switch kind {
	case "enum":
		r.value(t, "symbols")
		r.value(t, "default")
		known = append(known, "symbols", "default")
	case "fixed":
		r.value(t, "size")
		known = append(known, "size")
	default:
		r.b.WriteString(`,"fields":[`)
		if fields := t.get("fields"); fields != nil {
			for i, f := range fields.kids {
				r.comma(i)
				r.field(f, inner)
			}
		}
		r.b.WriteByte(']')
		known = append(known, "fields")
	}
	r.props(t, known...)
	r.aliases(t, inner)
	r.b.WriteByte('}')
}

func (r *avroRenderer) field(f *tree, space string) {
	r.b.WriteString(`{"name":`)
	writeString(&r.b, f.str("name"))
	r.b.WriteString(`,"type":`)
	r.schema(f.get("type"), space)
	r.text(f, "doc")
	r.value(f, "default")
	if order := f.str("order"); order != "" && order != "ascending" {
		r.text(f, "order")
	}
	r.aliases(f, "")
	r.props(f, "name", "type", "doc", "default", "order", "aliases")
	r.b.WriteByte('}')
}

func (r *avroRenderer) text(t *tree, key string) {
	if v := t.get(key); v != nil && v.kind == '"' {
		r.value(t, key)
	}
}

func (r *avroRenderer) value(t *tree, key string) {
	if v := t.get(key); v != nil {
		r.b.WriteString(`,"` + key + `":`)
		v.write(&r.b)
	}
}

// aliases writes the aliases of a type, short where they are in its namespace,
// or those of a field, whose names have no namespace.
func (r *avroRenderer) aliases(t *tree, space string) {
	v := t.get("aliases")
	if v == nil || v.kind != '[' || len(v.kids) == 0 {
		return
	}
	var names []string
	for _, k := range v.kids {
		full := fullName(k.text, space)
		if short := shortName(full); !r.options.normalize && space != "" && full == space+"."+short {
			full = short
		}
		names = append(names, full)
	}
	if r.options.normalize {
		sort.Strings(names)
		names = slices.Compact(names)
	}
	r.b.WriteString(`,"aliases":[`)
	for i, n := range names {
		r.comma(i)
		writeString(&r.b, n)
	}
	r.b.WriteByte(']')
}

// props writes the attributes that the specification does not know and those
// of logical types, in their own order or, normalizing, sorted.
func (r *avroRenderer) props(t *tree, known ...string) {
	var rest []int
	for i, k := range t.keys {
		if !slices.Contains(known, k) {
			rest = append(rest, i)
		}
	}
	if r.options.normalize {
		sort.Slice(rest, func(a, b int) bool { return t.keys[rest[a]] < t.keys[rest[b]] })
	}
	for _, i := range rest {
		if r.options.normalize && t.keys[i] == "scale" && t.kids[i].text == strconv.Itoa(0) {
			continue
		}
		r.b.WriteByte(',')
		writeString(&r.b, t.keys[i])
		r.b.WriteByte(':')
		v := t.kids[i]
		if r.options.normalize {
			v = v.sorted()
		}
		v.write(&r.b)
	}
}

// collectDefinitions gathers the named types that a schema defines.
func collectDefinitions(t *tree, space string, into map[string]definition) {
	if t == nil {
		return
	}
	switch t.kind {
	case '[':
		for _, k := range t.kids {
			collectDefinitions(k, space, into)
		}
	case '{':
		inner := space
		switch t.str("type") {
		case "record", "error", "enum", "fixed":
			var full string
			full, inner = definedName(t, space)
			into[full] = definition{t, space}
		case "":
			collectDefinitions(t.get("type"), space, into)
		}
		collectDefinitions(t.get("items"), inner, into)
		collectDefinitions(t.get("values"), inner, into)
		if fields := t.get("fields"); fields != nil {
			for _, f := range fields.kids {
				collectDefinitions(f.get("type"), inner, into)
			}
		}
	}
}
