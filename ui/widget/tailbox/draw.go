package tailbox

import (
	"github.com/gdamore/tcell/v2"

	"kconsole/ui/draw"
	"kconsole/ui/safe"
	"kconsole/ui/units"
	"kconsole/ui/widget/cells"
)

// besideFrom is the width from which on an opened record stands beside the list
// and not in its place.
const besideFrom = 100

// maxLines is the most lines that a wrapped record takes.
const maxLines = 8

// maxError is the most lines that an error takes from the rows.
const maxError = 3

// visible is a row of a frame.
type visible struct {
	seq   uint64
	p     *preview
	lines int
}

// Draw draws a frame: a line of state, then the list, the opened record, or both.
func (v *View) Draw(screen tcell.Screen) {
	v.DrawForSubclass(screen, v)
	x, y, width, height := v.GetInnerRect()
	if width <= 0 || height <= 2 {
		return
	}
	v.stamp.now = v.o.Now()
	v.previews.begin()
	v.adopt(v.feed.Rows())
	stats := v.feed.Stats()
	v.drawState(screen, x, y, width, &stats)
	y++
	height--
	if stats.Err != nil && v.Fault() == nil {
		lines := draw.Wrap("⚠ "+safe.Error(stats.Err), width-2*margin)
		lines = lines[:min(len(lines), maxError, height-1)]
		height -= len(lines)
		for i, line := range lines {
			draw.Text(screen, x+margin, y+height+i, safe.Truncate(line, width-2*margin), v.o.Theme.Act)
		}
	}
	v.refreshPanel()
	v.beside = v.open && width >= besideFrom && !v.panel.Bytes()
	switch {
	case v.beside:
		list := width - panelWidth(width) - 1
		v.drawList(screen, x, y, list, height, &stats)
		rule := v.o.Theme.Rule
		if v.focus {
			rule = v.o.Theme.Accent
		}
		for i := range height {
			screen.Put(x+list, y+i, "│", rule)
		}
		v.panel.SetRect(x+list+2, y, width-list-2, height)
		v.panel.Draw(screen)
	case v.open:
		v.panel.SetRect(x+margin, y, width-2*margin, height)
		v.panel.Draw(screen)
	default:
		v.drawList(screen, x, y, width, height, &stats)
	}
	v.feed.Hold(v.top, !v.follow)
}

func panelWidth(width int) int { return min(max(2*width/5, 40), 90) }

// refreshPanel decodes the opened record again if its schema may have come.
func (v *View) refreshPanel() {
	if c := v.panel.Content(); v.open && c != nil && c.Retry {
		v.show(&c.Record)
	}
}

// drawList draws titles and rows.
func (v *View) drawList(screen tcell.Screen, x, y, width, height int, stats *Stats) {
	height-- // the titles
	first, next := v.rows.Ring.Bounds()
	if first == next {
		v.drawEmpty(screen, x, y, width, height, stats)
		return
	}
	if width != v.columns.width {
		v.columns.forget()
	}
	v.stamp.layout = clockOnly
	// What a row needs decides the columns, they decide how a value wraps, and
	// that decides which rows there are. Twice is enough: columns only grow.
	var rows []visible
	for range 2 {
		v.columns.layOut(width, &v.stamp)
		rows = v.window(first, next, height)
		for i := range rows {
			v.columns.see(rows[i].p)
			v.stamp.see(rows[i].p.timestamp)
		}
	}
	v.columns.layOut(width, &v.stamp)
	v.page = max(len(rows), 1)
	v.drawTitles(screen, x, y)
	line := y + 1
	for i := range rows {
		r := &rows[i]
		r.lines = min(r.lines, y+1+height-line)
		v.drawRow(screen, x, line, r)
		line += r.lines
		if r.p.waiting {
			v.wakeIn(retryAfter / 10)
		} else if !r.p.retry.IsZero() {
			v.wakeIn(retryAfter)
		}
	}
}

// window chooses the rows of the frame and keeps the cursor among them.
func (v *View) window(first, next uint64, height int) []visible {
	if v.follow {
		v.cursor = next - 1
		v.top = first
	}
	v.cursor = min(max(v.cursor, first), next-1)
	v.top = min(max(v.top, first), v.cursor)
	// The cursor is not below the last row, and nothing is blank below the newest.
	v.top = max(v.top, v.topFor(v.cursor, first, height))
	v.top = min(v.top, v.topFor(next-1, first, height))
	var rows []visible
	for seq, used := v.top, 0; seq < next && used < height; seq++ {
		p := v.previews.get(v.rows.Ring, seq, v.stamp.now)
		if p == nil {
			continue
		}
		rows = append(rows, visible{seq, p, v.lines(p)})
		used += rows[len(rows)-1].lines
	}
	return rows
}

// topFor is the first row of a frame whose last row is seq.
func (v *View) topFor(seq, first uint64, height int) uint64 {
	if !v.wrap {
		if n := uint64(height - 1); seq-first > n {
			return seq - n
		}
		return first
	}
	for used := 0; ; seq-- {
		if p := v.previews.get(v.rows.Ring, seq, v.stamp.now); p != nil {
			used += v.lines(p)
		}
		if used > height {
			return seq + 1
		}
		if seq == first || used == height {
			return seq
		}
	}
}

