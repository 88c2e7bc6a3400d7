package record

import (
	"fmt"
	"sort"

	"kconsole/avro"
)

// part is a run of bytes with one meaning. Its rows hold perRow bytes each and
// the meaning stands beside the first.
type part struct {
	off, size int
	perRow    int
	meaning   string // empty: the bytes are shown as characters
	hue       int
	firstRow  int // number of rows in front of it
}

// perPart is how many bytes of a part with a meaning stand in one row; a dump
// without meanings takes perDump.
const (
	perPart = 8
	perDump = 16
)

func (p *part) rows() int { return max((p.size+p.perRow-1)/p.perRow, 1) }

// parts splits a value into what its bytes mean.
func parts(c *Content) []part {
	value := c.Record.Value
	var out []part
	add := func(size, perRow int, meaning string) {
		p := part{size: size, perRow: perRow, meaning: meaning, hue: len(out)}
		if n := len(out); n > 0 {
			last := &out[n-1]
			p.off, p.firstRow = last.off+last.size, last.firstRow+last.rows()
		}
		out = append(out, p)
	}
	rest := len(value)
	if id, payload, ok := avro.ParseConfluent(value); ok {
		add(1, perPart, "magic 0: Confluent wire format")
		meaning := fmt.Sprintf("schema id %d", id)
		if r := &c.Decoded.Info; r.SchemaID == id && r.Subject != "" {
			meaning += "  → " + placeName(r)
		}
		add(avro.ConfluentHeaderSize-1, perPart, meaning)
		rest = len(payload)
	}
	if rest > 0 {
		add(rest, perDump, "")
	}
	return out
}

// rowsOf is the number of rows of all parts.
func rowsOf(ps []part) int {
	if len(ps) == 0 {
		return 0
	}
	last := &ps[len(ps)-1]
	return last.firstRow + last.rows()
}

// partAt finds the part that row n belongs to.
func partAt(ps []part, n int) *part {
	i := sort.Search(len(ps), func(i int) bool { return ps[i].firstRow > n }) - 1
	return &ps[i]
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
