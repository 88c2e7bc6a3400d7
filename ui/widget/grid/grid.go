// Package grid draws a table of any number of rows, of which only the visible
// ones are asked for and formatted.
//
// tview's own table is not used: each of its cells goes through the parser of
// colour tags, which text from a cluster must never reach, and it has no say in
// which columns to leave out on a narrow terminal.
package grid

import (
	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"kconsole/ui/draw"
	"kconsole/ui/safe"
	"kconsole/ui/theme"
)

// Column is one column of a [Grid].
type Column struct {
	Title string
	Right bool // numbers
	// Min is the width down to which the column may be squeezed; 0: not at all.
	Min int
	// Max is the most that its text may take; 0: whatever it needs. Ignored
	// where everything fits.
	Max int
	// Drop is the order in which columns are left out when there is no room: the
	// highest first, 0 never.
	Drop int
	// Whole columns are squeezed only when no other can be left out any more.
	Whole bool
	// Auto columns are left out while none of the visible rows has a text there.
	Auto bool
	// Wide columns are shown only in wide mode.
	Wide bool
}

// Cell is what stands in a column. Its text is sanitized when it is drawn.
type Cell struct {
	Text  string
	Level theme.Level
	// Bar draws the text in the colour of charts.
	Bar bool
	// Number is what the text is short for, where Numeric is set: files get it.
	Number  float64
	Numeric bool
}

// Choice is what a person has decided about a column.
type Choice struct {
	Always bool // shown where there is no room, and where wide columns are not
	Never  bool // not shown
	Width  int  // in cells; 0: the grid's own idea
}

// Content is what a grid shows. It is asked for visible rows only.
type Content interface {
	Len() int
	Cell(row, column int) Cell
	// Marked tells whether the row carries a mark.
	Marked(row int) bool
}

// Grid is the primitive. All of it belongs to the event loop.
type Grid struct {
	*tview.Box
	theme   *theme.Theme
	columns []Column
	choices []Choice // one for each column
	content Content

	selected int // row under the cursor; -1: none, because there are none
	offset   int // first visible row
	column   int // column cursor
	sorted   int // column that the rows are sorted by; -1: none
	desc     bool
	wide     bool
	dim      bool // rows are old
	page     int  // rows on the screen, as of the last frame

	widths  []int // widest text of each column so far, for a calm layout
	visible []place
	order   []int // columns that the cursor goes through: the visible ones, and those it scrolls to

	// Of a table that is scrolled sideways: the first column behind the fixed
	// one, how many cells of it are left of the screen and how many can be, and
	// the signs that there is more.
	left, skip, beyond int
	before, behind     signAt
}

// place is where a column is drawn. Where the table is scrolled sideways only
// room cells of it are, those behind the first skip ones.
type place struct{ column, x, width, room, skip int }

// gap is the space between two columns, margin the one that holds the mark.
const (
	gap    = 2
	margin = 1
)

// New makes a grid without rows.
func New(th *theme.Theme, columns []Column, content Content) *Grid {
	g := &Grid{Box: tview.NewBox(), theme: th, columns: columns, content: content, sorted: -1}
	g.widths, g.choices = make([]int, len(columns)), make([]Choice, len(columns))
	g.SetBackgroundColor(tcell.ColorDefault)
	return g
}

// Selected is the row under the cursor, or -1.
func (g *Grid) Selected() int {
	if g.content.Len() == 0 {
		return -1
	}
	return min(max(g.selected, 0), g.content.Len()-1)
}

// Select moves the cursor to a row. The row keeps its place on the screen if
// keep is set: the rows around it have changed, not the reader's mind.
func (g *Grid) Select(row int, keep bool) {
	row = min(max(row, 0), max(g.content.Len()-1, 0))
	if keep {
		g.offset = max(g.offset+row-g.selected, 0)
	}
	g.selected = row
}

// Visible are the rows that are on the screen, as of the last frame: first of
// them, and the one after the last.
func (g *Grid) Visible() (first, after int) {
	n := g.content.Len()
	return min(g.offset, n), min(g.offset+g.page, n)
}

// Column is the column under the column cursor.
func (g *Grid) Column() int { return g.column }

// SetSorted says which column carries the arrow; -1 for none.
func (g *Grid) SetSorted(column int, desc bool) { g.sorted, g.desc = column, desc }

// SetWide shows the wide columns too, and nothing is cut short.
// What then is wider than the grid is scrolled sideways by the column cursor.
func (g *Grid) SetWide(wide bool) {
	g.wide, g.left, g.skip = wide, 0, 0
	g.Forget()
}

// Choose sets what was decided about a column.
func (g *Grid) Choose(column int, c Choice) {
	g.choices[column] = c
	g.Forget()
}

// Choice is what was decided about a column.
func (g *Grid) Choice(column int) Choice { return g.choices[column] }