// lines is how many lines a row takes.
func (v *View) lines(p *preview) int {
	if !v.wrap || len(p.value) == 0 || p.fault != "" {
		return 1
	}
	n := 0
	for at := 0; at < len(p.value) && n < maxLines; n++ {
		size, _ := cells.Fit(p.value[at:], max(v.columns.value, 1))
		at += size
		if at < len(p.value) && p.value[at] == '\n' {
			at++
		}
	}
	return max(n, 1)
}

func (v *View) drawTitles(screen tcell.Screen, x, y int) {
	c, style := &v.columns, v.o.Theme.Heading
	if c.time > 0 {
		draw.Field(screen, x+c.timeX, y, c.time, v.stamp.format.heading(), v.stamp.format == Epoch, style)
	}
	draw.Field(screen, x+c.partitionX, y, c.partition, "P", true, style)
	if c.offset > 0 {
		draw.Field(screen, x+c.offsetX, y, c.offset, "OFFSET", true, style)
	}
	if c.key > 0 {
		draw.Field(screen, x+c.keyX, y, c.key, "KEY", false, style)
	}
	draw.Field(screen, x+c.valueX, y, c.value, "VALUE", false, style)
}

func (v *View) drawRow(screen tcell.Screen, x, y int, r *visible) {
	th, c, p := v.o.Theme, &v.columns, r.p
	selected := r.seq == v.cursor
	marked := v.marks.has(p.partition, p.offset)
	over := func(s tcell.Style) tcell.Style {
		if selected {
			return th.Over(s)
		}
		return s
	}
	base := th.Text
	if marked {
		base = th.Marked
	}
	if selected {
		for line := range r.lines {
			draw.Fill(screen, x, y+line, c.width, ' ', th.Selected)
		}
	}
	switch {
	case marked:
		draw.Text(screen, x, y, "*", over(th.Marked))
	case v.isOpen(p):
		draw.Text(screen, x, y, "▸", over(th.Accent))
	}
	if c.time > 0 {
		draw.Field(screen, x+c.timeX, y, c.time, v.stamp.text(p.timestamp), v.stamp.format >= Relative, over(th.Dim))
	}
	draw.Field(screen, x+c.partitionX, y, c.partition, itoa(int64(p.partition)), true, over(base))
	if c.offset > 0 {
		draw.Field(screen, x+c.offsetX, y, c.offset, units.Exact(p.offset), true, over(base))
	}
	if c.key > 0 {
		if p.nullKey {
			draw.Text(screen, x+c.keyX, y, "null", over(th.Dim))
		} else {
			v.styled(screen, x+c.keyX, y, c.key, p.key, over(base), over(th.Match))
		}
	}
	v.drawValue(screen, x+c.valueX, y, r, base, over)
}

func (v *View) drawValue(screen tcell.Screen, x, y int, r *visible, base tcell.Style, over func(tcell.Style) tcell.Style) {
	th, width, p := v.o.Theme, v.columns.value, r.p
	switch {
	case width <= 0:
	case p.fault != "":
		cells.Line(screen, x, y, width, []byte(p.fault), over(th.Watch))
	case p.waiting:
		cells.Line(screen, x, y, width, []byte("fetching the schema …"), over(th.Dim))
	case p.null:
		draw.Text(screen, x, y, "null", over(th.Dim))
	case v.wrap:
		v.drawWrapped(screen, x, y, r, over(base), over(th.Match))
	default:
		value := p.value
		for skipped := 0; skipped < v.shift && len(value) > 0; {
			_, w, n := cells.Next(value)
			skipped += w
			value = value[n:]
		}
		v.styled(screen, x, y, width, value, over(base), over(th.Match))
	}
}

// styled draws one line with what the filter has found in it.
func (v *View) styled(screen tcell.Screen, x, y, width int, b []byte, base, match tcell.Style) {
	from, to := v.find(b)
	cells.Styled(screen, x, y, width, b, cells.Span{End: from, Style: base}, cells.Span{End: to, Style: match}, cells.Span{End: len(b), Style: base})
}

func (v *View) find(b []byte) (from, to int) {
	if v.filter == nil {
		return 0, 0
	}
	from, to = v.filter.Find(b)
	return max(from, 0), max(to, 0)
}

// drawWrapped draws a value over several lines.
func (v *View) drawWrapped(screen tcell.Screen, x, y int, r *visible, base, match tcell.Style) {
	value, width := r.p.value, v.columns.value
	from, to := v.find(value)
	for line := range r.lines {
		size, _ := cells.Fit(value, width)
		end := size
		if line == r.lines-1 {
			end = len(value) // the rest, cut with …
		}
		cells.Styled(screen, x, y+line, width, value[:end],
			cells.Span{End: from, Style: base}, cells.Span{End: to, Style: match}, cells.Span{End: len(value), Style: base})
		if size < len(value) && value[size] == '\n' {
			size++
		}
		value, from, to = value[size:], max(from-size, 0), max(to-size, 0)
	}
}
