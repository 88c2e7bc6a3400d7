package avro

import (
	"errors"
	"strconv"
)

// Role is what a run of bytes is for.
type Role string

// The roles of bytes in a record.
const (
	RoleMagic    Role = "magic"     // the first byte of a wire format
	RoleID       Role = "schema id" // or a fingerprint
	RoleIndexes  Role = "message indexes"
	RoleLength   Role = "length" // of the text or bytes that follow
	RoleCount    Role = "count"  // of the items in a block; 0 ends the array or map
	RoleSize     Role = "size"   // of a block in bytes, after a negative count
	RoleBranch   Role = "branch" // which type of a union follows
	RoleKey      Role = "key"    // of a map
	RoleValue    Role = "value"
	RoleTrailing Role = "trailing" // left over after the record
	RoleBroken   Role = "broken"   // from here on nothing can be said
)

// Span is the meaning of a run of bytes.
type Span struct {
	Offset, Length int
	Role           Role
	// Path names the field, as in DecodeError.
	Path string
	// Type is the Avro type in words.
	Type string
	// Value is what the bytes say, for people, shortened if long.
	Value string
}

const (
	maxSpans     = 50_000
	maxSpanValue = 200
	maxMapDepth  = defaultDepth + 100 // fields are counted here as well
)

// Map says what each byte of a record means, in order and without gaps. data
// is the Avro binary encoding; base is added to every offset, for a
// wire-format header that stands before it. Of a broken record the rest is one
// span of [RoleBroken], and the error is its [*DecodeError]. A record with
// more than 50,000 values is mapped that far.
func (s *Schema) Map(data []byte, base int) ([]Span, error) {
	m := mapper{data: data, leaves: map[*Type]*program{}}
	m.walk(s.root, 0)
	rest := len(data) - m.pos
	var err error
	switch {
	case m.broken != nil:
		err = m.broken
		m.spans = append(m.spans, Span{Offset: m.pos, Length: rest, Role: RoleBroken, Path: m.broken.Path, Value: m.broken.Detail})
	case rest > 0 && !m.full:
		f := fault{problem: TrailingBytes, have: int64(rest)}
		err = &DecodeError{Problem: TrailingBytes, Offset: m.pos, Detail: f.detail()}
		m.spans = append(m.spans, Span{Offset: m.pos, Length: rest, Role: RoleTrailing, Value: f.detail()})
	case rest > 0:
		m.spans = append(m.spans, Span{Offset: m.pos, Length: rest, Role: RoleBroken, Value: "not mapped: the record has more than 50,000 values"})
	}
	for i := range m.spans {
		m.spans[i].Offset += base
	}
	return m.spans, err
}

type mapper struct {
	data   []byte
	pos    int
	path   string // of the current value, at most maxPath long
	spans  []Span
	leaves map[*Type]*program
	broken *DecodeError
	full   bool
}

func (m *mapper) done() bool { return m.broken != nil || m.full }

func (m *mapper) fail(t *Type, f fault) {
	m.broken = &DecodeError{
		Problem: f.problem, Path: m.path, Offset: m.pos,
		Expected: clip(t.Describe(), 120), Detail: f.detail(),
	}
}

// span takes the next n bytes.
func (m *mapper) span(n int, role Role, t *Type, value string) {
	if len(m.spans) >= maxSpans {
		m.full = true
		return
	}
	m.spans = append(m.spans, Span{
		Offset: m.pos, Length: n, Role: role, Path: m.path,
		Type: clip(t.Describe(), 120), Value: clip(value, maxSpanValue),
	})
	m.pos += n
}

func (m *mapper) walk(t *Type, depth int) {
	if m.done() {
		return
	}
	if depth > maxMapDepth {
		m.fail(t, fault{problem: TooDeep, have: maxMapDepth})
		return
	}
	switch t.Kind {
	case Record:
		for i := range t.Fields {
			m.in(step{kind: inField, name: t.Fields[i].Name}, t.Fields[i].Type, depth)
		}
	case Array, Map:
		m.blocks(t, depth)
	case Union:
		n, ok := m.number(t)
		if !ok {
			return
		}
		if uint64(n.value) >= uint64(len(t.Branches)) {
			m.fail(t, fault{problem: BadBranch, value: n.value, have: int64(len(t.Branches))})
			return
		}
		b := t.Branches[n.value]
		m.span(n.size, RoleBranch, t, "branch "+strconv.FormatInt(n.value, 10)+": "+b.Describe())
		m.walk(b, depth)
	case Null:
	default:
		m.leaf(t)
	}
}

