package ui

import (
	"strings"

	"github.com/gdamore/tcell/v2"

	"kconsole/ui/draw"
	"kconsole/ui/page"
	"kconsole/ui/safe"
	"kconsole/ui/theme"
)

// overlay is text that lies over the page: help, commands. It is broken into
// lines for the width that it is drawn at, which is half a screen beside a lab.
type overlay struct {
	theme   *theme.Theme
	title   string
	entries []paragraph
	width   int // for which the lines were made
	lines   [][]draw.Span
	offset  int
	height  int
}

// paragraph is a text, with the key that it explains on its left if it has one.
// Its own indentation stays in front of each of its lines.
type paragraph struct {
	key        string
	column     int // of the text; 0: as wide as keys take
	text, more draw.Span
}

// The column of the keys: wide, and where there is little room.
const (
	keyColumn       = 26
	narrowKeyColumn = 12
	narrowOverlay   = 70
)

var overlayKeys = []page.Key{{Name: "↑ ↓", Label: "scroll"}, {Name: "esc", Label: "close"}}

func newText(th *theme.Theme, title string, lines []string) *overlay {
	o := &overlay{theme: th, title: title}
	for _, l := range lines {
		o.entries = append(o.entries, paragraph{text: draw.Span{Text: safe.Text(l)}})
	}
	return o
}

// newList has each text beside its label, all in the column behind the widest one.
func newList(th *theme.Theme, title string, entries [][2]string) *overlay {
	o := &overlay{theme: th, title: title}
	column := 0
	for _, e := range entries {
		column = max(column, safe.Width(safe.Text(e[0]))+2)
	}
	for _, e := range entries {
		o.entries = append(o.entries, paragraph{key: safe.Text(e[0]), column: column, text: draw.Span{Text: safe.Text(e[1])}})
	}
	return o
}

// Keys, Paste, Close and Draw make it a page.Modal.

func (o *overlay) Keys() []page.Key { return overlayKeys }
func (o *overlay) Paste(string)     {}
func (o *overlay) Close()           {}

// Key scrolls; done tells that the overlay is closed.
func (o *overlay) Key(ev *tcell.EventKey) (done bool) {
	switch page.KeyName(ev) {
	case "down", "j":
		o.offset++
	case "up", "k":
		o.offset--
	case "pgdn", "space", "ctrl-f":
		o.offset += o.height
	case "pgup", "ctrl-b":
		o.offset -= o.height
	case "home", "g":
		o.offset = 0
	case "end", "shift-g":
		o.offset = len(o.lines)
	case "esc", "?", "q", "enter":
		return true
	}
	o.offset = max(min(o.offset, len(o.lines)-o.height), 0)
	return false
}

func (o *overlay) Draw(sc tcell.Screen, x, y, w, h int) {
	th := o.theme
	o.height = h - 2
	if w != o.width {
		o.width, o.lines = w, nil
		for _, e := range o.entries {
			o.lines = append(o.lines, e.lines(th, w-3)...)
		}
		o.offset = max(min(o.offset, len(o.lines)-o.height), 0)
	}
	draw.Text(sc, x+1, y, safe.Line(o.title, w-2), th.Strong)
	for i := range o.height {
		if o.offset+i >= len(o.lines) {
			break
		}
		draw.Spans(sc, x+2, y+2+i, w-3, o.lines[o.offset+i]...)
	}
	if more := len(o.lines) - o.offset - o.height; more > 0 {
		draw.Text(sc, x+w-9, y, "↓ more", th.Dim)
	}
}

// lines breaks a paragraph. A key that is longer than its column has a line of
// its own.
func (e paragraph) lines(th *theme.Theme, width int) (lines [][]draw.Span) {
	indent := len(e.text.Text) - len(strings.TrimLeft(e.text.Text, " "))
	if e.key != "" {
		indent = keyColumn
		if width < narrowOverlay {
			indent = narrowKeyColumn
		}
		if e.column > 0 {
			indent = min(e.column, width/2)
		}
		if safe.Width(e.key) >= indent {
			lines = append(lines, []draw.Span{{Text: e.key, Style: th.Key}})
		}
	}
	room := max(width-indent, 1)
	rows := [][]draw.Span{{{Text: strings.TrimLeft(e.text.Text, " "), Style: e.text.Style}, e.more}}
	if draw.Width(rows[0]) > room { // what more there is has lines of its own
		rows = nil
		for _, t := range []draw.Span{e.text, e.more} {
			if t.Text == "" {
				continue
			}
			for _, text := range draw.Wrap(t.Text, room) {
				rows = append(rows, []draw.Span{{Text: text, Style: t.Style}})
			}
		}
	}
	for i, row := range rows {
		margin := draw.Span{Text: strings.Repeat(" ", indent)}
		if i == 0 && e.key != "" && len(lines) == 0 {
			margin = draw.Span{Text: safe.Pad(e.key, indent, false), Style: th.Key}
		}
		lines = append(lines, append([]draw.Span{margin}, row...))
	}
	return lines
}
