package ui

import (
	"slices"

	"github.com/gdamore/tcell/v2"

	"kconsole/ui/draw"
	"kconsole/ui/page"
	"kconsole/ui/theme"
	"kconsole/ui/widget/labpanel"
)

// area is a part of the screen, in cells.
type area struct{ x, y, w, h int }

// The widths of a lab beside the pages. A narrower terminal shows a strip.
const (
	minPageWidth  = 56
	minPanelWidth = 64
	maxPanelWidth = 84
)

// beside tells whether a lab fits beside the page, and how wide. While somebody
// reads it, it has the width of its diagrams, and the page what is left.
func beside(w int, focused bool) (panel int, ok bool) {
	panel = min(w-minPageWidth-1, maxPanelWidth)
	ok = panel >= minPanelWidth
	if focused {
		panel = maxPanelWidth
	}
	return panel, ok
}

// open tells whether a lab is on the screen.
func (c *course) open() bool { return c != nil && c.panel != nil && !c.hidden }

// drawCourse draws the lab that is open, and returns what it leaves to the page.
// A dialog has the whole of it.
func (s *shell) drawCourse(sc tcell.Screen, all area) area {
	c := s.course
	if !c.open() {
		return all
	}
	if w, ok := beside(all.w, c.focused && s.modal == nil); ok {
		c.panel.Draw(sc, all.x, all.y, w, all.h, c.focused)
		for y := range all.h {
			draw.Text(sc, all.x+w, all.y+y, "│", s.theme.Rule)
		}
		return area{all.x + w + 1, all.y, all.w - w - 1, all.h}
	}
	if c.focused && s.modal == nil {
		c.panel.Draw(sc, all.x, all.y, all.w, all.h, true)
		return area{}
	}
	h := min(labpanel.StripHeight, all.h/3)
	c.panel.DrawStrip(sc, all.x, all.y+all.h-h, all.w)
	return area{all.x, all.y, all.w, all.h - h}
}

// courseGlobals are the keys of the shell that work while the lab has the keys.
var courseGlobals = []string{":", "?", "ctrl-r", "ctrl-l", "ctrl-g"}

// courseKey gives a key to the lab, where it has the keys or is to get them.
func (s *shell) courseKey(ev *tcell.EventKey) bool {
	c := s.course
	if c == nil || c.panel == nil {
		return false
	}
	name := page.KeyName(ev)
	switch {
	case !c.focused && name == labpanel.ToggleKey:
		c.focused, c.hidden = true, false
		return true
	case !c.focused || slices.Contains(courseGlobals, name):
		return false
	}
	for _, k := range s.keysHere() {
		if k.Name == name && k.Off != "" {
			s.Say(theme.Watch, k.Off)
			return true
		}
	}
	c.panel.Key(ev)
	return true
}

// keysHere are the keys of the lab, where it has them, or of the page.
func (s *shell) keysHere() []page.Key {
	c := s.course
	if c.open() && c.focused {
		return c.panel.Keys()
	}
	var keys []page.Key
	if c != nil && c.panel != nil {
		keys = append(keys, page.Key{Name: labpanel.ToggleKey, Label: "lab", Help: "Give the keys to the lab, and back to the console."})
	}
	if p := s.top(); p != nil {
		keys = append(keys, p.Keys()...)
	}
	return keys
}
