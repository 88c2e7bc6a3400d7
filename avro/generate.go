package avro

import (
	"errors"
	"math"
	"math/rand/v2"
	"time"
)

// Generator makes random records of a schema that look like real ones: a
// field called email gets an e-mail address, created_at a time not long ago.
// The same seed and base time give the same records. It is not safe for
// concurrent use.
type Generator struct {
	root    *plan
	rand    *rand.Rand
	now     int64         // base time, nanoseconds
	count   uint64        // records made
	costs   map[*Type]int // how deep the shallowest value of a type is
	scratch []byte        // of the text that is being made
}

// plan is a type with all that is needed to make values of it.
type plan struct {
	*Type
	cost  int     // how deep the shallowest value is
	parts []*plan // of the fields, the branches, or the elements
	hints []hint  // of the fields
}

// plan makes the plan of a type; one that contains itself has one plan.
func (g *Generator) plan(t *Type, made map[*Type]*plan) *plan {
	if p := made[t]; p != nil {
		return p
	}
	p := &plan{Type: t, cost: g.cost(t)}
	made[t] = p
	switch t.Kind {
	case Record:
		for i := range t.Fields {
			p.parts = append(p.parts, g.plan(t.Fields[i].Type, made))
			p.hints = append(p.hints, hintFor(t.Fields[i].Name))
		}
	case Union:
		for _, b := range t.Branches {
			p.parts = append(p.parts, g.plan(b, made))
		}
	case Array, Map:
		p.parts = []*plan{g.plan(t.Elem, made)}
	}
	return p
}

var errEndless = errors.New("no record of this schema can exist: it contains itself without an end")

// NewGenerator makes a generator. now is the time that times in the records
// are close to. It fails when the schema has no finite records.
func NewGenerator(s *Schema, seed uint64, now time.Time) (*Generator, error) {
	g := &Generator{
		rand: rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15)),
		now:  now.UnixNano(), costs: map[*Type]int{},
	}
	// Costs settle from above: a pass may lower what the one before found.
	for changed := true; changed; {
		changed = false
		g.settle(s.root, map[*Type]bool{}, &changed)
	}
	if g.cost(s.root) >= endless {
		return nil, errEndless
	}
	g.root = g.plan(s.root, map[*Type]*plan{})
	return g, nil
}

const endless = 1 << 20

func (g *Generator) cost(t *Type) int {
	if c, ok := g.costs[t]; ok {
		return c
	}
	return endless
}

// settle computes the depth of the shallowest value of each type under t.
func (g *Generator) settle(t *Type, seen map[*Type]bool, changed *bool) {
	if seen[t] {
		return
	}
	seen[t] = true
	c := 0
	switch t.Kind {
	case Record:
		for i := range t.Fields {
			g.settle(t.Fields[i].Type, seen, changed)
			c = max(c, g.cost(t.Fields[i].Type)+1)
		}
	case Union:
		c = endless
		for _, b := range t.Branches {
			g.settle(b, seen, changed)
			c = min(c, g.cost(b)+1)
		}
	case Array, Map: // may be empty
		g.settle(t.Elem, seen, changed)
	case Enum:
		if len(t.Symbols) == 0 {
			c = endless
		}
	}
	if c = min(c, endless); c < g.cost(t) {
		g.costs[t] = c
		*changed = true
	}
}

// Append appends the Avro binary encoding of the next record.
func (g *Generator) Append(dst []byte) []byte {
	g.count++
	return g.value(dst, g.root, hint{}, 0)
}

// deep is the nesting from which the generator takes the shortest way out.
const deep = 6

func (g *Generator) value(dst []byte, p *plan, h hint, depth int) []byte {
	switch p.Kind {
	case Record:
		for i, part := range p.parts {
			dst = g.value(dst, part, p.hints[i], depth+1)
		}
		return dst
	case Array, Map:
		n := g.rand.IntN(4)
		if depth >= deep || p.parts[0].cost >= endless {
			n = 0
		}
		if n > 0 {
			dst = appendLong(dst, int64(n))
		}
		for i := range n {
			if p.Kind == Map {
				dst = appendAvroText(dst, mapKeys[(g.rand.IntN(3)+i*3)%len(mapKeys)])
			}
			dst = g.value(dst, p.parts[0], h, depth+1)
		}
		return append(dst, 0)
	case Union:
		i := g.pickBranch(p, depth)
		return g.value(appendLong(dst, int64(i)), p.parts[i], h, depth+1)
	}
	return g.leaf(dst, p.Type, h)
}

