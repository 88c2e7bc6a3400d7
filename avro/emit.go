package avro

import (
	"errors"
	"math"
)

type mode uint8

const (
	modePeople mode = iota
	modeAvro
	modeSkip
)

// maxInline is the program length from which records are compiled once and
// called, which keeps definitions that use each other twice from doubling.
const (
	maxInline = 2048
	maxOps    = 1 << 18
	maxText   = 32 << 20
)

var errSchemaTooLarge = errors.New("the schema is too large: it unfolds to more than 262,144 steps")

// emitter writes a program. Literals are collected in pending and ride on the
// next step; see op.
type emitter struct {
	mode    mode
	ops     []op
	pending []byte
	keep    int
	skip    int // bytes of fixed size waiting to be skipped
	scope   *scope
	inline  map[*Type]bool // records being written out at this place
	calls   map[*Type][]int
	queue   []*Type
	text    int
	err     error
}

func compileProgram(root *Type, m mode) (*program, error) {
	e := &emitter{mode: m, inline: map[*Type]bool{}, calls: map[*Type][]int{}}
	e.value(root)
	e.emit(op{code: opHalt})
	e.subroutines()
	if e.err != nil {
		return nil, e.err
	}
	return &program{ops: e.ops, silent: m == modeSkip}, nil
}

// subroutines writes the body of every record that is called, and points the
// calls at it.
func (e *emitter) subroutines() {
	for len(e.queue) > 0 && e.err == nil {
		t := e.queue[0]
		e.queue = e.queue[1:]
		start := len(e.ops)
		for _, pc := range e.calls[t] {
			e.ops[pc].n = int32(start)
		}
		e.calls[t] = []int{-start - 1} // written: later calls know where
		e.scope = nil
		e.record(t)
		e.emit(op{code: opReturn})
	}
}

// emit adds a step, which takes the pending literal with it.
func (e *emitter) emit(o op) int {
	e.flushSkip()
	return e.push(o)
}

func (e *emitter) push(o op) int {
	if e.err != nil {
		return 0
	}
	e.text += len(e.pending)
	if len(e.ops) >= maxOps || e.text > maxText {
		e.err = errSchemaTooLarge
		return 0
	}
	o.lit, o.keep, o.scope = string(e.pending), int32(e.keep), e.scope
	e.pending, e.keep = e.pending[:0], 0
	e.ops = append(e.ops, o)
	return len(e.ops) - 1
}

func (e *emitter) flushSkip() {
	for e.skip > 0 {
		n := min(e.skip, math.MaxInt32)
		e.skip -= n
		e.push(op{code: opSkip, n: int32(n)})
	}
}

// label is the number of the next step, which may be jumped to: nothing may
// be pending there.
func (e *emitter) label() int32 {
	e.flushSkip()
	if len(e.pending) > 0 {
		e.push(op{code: opLiteral})
	}
	return int32(len(e.ops))
}

// lit adds text that completes what was decoded so far.
func (e *emitter) lit(s string) {
	if e.mode == modeSkip {
		return
	}
	e.pending = append(e.pending, s...)
	e.keep = len(e.pending)
}

// prefix adds text that means nothing without the value that follows.
func (e *emitter) prefix(s ...string) {
	if e.mode == modeSkip {
		return
	}
	for _, t := range s {
		e.pending = append(e.pending, t...)
	}
}

func (e *emitter) enter(k scopeKind, name string) (leave func()) {
	outer := e.scope
	e.scope = &scope{outer: outer, kind: k, name: name}
	return func() { e.scope = outer }
}

// value writes the steps that read one value of type t.
func (e *emitter) value(t *Type) {
	if e.err != nil {
		return
	}
	switch t.Kind {
	case Record:
		if e.inline[t] || len(e.ops) > maxInline {
			e.call(t)
			return
		}
		e.record(t)
	case Array, Map:
		e.blocks(t)
	case Union:
		e.union(t)
	default:
		if e.mode == modeSkip {
			e.skipLeaf(t)
			return
		}
		if t.Kind == Null {
			e.lit("null")
			return
		}
		e.emit(e.leaf(t))
	}
}

func (e *emitter) record(t *Type) {
	if len(t.Fields) == 0 {
		e.lit("{}")
		return
	}
	outermost := !e.inline[t]
	e.inline[t] = true
	e.lit("{")
	for i := range t.Fields {
		f := &t.Fields[i]
		if i > 0 {
			e.prefix(",")
		}
		e.prefix(quoteJSON(f.Name), ":")
		leave := e.enter(inField, f.Name)
		e.value(f.Type)
		leave()
	}
	e.lit("}")
	if outermost {
		delete(e.inline, t)
	}
}

func (e *emitter) call(t *Type) {
	pc := e.emit(op{code: opCall, typ: t})
	if e.err != nil {
		return
	}
	calls, known := e.calls[t]
	switch {
	case !known:
		e.queue = append(e.queue, t)
		e.calls[t] = []int{pc}
	case calls[0] < 0:
		e.ops[pc].n = int32(-calls[0] - 1)
	default:
		e.calls[t] = append(calls, pc)
	}
}

