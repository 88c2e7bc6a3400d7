package recordfilter

import "bytes"

// folding is a text to look for without regard to the case of ASCII letters. What
// has no case in it, as a number or a hyphen, is looked for first, without
// lowering all that is looked through.
type folding struct {
	want   []byte // without upper case
	anchor []byte // the longest part of it without letters; may be empty
	before int    // bytes of want before anchor
}

func newFolding(want []byte) folding {
	f := folding{want: want}
	for i := 0; i < len(want); {
		end := i
		for end < len(want) && !isLetter(want[end]) {
			end++
		}
		if end-i > len(f.anchor) {
			f.anchor, f.before = want[i:end], i
		}
		i = end + 1
	}
	return f
}

func isLetter(c byte) bool { return c|0x20-'a' < 26 }

// index is where in b the text begins; -1: nowhere. Scratch is used where the text
// has nothing but letters; it is returned, as it may have grown.
func (f *folding) index(b, scratch []byte) (at int, _ []byte) {
	if len(f.anchor) == 0 {
		scratch = appendLower(scratch[:0], b)
		return bytes.Index(scratch, f.want), scratch
	}
	for from := f.before; from+len(f.want)-f.before <= len(b); {
		i := bytes.Index(b[from:], f.anchor)
		if i < 0 {
			break
		}
		at := from + i - f.before
		if at+len(f.want) > len(b) {
			break
		}
		if equalFold(b[at:at+len(f.want)], f.want) {
			return at, scratch
		}
		from += i + 1
	}
	return -1, scratch
}

// equalFold tells whether b is want, which is as long and has no upper case, but
// for the case of ASCII letters.
func equalFold(b, want []byte) bool {
	for i, c := range b {
		if c-'A' < 26 {
			c |= 0x20
		}
		if c != want[i] {
			return false
		}
	}
	return true
}

// appendLower lowers ASCII letters and keeps every other byte, so that places in
// the result are places in b.
func appendLower(dst, b []byte) []byte {
	at := len(dst)
	dst = append(dst, b...)
	for i, c := range dst[at:] {
		if c-'A' < 26 {
			dst[at+i] = c + 'a' - 'A'
		}
	}
	return dst
}
