package avro

import (
	"errors"
	"fmt"
)

// Finder reads one value out of records and passes over everything before it;
// what stands behind it is not looked at. Make one with [Schema.Find].
type Finder struct {
	// Type is the type of the value, or nil when it depends on the branch of
	// a union on the way.
	Type *Type

	program *program
}

// Find prepares the search for the value at a path, such as customer.id,
// lines[2].sku or tags["a"]. Unions on the way are seen through: where another
// branch is present, the value is missing. It fails when no record of the
// schema can have such a value, and names what there is instead.
func (s *Schema) Find(path string) (*Finder, error) {
	steps, err := parsePath(path)
	if err != nil {
		return nil, err
	}
	e := newEmitter(modePeople)
	f := finder{emitter: e, path: path, types: map[*Type]bool{}}
	if !f.find(s.root, steps) {
		if f.err == nil {
			f.err = fmt.Errorf("path %q: nothing is there", clip(path, 80))
		}
		return nil, f.err
	}
	p, err := e.program()
	if err != nil {
		return nil, &SchemaError{err}
	}
	out := &Finder{program: p}
	if len(f.types) == 1 {
		for t := range f.types {
			out.Type = t
		}
	}
	return out, nil
}

var (
	errMissing = errors.New("missing")
	errFound   = errors.New("found")
)

// Append appends the value as JSON for people. found is false, and nothing is
// appended, when the record has no such value (another branch, a shorter
// array). The error is a [*DecodeError] of what stands before the value or in
// it. It does not allocate.
func (f *Finder) Append(dst, data []byte, lim Limits) (out []byte, found bool, err error) {
	out, _, err = f.program.run(dst, data, lim.withDefaults())
	switch {
	case errors.Is(err, errFound):
		return out, true, nil
	case err == nil, errors.Is(err, errMissing):
		return dst, false, nil
	}
	return dst, false, err
}

type finder struct {
	*emitter
	path  string
	types map[*Type]bool // that the value can have
	err   error          // why it cannot be
}

func (f *finder) skipping(body func()) {
	f.label()
	f.mode = modeSkip
	body()
	f.label()
	f.mode = modePeople
}

// find writes the steps that lead to the value; it reports whether t can have it.
func (f *finder) find(t *Type, steps []step) bool {
	if len(steps) == 0 {
		f.types[t] = true
		f.value(t)
		f.emit(op{code: opFound})
		return true
	}
	if t.Kind == Union {
		return f.findInUnion(t, steps)
	}
	s, rest := steps[0], steps[1:]
	switch {
	case t.Kind == Record && s.kind != inItem:
		return f.findField(t, s.name, rest)
	case t.Kind == Map && s.kind != inItem:
		return f.findKey(t, s.name, rest)
	case t.Kind == Array && s.kind == inItem:
		return f.findIndex(t, s.index, rest)
	}
	f.fail("%s is %s", s.where(), t.Describe())
	return false
}

func (s step) where() string {
	if s.kind == inItem {
		return "where [" + itoa(s.index) + "] is looked for"
	}
	return "where " + quoteJSON(clip(s.name, 60)) + " is looked for"
}

func (f *finder) fail(format string, args ...any) {
	if f.err == nil {
		f.err = fmt.Errorf("path %q: "+format, append([]any{clip(f.path, 80)}, args...)...)
	}
}

func (f *finder) findField(t *Type, name string, rest []step) bool {
	for i := range t.Fields {
		fd := &t.Fields[i]
		ok := false
		f.within(inField, fd.Name, func() {
			if fd.Name == name {
				ok = f.find(fd.Type, rest)
				return
			}
			f.passOver(fd.Type)
		})
		if fd.Name == name {
			return ok
		}
	}
	names := make([]string, len(t.Fields))
	for i := range t.Fields {
		names[i] = t.Fields[i].Name
	}
	f.fail("%s has no field %s%s", t.Describe(), quoteJSON(clip(name, 60)), nearest(name, names))
	return false
}

func (f *finder) findInUnion(t *Type, steps []step) bool {
	pc := f.emit(op{code: opUnion, typ: t, quiet: true})
	table := make([]int32, len(t.Branches))
	found := false
	for i, b := range t.Branches {
		table[i] = f.label()
		if b.Kind != Null && f.find(b, steps) {
			found = true
			continue
		}
		f.emit(op{code: opMissing})
	}
	if f.emitter.err == nil {
		f.ops[pc].table = table
	}
	return found
}

// findKey goes through a map until the key comes.
func (f *finder) findKey(t *Type, key string, rest []step) bool {
	want := op{code: opWantKey, typ: &Type{Kind: Map, Name: key, Elem: t.Elem}}
	return f.findIn(t, op{code: opMap, typ: t}, inValue, want, rest)
}

// findIndex goes through an array until the index comes.
func (f *finder) findIndex(t *Type, index int, rest []step) bool {
	want := op{code: opWantIndex, typ: &Type{Kind: Array, Size: index, Elem: t.Elem}}
	return f.findIn(t, op{code: opArray, typ: t}, inItem, want, rest)
}

// findIn goes through a map or array until what is wanted comes.
func (f *finder) findIn(t *Type, head op, in scopeKind, want op, rest []step) (ok bool) {
	f.skipping(func() {
		from := f.emit(head)
		first := f.label()
		f.within(in, "", func() {
			other := f.emit(want)
			f.mode = modePeople
			ok = f.find(t.Elem, rest)
			f.emit(op{code: opMissing})
			f.mode = modeSkip
			f.jumpHere(other)
			f.value(t.Elem)
			f.emit(op{code: opNext, typ: t, n: first})
		})
		f.jumpHere(from)
		f.emit(op{code: opMissing})
	})
	return ok
}
