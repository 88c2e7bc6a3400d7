package grid

import (
	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// Key moves the cursor if the key is one of movement: arrows, j and k, g and G,
// home and end, page up and down. It tells whether it was.
func (g *Grid) Key(ev *tcell.EventKey) bool {
	last := g.content.Len() - 1
	row := g.selected
	switch ev.Key() {
	case tcell.KeyDown:
		row++
	case tcell.KeyUp:
		row--
	case tcell.KeyHome:
		row = 0
	case tcell.KeyEnd:
		row = last
	case tcell.KeyPgDn, tcell.KeyCtrlF:
		row += g.page
	case tcell.KeyPgUp, tcell.KeyCtrlB:
		row -= g.page
	case tcell.KeyLeft:
		g.moveColumn(-1)
		return true
	case tcell.KeyRight:
		g.moveColumn(+1)
		return true
	case tcell.KeyRune:
		switch ev.Rune() {
		case 'j':
			row++
		case 'k':
			row--
		case 'g':
			row = 0
		case 'G':
			row = last
		default:
			return false
		}
	default:
		return false
	}
	g.Select(min(max(row, 0), max(last, 0)), false)
	return true
}

func (g *Grid) moveColumn(by int) {
	was := g.column
	if g.along(by) {
		return
	}
	for i, c := range g.order {
		if c == g.column {
			g.column = g.order[min(max(i+by, 0), len(g.order)-1)]
			break
		}
	}
	if g.column != was {
		g.skip, g.beyond = 0, 0
	}
}

// MouseHandler selects the row that is clicked and scrolls with the wheel.
func (g *Grid) MouseHandler() func(tview.MouseAction, *tcell.EventMouse, func(tview.Primitive)) (bool, tview.Primitive) {
	return g.WrapMouseHandler(func(a tview.MouseAction, ev *tcell.EventMouse, _ func(tview.Primitive)) (bool, tview.Primitive) {
		px, py := ev.Position()
		if !g.InRect(px, py) {
			return false, nil
		}
		_, y, _, _ := g.GetInnerRect()
		switch a {
		case tview.MouseLeftClick:
			if row := g.offset + py - y - 1; py > y && row < g.content.Len() {
				g.Select(row, false)
			}
		case tview.MouseScrollDown:
			g.Select(g.selected+3, false)
		case tview.MouseScrollUp:
			g.Select(g.selected-3, false)
		default:
			return false, nil
		}
		return true, nil
	})
}
