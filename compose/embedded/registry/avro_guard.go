package registry

import (
	"errors"
	"fmt"
	"strings"
)

// A short Avro schema can make a parser or a comparison do work out of all
// proportion: record defaults that fill in one another double at each level, and
// comparing two webs of references visits every pair of records. A schema is
// measured before the parser sees it, so that both are refused instead of
// running for hours.

// maxFill bounds the values that the default of one field may expand to, and
// maxFills those of all fields together.
const (
	maxFill  = 100_000
	maxFills = 10 * maxFill
)

var errFill = fmt.Errorf("its record defaults fill in more than %d values, or themselves: give the defaults in full", maxFill)

// shape is how a schema and the schemas it refers to hang together.
type shape struct {
	// records are the records by short name and by alias, because a reader's
	// record is compared with a writer's only where these agree.
	records   map[string]recordShape
	recursive bool // some record contains itself
	chain     int  // records within one another, at most, where not recursive
	longest   int  // length of the longest field name
	names     int  // length of all field names together
}

// recordShape sums up the records of one name.
type recordShape struct {
	count int
	nodes int // types, written or named, in their fields
}

// guard measures schemas, the referred-to ones first. It does not judge whether
// they are valid: what it does not understand it skips.
type guard struct {
	shape
	fills int // values that all defaults together expand to
	err   error
	// done holds what is known of records by full name.
	done map[string]recordCost
	// open holds the records that enclose the place in hand.
	open map[string]bool
}

// recordCost is what one record costs where it is used.
type recordCost struct {
	fill  int // values that an empty default of it expands to
	chain int // records within one another, itself included
}

func newGuard() *guard {
	return &guard{shape: shape{records: map[string]recordShape{}}, done: map[string]recordCost{}, open: map[string]bool{}}
}

// check measures one more schema and says why it is refused.
func (s *guard) check(t *tree) error {
	s.walk(t, "", new(int))
	return s.err
}

// walk returns what the records that t holds, directly or as a branch, element
// or value, cost: the sum of their fills, the longest of their chains. It adds
// the types it sees to nodes.
func (s *guard) walk(t *tree, space string, nodes *int) (c recordCost) {
	if t == nil || s.err != nil {
		return c
	}
	*nodes++
	switch t.kind {
	case '"':
		return s.named(t.text, space)
	case '[':
		for _, k := range t.kids {
			of := s.walk(k, space, nodes)
			c.fill, c.chain = saturate(c.fill+of.fill), max(c.chain, of.chain)
		}
	case '{':
		switch kind := t.get("type"); {
		case kind == nil:
		case kind.kind != '"':
			return s.walk(kind, space, nodes)
		case kind.text == "array":
			return s.walk(t.get("items"), space, nodes)
		case kind.text == "map":
			return s.walk(t.get("values"), space, nodes)
		case kind.text == "record" || kind.text == "error":
			return s.record(t, space)
		case kind.text != "enum" && kind.text != "fixed":
			return s.named(kind.text, space)
		}
	}
	return c
}

// named is the cost of a type that is named, not written. One that encloses
// the place would fill in itself.
func (s *guard) named(ref, space string) recordCost {
	for _, full := range []string{fullName(ref, space), ref} {
		if s.open[full] {
			s.recursive = true
			return recordCost{fill: maxFill + 1}
		}
		if c, ok := s.done[full]; ok {
			return c
		}
	}
	return recordCost{}
}

func (s *guard) record(t *tree, space string) recordCost {
	full, inner := definedName(t, space)
	s.open[full] = true
	c, nodes := recordCost{fill: 1}, 0
	if fields := t.get("fields"); fields != nil && fields.kind == '[' {
		for _, f := range fields.kids {
			s.names += len(f.str("name"))
			s.longest = max(s.longest, len(f.str("name")))
			of := s.walk(f.get("type"), inner, &nodes)
			c.chain = max(c.chain, of.chain)
			if def := f.get("default"); def != nil {
				c.fill = saturate(c.fill + s.fillOf(f, def, of.fill, full))
			}
		}
	}
	c.chain++
	s.chain = max(s.chain, c.chain)
	delete(s.open, full)
	s.done[full] = c
	s.count(t, full, nodes)
	return c
}

// fillOf is what a field's default expands to.
func (s *guard) fillOf(f, def *tree, fills int, record string) int {
	cost := defaultCost(def, f.get("type"), fills)
	s.fills += cost
	if (cost > maxFill || s.fills > maxFills) && s.err == nil {
		s.err = fmt.Errorf("field %q of %s: %w", clip(f.str("name"), 64), clip(record, 64), errFill)
	}
	return cost
}

// count adds a record under each short name that it answers to.
func (s *guard) count(t *tree, full string, nodes int) {
	answers := map[string]bool{shortName(full): true}
	if aliases := t.get("aliases"); aliases != nil && aliases.kind == '[' {
		for _, a := range aliases.kids {
			answers[shortName(a.text)] = true
		}
	}
	for n := range answers {
		of := s.records[n]
		s.records[n] = recordShape{of.count + 1, of.nodes + nodes + 1}
	}
}

func shortName(full string) string { return full[strings.LastIndexByte(full, '.')+1:] }

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

// Bounds on comparing two schemas. Each pair of types is compared once, and a
// pair of records within another is one more level of the stack, which holds the
// path to it.
const (
	maxPairs     = 500_000
	maxPathBytes = 32 << 20
)

var errTooComplex = errors.New("the two schemas refer to themselves so much that they cannot be compared: give their records different names, or use fewer")

// comparableShapes refuses pairs whose comparison could take too much time or
// memory.
func comparableShapes(a, b shape) error {
	records, nodes := 0, 0
	for n, in := range a.records {
		of := b.records[n]
		records += in.count * of.count
		nodes += min(in.count*of.nodes, of.count*in.nodes)
	}
	depth := records
	path := depth * max(a.longest, b.longest) / 2
	for _, s := range []shape{a, b} {
		if !s.recursive {
			depth = min(depth, s.chain)
			path = min(path, s.names, depth*max(a.longest, b.longest))
		}
	}
	if nodes > maxPairs || depth*path > maxPathBytes {
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
