package avro

import (
	"encoding/binary"
	"fmt"
	"strconv"
)

// AppendAvro appends the Avro binary encoding of a JSON value.
//
// It accepts what AppendJSON writes and is lenient where people are: a missing
// field takes its default, or null where null is allowed; times may be text or
// the number on the wire; a union branch may be named or, where the value
// tells, left out; bytes are text or "0x" and hex. Numbers are never rounded
// except to a float or double. The error is an [*EncodeError] that lists every
// field that does not fit, or says where the text is not JSON; then nothing is
// appended. Maps keep the order of the text.
func (s *Schema) AppendAvro(dst, text []byte) ([]byte, error) {
	return s.appendAvro(dst, text, false)
}

// AppendAvroFromAvroJSON is AppendAvro for the JSON encoding of the Avro
// specification, in which bytes are one character per byte.
func (s *Schema) AppendAvroFromAvroJSON(dst, text []byte) ([]byte, error) {
	return s.appendAvro(dst, text, true)
}

func (s *Schema) appendAvro(dst, text []byte, strict bool) ([]byte, error) {
	v, err := parseJSON(text)
	if err != nil {
		return dst, err
	}
	e := encoder{out: dst, strict: strict, budget: maxEncodeSteps}
	e.value(s.root, &v)
	if len(e.faults) > 0 {
		return dst, &EncodeError{Faults: e.faults}
	}
	return e.out, nil
}

// maxEncodeSteps bounds the tries of nested unions, in which every branch may
// have to be tried.
const maxEncodeSteps = 1 << 18

// encoder walks a type and a JSON value together.
type encoder struct {
	out    []byte
	strict bool // Avro's own JSON encoding
	path   []step
	faults []Fault
	budget int
	trying int // unions whose branches are being tried: faults need no words
}

// step is one part of the path: a field, a map key, or an index.
type step struct {
	name  string
	kind  scopeKind
	index int
}

func (e *encoder) fail(expected, got string) {
	if e.trying > 0 {
		e.faults = append(e.faults[:0], Fault{})
		return
	}
	if len(e.faults) < maxFaults {
		e.faults = append(e.faults, Fault{Path: e.where(), Expected: expected, Got: got})
	}
}

func (e *encoder) where() string {
	var b []byte
	for _, s := range e.path {
		switch s.kind {
		case inField:
			if len(b) > 0 {
				b = append(b, '.')
			}
			b = append(b, clip(s.name, 100)...)
		case inValue:
			b = append(append(append(b, '['), quoteJSON(clip(s.name, 60))...), ']')
		default:
			b = append(strconv.AppendInt(append(b, '['), int64(s.index), 10), ']')
		}
		if len(b) > maxPath {
			return string(b) + "..."
		}
	}
	return string(b)
}

func (e *encoder) push(s step) { e.path = append(e.path, s) }
func (e *encoder) pop()        { e.path = e.path[:len(e.path)-1] }

func (e *encoder) long(n int64) { e.out = binary.AppendVarint(e.out, n) }

func (e *encoder) bytes(s string) {
	e.long(int64(len(s)))
	e.out = append(e.out, s...)
}

func (e *encoder) value(t *Type, v *jsonTree) {
	if e.budget--; e.budget < 0 {
		return
	}
	switch t.Kind {
	case Record:
		e.record(t, v)
	case Array:
		e.array(t, v)
	case Map:
		e.mapping(t, v)
	case Union:
		e.union(t, v)
	default:
		e.leaf(t, v)
	}
}

func (e *encoder) record(t *Type, v *jsonTree) {
	if v.shape != shapeObject {
		e.fail("an object: "+t.Describe(), v.describe())
		return
	}
	used := 0
	for i := range t.Fields {
		f := &t.Fields[i]
		e.push(step{name: f.Name, kind: inField})
		if m, ok := v.member(f.Name); ok {
			used++
			e.value(f.Type, m)
		} else {
			e.missing(f)
		}
		e.pop()
	}
	if used < len(v.keys) {
		e.unknownMembers(t, v)
	}
}

// missing encodes a field that the value does not have.
func (e *encoder) missing(f *Field) {
	switch {
	case e.strict:
		e.fail(f.Type.Describe(), "nothing: the field is missing")
	case f.HasDefault:
		e.out = appendDefault(e.out, f.Type, f.Default)
	case f.Type.Kind == Null:
	case f.Type.Kind == Union && f.Type.nullBranch() >= 0:
		e.long(int64(f.Type.nullBranch()))
	default:
		e.fail(f.Type.Describe(), "nothing: the field is missing and has no default")
	}
}

func (t *Type) nullBranch() int {
	for i, b := range t.Branches {
		if b.Kind == Null {
			return i
		}
	}
	return -1
}

