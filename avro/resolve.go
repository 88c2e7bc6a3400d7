package avro

import "sync"

// Resolution decodes records of a writer schema as a reader schema sees them
// (specification, "Schema Resolution"): fields are matched by name and alias,
// dropped, filled from defaults, and promoted. Make one with [Schema.ReadAs].
type Resolution struct {
	// Conflicts lists where the two schemas do not get along. Records that do
	// not meet such a place (an enum symbol that is never used) are read all
	// the same.
	Conflicts []Conflict

	people  *program
	avroish func() *program
}

// ReadAs prepares the decoding of records written with s as reader sees them.
// Fields stand in the writer's order and not in the reader's: a record is read
// once from front to end and nothing of it is held back. The order of members
// means nothing in JSON (RFC 8259), and AppendAvro of the reader's schema takes
// any, so reading and encoding again gives records in the reader's order.
//
// It fails only for schemas that are too large; conflicts show in
// Resolution.Conflicts and in the records that they concern.
func (s *Schema) ReadAs(reader *Schema) (*Resolution, error) {
	p, err := compileResolution(s.root, reader.root, modePeople)
	if err != nil {
		return nil, &SchemaError{err}
	}
	return &Resolution{
		Conflicts: Compare(s, reader),
		people:    p,
		avroish: sync.OnceValue(func() *program {
			return orBad(compileResolution(s.root, reader.root, modeAvro))
		}),
	}, nil
}

// orBad stands in for a program that did not fit, though the one for people did.
func orBad(p *program, err error) *program {
	if err != nil {
		return &program{ops: []op{{code: opBadSchema}}}
	}
	return p
}

func compileResolution(w, r *Type, m mode) (*program, error) {
	e := newEmitter(m)
	e.resolve(w, r)
	return e.program()
}

// AppendJSON is [Schema.AppendJSON] as the reader sees the record. The fields
// that the writer has stand in the writer's order, those filled from defaults
// after them.
func (r *Resolution) AppendJSON(dst, data []byte, lim Limits) ([]byte, error) {
	out, _, err := r.people.run(dst, data, lim.withDefaults())
	return out, err
}

// AppendAvroJSON is AppendJSON in Avro's own JSON encoding.
func (r *Resolution) AppendAvroJSON(dst, data []byte, lim Limits) ([]byte, error) {
	out, _, err := r.avroish().run(dst, data, lim.withDefaults())
	return out, err
}

// resolve writes the steps that read a value of type w as type r.
func (e *emitter) resolve(w, r *Type) {
	if e.err != nil {
		return
	}
	switch {
	case w.Kind == Union:
		e.union(w, r.Kind == Null || r.Kind == Union && r.nullBranch() >= 0, func(b *Type) { e.resolveInto(b, r) })
	case r.Kind == Union:
		e.resolveInto(w, r)
	case w.Kind == r.Kind:
		e.resolveSame(w, r)
	case promotes(w.Kind, r.Kind):
		e.promote(w, r)
	default:
		e.conflict(Conflict{Rule: TypeChanged, Writer: w.Describe(), Reader: r.Describe()})
	}
}

// resolveInto reads w, which is no union, as r, which may be one.
func (e *emitter) resolveInto(w, r *Type) {
	if r.Kind != Union {
		e.resolve(w, r)
		return
	}
	b := e.matcher.pickBranch(r, w)
	if b == nil {
		e.conflict(Conflict{Rule: BranchUnknown, Symbol: w.TypeName(), Reader: r.Describe()})
		return
	}
	e.branch(r, b, func() { e.resolve(w, b) })
}

