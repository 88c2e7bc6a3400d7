package safe

import (
	"strings"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// Ellipsis marks what was cut off.
const Ellipsis = "…"

// Width is the number of terminal cells that s takes. s has to be visible text
// already, as from [Text].
func Width(s string) int {
	if plainPrefix(s) == len(s) {
		return len(s)
	}
	return uniseg.StringWidth(s)
}

// Truncate cuts visible text to at most width cells, never inside a character,
// and ends it with … if something was cut.
func Truncate(s string, width int) string {
	if width <= 0 {
		return ""
	}
	if plainPrefix(s) == len(s) { // each byte is a cell
		if len(s) <= width {
			return s
		}
		return s[:width-1] + Ellipsis
	}
	end, used, state := 0, 0, -1 // end: what still leaves a cell for the ellipsis
	for rest := s; rest != ""; {
		var cluster string
		var w int
		cluster, rest, w, state = uniseg.FirstGraphemeClusterInString(rest, state)
		used += w
		if used > width {
			return s[:end] + Ellipsis
		}
		if used < width {
			end += len(cluster)
		}
	}
	return s
}

// TruncateLeft cuts visible text to at most width cells from its left end, for
// text whose end says most (paths, hosts).
func TruncateLeft(s string, width int) string {
	if width <= 0 {
		return ""
	}
	total := Width(s)
	if total <= width {
		return s
	}
	state := -1
	for s != "" && total > width-1 {
		var w int
		_, s, w, state = uniseg.FirstGraphemeClusterInString(s, state)
		total -= w
	}
	return Ellipsis + s
}

// Line is Truncate(Text(s), width) for text of any size: it looks at no more
// of s than it needs.
func Line(s string, width int) string {
	const perCell = 32 // bytes that one cell may stand for, marks included
	limit := perCell * (max(width, 0) + 1)
	if len(s) <= limit {
		return Truncate(Text(s), width)
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	cut := Truncate(Text(s[:limit]), width)
	if strings.HasSuffix(cut, Ellipsis) || width <= 0 {
		return cut
	}
	return Truncate(cut+Ellipsis, width)
}

// Pad fills visible text with spaces up to width cells, on the right, or on
// the left if right is set (numbers). Longer text is truncated.
func Pad(s string, width int, right bool) string {
	w := Width(s)
	if w > width {
		s = Truncate(s, width)
		w = Width(s)
	}
	if w >= width {
		return s
	}
	fill := strings.Repeat(" ", width-w)
	if right {
		return fill + s
	}
	return s + fill
}

// Cut parts visible text behind at most width cells. The head is never empty
// unless s is, so a loop over the rest ends.
func Cut(s string, width int) (head, rest string) {
	end, used, state := 0, 0, -1
	for rest := s; rest != ""; {
		var cluster string
		var w int
		cluster, rest, w, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if used+w > width && end > 0 {
			break
		}
		used += w
		end += len(cluster)
	}
	return s[:end], s[end:]
}