func (e *emitter) blocks(t *Type) {
	if e.mode == modeSkip && t.Elem.fixedSize() >= 0 && t.Kind == Array {
		e.emit(op{code: opSkipBlocks, typ: t, n: int32(t.Elem.fixedSize())})
		return
	}
	start := opArray
	in := inItem
	if t.Kind == Map {
		start, in = opMap, inValue
	}
	head := e.emit(op{code: start, typ: t})
	body := e.label()
	leave := e.enter(in, "")
	if t.Kind == Map {
		if e.mode == modeSkip {
			e.emit(op{code: opSkipBytes})
		} else {
			e.emit(op{code: opKey, typ: t})
		}
	}
	e.value(t.Elem)
	e.emit(op{code: opNext, typ: t, n: body})
	leave()
	if e.err == nil {
		e.ops[head].n = e.label()
	}
}

// fixedSize is the size of every value of a type that always has the same
// size, else -1. Booleans are left out: their byte is checked.
func (t *Type) fixedSize() int {
	switch t.Kind {
	case Null:
		return 0
	case Float:
		return 4
	case Double:
		return 8
	case Fixed:
		return t.Size
	}
	return -1
}

func (e *emitter) union(t *Type) {
	if null := t.nullableIndex(); null >= 0 {
		other := t.Branches[1-null]
		head := e.emit(op{code: opNullable, typ: t, flag: uint8(null)})
		e.branch(t, other)
		if e.err == nil {
			e.ops[head].n = e.label()
		}
		return
	}
	head := e.emit(op{code: opUnion, typ: t})
	table := make([]int32, len(t.Branches))
	var jumps []int
	for i, b := range t.Branches {
		table[i] = e.label()
		e.branch(t, b)
		if i < len(t.Branches)-1 {
			jumps = append(jumps, e.emit(op{code: opJump}))
		}
	}
	if e.err != nil {
		return
	}
	e.ops[head].table = table
	end := e.label()
	for _, pc := range jumps {
		e.ops[pc].n = end
	}
}

// branch writes one branch of the union u, with its name where the output
// asks for it.
func (e *emitter) branch(u, b *Type) {
	tagged := b.Kind != Null && (e.mode == modeAvro || (e.mode == modePeople && u.ambiguous(b)))
	if !tagged {
		before := len(e.ops)
		e.value(b)
		if e.mode == modePeople && b.Kind <= Double && b.Kind >= Float && u.hasTextBranch() {
			for i := before; i < len(e.ops); i++ {
				e.ops[i].flag = 1 // NaN is written as text, and text has a branch of its own
			}
		}
		return
	}
	e.lit("{")
	e.prefix(quoteJSON(b.TypeName()), ":")
	leave := e.enter(inBranch, "")
	e.value(b)
	e.lit("}")
	leave()
}

// nullableIndex is the place of null in a union of null and one other type,
// else -1.
func (t *Type) nullableIndex() int {
	if len(t.Branches) != 2 {
		return -1
	}
	a, b := t.Branches[0].Kind == Null, t.Branches[1].Kind == Null
	switch {
	case a && !b:
		return 0
	case b && !a:
		return 1
	}
	return -1
}

// leaf is the step that reads and writes a value without parts.
func (e *emitter) leaf(t *Type) op {
	o := op{typ: t}
	if e.mode == modePeople {
		if code, n, flag, ok := logicalLeaf(t); ok {
			o.code, o.n, o.flag = code, n, flag
			return o
		}
	}
	switch t.Kind {
	case Boolean:
		o.code = opBoolean
	case Int:
		o.code = opInt
	case Long:
		o.code = opLong
	case Float:
		o.code = opFloat
	case Double:
		o.code = opDouble
	case String:
		o.code = opString
	case Enum:
		o.code = opEnum
	case Bytes:
		o.code = opBytes
		if e.mode == modeAvro {
			o.code = opBytesRaw
		}
	case Fixed:
		o.code, o.n = opFixed, int32(t.Size)
		if e.mode == modeAvro {
			o.code = opFixedRaw
		}
	}
	return o
}

func logicalLeaf(t *Type) (code opcode, n int32, flag uint8, ok bool) {
	switch t.Logical {
	case Decimal:
		if t.Kind == Fixed {
			return opDecimalFixed, int32(t.Size), 0, true
		}
		return opDecimal, 0, 0, true
	case UUID:
		if t.Kind == Fixed {
			return opUUIDFixed, 16, 0, true
		}
		return opString, 0, 0, true
	case Duration:
		return opDuration, 12, 0, true
	case Date:
		return opDate, 0, 0, true
	case TimeMillis:
		return opTimeMillis, 0, 0, true
	case TimeMicros:
		return opTimeMicros, 0, 0, true
	case TimestampMillis:
		return opTimestamp, 1e3, 0, true
	case TimestampMicros:
		return opTimestamp, 1e6, 0, true
	case TimestampNanos:
		return opTimestamp, 1e9, 0, true
	case LocalTimestampMillis:
		return opTimestamp, 1e3, 1, true
	case LocalTimestampMicros:
		return opTimestamp, 1e6, 1, true
	case LocalTimestampNanos:
		return opTimestamp, 1e9, 1, true
	}
	return 0, 0, 0, false
}

func (e *emitter) skipLeaf(t *Type) {
	switch t.Kind {
	case Null:
	case Boolean:
		e.emit(op{code: opBoolean, flag: 1, typ: t})
	case Int:
		e.emit(op{code: opSkipInt, typ: t})
	case Enum:
		e.emit(op{code: opEnum, flag: 1, typ: t})
	case Long:
		e.emit(op{code: opSkipLong, typ: t})
	case Float, Double, Fixed:
		e.skip += t.fixedSize()
	case String, Bytes:
		e.emit(op{code: opSkipBytes, typ: t})
	}
}
