package avro

import (
	"encoding/binary"
	"slices"
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// plain reports whether all 8 bytes of x stand for themselves in a JSON
// string: ASCII, no control character, no quote, no backslash.
func plain(x uint64) bool {
	return (x|(x-ones*0x20)|((x^ones*'"')-ones)|((x^ones*'\\')-ones))&highs == 0
}

func plainByte(c byte) bool { return c >= 0x20 && c < 0x80 && c != '"' && c != '\\' }

// plainPrefix is how many leading bytes of s stand for themselves.
func plainPrefix(s []byte) int {
	i := 0
	for len(s)-i >= 8 {
		if !plain(binary.LittleEndian.Uint64(s[i:])) {
			break
		}
		i += 8
	}
	for i < len(s) && plainByte(s[i]) {
		i++
	}
	return i
}

// appendText appends s as a JSON string. bad is the index of the first byte
// that is not UTF-8, or -1.
func appendText(dst, s []byte) (out []byte, bad int) {
	at, n := len(dst), len(s)
	dst = slices.Grow(dst, n+2)
	to := dst[at : at+n+2]
	to[0] = '"'
	i := copyPlain(to[1:], s)
	if i == n {
		to[n+1] = '"'
		return dst[:at+n+2], -1
	}
	if dst, bad = appendEscaped(dst[:at+1+i], s, i); bad >= 0 {
		return dst, bad
	}
	return append(dst, '"'), -1
}

// copyPlain copies the leading bytes of s that stand for themselves, and maybe
// some more, to to, which is longer than s. It returns how many those are.
// Strings are short: a look at each eight bytes on their way costs less than one
// look at all and a copy.
func copyPlain(to, s []byte) int {
	i := 0
	for len(s)-i >= 8 {
		x := binary.LittleEndian.Uint64(s[i:])
		if !plain(x) {
			break
		}
		binary.LittleEndian.PutUint64(to[i:], x)
		i += 8
	}
	for ; i < len(s) && i < len(to) && plainByte(s[i]); i++ {
		to[i] = s[i]
	}
	return i
}

// appendEscaped appends s[i:], where s[i] does not stand for itself.
func appendEscaped(dst, s []byte, i int) (out []byte, bad int) {
	for i < len(s) {
		c := s[i]
		if c < utf8.RuneSelf {
			dst = appendASCII(dst, c)
			i++
		} else {
			r, n := utf8.DecodeRune(s[i:])
			if r == utf8.RuneError && n == 1 {
				return dst, i
			}
			dst = append(dst, s[i:i+n]...)
			i += n
		}
		n := plainPrefix(s[i:])
		dst = append(dst, s[i:i+n]...)
		i += n
	}
	return dst, -1
}

// appendASCII appends one ASCII character of a JSON string.
func appendASCII(dst []byte, c byte) []byte {
	switch {
	case plainByte(c):
		return append(dst, c)
	case c == '"' || c == '\\':
		return append(dst, '\\', c)
	case c == '\n':
		return append(dst, '\\', 'n')
	case c == '\t':
		return append(dst, '\\', 't')
	case c == '\r':
		return append(dst, '\\', 'r')
	}
	return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}

// quoteJSON is s as a JSON string. What is not UTF-8 becomes U+FFFD: schema
// text is decoded JSON, so there is none.
func quoteJSON(s string) string {
	out, bad := appendText(nil, []byte(s))
	if bad >= 0 {
		out, _ = appendText(nil, []byte(string([]rune(s))))
	}
	return string(out)
}

// appendBytes appends a bytes value for people: the text it is, or "0x" and
// its hexadecimal digits. Text that could be read as that form, or that holds
// a control character other than a line break or tab, is written in hex too,
// so the two never look alike.
func appendBytes(dst, s []byte) []byte {
	if readable(s) {
		dst, _ = appendText(dst, s)
		return dst
	}
	return appendHex(dst, s)
}

func appendHex(dst, s []byte) []byte {
	dst = append(dst, '"', '0', 'x')
	for _, c := range s {
		dst = append(dst, hexDigits[c>>4], hexDigits[c&15])
	}
	return append(dst, '"')
}

func readable(s []byte) bool {
	if len(s) >= 2 && s[0] == '0' && s[1] == 'x' {
		return false
	}
	i := plainPrefix(s)
	if i == len(s) {
		return true
	}
	for _, c := range s[i:] {
		if c == 0x7f || c < 0x20 && c != '\n' && c != '\t' && c != '\r' {
			return false
		}
	}
	return utf8.Valid(s[i:])
}

// appendRaw appends bytes as Avro's JSON encoding does: each byte is the
// character of that number.
func appendRaw(dst, s []byte) []byte {
	dst = append(dst, '"')
	for _, c := range s {
		if c < utf8.RuneSelf {
			dst = appendASCII(dst, c)
			continue
		}
		dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
	}
	return append(dst, '"')
}

// appendUUID appends 16 bytes as 8-4-4-4-12 hexadecimal digits (RFC 9562).
func appendUUID(dst, s []byte) []byte {
	dst = append(dst, '"')
	for i, c := range s {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			dst = append(dst, '-')
		}
		dst = append(dst, hexDigits[c>>4], hexDigits[c&15])
	}
	return append(dst, '"')
}