func (e *emitter) resolveSame(w, r *Type) {
	if w.Kind.Named() && !namesMatch(r, w) {
		e.conflict(Conflict{Rule: NameChanged, Writer: w.Describe(), Reader: r.Describe()})
		return
	}
	switch w.Kind {
	case Null:
		e.lit("null")
	case Record:
		e.recordOrCall(routine{w, r, e.mode})
	case Array, Map:
		e.blocks(w, func() { e.resolve(w.Elem, r.Elem) })
	case Enum:
		e.emit(op{code: opEnum, typ: remapEnum(w, r)})
	case Fixed:
		if w.Size != r.Size {
			e.conflict(Conflict{Rule: SizeChanged, Writer: w.Describe(), Reader: r.Describe()})
			return
		}
		e.decimalOrLeaf(w, r)
	default:
		e.decimalOrLeaf(w, r)
	}
}

func (e *emitter) decimalOrLeaf(w, r *Type) {
	if w.Logical == Decimal && r.Logical == Decimal && (w.Precision != r.Precision || w.Scale != r.Scale) {
		e.conflict(Conflict{Rule: DecimalChanged, Writer: w.Describe(), Reader: r.Describe()})
		return
	}
	e.emit(e.leaf(r))
}

// promote reads a value of one kind as another that can hold it.
func (e *emitter) promote(w, r *Type) {
	o := e.leaf(r)
	switch {
	case r.Kind == Float || r.Kind == Double:
		o.code = opFloatAsFloat
		if w.Kind != Float {
			o.code, o.n = opIntAsFloat, 64
			if r.Kind == Float {
				o.n = 32
			}
			if w.Kind == Int {
				o.flag |= flagOn
			}
		}
	case w.Kind == Int && o.code == opLong: // a long logical type reads a longer varint, which an int never is
		o.code = opInt
	}
	e.emit(o)
}

// remapEnum is the writer's enum with the reader's words: the symbol itself
// where the reader has it, else the reader's default, else nothing.
func remapEnum(w, r *Type) *Type {
	known := make(map[string]bool, len(r.Symbols))
	for _, s := range r.Symbols {
		known[s] = true
	}
	t := *w
	t.quoted = make([]string, len(w.Symbols))
	for i, s := range w.Symbols {
		switch {
		case known[s]:
			t.quoted[i] = w.quoted[i]
		case r.HasEnumDefault:
			t.quoted[i] = quoteJSON(r.EnumDefault)
		}
	}
	return &t
}

func (e *emitter) resolvedRecord(x routine) {
	w, r := x.writer, x.reader
	e.inline[x] = true
	defer delete(e.inline, x)
	readers := make(map[*Field]*Field, len(r.Fields)) // by the writer's field
	var missing []*Field
	for i := range r.Fields {
		rf := &r.Fields[i]
		switch wf := e.matcher.writerField(rf, w); {
		case wf == nil:
			missing = append(missing, rf)
		case readers[wf] == nil:
			readers[wf] = rf
		}
	}
	e.lit("{")
	comma := ""
	for i := range w.Fields {
		wf := &w.Fields[i]
		rf := readers[wf]
		if rf == nil {
			e.within(inField, wf.Name, func() { e.passOver(wf.Type) })
			continue
		}
		e.prefix(comma, quoteJSON(rf.Name), ":")
		comma = ","
		e.within(inField, rf.Name, func() { e.resolve(wf.Type, rf.Type) })
	}
	for _, rf := range missing {
		if !rf.HasDefault {
			e.within(inField, rf.Name, func() {
				e.conflict(Conflict{Rule: NoDefault, Path: rf.Name})
			})
			continue
		}
		e.lit(comma + quoteJSON(rf.Name) + ":" + rf.defaultJSON(e.mode))
		comma = ","
	}
	e.lit("}")
}

// conflict writes the step at which a record that comes here fails.
func (e *emitter) conflict(c Conflict) {
	why := ""
	switch c.Rule {
	case TypeChanged, NameChanged, SizeChanged, DecimalChanged:
		why = "written as " + c.Writer + ", which cannot be read as " + c.Reader
	case BranchUnknown:
		why = "the record holds " + c.Symbol + ", and the reader's " + c.Reader + " has no place for it"
	case NoDefault:
		why = "the record lacks the field, and the reader has no default for it"
	}
	e.emit(op{code: opConflict, typ: &Type{Doc: why}})
}
