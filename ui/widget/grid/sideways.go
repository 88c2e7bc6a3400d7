package grid

import (
	"github.com/gdamore/tcell/v2"

	"kconsole/ui/draw"
	"kconsole/ui/safe"
)

// scroll lays columns out in full that together are wider than the grid: the
// column under the cursor is brought into view, and the first one stays where
// it is as long as it leaves half of the room to the others.
func (g *Grid) scroll(shown, want []int, width int) {
	end := margin + width - edge
	x := margin
	if first := shown[0]; len(shown) > 1 && want[first] <= width/2 {
		g.visible = append(g.visible, place{column: first, x: x, width: want[first], room: want[first]})
		x += want[first] + gap
		shown = shown[1:]
	}
	room := max(end-x, 1)
	across := func(columns []int) int { return total(columns, func(c int) int { return want[c] }) }
	at, left := 0, 0 // of the column cursor, and of the first column behind the fixed one
	for i, c := range shown {
		if c <= g.column {
			at = i
		}
		if c <= g.left {
			left = i
		}
	}
	was := left
	left = min(left, at)
	for left < at && across(shown[left:at+1]) > room {
		left++
	}
	for left > 0 && across(shown[left-1:]) <= room { // no empty room behind the last
		left--
	}
	if left != was || left != at {
		g.skip = 0
	}
	g.beyond = 0
	if left == at && shown[at] == g.column {
		g.beyond = max(want[shown[at]]-room, 0)
	}
	g.skip = min(g.skip, g.beyond)
	g.left = shown[left]
	g.before = signAt{x: x - 1, on: left > 0 || g.skip > 0}
	g.behind = signAt{x: end + edge - 1}
	for i, c := range shown[left:] {
		p := place{column: c, x: x, width: want[c]}
		if i == 0 {
			p.skip = g.skip
		}
		p.room = min(p.width-p.skip, end-x)
		// A number of which only the beginning can be seen is another number.
		if whole := p.room == p.width-p.skip; !whole {
			g.behind.on = true
			if p.room <= 0 || i > 0 && (g.columns[c].Right || p.room < leastSeen) {
				return
			}
		}
		g.visible = append(g.visible, p)
		x += p.room + gap
	}
}

// edge is what is kept free at the right of a table that is scrolled sideways:
// the sign that there is more, and a blank in front of it. A text of which fewer
// cells than leastSeen can be seen is not begun.
const (
	edge      = 2
	leastSeen = 4
)

// signAt is where a sign stands that there is more on that side, if there is.
type signAt struct {
	x  int
	on bool
}

// signs draws into the line of titles on which sides there is more.
func (g *Grid) signs(screen tcell.Screen, x, y int) {
	before, behind := "‹", "›"
	if g.theme.ASCII {
		before, behind = "<", ">"
	}
	if g.before.on {
		draw.Text(screen, x+g.before.x, y, before, g.theme.Accent)
	}
	if g.behind.on {
		draw.Text(screen, x+g.behind.x, y, behind, g.theme.Accent)
	}
}

// along goes through a column that is wider than its room, half of that at a
// time, and tells whether there was more of it on that side.
func (g *Grid) along(by int) bool {
	if by > 0 && g.skip >= g.beyond || by < 0 && g.skip == 0 {
		return false
	}
	step := max(g.Width(g.column)-g.beyond, 2) / 2
	g.skip = min(max(g.skip+by*step, 0), g.beyond)
	return true
}

// seen is what of a text can be seen in its place.
func (p place) seen(text string) string {
	if p.skip == 0 {
		return text
	}
	_, rest := safe.Cut(text, p.skip)
	return rest
}