// in maps what is inside a field, a map's value or an array's item.
func (m *mapper) in(s step, t *Type, depth int) {
	outer := m.path
	switch {
	case len(outer) > maxPath:
	case s.kind == inField && outer == "":
		m.path = clip(s.name, 100)
	case s.kind == inField:
		m.path = outer + "." + clip(s.name, 100)
	case s.kind == inValue:
		m.path = outer + "[" + quoteJSON(clip(s.name, 60)) + "]"
	default:
		m.path = outer + "[" + strconv.Itoa(s.index) + "]"
	}
	m.walk(t, depth+1)
	m.path = outer
}

// numeral is a varint and how many bytes it takes.
type numeral struct {
	value int64
	size  int
}

func (m *mapper) number(t *Type) (numeral, bool) {
	n, next := varint(m.data, m.pos)
	if next < 0 {
		m.fail(t, varintFault(next))
		return numeral{}, false
	}
	return numeral{n, next - m.pos}, true
}

func (m *mapper) blocks(t *Type, depth int) {
	for i := 0; !m.done(); {
		count, _, why := readBlock(t, m.data, m.pos, Limits{}.withDefaults())
		if why.problem != 0 {
			m.fail(t, why)
			return
		}
		n, _ := m.number(t) // readBlock has read it already
		switch {
		case count == 0:
			m.span(n.size, RoleCount, t, "end")
			return
		case n.value < 0:
			m.span(n.size, RoleCount, t, plural(count, "item", "items")+", with the block's size")
			n, _ = m.number(t)
			m.span(n.size, RoleSize, t, plural(n.value, "byte", "bytes"))
		default:
			m.span(n.size, RoleCount, t, plural(count, "item", "items"))
		}
		for ; count > 0 && !m.done(); count-- {
			s := step{kind: inItem, index: i}
			if t.Kind == Map {
				if s = (step{kind: inValue, name: m.key(t)}); m.done() {
					return
				}
			}
			m.in(s, t.Elem, depth)
			i++
			if t.Elem.minSize == 0 && t.Kind == Array && i > defaultEmptyItems {
				m.fail(t, fault{problem: BadCount, value: int64(i), have: defaultEmptyItems})
			}
		}
	}
}

// key takes a map's key and returns it.
func (m *mapper) key(t *Type) string {
	n, ok := m.length(t)
	if !ok {
		return ""
	}
	raw := m.data[m.pos : m.pos+n]
	text, bad := appendText(nil, raw)
	if bad >= 0 {
		m.fail(t, fault{problem: BadUTF8, value: int64(raw[bad])})
		m.broken.Offset += bad
		return ""
	}
	m.span(n, RoleKey, t, string(text))
	return string(raw)
}

// length takes the length of a text or bytes.
func (m *mapper) length(t *Type) (int, bool) {
	n, ok := m.number(t)
	if !ok {
		return 0, false
	}
	if left := len(m.data) - m.pos - n.size; uint64(n.value) > uint64(left) {
		m.fail(t, fault{problem: BadLength, value: n.value, have: int64(left)})
		return 0, false
	}
	m.span(n.size, RoleLength, t, plural(n.value, "byte", "bytes"))
	return int(n.value), !m.done()
}

// leaf takes a value without parts. What it says is what the decoder says of
// the same bytes, so the two cannot disagree.
func (m *mapper) leaf(t *Type) {
	p := m.leaves[t]
	if p == nil {
		p = orBad(compileProgram(t, modePeople))
		m.leaves[t] = p
	}
	start := m.pos // before the length, which the decoder reads too
	var size int
	switch t.Kind {
	case String, Bytes:
		n, ok := m.length(t)
		if !ok {
			return
		}
		size = n
	case Boolean:
		size = 1
	case Float, Double, Fixed:
		size = t.fixedSize()
	default:
		n, ok := m.number(t)
		if !ok {
			return
		}
		size = n.size
	}
	if size > len(m.data)-m.pos {
		m.fail(t, fault{problem: Truncated, value: int64(size), have: int64(len(m.data) - m.pos)})
		return
	}
	text, _, err := p.run(nil, m.data[start:m.pos+size], Limits{}.withDefaults())
	if e := (*DecodeError)(nil); errors.As(err, &e) {
		at := *e
		at.Path, at.Offset = m.path, start+e.Offset
		m.broken = &at
		return
	}
	if size > 0 || t.Kind == Fixed {
		m.span(size, RoleValue, t, string(text))
	}
}