// Width is how wide a column was drawn last; 0: it was not.
func (g *Grid) Width(column int) int {
	for _, p := range g.visible {
		if p.column == column {
			return p.width
		}
	}
	return 0
}

// hides tells whether a column is not to be shown, whatever room there is.
func (g *Grid) hides(column int) bool {
	if g.choices[column].Never {
		return true
	}
	return g.columns[column].Wide && !g.wide && !g.choices[column].Always
}

// SetDim greys the rows: they are what is left of an earlier read.
func (g *Grid) SetDim(dim bool) { g.dim = dim }

// Forget lays the columns out anew, because other rows are shown.
func (g *Grid) Forget() { clear(g.widths) }

// Draw draws the titles and the visible rows onto a screen that was cleared.
func (g *Grid) Draw(screen tcell.Screen) {
	x, y, width, height := g.GetInnerRect()
	if width <= 0 || height <= 0 {
		return
	}
	g.page = max(height-1, 1)
	g.clamp()
	first, last := g.offset, min(g.offset+g.page, g.content.Len())
	rows := g.read(first, last)
	g.layout(rows, width-margin)
	g.titles(screen, x, y)
	g.signs(screen, x, y)
	for i, cells := range rows {
		if i+1 >= height {
			break
		}
		g.row(screen, x, y+1+i, width, first+i, cells)
	}
}

// clamp keeps the cursor in the rows and on the screen.
func (g *Grid) clamp() {
	n := g.content.Len()
	g.selected = min(max(g.selected, 0), max(n-1, 0))
	if g.selected < g.offset {
		g.offset = g.selected
	}
	if g.selected >= g.offset+g.page {
		g.offset = g.selected - g.page + 1
	}
	g.offset = max(min(g.offset, n-g.page), 0)
}

// read formats the visible rows, once a frame, and widens the columns to them.
func (g *Grid) read(first, last int) [][]Cell {
	rows := make([][]Cell, max(last-first, 0))
	cells := make([]Cell, len(rows)*len(g.columns))
	for i := range rows {
		rows[i] = cells[i*len(g.columns) : (i+1)*len(g.columns)]
		for c := range g.columns {
			if g.hides(c) {
				continue
			}
			cell := g.content.Cell(first+i, c)
			cell.Text = safe.Line(cell.Text, maxText)
			rows[i][c] = cell
			g.widths[c] = max(g.widths[c], safe.Width(cell.Text))
		}
	}
	return rows
}

// maxText is the most of a text that is looked at for one cell.
const maxText = 512

func (g *Grid) titles(screen tcell.Screen, x, y int) {
	for _, p := range g.visible {
		col := g.columns[p.column]
		style := g.theme.Heading
		if p.column == g.column {
			style = style.Underline(true)
		}
		title := col.Title
		if p.column == g.sorted {
			arrow := "↑"
			if g.desc {
				arrow = "↓"
			}
			if title = safe.Truncate(title, p.room-1) + arrow; col.Right {
				title = safe.Pad(title, p.room, true)
			}
		}
		put(screen, x+p.x, y, p.room, title, col.Right, style)
	}
}

func (g *Grid) row(screen tcell.Screen, x, y, width, row int, cells []Cell) {
	selected, marked := row == g.selected, g.content.Marked(row)
	if selected {
		for i := range width {
			screen.SetContent(x+i, y, ' ', nil, g.theme.Selected)
		}
	}
	if marked {
		put(screen, x, y, 1, "*", false, g.rowStyle(g.theme.Marked, selected))
	}
	for _, p := range g.visible {
		cell := cells[p.column]
		style := g.theme.Style(cell.Level)
		switch {
		case cell.Bar && cell.Level <= theme.Muted:
			style = g.theme.Bar
		case marked && cell.Level <= theme.Muted:
			style = g.theme.Marked
		case g.dim:
			style = g.theme.Dim
		}
		put(screen, x+p.x, y, p.room, p.seen(cell.Text), g.columns[p.column].Right, g.rowStyle(style, selected))
	}
}

// rowStyle lays the selection over a style: its colour of attention stays
// where the terminal can show both.
func (g *Grid) rowStyle(s tcell.Style, selected bool) tcell.Style {
	if !selected {
		return s
	}
	fg, _, _ := s.Decompose()
	selFg, bg, attr := g.theme.Selected.Decompose()
	if attr&tcell.AttrReverse != 0 || fg == tcell.ColorDefault {
		fg = selFg
	}
	return tcell.StyleDefault.Foreground(fg).Background(bg).Attributes(attr)
}

// put draws visible text into a field.
func put(screen tcell.Screen, x, y, width int, text string, right bool, style tcell.Style) {
	text = safe.Truncate(text, width)
	if right {
		x += width - safe.Width(text)
	}
	draw.Text(screen, x, y, text, style)
}
