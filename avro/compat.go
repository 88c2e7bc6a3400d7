package avro

// Rule is a rule of schema resolution that a pair of schemas breaks.
type Rule uint8

// The rules of the specification's section "Schema Resolution".
const (
	_              Rule = iota
	TypeChanged         // the writer's type cannot be read as the reader's
	NameChanged         // records, enums or fixed of different names, and no alias
	NoDefault           // the reader has a field that the writer lacks, without a default
	SymbolUnknown       // the writer's enum has a symbol that the reader lacks, without a default
	SizeChanged         // fixed of different sizes
	DecimalChanged      // decimals of different precision or scale
	BranchUnknown       // a branch of the writer's union fits nothing in the reader
	AliasClash          // two of the writer's fields fit one of the reader's
)

var ruleNames = [...]string{
	"", "type changed", "name changed", "no default", "unknown symbol", "size changed",
	"decimal changed", "unknown branch", "alias clash",
}

func (r Rule) String() string { return ruleNames[r] }

// Conflict is one place where data of the writer cannot be read by the reader.
type Conflict struct {
	Rule Rule
	// Path names the place in the reader's schema, such as
	// customer.addresses[].zip; empty at the outermost type.
	Path string
	// Writer and Reader are the types there, in words; "" where there is none.
	Writer, Reader string
	// Symbol is the enum symbol or union branch in question, if any.
	Symbol string
}

// Compare lists every place where records written with writer cannot be read
// with reader; none means that all can. The rules are those of the
// specification, under which every branch of a writer's union must be readable.
// The argument order is writer, then reader.
func Compare(writer, reader *Schema) []Conflict {
	c := comparer{matcher: newMatcher(), seen: map[[2]*Type]bool{}}
	c.types(writer.root, reader.root, "")
	return c.found
}

// maxConflicts bounds the list: a hostile pair of schemas can differ in
// millions of places.
const maxConflicts = 1000

type comparer struct {
	*matcher
	seen  map[[2]*Type]bool
	found []Conflict
}

func (c *comparer) add(rule Rule, path string, w, r *Type, symbol string) {
	if len(c.found) >= maxConflicts {
		return
	}
	k := Conflict{Rule: rule, Path: path, Symbol: symbol}
	if w != nil {
		k.Writer = w.Describe()
	}
	if r != nil {
		k.Reader = r.Describe()
	}
	c.found = append(c.found, k)
}

func (c *comparer) types(w, r *Type, path string) {
	if c.seen[[2]*Type{w, r}] {
		return
	}
	c.seen[[2]*Type{w, r}] = true
	switch {
	case w.Kind == Union:
		for _, b := range w.Branches {
			if r.Kind != Union {
				c.types(b, r, path)
			} else {
				c.intoUnion(b, r, path)
			}
		}
	case r.Kind == Union:
		c.intoUnion(w, r, path)
	case w.Kind == r.Kind:
		c.sameKind(w, r, path)
	case !promotes(w.Kind, r.Kind):
		c.add(TypeChanged, path, w, r, "")
	}
}

func (c *comparer) intoUnion(w, union *Type, path string) {
	b := c.pickBranch(union, w)
	if b == nil {
		c.add(BranchUnknown, path, w, union, w.TypeName())
		return
	}
	c.types(w, b, path)
}

func (c *comparer) sameKind(w, r *Type, path string) {
	if w.Kind.Named() && !namesMatch(r, w) {
		c.add(NameChanged, path, w, r, "")
		return
	}
	switch w.Kind {
	case Record:
		c.records(w, r, path)
		return
	case Enum:
		c.enums(w, r, path)
		return
	case Array:
		c.types(w.Elem, r.Elem, path+"[]")
		return
	case Map:
		c.types(w.Elem, r.Elem, path+"{}")
		return
	case Fixed:
		if w.Size != r.Size {
			c.add(SizeChanged, path, w, r, "")
			return
		}
	}
	if w.Logical == Decimal && r.Logical == Decimal && (w.Precision != r.Precision || w.Scale != r.Scale) {
		c.add(DecimalChanged, path, w, r, "")
	}
}

func (c *comparer) records(w, r *Type, path string) {
	for i := range r.Fields {
		rf := &r.Fields[i]
		at := joinPath(path, rf.Name)
		if wf := c.writerField(rf, w); wf != nil {
			c.types(wf.Type, rf.Type, at)
		} else if !rf.HasDefault {
			c.add(NoDefault, at, nil, rf.Type, "")
		}
	}
	c.clashes(w, r, path)
}

// clashes finds fields of the writer that fit the same field of the reader,
// one by name and one by alias, or both by alias.
func (c *comparer) clashes(w, r *Type, path string) {
	byName := make(map[string]int, len(r.Fields))
	for i := range r.Fields {
		byName[r.Fields[i].Name] = i
	}
	byAlias := map[string]int{}
	for i := range r.Fields {
		for _, a := range r.Fields[i].Aliases {
			if _, taken := byAlias[a]; !taken {
				byAlias[a] = i
			}
		}
	}
	claimed := make([]bool, len(r.Fields))
	for i := range w.Fields {
		wf := &w.Fields[i]
		at, ok := byName[wf.Name]
		if !ok {
			at, ok = byAlias[wf.Name]
		}
		if !ok {
			continue
		}
		if claimed[at] {
			c.add(AliasClash, joinPath(path, r.Fields[at].Name), wf.Type, r.Fields[at].Type, wf.Name)
		}
		claimed[at] = true
	}
}

func (c *comparer) enums(w, r *Type, path string) {
	if r.HasEnumDefault {
		return
	}
	known := make(map[string]bool, len(r.Symbols))
	for _, s := range r.Symbols {
		known[s] = true
	}
	for _, s := range w.Symbols {
		if !known[s] {
			c.add(SymbolUnknown, path, w, r, s)
		}
	}
}

func joinPath(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
