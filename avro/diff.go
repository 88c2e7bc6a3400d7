package avro

import (
	"fmt"
	"slices"
	"strings"
)

// Difference is one thing that differs between two versions of a schema.
type Difference struct {
	// Path names the place in the new schema, or in the old one for what is gone.
	Path string
	// What differs, such as "added", "removed", "renamed", "type", "default",
	// "symbols", "size", "decimal", "logical type", "order", "doc", "aliases".
	What string
	// Old and New are the two sides in words; "" where there is nothing.
	Old, New string
}

func (d Difference) String() string {
	at := d.Path
	if at == "" {
		at = "the schema"
	}
	switch {
	case d.Old == "":
		return fmt.Sprintf("%s: %s %s", at, d.What, d.New)
	case d.New == "":
		return fmt.Sprintf("%s: %s (was %s)", at, d.What, d.Old)
	}
	return fmt.Sprintf("%s: %s %s → %s", at, d.What, d.Old, d.New)
}

// Diff lists field by field what changed from old to next, in the order of
// next; what is gone stands after its neighbours.
func Diff(old, next *Schema) []Difference {
	d := differ{matcher: newMatcher(), seen: map[[2]*Type]bool{}}
	d.types(old.root, next.root, "")
	return d.out
}

const maxDifferences = 5000

type differ struct {
	*matcher
	seen map[[2]*Type]bool
	out  []Difference
}

func (d *differ) add(path, what, from, to string) {
	if len(d.out) < maxDifferences {
		d.out = append(d.out, Difference{Path: path, What: what, Old: clip(from, 200), New: clip(to, 200)})
	}
}

// changed adds a difference if there is one.
func (d *differ) changed(path, what, from, to string) {
	if from != to {
		d.add(path, what, from, to)
	}
}

func (d *differ) types(a, b *Type, path string) {
	if d.seen[[2]*Type{a, b}] {
		return
	}
	d.seen[[2]*Type{a, b}] = true
	if a.Kind != b.Kind {
		d.add(path, "type", a.Describe(), b.Describe())
		return
	}
	if a.Kind.Named() {
		d.changed(path, "name", a.Name, b.Name)
		d.changed(path, "aliases", strings.Join(a.Aliases, ", "), strings.Join(b.Aliases, ", "))
		d.changed(path, "doc", a.Doc, b.Doc)
	}
	d.changed(path, "logical type", a.Logical.String(), b.Logical.String())
	if a.Logical == Decimal && b.Logical == Decimal {
		d.changed(path, "decimal", a.Describe(), b.Describe())
	}
	switch a.Kind {
	case Record:
		d.fields(a, b, path)
	case Array:
		d.types(a.Elem, b.Elem, path+"[]")
	case Map:
		d.types(a.Elem, b.Elem, path+"{}")
	case Union:
		d.branches(a, b, path)
	case Enum:
		d.symbols(a, b, path)
	case Fixed:
		d.changed(path, "size", itoa(a.Size), itoa(b.Size))
	}
}

func (d *differ) fields(a, b *Type, path string) {
	taken := map[*Field]bool{}
	var common []string // names of fields that both have, in the new order
	for i := range b.Fields {
		bf := &b.Fields[i]
		at := joinPath(path, bf.Name)
		af := d.writerField(bf, a)
		if af == nil || taken[af] {
			d.add(at, "added", "", bf.summary())
			continue
		}
		taken[af] = true
		if af.Name != bf.Name {
			d.add(at, "renamed", af.Name, bf.Name)
		}
		common = append(common, af.Name)
		d.types(af.Type, bf.Type, at)
		d.changed(at, "default", af.defaultText(), bf.defaultText())
		d.changed(at, "sort order", af.Order, bf.Order)
		d.changed(at, "doc", af.Doc, bf.Doc)
		d.changed(at, "aliases", strings.Join(af.Aliases, ", "), strings.Join(bf.Aliases, ", "))
	}
	var before []string // the same names, in the old order
	for i := range a.Fields {
		if af := &a.Fields[i]; taken[af] {
			before = append(before, af.Name)
		} else {
			d.add(joinPath(path, af.Name), "removed", af.summary(), "")
		}
	}
	if !slices.Equal(before, common) {
		d.add(path, "order", strings.Join(before, ", "), strings.Join(common, ", "))
	}
}

func (d *differ) branches(a, b *Type, path string) {
	byName := func(branches []*Type) map[string]*Type {
		m := make(map[string]*Type, len(branches))
		for _, t := range branches {
			m[t.TypeName()] = t
		}
		return m
	}
	olds, news := byName(a.Branches), byName(b.Branches)
	var before, after []string
	for _, t := range a.Branches {
		if news[t.TypeName()] == nil {
			d.add(path, "branch removed", t.Describe(), "")
		} else {
			before = append(before, t.TypeName())
		}
	}
	for _, t := range b.Branches {
		if old := olds[t.TypeName()]; old == nil {
			d.add(path, "branch added", "", t.Describe())
		} else {
			after = append(after, t.TypeName())
			d.types(old, t, path)
		}
	}
	if !slices.Equal(before, after) {
		d.add(path, "order", strings.Join(before, ", "), strings.Join(after, ", "))
	}
}

func (d *differ) symbols(a, b *Type, path string) {
	gone, added := without(a.Symbols, b.Symbols), without(b.Symbols, a.Symbols)
	if len(gone) > 0 {
		d.add(path, "symbols removed", strings.Join(gone, ", "), "")
	}
	if len(added) > 0 {
		d.add(path, "symbols added", "", strings.Join(added, ", "))
	}
	if len(gone)+len(added) == 0 && !slices.Equal(a.Symbols, b.Symbols) {
		d.add(path, "order", strings.Join(a.Symbols, ", "), strings.Join(b.Symbols, ", "))
	}
	d.changed(path, "enum default", a.EnumDefault, b.EnumDefault)
}

// without lists what is in list and not in other.
func without(list, other []string) (out []string) {
	known := make(map[string]bool, len(other))
	for _, s := range other {
		known[s] = true
	}
	for _, s := range list {
		if !known[s] {
			out = append(out, s)
		}
	}
	return out
}

// summary is a field's type and default in words.
func (f *Field) summary() string {
	if !f.HasDefault {
		return f.Type.Describe()
	}
	return f.Type.Describe() + " = " + f.defaultText()
}

// defaultText is the field's default as JSON, "" if it has none.
func (f *Field) defaultText() string {
	if !f.HasDefault {
		return ""
	}
	return f.defaultJSON(modePeople)
}
