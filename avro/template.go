package avro

import (
	"bytes"
	"encoding/json"
	"time"
)

// Template is a record of the schema to start editing from, as indented JSON:
// defaults where there are, else empty or first values, one item in an array
// so that its shape shows, and now for times. Where null is allowed without a
// default, the other type is shown. AppendAvro accepts it.
func (s *Schema) Template(now time.Time) ([]byte, error) {
	g, err := NewGenerator(s, 0, now)
	if err != nil {
		return nil, err
	}
	t := templater{g: g, open: map[*Type]bool{}}
	data := t.value(nil, s.root)
	out, err := s.AppendJSON(nil, data, Limits{})
	if err != nil {
		return nil, err
	}
	var buf bytes.Buffer
	if err := json.Indent(&buf, out, "", "  "); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

type templater struct {
	g    *Generator
	open map[*Type]bool // records that are being written: they are not repeated
}

func (t *templater) value(dst []byte, ty *Type) []byte {
	switch ty.Kind {
	case Record:
		t.open[ty] = true
		for i := range ty.Fields {
			f := &ty.Fields[i]
			if f.HasDefault {
				dst = appendDefault(dst, f.Type, f.Default)
			} else {
				dst = t.value(dst, f.Type)
			}
		}
		delete(t.open, ty)
		return dst
	case Array:
		if t.repeats(ty.Elem) {
			return append(dst, 0)
		}
		return append(t.value(appendLong(dst, 1), ty.Elem), 0)
	case Map:
		if t.repeats(ty.Elem) {
			return append(dst, 0)
		}
		return append(t.value(appendAvroText(appendLong(dst, 1), "key"), ty.Elem), 0)
	case Union:
		best := -1
		for i, b := range ty.Branches {
			if b.Kind != Null && !t.repeats(b) {
				best = i
				break
			}
		}
		if best < 0 { // the shallowest way out
			best = 0
			for i, b := range ty.Branches {
				if t.g.cost(b) < t.g.cost(ty.Branches[best]) {
					best = i
				}
			}
		}
		return t.value(appendLong(dst, int64(best)), ty.Branches[best])
	}
	return t.leaf(dst, ty)
}

// repeats reports whether a value of ty would contain a record that is open
// already, or never end.
func (t *templater) repeats(ty *Type) bool { return t.open[ty] || t.g.cost(ty) >= endless }

func (t *templater) leaf(dst []byte, ty *Type) []byte {
	switch ty.Logical {
	case NoLogical:
	case Decimal, Duration:
		if ty.Kind == Fixed {
			return append(dst, make([]byte, ty.Size)...)
		}
		return append(appendLong(dst, 1), 0)
	case UUID:
		return t.g.uuid(dst, ty)
	case Date:
		return appendLong(dst, floorDiv(t.g.now, 86400e9))
	case TimeMillis:
		return appendLong(dst, 12*3600e3)
	case TimeMicros:
		return appendLong(dst, 12*3600e6)
	case TimestampMillis, LocalTimestampMillis:
		return appendLong(dst, floorDiv(t.g.now, 1e6))
	case TimestampMicros, LocalTimestampMicros:
		return appendLong(dst, floorDiv(t.g.now, 1e3))
	case TimestampNanos, LocalTimestampNanos:
		return appendLong(dst, t.g.now)
	}
	switch ty.Kind {
	case Float, Double, Fixed:
		return append(dst, make([]byte, ty.fixedSize())...)
	case Null:
		return dst
	}
	return append(dst, 0) // false, 0, "", the first symbol
}
