package avro

import (
	"slices"
	"strings"
)

// The rules of schema resolution (specification, "Schema Resolution"), shared
// by the compatibility check and the decoder that reads as another schema.

// namesMatch reports whether a reader's named type takes a writer's: their
// full or unqualified names are the same, or an alias of the reader names the
// writer's. An alias without a namespace matches in any.
func namesMatch(r, w *Type) bool {
	return r.Name == w.Name || unqualified(r.Name) == unqualified(w.Name) ||
		slices.Contains(r.Aliases, w.Name) || slices.Contains(r.bareAliases, unqualified(w.Name))
}

func unqualified(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// promotes reports whether a writer's kind may be read as another kind.
func promotes(w, r Kind) bool {
	switch w {
	case Int:
		return r == Long || r == Float || r == Double
	case Long:
		return r == Float || r == Double
	case Float:
		return r == Double
	case String:
		return r == Bytes
	case Bytes:
		return r == String
	}
	return false
}

// branchKey is what a branch of a union answers to.
type branchKey struct {
	kind  Kind
	name  string // "" for unnamed kinds
	size  int    // of a fixed: another size is another type
	exact bool   // the name is a full one
}

// branchIndex finds the branch of a reader's union for a writer's type. Both
// sides may have thousands of branches, so it must not search.
type branchIndex struct {
	byKey  map[branchKey]*Type
	byKind [Fixed + 1]int // the first branch of a kind, from 1
	union  *Type
}

func newBranchIndex(union *Type) *branchIndex {
	x := &branchIndex{byKey: make(map[branchKey]*Type, 2*len(union.Branches)), union: union}
	add := func(k branchKey, t *Type) {
		if x.byKey[k] == nil { // the first one counts
			x.byKey[k] = t
		}
	}
	for i, b := range union.Branches {
		if x.byKind[b.Kind] == 0 {
			x.byKind[b.Kind] = i + 1
		}
		add(branchKey{b.Kind, b.Name, b.Size, true}, b)
		for _, a := range b.Aliases {
			add(branchKey{b.Kind, a, b.Size, true}, b)
		}
		if b.Kind.Named() {
			add(branchKey{b.Kind, unqualified(b.Name), b.Size, false}, b)
		}
		for _, a := range b.bareAliases {
			add(branchKey{b.Kind, a, b.Size, false}, b)
		}
	}
	return x
}

// pick is the branch that takes a writer's type that is no union, or nil: the
// same full name or an alias first, then the same unqualified name, then a
// promotion.
func (x *branchIndex) pick(w *Type) *Type {
	if b := x.byKey[branchKey{w.Kind, w.Name, w.Size, true}]; b != nil {
		return b
	}
	if w.Kind.Named() {
		return x.byKey[branchKey{w.Kind, unqualified(w.Name), w.Size, false}]
	}
	best := 0
	for k := Null; k <= Fixed; k++ {
		if at := x.byKind[k]; at > 0 && promotes(w.Kind, k) && (best == 0 || at < best) {
			best = at
		}
	}
	if best == 0 {
		return nil
	}
	return x.union.Branches[best-1]
}

// matcher keeps the indexes of the unions and records of a pair of schemas.
type matcher struct {
	unions  map[*Type]*branchIndex
	records map[*Type]map[string]*Field
}

func newMatcher() *matcher {
	return &matcher{unions: map[*Type]*branchIndex{}, records: map[*Type]map[string]*Field{}}
}

func (m *matcher) pickBranch(union, w *Type) *Type {
	x := m.unions[union]
	if x == nil {
		x = newBranchIndex(union)
		m.unions[union] = x
	}
	return x.pick(w)
}

// fields are a record's fields by name.
func (m *matcher) fields(t *Type) map[string]*Field {
	f := m.records[t]
	if f == nil {
		f = make(map[string]*Field, len(t.Fields))
		for i := range t.Fields {
			f[t.Fields[i].Name] = &t.Fields[i]
		}
		m.records[t] = f
	}
	return f
}

// writerField finds the writer's field for a reader's: by name, then by the
// reader's aliases in order.
func (m *matcher) writerField(r *Field, w *Type) *Field {
	fields := m.fields(w)
	if f := fields[r.Name]; f != nil {
		return f
	}
	for _, a := range r.Aliases {
		if f := fields[a]; f != nil {
			return f
		}
	}
	return nil
}
