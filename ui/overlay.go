package ui

import (
	"github.com/gdamore/tcell/v2"

	"kconsole/ui/draw"
	"kconsole/ui/page"
	"kconsole/ui/safe"
	"kconsole/ui/theme"
)

// overlay is text that lies over the page: help, commands.
type overlay struct {
	theme  *theme.Theme
	title  string
	lines  [][]draw.Span
	offset int
	height int
}

var overlayKeys = []page.Key{{Name: "↑ ↓", Label: "scroll"}, {Name: "esc", Label: "close"}}

func newText(th *theme.Theme, title string, lines []string) *overlay {
	o := &overlay{theme: th, title: title}
	for _, l := range lines {
		o.lines = append(o.lines, []draw.Span{{Text: safe.Text(l)}})
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
