package markdown

import (
	"strings"

	east "github.com/yuin/goldmark/extension/ast"

	"kconsole/ui/draw"
)

// table lays a table out in columns; where they do not fit, the widest give way
// and their cells are wrapped.
func (l *layout) table(n *east.Table, in indent) {
	var rows [][]Line
	for r := n.FirstChild(); r != nil; r = r.NextSibling() {
		style := l.theme.Text
		if r.Kind() == east.KindTableHeader {
			style = l.theme.Heading
		}
		var row []Line
		for c := r.FirstChild(); c != nil; c = c.NextSibling() {
			row = append(row, l.inline(c, style))
		}
		rows = append(rows, row)
	}
	widths := columns(rows, l.width-len(in.rest))
	for _, row := range rows {
		l.tableRow(row, widths, in)
	}
}

// gap is what stands between two columns.
const gap = 2

// columns are the widths of the columns of a table within so many cells.
func columns(rows [][]Line, width int) []int {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], draw.Width(cell))
		}
	}
	for {
		total, widest := -gap, 0
		for i, w := range widths {
			total += w + gap
			if w > widths[widest] {
				widest = i
			}
		}
		if total <= width || widths[widest] <= 4 {
			return widths
		}
		widths[widest]--
	}
}

func (l *layout) tableRow(row []Line, widths []int, in indent) {
	cells := make([][]Line, len(row))
	high := 1
	for i, c := range row {
		cells[i] = wrap(c, indent{}, widths[i], l.theme.Text)
		high = max(high, len(cells[i]))
	}
	for y := range high {
		line := Line{{Text: in.rest, Style: l.theme.Text}}
		for i := range cells {
			used := 0
			if y < len(cells[i]) {
				line = append(line, cells[i][y]...)
				used = draw.Width(cells[i][y])
			}
			if i < len(cells)-1 {
				line = append(line, draw.Span{Text: strings.Repeat(" ", widths[i]-used+gap), Style: l.theme.Text})
			}
		}
		l.lines = append(l.lines, line)
	}
}
