package recordfilter

import (
	"strconv"
	"strings"

	"github.com/expr-lang/expr/ast"

	"kconsole/avro"
)

// path leads from the value to something in it.
type path []step

// step is a field's name, or the index of an item where name is empty.
type step struct {
	name  string
	index int
	item  bool
}

// step is the path to a member of what p leads to.
func (p path) step(property ast.Node) (path, bool) {
	var s step
	switch n := property.(type) {
	case *ast.StringNode:
		s.name = n.Value
	case *ast.IntegerNode:
		s.index, s.item = n.Value, true
	default:
		return nil, false
	}
	if s.item && s.index < 0 {
		return nil, false
	}
	return append(p[:len(p):len(p)], s), true
}

// String is the form that [avro.Schema.Find] takes.
func (p path) String() string {
	var b strings.Builder
	for i, s := range p {
		switch {
		case s.item:
			b.WriteString("[" + strconv.Itoa(s.index) + "]")
		case strings.ContainsAny(s.name, `.["`) || s.name == "":
			b.WriteString("[" + strconv.Quote(s.name) + "]")
		default:
			if i > 0 {
				b.WriteByte('.')
			}
			b.WriteString(s.name)
		}
	}
	return b.String()
}

// in follows the path in a decoded value; what is not there is nil.
func (p path) in(value any) any {
	for _, s := range p {
		switch v := value.(type) {
		case map[string]any:
			if s.item {
				return nil
			}
			value = v[s.name]
		case []any:
			if !s.item || s.index >= len(v) {
				return nil
			}
			value = v[s.index]
		default:
			return nil
		}
	}
	return value
}

// finder finds the path's value in records of a schema without decoding the
// rest, nil where that would not give the same as the whole record's JSON: that
// has the name of a union's branch in it where several are possible, and of keys
// of a map that repeat the last one.
func (p path) finder(s *avro.Schema) *avro.Finder {
	t := s.Root()
	for _, step := range p {
		t = onlyBranch(t)
		switch {
		case t == nil:
			return nil
		case t.Kind == avro.Array && step.item:
			t = t.Elem
		case t.Kind == avro.Record && !step.item:
			var next *avro.Type
			for i := range t.Fields {
				if t.Fields[i].Name == step.name {
					next = t.Fields[i].Type
				}
			}
			t = next
		default:
			return nil
		}
	}
	if t == nil {
		return nil
	}
	f, err := s.Find(p.String())
	if err != nil {
		return nil
	}
	return f
}

// onlyBranch sees through a union that has one type beside null.
func onlyBranch(t *avro.Type) *avro.Type {
	if t == nil || t.Kind != avro.Union {
		return t
	}
	var only *avro.Type
	for _, b := range t.Branches {
		if b.Kind == avro.Null {
			continue
		}
		if only != nil {
			return nil
		}
		only = b
	}
	return only
}
