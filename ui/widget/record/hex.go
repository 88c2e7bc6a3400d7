package record

import (
	"bytes"
	"fmt"
	"sort"
	"strconv"

	"kconsole/avro"
	"kconsole/avro/decode"
	"kconsole/ui/widget/cells"
)

// part is a run of bytes with one meaning. Its rows hold perRow bytes each and
// the meaning stands beside them, on further rows where they are too few for it.
type part struct {
	off, size int
	lead      int // bytes at its beginning that are only about the others: a length
	perRow    int
	meaning   string // empty: the bytes are shown as characters
	bad       bool   // from here on the record is broken
	firstRow  int    // number of rows in front of it
	rows      int    // as of the last flow
}

// perPart is how many bytes of a part with a meaning stand in one row; a dump
// without meanings takes perDump.
const (
	perPart = 8
	perDump = 16
)

// leastMeaning is how many cells there have to be for a meaning to take rows of
// its own.
const leastMeaning = 6

// flow counts the rows of parts whose meanings have so many cells.
func flow(ps []part, width int) {
	first := 0
	for i := range ps {
		p := &ps[i]
		said := 0
		for text := []byte(p.meaning); len(text) > 0; said++ {
			text = text[wrapped(text, width):]
		}
		p.firstRow, p.rows = first, max((p.size+p.perRow-1)/p.perRow, said, 1)
		first += p.rows
	}
}

// wrapped is how much of a meaning stands in one row: what fits, up to a blank
// if there is one not far from the end.
func wrapped(text []byte, width int) int {
	if width < leastMeaning {
		return len(text) // it is cut off
	}
	n, _ := cells.Fit(text, width)
	if n >= len(text) {
		return n
	}
	if text[n] == ' ' {
		return n + 1
	}
	if blank := bytes.LastIndexByte(text[:n], ' '); blank >= n/2 {
		return blank + 1
	}
	return max(n, 1) // in front of a newline nothing fits
}

// layout collects parts.
type layout []part

func (l *layout) add(p part) {
	if n := len(*l); n > 0 {
		last := &(*l)[n-1]
		p.off = last.off + last.size
	}
	if p.perRow == 0 {
		p.perRow = perPart
	}
	*l = append(*l, p)
}

// parts splits a value into what its bytes mean: the wire format's header, then
// the fields where a map of them is at hand.
func parts(c *Content) []part {
	var l layout
	value, info := c.Record.Value, &c.Decoded.Info
	l.header(value, info)
	at := 0
	if n := len(l); n > 0 {
		at = l[n-1].off + l[n-1].size
	}
	if c.Map != nil && info.HeaderSize == at {
		l.fields(c.Map())
	}
	if n := len(l); n > 0 {
		at = l[n-1].off + l[n-1].size
	}
	if at < len(value) {
		l.add(part{size: len(value) - at, perRow: perDump})
	}
	return l
}

// header adds the bytes that lead to the schema.
func (l *layout) header(value []byte, info *decode.Result) {
	id := func(n int64) string {
		text := "schema id " + strconv.FormatInt(n, 10)
		if info.Subject != "" && int64(info.SchemaID) == n {
			text += "  → " + placeName(info)
		}
		return text
	}
	switch info.Format {
	case decode.SingleObject:
		if fp, _, ok := avro.ParseSingleObject(value); ok {
			l.add(part{size: 2, meaning: "marker C3 01: Avro single-object encoding"})
			l.add(part{size: avro.SingleObjectHeaderSize - 2, meaning: fmt.Sprintf("fingerprint of the schema: %016x", fp)})
		}
	case decode.Apicurio:
		if n, _, ok := avro.ParseApicurio(value); ok {
			l.add(part{size: 1, meaning: "magic 0: Apicurio wire format"})
			l.add(part{size: avro.ApicurioHeaderSize - 1, meaning: id(n)})
		}
	case decode.Confluent:
		if n, _, ok := avro.ParseConfluent(value); ok {
			l.add(part{size: 1, meaning: "magic 0: Confluent wire format"})
			l.add(part{size: avro.ConfluentHeaderSize - 1, meaning: id(int64(n))})
		}
	}
}

// fields adds the spans of a map. A length and the text or bytes that it counts
// are one part.
func (l *layout) fields(spans []avro.Span) {
	for i := 0; i < len(spans); i++ {
		s := &spans[i]
		p := part{size: s.Length, meaning: meaning(s), bad: s.Role == avro.RoleBroken || s.Role == avro.RoleTrailing}
		if i+1 < len(spans) && s.Role == avro.RoleLength {
			if next := &spans[i+1]; next.Path == s.Path && (next.Role == avro.RoleValue || next.Role == avro.RoleKey) {
				p.lead, p.size = s.Length, s.Length+next.Length
				p.meaning = lengthOf(s, next)
				i++
			}
		}
		l.add(p)
	}
}

// lengthOf is the meaning of a length with what it counts.
func lengthOf(s, counted *avro.Span) string {
	length := ", length " + strconv.Itoa(counted.Length) + "  " + counted.Value
	if counted.Role == avro.RoleKey {
		return named(s.Path, "key") + length
	}
	return named(s.Path, s.Type) + length
}

func meaning(s *avro.Span) string {
	switch s.Role {
	case avro.RoleLength:
		return named(s.Path, s.Type) + ", length " + s.Value
	case avro.RoleCount:
		return named(s.Path, s.Value)
	case avro.RoleSize:
		return named(s.Path, "a block of "+s.Value)
	case avro.RoleBranch:
		return named(s.Path, "union "+s.Value)
	case avro.RoleKey:
		return named(s.Path, "key "+s.Value)
	case avro.RoleBroken, avro.RoleTrailing:
		return "⚠ " + named(s.Path, s.Value)
	default:
		return named(s.Path, s.Type) + "  " + s.Value
	}
}

// named puts a field's path in front of what is said of it.
func named(path, text string) string {
	if path == "" {
		return text
	}
	return path + ": " + text
}

// rowsOf is the number of rows of all parts.
func rowsOf(ps []part) int {
	if len(ps) == 0 {
		return 0
	}
	last := &ps[len(ps)-1]
	return last.firstRow + last.rows
}

// partAt finds the part that row n belongs to, and its number.
func partAt(ps []part, n int) (*part, int) {
	i := sort.Search(len(ps), func(i int) bool { return ps[i].firstRow > n }) - 1
	return &ps[i], i
}

const hexDigits = "0123456789abcdef"

// appendHex writes bytes as "0e 6f 2d".
func appendHex(dst, b []byte) []byte {
	for i, c := range b {
		if i > 0 {
			dst = append(dst, ' ')
		}
		dst = append(dst, hexDigits[c>>4], hexDigits[c&15])
	}
	return dst
}

// appendASCII writes bytes as characters, a dot for what has none.
func appendASCII(dst, b []byte) []byte {
	for _, c := range b {
		if c < 0x20 || c > 0x7e {
			c = '.'
		}
		dst = append(dst, c)
	}
	return dst
}
