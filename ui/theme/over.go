package theme

import "github.com/gdamore/tcell/v2"

// Over lays the selection over a style: its colour of attention stays where the
// terminal can show both.
func (t *Theme) Over(s tcell.Style) tcell.Style {
	fg, _, _ := s.Decompose()
	selected, bg, attr := t.Selected.Decompose()
	if attr&tcell.AttrReverse != 0 || fg == tcell.ColorDefault {
		fg = selected
	}
	return tcell.StyleDefault.Foreground(fg).Background(bg).Attributes(attr)
}
