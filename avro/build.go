package avro

import (
	"fmt"
	"strconv"
	"strings"

	tavro "github.com/twmb/avro"
)

func itoa(n int) string { return strconv.Itoa(n) }

// builder turns the parser's tree, in which a named type is defined once and
// referred to by name, into Types linked by pointers.
type builder struct {
	named map[string]*Type
}

var kindByName = func() map[string]Kind {
	m := map[string]Kind{"error": Record}
	for k, name := range kindNames {
		m[name] = Kind(k)
	}
	return m
}()

// build converts n, which stands in namespace ns.
func (b *builder) build(n *tavro.SchemaNode, ns string) (*Type, error) {
	k, ok := kindByName[n.Type]
	if !ok || (k.Named() && n.Name == "" && len(n.Fields) == 0 && len(n.Symbols) == 0) {
		return b.refer(n.Type, ns)
	}
	t := &Type{
		Kind: k, Doc: n.Doc,
		Symbols: n.Symbols, EnumDefault: n.EnumDefault, HasEnumDefault: n.HasEnumDefault,
	}
	if k == Fixed {
		t.Size = n.Size
	}
	t.Logical = logicalOf(n.LogicalType, k, n.Size)
	if t.Logical == Decimal {
		t.Precision, t.Scale = n.Precision, n.Scale
	}
	if k.Named() {
		t.Name, ns = fullName(n.Name, n.Namespace)
		for _, a := range n.Aliases {
			full, _ := fullName(a, ns)
			t.Aliases = append(t.Aliases, full)
			if !strings.Contains(a, ".") {
				t.bareAliases = append(t.bareAliases, a)
			}
		}
		b.named[t.Name] = t // before the fields: they may refer to it
	}
	if err := b.children(t, n, ns); err != nil {
		return nil, err
	}
	return t, nil
}

func (b *builder) children(t *Type, n *tavro.SchemaNode, ns string) (err error) {
	switch t.Kind {
	case Record:
		t.Fields = make([]Field, len(n.Fields))
		for i := range n.Fields {
			f := &n.Fields[i]
			ft, err := b.build(&f.Type, ns)
			if err != nil {
				return err
			}
			t.Fields[i] = Field{
				Name: f.Name, Doc: f.Doc, Aliases: f.Aliases, Type: ft,
				Default: f.Default, HasDefault: f.HasDefault, Order: f.Order,
			}
		}
	case Array:
		t.Elem, err = b.build(n.Items, ns)
	case Map:
		t.Elem, err = b.build(n.Values, ns)
	case Union:
		t.Branches = make([]*Type, len(n.Branches))
		for i := range n.Branches {
			if t.Branches[i], err = b.build(&n.Branches[i], ns); err != nil {
				return err
			}
		}
		t.setShapes()
	case Enum:
		t.quoted = make([]string, len(t.Symbols))
		for i, s := range t.Symbols {
			t.quoted[i] = quoteJSON(s)
		}
	}
	return err
}

// refer finds the definition of a name used in namespace ns.
func (b *builder) refer(name, ns string) (*Type, error) {
	full := name
	if ns != "" && !strings.Contains(name, ".") {
		full = ns + "." + name
	}
	if t := b.named[full]; t != nil {
		return t, nil
	}
	if t := b.named[name]; t != nil {
		return t, nil
	}
	return nil, fmt.Errorf("type %q is used but not defined", clip(name, 80))
}

// fullName gives a definition's full name and the namespace of what it encloses.
func fullName(name, ns string) (full, enclosing string) {
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		return name, name[:i]
	}
	if ns == "" {
		return name, ""
	}
	return ns + "." + name, ns
}

// setMinSizes computes the least encoded size of every type under t. A
// recursive reference counts as nothing, which keeps it a lower bound.
func setMinSizes(t *Type, done map[*Type]bool) int {
	if _, seen := done[t]; seen {
		return t.minSize // 0 while it is being computed
	}
	done[t] = true
	n := 0
	switch t.Kind {
	case Null:
	case Float:
		n = 4
	case Double:
		n = 8
	case Fixed:
		n = t.Size
	case Record:
		for i := range t.Fields {
			n = addSize(n, setMinSizes(t.Fields[i].Type, done))
		}
	case Union:
		least := 0
		for i, b := range t.Branches {
			if s := setMinSizes(b, done); i == 0 || s < least {
				least = s
			}
		}
		n = addSize(1, least)
	case Array, Map:
		setMinSizes(t.Elem, done)
		n = 1
	default: // boolean, int, long, bytes, string, enum: at least one byte
		n = 1
	}
	t.minSize = n
	return n
}

// addSize adds two sizes and stays small: definitions that each use the one
// before twice double at every level.
func addSize(a, b int) int { return min(a+b, 1<<40) }

// clip shortens text that came from outside for use in a message.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	cut := n
	for cut > 0 && s[cut]&0xc0 == 0x80 {
		cut--
	}
	return s[:cut] + "..."
}
