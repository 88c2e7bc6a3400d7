package loop

import (
	"unicode/utf8"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/uniseg"
)

// Screen is the screen to give to the application, which clears it before it
// draws and shows it afterwards. Its frames are measured, and only cells that
// are other than in the frame before go on to the terminal: tcell takes each cell
// that was cleared and drawn again for a changed one, and would write all of
// them.
//
// Whatever draws has to draw on it, not on s.
func (l *Loop) Screen(s tcell.Screen) tcell.Screen {
	made := &screen{Screen: s, meter: l.meter, again: l.again}
	if tty, ok := s.Tty(); ok {
		made.out, _ = tty.(*output)
	}
	return made
}

// screen is a frame in the making, and the one that is shown. It belongs to the
// event loop, as all drawing does.
type screen struct {
	tcell.Screen
	meter       *meter
	out         *output // of [NewTerminal]; nil: what is written is written at once
	again       func()  // draws once more
	w, h        int
	next, shown []cell
}

// cell is what stands in one place.
type cell struct {
	text  string // one grapheme cluster
	style tcell.Style
}

// single are the texts of characters that need no memory of their own.
var single = func() (texts [utf8.RuneSelf]string) {
	for i := range texts {
		texts[i] = string(rune(i))
	}
	return texts
}()

// textOf is a character with what combines with it.
func textOf(r rune, combining []rune) string {
	if len(combining) > 0 {
		return string(r) + string(combining)
	}
	if r >= 0 && r < utf8.RuneSelf {
		return single[r]
	}
	return string(r)
}

// Clear begins a frame, and takes over a new size of the terminal.
func (s *screen) Clear() {
	s.meter.begin()
	s.Fill(' ', tcell.StyleDefault)
}

// Fill sets every cell.
func (s *screen) Fill(r rune, style tcell.Style) {
	s.fit()
	filled := cell{textOf(r, nil), style}
	for i := range s.next {
		s.next[i].set(filled)
	}
}

// fit makes the cells as many as the terminal has. What is shown is not known
// then.
func (s *screen) fit() {
	w, h := s.Size()
	if w == s.w && h == s.h && s.next != nil {
		return
	}
	s.w, s.h = w, h
	s.next, s.shown = make([]cell, w*h), make([]cell, w*h)
	for i := range s.next {
		s.next[i].text = " "
	}
}

// set replaces a cell; a style without a colour keeps the one that is there.
func (c *cell) set(to cell) {
	fg, bg, _ := to.style.Decompose()
	if fg == tcell.ColorNone || bg == tcell.ColorNone {
		had, below, _ := c.style.Decompose()
		if fg == tcell.ColorNone {
			to.style = to.style.Foreground(had)
		}
		if bg == tcell.ColorNone {
			to.style = to.style.Background(below)
		}
	}
	*c = to
}

// at is a cell of the frame in the making; nil beyond its edges.
func (s *screen) at(x, y int) *cell {
	if s.next == nil {
		s.fit()
	}
	if x < 0 || y < 0 || x >= s.w || y >= s.h {
		return nil
	}
	return &s.next[y*s.w+x]
}

// SetContent sets a cell.
func (s *screen) SetContent(x, y int, r rune, combining []rune, style tcell.Style) {
	if c := s.at(x, y); c != nil {
		c.set(cell{textOf(r, combining), style})
	}
}

// SetCell sets a cell.
func (s *screen) SetCell(x, y int, style tcell.Style, ch ...rune) {
	if len(ch) == 0 {
		ch = []rune{' '}
	}
	s.SetContent(x, y, ch[0], ch[1:], style)
}

// Put sets a cell to the first grapheme cluster of a text, and returns the rest
// and how many cells the cluster takes.
func (s *screen) Put(x, y int, text string, style tcell.Style) (rest string, width int) {
	cluster, rest, width, state := uniseg.FirstGraphemeClusterInString(text, -1)
	for width == 0 && rest != "" { // what has no width joins what comes next
		var more string
		more, rest, width, state = uniseg.FirstGraphemeClusterInString(rest, state)
		cluster += more
	}
	if c := s.at(x, y); c != nil {
		c.set(cell{cluster, style})
	}
	return rest, width
}

// PutStr puts a text in the default style.
func (s *screen) PutStr(x, y int, text string) { s.PutStrStyled(x, y, text, tcell.StyleDefault) }

// PutStrStyled puts a text, as much of it as there is room for.
func (s *screen) PutStrStyled(x, y int, text string, style tcell.Style) {
	for text != "" && x < s.w {
		var width int
		if text, width = s.Put(x, y, text, style); width == 0 {
			return
		}
		x += width
	}
}

// Get is what stands in a cell of the frame in the making.
func (s *screen) Get(x, y int) (text string, style tcell.Style, width int) {
	c := s.at(x, y)
	if c == nil {
		return "", tcell.StyleDefault, 0
	}
	if width = uniseg.StringWidth(c.text); width == 0 {
		return " ", c.style, 1
	}
	return c.text, c.style, width
}

// GetContent is [screen.Get] in characters.
func (s *screen) GetContent(x, y int) (r rune, combining []rune, style tcell.Style, width int) {
	text, style, width := s.Get(x, y)
	for i, c := range text {
		if i == 0 {
			r = c
			continue
		}
		combining = append(combining, c)
	}
	return r, combining, style, width
}

// Show has what has changed written to the terminal and ends the frame. What a
// slow terminal misses goes into the frame after it.
func (s *screen) Show() {
	if s.out != nil {
		if !s.out.begin(s.again) {
			s.meter.drop()
			return
		}
		defer s.out.end()
	}
	for i := range s.next {
		if s.next[i] != s.shown[i] {
			s.Screen.Put(i%s.w, i/s.w, s.next[i].text, s.next[i].style)
			s.shown[i] = s.next[i]
		}
	}
	s.Screen.Show()
	s.meter.shown()
}

// Resume takes the terminal back from another program. The next frame writes
// every cell: tcell forgets its cells when it gives the terminal away.
func (s *screen) Resume() error {
	err := s.Screen.Resume()
	clear(s.shown)
	s.Sync()
	return err
}