// pickBranch chooses a branch that ends; null less often than the others.
func (g *Generator) pickBranch(p *plan, depth int) int {
	if depth < deep {
		for range 16 {
			i := g.rand.IntN(len(p.parts))
			if b := p.parts[i]; b.cost < endless && (b.Kind != Null || g.rand.IntN(2) == 0) {
				return i
			}
		}
	}
	best := 0
	for i, b := range p.parts {
		if b.cost < p.parts[best].cost {
			best = i
		}
	}
	return best
}

func (g *Generator) leaf(dst []byte, t *Type, h hint) []byte {
	switch t.Logical {
	case Decimal:
		return g.decimal(dst, t)
	case UUID:
		return g.uuid(dst, t)
	case Date:
		return appendLong(dst, floorDiv(g.now, 86400e9)-int64(g.rand.IntN(365)))
	case TimeMillis:
		return appendLong(dst, g.rand.Int64N(86400e3))
	case TimeMicros:
		return appendLong(dst, g.rand.Int64N(86400e6))
	case TimestampMillis, LocalTimestampMillis:
		return appendLong(dst, g.recently()/1e6)
	case TimestampMicros, LocalTimestampMicros:
		return appendLong(dst, g.recently()/1e3)
	case TimestampNanos, LocalTimestampNanos:
		return appendLong(dst, g.recently())
	case Duration:
		return append(dst, byte(g.rand.IntN(12)), 0, 0, 0, byte(g.rand.IntN(28)), 0, 0, 0, byte(g.rand.IntN(256)), byte(g.rand.IntN(256)), 0, 0)
	}
	switch t.Kind {
	case Boolean:
		return append(dst, byte(g.rand.IntN(2)))
	case Int:
		return appendLong(dst, g.whole(h, math.MaxInt32))
	case Long:
		return appendLong(dst, g.whole(h, math.MaxInt64))
	case Float:
		return appendFloat32(dst, float32(g.price()))
	case Double:
		return appendFloat64(dst, g.price())
	case String:
		g.scratch = g.text(g.scratch[:0], h)
		return append(appendLong(dst, int64(len(g.scratch))), g.scratch...)
	case Bytes:
		n := g.rand.IntN(16)
		return g.noise(appendLong(dst, int64(n)), n)
	case Fixed:
		return g.noise(dst, t.Size)
	case Enum:
		return appendLong(dst, int64(g.rand.IntN(len(t.Symbols))))
	}
	return dst
}

// recently is a time within the last hour, most often the last minutes.
func (g *Generator) recently() int64 {
	back := g.rand.ExpFloat64() * 120e9
	return g.now + int64(g.count)*1e6 - int64(min(back, 3600e9))
}

// price is an amount with two digits after the point, mostly small.
func (g *Generator) price() float64 {
	return math.Round(math.Exp(g.rand.NormFloat64()+3.5)*100) / 100
}

func (g *Generator) noise(dst []byte, n int) []byte {
	for range n {
		dst = append(dst, byte(g.rand.Uint32()))
	}
	return dst
}

func (g *Generator) uuid(dst []byte, t *Type) []byte {
	var raw [16]byte
	for i := range raw {
		raw[i] = byte(g.rand.Uint32())
	}
	raw[6], raw[8] = raw[6]&0x0f|0x40, raw[8]&0x3f|0x80 // version 4, RFC 9562
	if t.Kind == Fixed {
		return append(dst, raw[:]...)
	}
	dst = appendLong(dst, 36)
	start := len(dst)
	dst = appendUUID(dst, raw[:])
	copy(dst[start:], dst[start+1:]) // without the quotes
	return dst[:len(dst)-2]
}

// decimal is an amount whose digits fit the type.
func (g *Generator) decimal(dst []byte, t *Type) []byte {
	digits := min(t.Precision, 9)
	if t.Kind == Fixed {
		digits = min(digits, (t.Size*8-1)*3/10)
	}
	limit := int64(math.Pow10(digits))
	n := int64(math.Exp(g.rand.NormFloat64()+3.5) * math.Pow10(min(t.Scale, 4)))
	n %= max(limit, 1)
	size := t.Size
	if t.Kind == Bytes {
		for size = 1; size < 8 && n>>(uint(size)*8-1) != 0; size++ {
		}
		dst = appendLong(dst, int64(size))
	}
	for i := size - 1; i >= 0; i-- {
		if i >= 8 {
			dst = append(dst, 0)
			continue
		}
		dst = append(dst, byte(n>>(uint(i)*8)))
	}
	return dst
}

// pick chooses one of a list.
func (g *Generator) pick(list []string) string { return list[g.rand.IntN(len(list))] }
