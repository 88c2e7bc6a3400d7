package resource

import (
	"fmt"

	"github.com/gdamore/tcell/v2"

	"kconsole/ui/draw"
	"kconsole/ui/page"
	"kconsole/ui/safe"
	"kconsole/ui/settings"
	"kconsole/ui/widget/grid"
)

// chooser is the dialog that chooses columns. What is chosen is in force at
// once; esc takes it back.
type chooser[T any] struct {
	screen *screen[T]
	before []grid.Choice
	at     int
	top    int
}

// chooseColumns opens the dialog.
func (s *screen[T]) chooseColumns() {
	s.host.Dialog(&chooser[T]{screen: s, before: s.choices(), at: s.grid.Column()})
}

// Keys, Paste and Close make it a page.Modal.

func (c *chooser[T]) Keys() []page.Key {
	return []page.Key{
		{Name: "space", Label: "show"},
		{Name: "← →", Label: "width"},
		{Name: "0", Label: "own width"},
		{Name: "r", Label: "reset"},
		{Name: "s", Label: "save for this cluster"},
		{Name: "enter", Label: "done"},
		{Name: "esc", Label: "as before"},
	}
}

func (c *chooser[T]) Paste(string) {}

func (c *chooser[T]) Close() {}

// Key handles a key.
func (c *chooser[T]) Key(ev *tcell.EventKey) (done bool) {
	s := c.screen
	now := s.grid.Choice(c.at)
	switch page.KeyName(ev) {
	case "down", "j":
		c.at = min(c.at+1, len(c.before)-1)
		return false
	case "up", "k":
		c.at = max(c.at-1, 0)
		return false
	case "space":
		// As there is room, always, never.
		now.Always, now.Never = !now.Always && !now.Never, now.Always
	case "left", "right":
		width := now.Width
		if width == 0 {
			width = max(s.grid.Width(c.at), safe.Width(s.spec.Columns[c.at].Title))
		}
		if width += widthStep; page.KeyName(ev) == "left" {
			width -= 2 * widthStep
		}
		now.Width = min(max(width, leastWidth), settings.MaxWidth)
	case "0":
		now.Width = 0
	case "r":
		for i := range c.before {
			s.grid.Choose(i, grid.Choice{})
		}
		return false
	case "s":
		s.host.SaveView(s.spec.Name, s.Settings())
		return true
	case "enter":
		return true
	case "esc":
		for i, was := range c.before {
			s.grid.Choose(i, was)
		}
		return true
	default:
		return false
	}
	s.grid.Choose(c.at, now)
	s.keepOneColumn()
	return false
}

// Draw lists the columns, with what each shows.
func (c *chooser[T]) Draw(sc tcell.Screen, x, y, w, h int) {
	s, th := c.screen, c.screen.host.Theme()
	draw.Text(sc, x+1, y, safe.Line("Columns of "+s.spec.Name, w-2), th.Strong)
	names := s.spec.columnNames()
	wide := 0
	for _, n := range names {
		wide = max(wide, safe.Width(n))
	}
	rows := max(h-2, 1)
	c.top = min(max(c.top, c.at-rows+1), c.at)
	for i := c.top; i < min(len(names), c.top+rows); i++ {
		row := y + 2 + i - c.top
		choice := s.grid.Choice(i)
		mark, label := how(s.spec.Columns[i].Column, choice)
		style, dim := th.Text, th.Dim
		if i == c.at {
			draw.Fill(sc, x, row, w, ' ', th.Selected)
			style, dim = th.Over(style), th.Over(dim)
		}
		width := "own width"
		if choice.Width > 0 {
			width = fmt.Sprintf("%d characters", choice.Width)
		}
		draw.Spans(sc, x+2, row, w-3,
			draw.Span{Text: mark + " " + safe.Pad(names[i], wide+2, false), Style: style},
			draw.Span{Text: safe.Pad(label, 20, false) + safe.Pad(width, 16, false), Style: style},
			draw.Span{Text: s.spec.Columns[i].Help, Style: dim})
	}
}

// how says whether a column is shown.
func how(col grid.Column, c grid.Choice) (mark, label string) {
	switch {
	case c.Never:
		return "[ ]", "never"
	case c.Always:
		return "[x]", "always"
	case col.Wide:
		return "[-]", "when wide"
	case col.Drop > 0 || col.Auto:
		return "[-]", "if there is room"
	default:
		return "[x]", "as usual"
	}
}
