package markdown

import (
	"strings"

	"github.com/gdamore/tcell/v2"

	"kconsole/ui/draw"
	"kconsole/ui/safe"
)

// word is what stands between two spaces: pieces in their styles.
type word struct {
	spans Line
	width int
	ends  bool // a line ends after it
}

// words parts styled text at its spaces.
func words(spans Line) []word {
	var out []word
	var now word
	flush := func(ends bool) {
		if len(now.spans) > 0 || ends {
			now.ends = ends
			out = append(out, now)
		}
		now = word{}
	}
	for _, s := range spans {
		rest := s.Text
		for rest != "" {
			i := strings.IndexAny(rest, " \n")
			piece := rest
			if i >= 0 {
				piece = rest[:i]
			}
			if piece != "" {
				now.spans = append(now.spans, draw.Span{Text: piece, Style: s.Style})
				now.width += safe.Width(piece)
			}
			if i < 0 {
				break
			}
			flush(rest[i] == '\n')
			rest = rest[i+1:]
		}
	}
	flush(false)
	return out
}

// wrap breaks styled text into lines of at most width cells with their indents.
func wrap(spans Line, in indent, width int, plain tcell.Style) []Line {
	var out []Line
	line, used := Line{{Text: in.first, Style: plain}}, safe.Width(in.first)
	empty := true
	next := func() {
		out = append(out, line)
		line, used, empty = Line{{Text: in.rest, Style: plain}}, safe.Width(in.rest), true
	}
	for _, w := range words(spans) {
		if !empty && used+1+w.width > width {
			next()
		}
		if !empty && w.width > 0 {
			line = append(line, draw.Span{Text: " ", Style: between(line, w)})
			used++
		}
		for _, s := range w.spans {
			for rest := s.Text; rest != ""; {
				room := width - used
				if room < 1 {
					next()
					continue
				}
				head, tail := safe.Cut(rest, room)
				if safe.Width(head) > room && !empty { // a wide character at the edge
					next()
					continue
				}
				rest = tail
				line, used, empty = append(line, draw.Span{Text: head, Style: s.Style}), used+safe.Width(head), false
			}
		}
		if w.ends {
			next()
		}
	}
	if !empty || len(out) == 0 {
		out = append(out, line)
	}
	return out
}

// between is the style of the space between two words: theirs, where it is the
// same, so that code and emphasis are not torn.
func between(line Line, w word) tcell.Style {
	last := line[len(line)-1].Style
	if len(w.spans) > 0 && w.spans[0].Style == last {
		return last
	}
	return tcell.StyleDefault
}
