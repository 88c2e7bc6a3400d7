package registry

import (
	"errors"
	"fmt"
	"strings"
)

// A short Avro schema can make a parser or a comparison do work out of all
// proportion: record defaults that fill in one another double at each level, and
// comparing two webs of references visits every pair of records. guard measures a
// schema before the parser sees it, so that both are refused instead of running
// for hours.

// maxFill bounds the values that the defaults of one field may expand to.
const maxFill = 10_000

var errFill = fmt.Errorf("its record defaults fill in more than %d values, or themselves: give the defaults in full", maxFill)

// shape is what guard learned of a schema and the schemas it refers to.
type shape struct {
	records   int  // named types that are records
	nodes     int  // types, written or named
	refs      int  // types named, not written
	recursive bool // some record contains itself
	err       error
	// fill is, by full name, how many values an empty default of the record
	// expands to.
	fill map[string]int
	// open holds the records that enclose the place in hand.
	open map[string]bool
}

func newShape() *shape { return &shape{fill: map[string]int{}, open: map[string]bool{}} }

// guard walks one schema; referred-to schemas come first. It does not judge
// whether the schema is valid: what it does not understand it skips.
func (s *shape) guard(t *tree) error {
	s.walk(t, "")
	return s.err
}

// walk returns the sum of the fills of the records that t holds directly or as
// a branch, element or value.
func (s *shape) walk(t *tree, space string) int {
	if t == nil || s.err != nil {
		return 0
	}
	s.nodes++
	switch t.kind {
	case '"':
		return s.named(t.text, space)
	case '[':
		sum := 0
		for _, k := range t.kids {
			sum = saturate(sum + s.walk(k, space))
		}
		return sum
	case '{':
		switch kind := t.get("type"); {
		case kind == nil:
			return 0
		case kind.kind != '"':
			return s.walk(kind, space)
		case kind.text == "array":
			return s.walk(t.get("items"), space)
		case kind.text == "map":
			return s.walk(t.get("values"), space)
		case kind.text == "record" || kind.text == "error":
			return s.record(t, space)
		case kind.text == "enum" || kind.text == "fixed":
			return 0
		default:
			return s.named(kind.text, space)
		}
	}
	return 0
}

func (s *shape) named(ref, space string) int {
	if avroPrimitives[ref] {
		return 0
	}
	full := fullName(ref, space)
	if _, ok := s.fill[full]; !ok && !s.open[full] && s.known(ref) {
		full = ref // names outside any namespace are found from within one
	}
	s.refs++
	if s.open[full] {
		s.recursive = true
		return maxFill + 1
	}
	return s.fill[full]
}

func (s *shape) known(full string) bool {
	_, ok := s.fill[full]
	return ok || s.open[full]
}

func (s *shape) record(t *tree, space string) int {
	full, inner := definedName(t, space)
	s.records++
	s.open[full] = true
	fill := 1
	if fields := t.get("fields"); fields != nil && fields.kind == '[' {
		for _, f := range fields.kids {
			of := s.walk(f.get("type"), inner)
			def := f.get("default")
			if def == nil {
				continue
			}
			cost := defaultCost(def, f.get("type"), of)
			if cost > maxFill && s.err == nil {
				s.err = fmt.Errorf("field %q of %s: %w", clip(f.str("name"), 64), clip(full, 64), errFill)
			}
			fill = saturate(fill + cost)
		}
	}
	delete(s.open, full)
	s.fill[full] = fill
	return fill
}

// defaultCost bounds the values that a default makes a parser build: each value
// that is written may leave the rest of its records to their own defaults.
func defaultCost(def, of *tree, fills int) int {
	n := countValues(def)
	switch {
	case def.kind != '{' && def.kind != '[':
		return 1
	case len(def.kids) == 0 && (def.kind == '[' || !mayBeRecord(of)):
		return 1 // an empty array or map holds no record
	}
	return saturate(n * saturate(1+fills))
}

// mayBeRecord reports whether {} can be the default of a record of this type.
func mayBeRecord(t *tree) bool {
	switch {
	case t == nil:
		return false
	case t.kind == '[':
		for _, k := range t.kids {
			if mayBeRecord(k) {
				return true
			}
		}
		return false
	case t.kind == '"':
		return !avroPrimitives[t.text]
	}
	kind := t.str("type")
	return kind == "" && mayBeRecord(t.get("type")) || kind != "" && kind != "map" && kind != "array" && !avroPrimitives[kind]
}

func countValues(t *tree) int {
	n := 1
	for _, k := range t.kids {
		n = saturate(n + countValues(k))
	}
	return n
}

func saturate(n int) int { return min(n, maxFill+1) }

// Bounds on comparing two schemas. A pair of records is compared once, so a
// comparison of two webs takes up to the product of their sizes; a pair within
// two recursions is one more level of the stack.
const (
	maxPairs          = 2_000_000
	maxRecursivePairs = 40_000
)

var errTooComplex = errors.New("the two schemas refer to themselves so much that they cannot be compared: use fewer named types")

// comparableShapes refuses pairs whose comparison could take too much time or stack.
// A schema that names no type twice is a tree, which is always cheap.
func comparableShapes(a, b *shape) error {
	switch {
	case a.recursive && b.recursive && a.records*b.records > maxRecursivePairs:
		return errTooComplex
	case a.refs > 0 && b.refs > 0 && min(a.records*b.nodes, b.records*a.nodes) > maxPairs:
		return errTooComplex
	}
	return nil
}

var avroPrimitives = map[string]bool{
	"null": true, "boolean": true, "int": true, "long": true, "float": true, "double": true, "bytes": true, "string": true,
}

// fullName qualifies a name that is written in a namespace.
func fullName(n, space string) string {
	if space == "" || strings.Contains(n, ".") {
		return n
	}
	return space + "." + n
}

// definedName is the full name of the type that t defines, and the namespace
// that holds inside it.
func definedName(t *tree, space string) (full, inner string) {
	n := t.str("name")
	if ns := t.get("namespace"); ns != nil && ns.kind == '"' {
		space = ns.text
	}
	full = fullName(n, space)
	if i := strings.LastIndexByte(full, '.'); i >= 0 {
		return full, full[:i]
	}
	return full, ""
}
