// Package safe makes text from outside harmless to show in a terminal.
//
// Names, keys, values, headers, client ids and error texts come from whoever
// writes to a cluster. Printed as they are they could move the cursor, change
// the window title, fill the clipboard, turn a line around (bidi) or hide what
// they say (zero width). Everything that is not an ordinary visible character
// is therefore shown, never obeyed:
//
//	C0 controls      their pictures: ESC as ␛, newline as ␊, DEL as ␡
//	invalid UTF-8    ‹xFF›, byte by byte
//	the rest         ‹U+202E›: C1, bidi and zero-width marks, line and
//	                 paragraph separators, fillers, tags, private use
//
// The result has no control character, one line, and a width that [Width]
// tells. The package knows neither tview nor tcell, so the command line uses it
// too.
package safe

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxMarks is how many combining marks may sit on one base character. Living
// scripts need up to four; more is the stack that bleeds into other lines.
const maxMarks = 4

// Text returns s as one line of visible characters. A string of printable
// ASCII, the usual case, is returned as it is, without an allocation.
func Text(s string) string {
	i := plainPrefix(s)
	if i == len(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	b.WriteString(s[:i])
	write(&b, s[i:], i > 0, false)
	return b.String()
}

// Block is [Text] for text of several lines: newlines stay (CR LF as one), a
// tab becomes spaces up to the next multiple of four.
func Block(s string) string {
	var b strings.Builder
	b.Grow(len(s) + 16)
	write(&b, s, false, true)
	return b.String()
}

// Error is [Text] of an error's message, and "" for nil.
func Error(err error) string {
	if err == nil {
		return ""
	}
	return Text(err.Error())
}

// Tview is [Text] for the text widgets of tview, which take "[red]" for a
// colour and "[:::url]" for a link. tview.Escape misses the latter, so every
// opening bracket is followed by a word joiner: no tag and no escaped tag can
// begin there, and tview never puts a character without width on the screen.
func Tview(s string) string { return strings.ReplaceAll(Text(s), "[", "[\u2060") }

// TviewBlock is [Block] with the brackets of [Tview].
func TviewBlock(s string) string { return strings.ReplaceAll(Block(s), "[", "[\u2060") }

// plainPrefix is the length of the leading run of printable ASCII.
func plainPrefix(s string) int {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e {
			return i
		}
	}
	return len(s)
}

// write appends the visible form of s. hasBase tells that a base character
// precedes, so that a combining mark at the very start has something to sit on.
func write(b *strings.Builder, s string, hasBase, block bool) {
	marks, column := 0, 0
	for i := 0; i < len(s); {
		r, size := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(s[i:])
		}
		base := false
		switch {
		case block && (r == '\n' || r == '\r' && i+1 < len(s) && s[i+1] == '\n'):
			if r == '\n' {
				b.WriteByte('\n')
				column = -1
			}
		case block && r == '\t':
			n := 4 - column%4
			b.WriteString("    "[:n])
			column += n - 1
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(b, "‹x%02X›", s[i])
		case r < 0x20:
			b.WriteRune(0x2400 + r)
		case r == 0x7f:
			b.WriteRune(0x2421)
		case r < 0x7f:
			b.WriteByte(byte(r))
			base = true
		case unicode.Is(unicode.M, r) && !hidden(r):
			// A mark without a base would sit on the neighbouring column.
			if !hasBase || marks >= maxMarks {
				fmt.Fprintf(b, "‹U+%04X›", r)
				break
			}
			b.WriteRune(r)
			marks++
			i += size
			continue
		case visible(r):
			b.WriteRune(r)
			base = true
		default:
			fmt.Fprintf(b, "‹U+%04X›", r)
		}
		hasBase, marks = base, 0
		column++
		i += size
	}
}

// visible tells whether a character above ASCII shows as itself.
func visible(r rune) bool {
	if r < 0xa1 { // C1 controls; the no-break space is a space
		return r == 0xa0
	}
	if hidden(r) {
		return false
	}
	return unicode.IsPrint(r) || unicode.Is(unicode.Zs, r)
}

// hidden lists what Unicode counts as letters, marks or symbols and yet shows
// nothing: the default-ignorable code points that are not of category Cf, and
// the empty braille cell. Cf, Zl, Zp, Cc, Co, Cs and Cn fail IsPrint anyway.
func hidden(r rune) bool {
	switch {
	case r < 0x034f:
		return false
	case r == 0x034f, // combining grapheme joiner
		r == 0x115f, r == 0x1160, r == 0x3164, r == 0xffa0, // Hangul fillers
		r == 0x17b4, r == 0x17b5, // Khmer inherent vowels
		r >= 0x180b && r <= 0x180f, // Mongolian variation selectors
		r == 0x2800,                // braille blank
		r >= 0xfe00 && r <= 0xfe0f, // variation selectors
		r == 0xfffc,                // object replacement
		r == 0x1d159,               // musical null notehead
		r >= 0xe0000 && r <= 0xe0fff:
		return true
	}
	return false
}
