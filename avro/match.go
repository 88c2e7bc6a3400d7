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

// pickBranch is the branch of a reader's union that takes a writer's type that
// is not a union, or nil: the same full name or an alias first, then the same
// unqualified name, then a promotion.
func pickBranch(union, w *Type) *Type {
	same := func(r *Type) bool { return r.Kind == w.Kind && (w.Kind != Fixed || r.Size == w.Size) }
	for _, r := range union.Branches {
		if same(r) && (!w.Kind.Named() || r.Name == w.Name || slices.Contains(r.Aliases, w.Name)) {
			return r
		}
	}
	for _, r := range union.Branches {
		if same(r) && namesMatch(r, w) {
			return r
		}
	}
	for _, r := range union.Branches {
		if promotes(w.Kind, r.Kind) {
			return r
		}
	}
	return nil
}

// writerField finds the writer's field for a reader's: by name, then by the
// reader's aliases in order.
func writerField(r *Field, w *Type) *Field {
	if f := w.field(r.Name); f != nil {
		return f
	}
	for _, a := range r.Aliases {
		if f := w.field(a); f != nil {
			return f
		}
	}
	return nil
}

func (t *Type) field(name string) *Field {
	for i := range t.Fields {
		if t.Fields[i].Name == name {
			return &t.Fields[i]
		}
	}
	return nil
}
