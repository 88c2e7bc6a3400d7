// Package cells puts text from outside onto a tcell screen, cell by cell.
//
// It takes bytes as they came from a cluster and makes them safe on the way
// ([safe.Text]), one grapheme cluster at a time, so a value of a megabyte costs
// what is visible of it. Nothing here knows tview's [tags]: they are drawn as
// the characters they are.
package cells

import (
	"unicode/utf8"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/uniseg"

	"kconsole/ui/safe"
)

// window bounds how many bytes may be one cluster, so that a letter with a
// million combining marks is not one.
const window = 64

// ascii holds the printable characters as strings, ready to draw.
var ascii = func() (t [utf8.RuneSelf]string) {
	for c := range t {
		t[c] = string(rune(c))
	}
	return t
}()

// Next takes the first displayable unit off b: a grapheme cluster, or the
// visible form of something that must not reach a terminal as it is. It returns
// what to draw, how many cells that takes and how many bytes of b it stands
// for. All are zero values if b is empty.
func Next(b []byte) (text string, width, size int) {
	if len(b) == 0 {
		return "", 0, 0
	}
	if plain(b[0]) && (len(b) == 1 || b[1] < utf8.RuneSelf) {
		return ascii[b[0]], 1, 1
	}
	if b[0] < utf8.RuneSelf && !plain(b[0]) { // CR LF is one cluster, but two characters to show
		text = safe.Text(ascii[b[0]])
		return text, safe.Width(text), 1
	}
	cluster, _, _, _ := uniseg.FirstGraphemeCluster(b[:min(len(b), window)], -1)
	text = safe.Text(string(cluster))
	return text, safe.Width(text), len(cluster)
}

func plain(c byte) bool { return c >= 0x20 && c < 0x7f }

// Fit tells how many bytes of b fill one row of at most width cells, and how
// many cells they take. It stops in front of a newline. A unit that is wider
// than the whole row counts as fitting alone, so that a walk over rows ends.
func Fit(b []byte, width int) (size, used int) {
	for size < len(b) && b[size] != '\n' {
		if n := asciiRun(b[size:], width-used); n > 0 {
			size += n
			used += n
			continue
		}
		_, w, n := Next(b[size:])
		if used+w > width {
			if size == 0 {
				return n, width
			}
			break
		}
		size += n
		used += w
	}
	return size, used
}

// asciiRun is how many of the next characters, at most limit, are printable
// ASCII that nothing combines with.
func asciiRun(b []byte, limit int) int {
	limit = min(limit, len(b))
	n := 0
	for n < limit && plain(b[n]) {
		n++
	}
	if n > 0 && n < len(b) && b[n] >= utf8.RuneSelf {
		n-- // the last one may carry a mark
	}
	return n
}

// Put draws b from x to at most width cells in row y, in one style. It returns
// how many bytes it drew and the cells they took; like [Fit] it stops in front
// of a newline.
func Put(screen tcell.Screen, x, y, width int, b []byte, style tcell.Style) (size, used int) {
	for size < len(b) && b[size] != '\n' {
		text, w, n := Next(b[size:])
		if used+w > width {
			if size == 0 {
				put(screen, x, y, safe.Truncate(text, width), style)
				return n, width
			}
			break
		}
		put(screen, x+used, y, text, style)
		size += n
		used += w
	}
	return size, used
}

// Span is a run of bytes in one style, up to but not including byte End.
type Span struct {
	End   int
	Style tcell.Style
}

// Line draws b as one row of at most width cells and ends it with … if
// something is left over. Newlines are shown as characters. It returns the
// cells used.
func Line(screen tcell.Screen, x, y, width int, b []byte, style tcell.Style) int {
	return Styled(screen, x, y, width, b, Span{len(b), style})
}

// Styled is [Line] in several styles: each span is about the bytes behind the
// one before it.
func Styled(screen tcell.Screen, x, y, width int, b []byte, spans ...Span) int {
	if width <= 0 {
		return 0
	}
	used, last, size := 0, 0, 0
	for _, span := range spans {
		for size < min(span.End, len(b)) {
			text, w, n := Next(b[size:])
			if used+w > width {
				return ellipsis(screen, x, y, width, used, last, span.Style)
			}
			put(screen, x+used, y, text, span.Style)
			last = used
			used += w
			size += n
		}
	}
	return used
}

// ellipsis ends a row whose next unit does not fit: behind the last one if a
// cell is free, else instead of it.
func ellipsis(screen tcell.Screen, x, y, width, used, last int, style tcell.Style) int {
	at := used
	if used == width {
		at = last
	}
	screen.Put(x+at, y, safe.Ellipsis, style)
	for i := at + 1; i < used; i++ {
		screen.Put(x+i, y, " ", style)
	}
	return max(used, at+1)
}

// put draws a safe text that fits.
func put(screen tcell.Screen, x, y int, s string, style tcell.Style) {
	for s != "" {
		rest, w := screen.Put(x, y, s, style)
		if len(rest) == len(s) { // off the screen: nothing more to see
			return
		}
		s = rest
		x += w
	}
}
