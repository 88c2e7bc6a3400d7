// Package draw puts sanitized text on a screen cell by cell. It knows no tags:
// what is in the text is what is shown.
package draw

import (
	"strings"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/uniseg"

	"kconsole/ui/safe"
)

// Text draws visible text (as from [safe.Text]) at x, y and returns the column
// after it. What lies beyond the right edge of the screen is left out.
func Text(screen tcell.Screen, x, y int, text string, style tcell.Style) int {
	width, _ := screen.Size()
	state := -1
	for text != "" && x < width {
		if text[0] < 0x80 && (len(text) == 1 || text[1] < 0x80) {
			screen.SetContent(x, y, rune(text[0]), nil, style)
			text, state = text[1:], -1
			x++
			continue
		}
		var cluster string
		var w int
		cluster, text, w, state = uniseg.FirstGraphemeClusterInString(text, state)
		if w == 0 {
			continue
		}
		if x+w > width {
			break
		}
		runes := []rune(cluster)
		for i := w - 1; i > 0; i-- { // a wide character owns its cells
			screen.SetContent(x+i, y, ' ', nil, style)
		}
		screen.SetContent(x, y, runes[0], runes[1:], style)
		x += w
	}
	return x
}

// Field is [Text] cut or filled to width cells.
func Field(screen tcell.Screen, x, y, width int, text string, right bool, style tcell.Style) {
	Text(screen, x, y, safe.Pad(text, width, right), style)
}

// Fill fills one line with a rune.
func Fill(screen tcell.Screen, x, y, width int, r rune, style tcell.Style) {
	for i := range width {
		screen.SetContent(x+i, y, r, nil, style)
	}
}

// Span is a piece of text in one style.
type Span struct {
	Text  string
	Style tcell.Style
}

// Spans draws spans one after the other within width cells, the last that does
// not fit cut short, and returns the column after them.
func Spans(screen tcell.Screen, x, y, width int, spans ...Span) int {
	end := x + width
	for _, s := range spans {
		if x >= end {
			break
		}
		x = Text(screen, x, y, safe.Truncate(s.Text, end-x), s.Style)
	}
	return x
}

// Width is the number of cells that spans take.
func Width(spans []Span) int {
	n := 0
	for _, s := range spans {
		n += safe.Width(s.Text)
	}
	return n
}

// Wrap breaks visible text into lines of at most width cells, between words
// where it can.
func Wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		for safe.Width(word) > width { // longer than a line: cut it
			if line != "" {
				lines = append(lines, line)
				line = ""
			}
			var head string
			head, word = safe.Cut(word, width)
			lines = append(lines, head)
		}
		switch {
		case word == "":
		case line == "":
			line = word
		case safe.Width(line)+1+safe.Width(word) <= width:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	if line != "" || len(lines) == 0 {
		lines = append(lines, line)
	}
	return lines
}