// unknownMembers reports members that are no field of t, or that stand twice.
func (e *encoder) unknownMembers(t *Type, v *jsonTree) {
	known := make(map[string]bool, len(t.Fields))
	names := make([]string, len(t.Fields))
	for i := range t.Fields {
		names[i] = t.Fields[i].Name
		known[names[i]] = false
	}
	for _, k := range v.keys {
		seen, ok := known[k]
		if ok && !seen {
			known[k] = true
			continue
		}
		e.push(step{name: k, kind: inField})
		if ok {
			e.fail("one member of this name", "two")
		} else {
			e.fail("a field of "+t.Name, "a name it does not have"+nearest(k, names))
		}
		e.pop()
	}
}

func (e *encoder) array(t *Type, v *jsonTree) {
	if v.shape != shapeArray {
		e.fail("an array of "+t.Elem.Describe(), v.describe())
		return
	}
	if len(v.items) > 0 {
		e.long(int64(len(v.items)))
	}
	for i := range v.items {
		e.push(step{kind: inItem, index: i})
		e.value(t.Elem, &v.items[i])
		e.pop()
	}
	e.out = append(e.out, 0)
}

func (e *encoder) mapping(t *Type, v *jsonTree) {
	if v.shape != shapeObject {
		e.fail("an object: a map of "+t.Elem.Describe(), v.describe())
		return
	}
	if len(v.items) > 0 {
		e.long(int64(len(v.items)))
	}
	for i := range v.items {
		e.push(step{kind: inValue, name: v.keys[i]})
		e.bytes(v.keys[i])
		e.value(t.Elem, &v.items[i])
		e.pop()
	}
	e.out = append(e.out, 0)
}

// union picks the branch that a value is for: the one it names, else the first
// one it fits.
func (e *encoder) union(t *Type, v *jsonTree) {
	if v.shape == shapeNull {
		if n := t.nullBranch(); n >= 0 {
			e.long(int64(n))
			return
		}
		e.fail(t.Describe(), "null")
		return
	}
	if !e.strict && e.bare(t, v, false) {
		return
	}
	if v.shape == shapeObject && len(v.keys) == 1 {
		for i, b := range t.Branches {
			if b.TypeName() == v.keys[0] && b.Kind != Null {
				e.named(t, i, v)
				return
			}
		}
	}
	if e.strict || !e.bare(t, v, true) {
		e.noBranch(t, v)
	}
}

// named encodes a value that names its branch. In JSON for people it may also
// be a map or record with a member that has a branch's name.
func (e *encoder) named(t *Type, branch int, v *jsonTree) {
	start, faults := len(e.out), e.faults
	e.faults = nil
	e.long(int64(branch))
	e.value(t.Branches[branch], &v.items[0])
	mine := e.faults
	e.faults = append(faults, mine...)
	if len(mine) == 0 || e.strict {
		return
	}
	end := e.out
	e.out, e.faults = e.out[:start], faults
	if !e.bare(t, v, true) {
		e.out, e.faults = end, append(faults, mine...)
	}
}

// bare tries each branch that a value without a branch name could be for:
// first those that AppendJSON writes without a name, later the ambiguous ones.
// It reports whether one fitted; if none did, nothing is left behind.
func (e *encoder) bare(t *Type, v *jsonTree, ambiguous bool) bool {
	start, faults := len(e.out), e.faults
	e.trying++
	defer func() {
		e.trying--
		e.faults = faults
		if e.budget < 0 && e.trying == 0 {
			e.fail("a value whose unions can be told apart", "one with too many possibilities; name the branches")
		}
	}()
	for i, b := range t.Branches {
		// NaN and the infinities are text, though a float is a number.
		if b.shape()&v.shape == 0 && (v.shape != shapeText || !b.isFloat()) || t.ambiguous(b) != ambiguous {
			continue
		}
		e.faults = nil
		e.long(int64(i))
		e.value(b, v)
		if len(e.faults) == 0 || e.budget < 0 {
			return true
		}
		e.out = e.out[:start]
	}
	return false
}

func (t *Type) isFloat() bool { return t.Kind == Float || t.Kind == Double }

// noBranch reports that v fits no branch: with the faults of the only branch
// it could have meant, else in general.
func (e *encoder) noBranch(t *Type, v *jsonTree) {
	var only *Type
	for _, b := range t.Branches {
		if b.shape()&v.shape != 0 {
			if only != nil {
				only = nil
				break
			}
			only = b
		}
	}
	if only != nil && !e.strict {
		before := len(e.faults)
		e.value(only, v)
		if len(e.faults) > before || before >= maxFaults {
			return
		}
	}
	expected := t.Describe()
	if e.strict {
		expected = fmt.Sprintf("%s, as an object that names the branch", expected)
	}
	e.fail(expected, v.describe())
}
