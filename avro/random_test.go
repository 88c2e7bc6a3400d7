package avro

import (
	"encoding/json"
	"fmt"

	"pgregory.net/rapid"
)

// schemas draws schemas of every kind of type, with names, references,
// recursion and logical types.
type schemas struct {
	t       *rapid.T
	names   []string // of types that are defined already
	open    []string // records that are being defined: they may be referred to behind an escape
	n       int
	logical bool
}

func drawSchema(t *rapid.T, logical bool) string {
	d := &schemas{t: t, logical: logical}
	out, err := json.Marshal(d.record(0))
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func (d *schemas) name(prefix string) string {
	d.n++
	return fmt.Sprintf("%s%d", prefix, d.n)
}

func (d *schemas) pick(label string, of ...string) string {
	return rapid.SampledFrom(of).Draw(d.t, label)
}

func (d *schemas) primitive() any {
	return d.pick("primitive", "boolean", "int", "long", "float", "double", "string", "bytes")
}

func (d *schemas) withLogical() any {
	switch rapid.IntRange(0, 13).Draw(d.t, "logical") {
	case 0:
		return map[string]any{"type": "int", "logicalType": "date"}
	case 1:
		return map[string]any{"type": "int", "logicalType": "time-millis"}
	case 2:
		return map[string]any{"type": "long", "logicalType": "time-micros"}
	case 3:
		return map[string]any{"type": "long", "logicalType": "timestamp-millis"}
	case 4:
		return map[string]any{"type": "long", "logicalType": "timestamp-micros"}
	case 5:
		return map[string]any{"type": "long", "logicalType": "local-timestamp-millis"}
	case 6:
		return map[string]any{"type": "long", "logicalType": "local-timestamp-micros"}
	case 7:
		return map[string]any{"type": "string", "logicalType": "uuid"}
	case 8:
		p := rapid.IntRange(1, 18).Draw(d.t, "precision")
		return map[string]any{"type": "bytes", "logicalType": "decimal", "precision": p, "scale": rapid.IntRange(0, p).Draw(d.t, "scale")}
	case 9:
		return map[string]any{"type": "fixed", "name": d.defined("D"), "size": 8, "logicalType": "decimal", "precision": 15, "scale": 4}
	case 10:
		return map[string]any{"type": "fixed", "name": d.defined("P"), "size": 12, "logicalType": "duration"}
	case 11:
		return map[string]any{"type": "long", "logicalType": "timestamp-nanos"}
	case 12:
		return map[string]any{"type": "fixed", "name": d.defined("U"), "size": 16, "logicalType": "uuid"}
	}
	return d.primitive()
}

func (d *schemas) defined(prefix string) string {
	n := d.name(prefix)
	d.names = append(d.names, n)
	return n
}

func (d *schemas) value(depth int) any {
	kind := rapid.IntRange(0, 11).Draw(d.t, "kind")
	if depth > 3 && kind > 4 {
		kind = 0
	}
	switch kind {
	case 5:
		return map[string]any{"type": "array", "items": d.value(depth + 1)}
	case 6:
		return map[string]any{"type": "map", "values": d.value(depth + 1)}
	case 7:
		return d.union(depth)
	case 8:
		return d.record(depth + 1)
	case 9:
		n := rapid.IntRange(1, 5).Draw(d.t, "symbols")
		symbols := []string{"A", "B_1", "cc", "D", "E"}[:n]
		return map[string]any{"type": "enum", "name": d.defined("E"), "symbols": symbols}
	case 10:
		return map[string]any{"type": "fixed", "name": d.defined("F"), "size": rapid.IntRange(1, 9).Draw(d.t, "size")}
	case 11:
		if len(d.names) > 0 {
			return d.pick("reference", d.names...)
		}
	}
	if d.logical && rapid.Bool().Draw(d.t, "isLogical") {
		return d.withLogical()
	}
	return d.primitive()
}

// union draws branches that the specification lets stand together: each
// unnamed kind once.
func (d *schemas) union(depth int) any {
	var out []any
	if rapid.Bool().Draw(d.t, "null") {
		out = append(out, "null")
	}
	for _, p := range []string{"boolean", "int", "long", "float", "double", "string", "bytes"} {
		if rapid.IntRange(0, 3).Draw(d.t, p) == 0 {
			out = append(out, p)
		}
	}
	if depth <= 3 {
		if rapid.IntRange(0, 3).Draw(d.t, "array") == 0 {
			out = append(out, map[string]any{"type": "array", "items": d.value(depth + 1)})
		}
		if rapid.IntRange(0, 3).Draw(d.t, "map") == 0 {
			out = append(out, map[string]any{"type": "map", "values": d.value(depth + 1)})
		}
		for range rapid.IntRange(0, 2).Draw(d.t, "records") {
			out = append(out, d.record(depth+1))
		}
		if len(d.open) > 0 && rapid.Bool().Draw(d.t, "recursive") {
			out = append([]any{"null", d.pick("open", d.open...)}, withoutNull(out)...)
		}
	}
	if len(out) == 0 {
		out = append(out, "null")
	}
	return out
}

func withoutNull(branches []any) (out []any) {
	for _, b := range branches {
		if b != "null" {
			out = append(out, b)
		}
	}
	return out
}

func (d *schemas) record(depth int) any {
	name := d.name("R")
	d.open = append(d.open, name)
	fields := []any{}
	for i := range rapid.IntRange(0, 5).Draw(d.t, "fields") {
		fields = append(fields, map[string]any{"name": fmt.Sprintf("f%d", i), "type": d.value(depth + 1)})
	}
	d.open = d.open[:len(d.open)-1]
	d.names = append(d.names, name)
	return map[string]any{"type": "record", "name": name, "fields": fields}
}

// values draws the Avro binary encoding of values, edge cases included.
type values struct {
	t        *rapid.T
	oneInMap bool // maps of at most one entry, where a judge does not keep the order
	sane     bool // times and decimals within what judges accept
}

func (v *values) draw(dst []byte, t *Type, depth int) []byte {
	switch t.Kind {
	case Record:
		for i := range t.Fields {
			dst = v.draw(dst, t.Fields[i].Type, depth+1)
		}
		return dst
	case Array, Map:
		most := 3
		if depth > 6 {
			most = 0
		}
		if t.Kind == Map && v.oneInMap {
			most = min(most, 1)
		}
		n := rapid.IntRange(0, most).Draw(v.t, "items")
		if n > 0 {
			dst = appendLong(dst, int64(n))
		}
		for i := range n {
			if t.Kind == Map {
				dst = appendAvroText(dst, fmt.Sprintf("k%d%s", i, v.text()))
			}
			dst = v.draw(dst, t.Elem, depth+1)
		}
		return append(dst, 0)
	case Union:
		i := rapid.IntRange(0, len(t.Branches)-1).Draw(v.t, "branch")
		if null := t.nullBranch(); null >= 0 && depth > 6 {
			i = null
		}
		return v.draw(appendLong(dst, int64(i)), t.Branches[i], depth+1)
	}
	return v.leaf(dst, t)
}

func (v *values) text() string {
	return rapid.OneOf(rapid.StringN(0, 8, -1), rapid.SampledFrom([]string{"", "0xff", "\"\\\n\t\u0001", "é€😀", "\u2028</"})).Draw(v.t, "text")
}

func (v *values) leaf(dst []byte, t *Type) []byte {
	if v.sane {
		switch t.Logical {
		case Date:
			return appendLong(dst, int64(rapid.IntRange(-700000, 2900000).Draw(v.t, "date")))
		case TimeMillis:
			return appendLong(dst, int64(rapid.IntRange(0, 86399999).Draw(v.t, "time")))
		case TimeMicros:
			return appendLong(dst, int64(rapid.IntRange(0, 86399999999).Draw(v.t, "time")))
		case TimestampMillis, LocalTimestampMillis:
			return appendLong(dst, rapid.Int64Range(-62000000000000, 253000000000000).Draw(v.t, "ms"))
		case TimestampMicros, LocalTimestampMicros:
			return appendLong(dst, rapid.Int64Range(-62000000000000000, 253000000000000000).Draw(v.t, "us"))
		}
	}
	switch {
	case t.Logical == UUID:
		raw := rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(v.t, "uuid")
		if t.Kind == Fixed {
			return append(dst, raw...)
		}
		q := appendUUID(nil, raw)
		return appendAvroText(dst, string(q[1:37]))
	case t.Logical == Decimal:
		limit := int64(1)
		for range min(t.Precision, 18) {
			limit *= 10
		}
		n := rapid.Int64Range(-(limit-1), limit-1).Draw(v.t, "decimal")
		raw := []byte{byte(n >> 56), byte(n >> 48), byte(n >> 40), byte(n >> 32), byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}
		if t.Kind == Fixed {
			return append(dst, raw...)
		}
		for len(raw) > 1 && (raw[0] == 0 && raw[1] < 0x80 || raw[0] == 0xff && raw[1] >= 0x80) {
			raw = raw[1:] // the shortest form
		}
		return appendAvroText(dst, string(raw))
	case t.Kind == Boolean:
		return append(dst, byte(rapid.IntRange(0, 1).Draw(v.t, "boolean")))
	case t.Kind == Int:
		return appendLong(dst, int64(rapid.Int32().Draw(v.t, "int")))
	case t.Kind == Long:
		return appendLong(dst, rapid.Int64().Draw(v.t, "long"))
	case t.Kind == Float:
		return appendFloat32(dst, rapid.Float32().Draw(v.t, "float"))
	case t.Kind == Double:
		return appendFloat64(dst, rapid.Float64().Draw(v.t, "double"))
	case t.Kind == String:
		return appendAvroText(dst, v.text())
	case t.Kind == Bytes:
		return appendAvroText(dst, string(rapid.SliceOfN(rapid.Byte(), 0, 6).Draw(v.t, "bytes")))
	case t.Kind == Fixed:
		return append(dst, rapid.SliceOfN(rapid.Byte(), t.Size, t.Size).Draw(v.t, "fixed")...)
	case t.Kind == Enum:
		return appendLong(dst, int64(rapid.IntRange(0, len(t.Symbols)-1).Draw(v.t, "symbol")))
	}
	return dst
}
