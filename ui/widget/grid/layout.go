package grid

import "kconsole/ui/safe"

// layout decides which columns are drawn, where, and how wide.
//
// Everything is shown if it fits. In wide mode what does not is scrolled
// sideways. Otherwise columns are left out, the highest
// Drop first, until the rest fits with its squeezable columns at their least, and
// its whole ones as they are; what room is left then goes back to those.
func (g *Grid) layout(rows [][]Cell, width int) {
	var shown []int
	want := make([]int, len(g.columns))
	for c, col := range g.columns {
		if g.hides(c) || col.Auto && g.widths[c] == 0 && !g.choices[c].Always {
			continue
		}
		title := safe.Width(col.Title)
		if c == g.sorted {
			title++
		}
		want[c] = max(title, g.widths[c])
		if len(rows) == 0 {
			want[c] = max(want[c], col.Min)
		}
		if n := g.choices[c].Width; n > 0 {
			want[c] = n
		}
		shown = append(shown, c)
	}
	g.visible, g.order = g.visible[:0], g.order[:0]
	g.before, g.behind, g.beyond = signAt{}, signAt{}, 0
	if g.wide && total(shown, func(c int) int { return want[c] }) > width {
		g.order = append(g.order, shown...)
		g.keepColumn()
		g.scroll(shown, want, width)
		return
	}
	squeezed := func(c int) int {
		if g.choices[c].Width > 0 {
			return want[c]
		}
		if g.columns[c].Min > 0 {
			return min(want[c], g.columns[c].Min)
		}
		return want[c]
	}
	if total(shown, func(c int) int { return want[c] }) > width {
		for c := range want {
			if m := g.columns[c].Max; m > 0 && g.choices[c].Width == 0 {
				want[c] = min(want[c], m)
			}
		}
	}
	wanted := func(c int) int {
		if g.columns[c].Whole {
			return want[c]
		}
		return squeezed(c)
	}
	for total(shown, wanted) > width {
		worst := -1
		for i, c := range shown {
			if d := g.columns[c].Drop; d > 0 && !g.choices[c].Always && (worst < 0 || d > g.columns[shown[worst]].Drop) {
				worst = i
			}
		}
		if worst < 0 {
			break
		}
		shown = append(shown[:worst], shown[worst+1:]...)
	}
	least := squeezed
	if total(shown, wanted) <= width {
		least = wanted // what room is left is not taken from the whole ones
	}
	spare := width - total(shown, least)
	x := margin
	for _, c := range shown {
		w := least(c)
		if extra := min(max(spare, 0), want[c]-w); extra > 0 {
			w += extra
			spare -= extra
		}
		if w = min(w, margin+width-x); w <= 0 {
			break
		}
		g.visible = append(g.visible, place{column: c, x: x, width: w, room: w})
		g.order = append(g.order, c)
		x += w + gap
	}
	g.keepColumn()
}

// keepColumn moves the column cursor off a column that is no longer shown.
func (g *Grid) keepColumn() {
	if len(g.order) == 0 {
		return
	}
	nearest := g.order[0]
	for _, c := range g.order {
		if c <= g.column {
			nearest = c
		}
	}
	g.column = nearest
}

// total is the width of columns with the gaps between them.
func total(columns []int, width func(int) int) int {
	n := gap * max(len(columns)-1, 0)
	for _, c := range columns {
		n += width(c)
	}
	return n
}
