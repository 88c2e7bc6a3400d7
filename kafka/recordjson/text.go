package recordjson

import (
	"encoding/binary"
	"slices"
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

// AppendString appends s as a JSON string. Invalid UTF-8 becomes U+FFFD;
// whatever a terminal could obey instead of showing it becomes a \u escape.
func AppendString[T string | []byte](dst []byte, s T) []byte {
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if plain[c] && c != '"' && c != '\\' {
				i++
				continue
			}
			dst = append(dst, s[from:i]...)
			dst = appendEscape(dst, c)
			i++
			from = i
			continue
		}
		r, size := decodeRune(s[i:])
		if r == utf8.RuneError && size == 1 {
			dst = append(dst, s[from:i]...)
			dst = append(dst, `\ufffd`...)
			i++
			from = i
			continue
		}
		if unsafeRune(r) {
			dst = append(dst, s[from:i]...)
			dst = appendRuneEscape(dst, r)
			i += size
			from = i
			continue
		}
		i += size
	}
	dst = append(dst, s[from:]...)
	return append(dst, '"')
}

// AppendCompact appends the JSON text src on one line: line ends between tokens
// are left out, and inside strings the same characters are escaped as by
// [AppendString]. src must be valid JSON; it is not checked.
func AppendCompact(dst, src []byte) []byte {
	at := len(dst)
	dst = slices.Grow(dst, len(src))
	from := copyPlain(dst[at:at+len(src)], src)
	dst = dst[:at+from]
	for i := from; i < len(src); {
		if i += plainRun(src[i:]); i == len(src) {
			break
		}
		c := src[i]
		if c < utf8.RuneSelf {
			dst = append(dst, src[from:i]...)
			// Valid JSON has these bare only between tokens, where they mean nothing;
			// DEL is the one that a string may hold.
			if c == 0x7f {
				dst = append(dst, `\u007f`...)
			}
			i++
			from = i
			continue
		}
		r, size := utf8.DecodeRune(src[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			dst = append(dst, src[from:i]...)
			dst = append(dst, `\ufffd`...)
			from = i + size
		case unsafeRune(r):
			dst = append(dst, src[from:i]...)
			dst = appendRuneEscape(dst, r)
			from = i + size
		}
		i += size
	}
	return append(dst, src[from:]...)
}

// decodeRune works for both kinds of text without converting one to the other.
func decodeRune[T string | []byte](s T) (rune, int) {
	var b [utf8.UTFMax]byte
	n := copy(b[:], s)
	return utf8.DecodeRune(b[:n])
}

// plain holds the ASCII characters that a terminal only shows.
var plain = func() (t [utf8.RuneSelf]bool) {
	for c := byte(' '); c < 0x7f; c++ {
		t[c] = true
	}
	return t
}()

// copyPlain copies a leading run of plain characters to to, which is as long as s,
// and tells how many: all that there are at first, or a few less.
func copyPlain(to, s []byte) int {
	i := 0
	for ; i+32 <= len(s); i += 32 {
		f, t := s[i:i+32:i+32], to[i:i+32:i+32]
		a, b := binary.LittleEndian.Uint64(f), binary.LittleEndian.Uint64(f[8:])
		c, d := binary.LittleEndian.Uint64(f[16:]), binary.LittleEndian.Uint64(f[24:])
		if acting(a)|acting(b)|acting(c)|acting(d) != 0 {
			return i
		}
		binary.LittleEndian.PutUint64(t, a)
		binary.LittleEndian.PutUint64(t[8:], b)
		binary.LittleEndian.PutUint64(t[16:], c)
		binary.LittleEndian.PutUint64(t[24:], d)
	}
	n := plainRun(s[i:])
	return i + copy(to[i:], s[i:i+n])
}

// plainRun is the length of the leading run of plain characters, found eight at a
// time: decoded records are nearly always nothing else.
func plainRun(s []byte) int {
	i := 0
	for ; i+8 <= len(s); i += 8 {
		if acting(binary.LittleEndian.Uint64(s[i:])) != 0 {
			break
		}
	}
	for i < len(s) && s[i] < utf8.RuneSelf && plain[s[i]] {
		i++
	}
	return i
}

// acting is not 0 if one of eight characters is not plain: not ASCII (its highest
// bit is set), below a space (subtracting that borrows), or DEL (adding 1 sets the
// highest bit). It may be wrong about what stands beside one that is not plain,
// and never about eight that are.
func acting(x uint64) uint64 {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	return (x | (x - ' '*ones) | (x + ones)) & highs
}

func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}

func appendRuneEscape(dst []byte, r rune) []byte {
	if r > 0xffff {
		r -= 0x10000
		dst = appendRuneEscape(dst, 0xd800+r>>10)
		return appendRuneEscape(dst, 0xdc00+r&0x3ff)
	}
	return append(dst, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
}

// unsafeRune names what is beyond ASCII and acts instead of showing: C1 control
// characters (U+009B starts an escape sequence), line and paragraph separators,
// marks of direction, characters without width, tag characters.
func unsafeRune(r rune) bool {
	switch {
	case r < 0xa0:
		return true
	case r < 0x61c:
		return r == 0xad
	case r == 0x61c, r == 0x180e, r == 0xfeff:
		return true
	case r >= 0x200b && r <= 0x200f, r >= 0x2028 && r <= 0x202e, r >= 0x2060 && r <= 0x206f:
		return true
	case r >= 0xfff9 && r <= 0xfffb:
		return true
	case r >= 0xe0000 && r <= 0xe007f:
		return true
	}
	return false
}
