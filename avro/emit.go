package avro

import (
	"errors"
	"math"
)

// mode is what a program writes.
type mode uint8

const (
	modePeople mode = iota
	modeAvro        // Avro's own JSON encoding
	modeSkip        // nothing
)

// maxInline is the program length from which records are written once and
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
	inline  map[routine]bool // records being written out at this place
	calls   map[routine]*callers
	queue   []routine
	matcher *matcher // of a writer's and a reader's schema
	text    int
	err     error
}

// routine is a record that is read in one way: as itself, or as the reader's.
type routine struct {
	writer, reader *Type
	mode           mode
}

// callers are the steps that call a routine, and where it starts once it is
// written.
type callers struct {
	start int32
	known bool
	from  []int
}

func newEmitter(m mode) *emitter {
	return &emitter{mode: m, inline: map[routine]bool{}, calls: map[routine]*callers{}, matcher: newMatcher()}
}

func compileProgram(root *Type, m mode) (*program, error) {
	e := newEmitter(m)
	e.value(root)
	return e.program()
}

// program ends the outermost value and writes the records that it calls.
func (e *emitter) program() (*program, error) {
	e.emit(op{code: opHalt})
	for len(e.queue) > 0 && e.err == nil {
		r := e.queue[0]
		e.queue = e.queue[1:]
		c := e.calls[r]
		c.start, c.known = int32(len(e.ops)), true
		for _, pc := range c.from {
			e.ops[pc].n = c.start
		}
		e.scope, e.mode = nil, r.mode
		e.record(r)
		e.emit(op{code: opReturn})
	}
	if e.err != nil {
		return nil, e.err
	}
	return &program{ops: e.ops}, nil
}

// emit adds a step, which takes the pending literal with it, and returns its
// number.
func (e *emitter) emit(o op) int {
	e.flushSkip()
	return e.push(o)
}

func (e *emitter) push(o op) int {
	e.text += len(e.pending)
	if len(e.ops) >= maxOps || e.text > maxText {
		e.err = errSchemaTooLarge
	}
	if e.err != nil {
		return 0
	}
	o.literal(string(e.pending))
	o.keep, o.scope = int32(e.keep), e.scope
	o.quiet = e.mode == modeSkip
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

// jumpHere makes a step go to the next one.
func (e *emitter) jumpHere(pc int) {
	if to := e.label(); e.err == nil {
		e.ops[pc].n = to
	}
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

// within writes what is inside a scope.
func (e *emitter) within(k scopeKind, name string, body func()) {
	outer := e.scope
	e.scope = &scope{outer: outer, kind: k, name: name, quiet: e.mode == modeSkip}
	body()
	e.scope = outer
}

// passOver writes the steps that read a value and write nothing.
func (e *emitter) passOver(t *Type) {
	e.label() // what is pending closes and opens things: it must not wait
	before := e.mode
	e.mode = modeSkip
	e.value(t)
	e.flushSkip()
	e.mode = before
}

// value writes the steps that read one value of type t.
func (e *emitter) value(t *Type) {
	if e.err != nil {
		return
	}
	switch t.Kind {
	case Record:
		e.recordOrCall(routine{t, nil, e.mode})
	case Array, Map:
		e.blocks(t, func() { e.value(t.Elem) })
	case Union:
		e.union(t, true, func(b *Type) { e.branch(t, b, func() { e.value(b) }) })
	case Null:
		e.lit("null")
	default:
		if e.mode == modeSkip {
			e.skipLeaf(t)
			return
		}
		e.emit(e.leaf(t))
	}
}

func (e *emitter) recordOrCall(r routine) {
	if e.inline[r] || len(e.ops) > maxInline {
		e.call(r)
		return
	}
	e.record(r)
}

func (e *emitter) record(r routine) {
	if r.reader != nil {
		e.resolvedRecord(r)
		return
	}
	t := r.writer
	if len(t.Fields) == 0 {
		e.lit("{}")
		return
	}
	e.inline[r] = true
	e.lit("{")
	for i := range t.Fields {
		f := &t.Fields[i]
		if i > 0 {
			e.prefix(",")
		}
		e.prefix(quoteJSON(f.Name), ":")
		e.within(inField, f.Name, func() { e.value(f.Type) })
	}
	e.lit("}")
	delete(e.inline, r)
}

func (e *emitter) call(r routine) {
	pc := e.emit(op{code: opCall, typ: r.writer})
	if e.err != nil {
		return
	}
	c := e.calls[r]
	if c == nil {
		c = &callers{}
		e.calls[r] = c
		e.queue = append(e.queue, r)
	}
	if c.known {
		e.ops[pc].n = c.start
		return
	}
	c.from = append(c.from, pc)
}

// blocks writes an array or map whose items are read by body.
func (e *emitter) blocks(t *Type, body func()) {
	if e.mode == modeSkip && t.Elem.fixedSize() >= 0 && t.Kind == Array {
		e.emit(op{code: opSkipBlocks, typ: t})
		return
	}
	head, in := op{code: opArray, typ: t}, inItem
	if t.Kind == Map {
		head.code, in = opMap, inValue
	}
	pc := e.emit(head)
	first := e.label()
	e.within(in, "", func() {
		switch {
		case t.Kind != Map:
		case e.mode == modeSkip:
			e.emit(op{code: opSkipBytes, typ: t})
		default:
			e.emit(op{code: opKey, typ: t})
		}
		body()
		e.emit(op{code: opNext, typ: t, n: first})
	})
	e.jumpHere(pc)
}

// union writes the choice between the branches of t. plainNull says that null
// is written as null, which allows the short form for a union of null and one
// other type.
func (e *emitter) union(t *Type, plainNull bool, branch func(*Type)) {
	if null := t.nullableIndex(); null >= 0 && plainNull {
		pc := e.emit(op{code: opNullable, typ: t, flag: uint8(null)})
		branch(t.Branches[1-null])
		e.jumpHere(pc)
		return
	}
	pc := e.emit(op{code: opUnion, typ: t})
	table := make([]int32, len(t.Branches))
	var jumps []int
	for i, b := range t.Branches {
		table[i] = e.label()
		branch(b)
		if i < len(t.Branches)-1 {
			jumps = append(jumps, e.emit(op{code: opJump}))
		}
	}
	if e.err != nil {
		return
	}
	e.ops[pc].table = table
	for _, j := range jumps {
		e.jumpHere(j)
	}
	e.label()
}

// branch writes the value of branch b of union u, with the branch's name where
// the output asks for it.
func (e *emitter) branch(u, b *Type, value func()) {
	if b.Kind != Null && (e.mode == modeAvro || (e.mode == modePeople && u.ambiguous(b))) {
		e.lit("{")
		e.prefix(quoteJSON(b.TypeName()), ":")
		e.within(inBranch, "", func() {
			value()
			e.lit("}")
		})
		return
	}
	before := len(e.ops)
	value()
	if e.mode == modePeople && b.isFloat() && u.hasTextBranch() {
		for i := before; i < len(e.ops); i++ {
			e.ops[i].flag |= flagNamed // NaN is written as text, which has a branch of its own
		}
	}
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
