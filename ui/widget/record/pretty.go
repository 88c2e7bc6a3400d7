package record

import (
	"bytes"
	"strings"
)

// indentStop is the deepest nesting that still moves to the right. Deeper levels
// stay there: a hostile document nested 100,000 deep would else become gigabytes
// of spaces.
const indentStop = 32

// pretty appends the JSON text src to dst, one member or element a line, and
// stops soon after limit bytes of output; cut tells that it did. Tokens are kept
// as they are written (99.00 stays 99.00). Text that is not JSON comes out with
// odd line breaks, never with an error.
func pretty(dst, src []byte, limit int) (out []byte, cut bool) {
	depth := 0
	for i := 0; i < len(src); {
		if len(dst) > limit {
			return dst, true
		}
		switch c := src[i]; c {
		case ' ', '\t', '\n', '\r':
			i++
		case '"':
			n := stringEnd(src[i:])
			if room := limit - len(dst); n > room && n > 1024 {
				return append(dst, src[i:i+max(room, 1024)]...), true
			}
			dst = append(dst, src[i:i+n]...)
			i += n
		case '{', '[':
			dst = append(dst, c)
			i++
			j := skipSpace(src, i)
			if j < len(src) && (src[j] == '}' || src[j] == ']') {
				dst = append(dst, src[j])
				i = j + 1
				continue
			}
			depth++
			dst = newline(dst, depth)
		case '}', ']':
			depth = max(depth-1, 0)
			dst = newline(dst, depth)
			dst = append(dst, c)
			i++
		case ',':
			dst = newline(append(dst, c), depth)
			i++
		case ':':
			dst = append(dst, ':', ' ')
			i++
		default:
			dst = append(dst, c)
			i++
		}
	}
	return dst, false
}

const spaces = "                                                                "

func newline(dst []byte, depth int) []byte {
	dst = append(dst, '\n')
	return append(dst, spaces[:2*min(depth, indentStop)]...)
}

func skipSpace(s []byte, i int) int {
	for i < len(s) && (s[i] == ' ' || s[i] == '\t' || s[i] == '\n' || s[i] == '\r') {
		i++
	}
	return i
}

// stringEnd is the length of the JSON string that s begins with, quotes
// included; all of s if it does not end.
func stringEnd(s []byte) int {
	for i := 1; i < len(s); {
		n := bytes.IndexAny(s[i:], `"\`)
		if n < 0 {
			return len(s)
		}
		if i += n; s[i] == '"' {
			return i + 1
		}
		i += 2
	}
	return len(s)
}

// kind is what a part of a line of JSON is, for its colour.
type kind uint8

const (
	plain kind = iota
	punct
	name
	text
	number
	literal // true, false, null
)

// span is a part of a line, up to but not including byte end.
type span struct {
	end  int
	kind kind
}

// spans splits one line of pretty JSON: at most a name, its colon, a value and
// what follows it. Lines never begin inside a string.
func spans(line []byte) []span {
	out := make([]span, 0, 4)
	for i := 0; i < len(line); {
		var k kind
		switch c := line[i]; {
		case c == '"':
			i += stringEnd(line[i:])
			k = text
			if i < len(line) && line[i] == ':' {
				k = name
			}
		case c == '-' || c >= '0' && c <= '9':
			k = number
			i = tokenEnd(line, i)
		case c >= 'a' && c <= 'z':
			k = literal
			i = tokenEnd(line, i)
		default:
			k = punct
			i++
		}
		if n := len(out); n > 0 && out[n-1].kind == k {
			out[n-1].end = i
		} else {
			out = append(out, span{i, k})
		}
	}
	return out
}

func tokenEnd(s []byte, i int) int {
	for i < len(s) && strings.IndexByte(` ,:{}[]"`, s[i]) < 0 {
		i++
	}
	return i
}
