package record

import (
	"bytes"
	"fmt"
	"time"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"kconsole/ui/draw"
	"kconsole/ui/theme"
	"kconsole/ui/units"
	"kconsole/ui/widget/cells"
)

// View is a box with one record in it. All of it belongs to the event loop.
type View struct {
	*tview.Box
	theme *theme.Theme
	loc   *time.Location
	now   func() time.Time

	content *Content
	doc     document
	rows    *rows
	parts   []part
	partsIn int // the width that their rows are counted for

	bytes  bool // the byte view
	noWrap bool
	top    int // first byte of the first row on the screen
	topHex int // the same in the byte view: its row
	height int // of the last frame

	// The spans of the line that was coloured last: a long one spans many rows.
	spanLine int
	spanOf   []span
}

// New makes an empty view. Times are shown in loc, ages counted from now().
func New(th *theme.Theme, loc *time.Location, now func() time.Time) *View {
	v := &View{Box: tview.NewBox(), theme: th, loc: loc, now: now}
	v.SetBackgroundColor(th.Background())
	return v
}

// Show lays out a record. The view keeps c and does not change it. The place
// scrolled to is kept when it is the same record again (its schema arrived).
func (v *View) Show(c *Content) {
	same := v.content != nil && v.content.Record.Partition == c.Record.Partition && v.content.Record.Offset == c.Record.Offset
	v.content = c
	v.layOut()
	if !same {
		v.top, v.topHex = 0, 0
	}
	v.top = v.rows.at(min(v.top, len(v.doc.text)))
}

func (v *View) layOut() {
	v.doc = layOut(v.content, v.loc, v.now())
	v.rows = newRows(v.doc.text)
	v.rows.head = v.doc.head
	v.rows.layout(80, true)
	v.parts = nil
	v.spanLine = -1
}

// Location changes the zone that times are shown in.
func (v *View) Location(loc *time.Location) {
	v.loc = loc
	if v.content != nil {
		v.Show(v.content)
	}
}

// Content is what is shown; nil before the first Show.
func (v *View) Content() *Content { return v.content }

// mapped is what the bytes mean, made when it is first asked for, in rows for
// the width of the view.
func (v *View) mapped() []part {
	_, _, width, _ := v.GetInnerRect()
	if v.parts == nil || v.partsIn != width {
		if v.parts == nil {
			v.parts = parts(v.content)
		}
		v.partsIn = width
		flow(v.parts, width-meaningAt)
	}
	return v.parts
}

// Bytes tells whether the byte view is on.
func (v *View) Bytes() bool { return v.bytes }

// SetBytes turns the byte view on or off.
func (v *View) SetBytes(on bool) { v.bytes = on }

// Text is what is on show in full, for the clipboard: the value as laid out, or
// its bytes in hex. It is not sanitized.
func (v *View) Text() string {
	if v.content == nil {
		return ""
	}
	if v.bytes || v.doc.body == bodyBytes {
		return string(appendHex(nil, v.content.Record.Value))
	}
	from, _ := v.rows.bounds(v.doc.head)
	return string(v.doc.text[from:])
}

// Key handles the keys that scroll, and w for wrapping. It tells whether the key was one of them.
func (v *View) Key(ev *tcell.EventKey) bool {
	if v.content == nil {
		return false
	}
	switch ev.Key() {
	case tcell.KeyUp:
		v.scroll(-1)
	case tcell.KeyDown:
		v.scroll(1)
	case tcell.KeyPgUp:
		v.scroll(-max(v.height-1, 1))
	case tcell.KeyPgDn:
		v.scroll(max(v.height-1, 1))
	case tcell.KeyHome:
		v.top, v.topHex = 0, 0
	case tcell.KeyEnd:
		if v.bytes {
			v.topHex = rowsOf(v.mapped())
		} else {
			v.top = v.rows.last()
		}
	case tcell.KeyRune:
		switch ev.Rune() {
		case 'k':
			v.scroll(-1)
		case 'j':
			v.scroll(1)
		case 'w':
			v.noWrap = !v.noWrap
		default:
			return false
		}
	default:
		return false
	}
	return true
}

func (v *View) scroll(n int) {
	switch {
	case v.bytes:
		v.topHex = max(v.topHex+n, 0)
	case n < 0:
		v.top = v.rows.back(v.top, -n)
	default:
		v.top = v.rows.forth(v.top, n)
	}
}

// InputHandler makes the view work where it has the focus by itself.
func (v *View) InputHandler() func(*tcell.EventKey, func(tview.Primitive)) {
	return v.WrapInputHandler(func(ev *tcell.EventKey, _ func(tview.Primitive)) { v.Key(ev) })
}

// Draw draws what is visible.
func (v *View) Draw(screen tcell.Screen) {
	v.DrawForSubclass(screen, v)
	x, y, width, height := v.GetInnerRect()
	v.height = height
	if v.content == nil || width <= 0 || height <= 0 {
		return
	}
	if v.bytes {
		v.drawBytes(screen, x, y, width, height)
		return
	}
	v.rows.layout(width, !v.noWrap)
	v.top = v.rows.at(v.top) // it may have been laid out in another width
	visible, more := v.rows.from(v.top, height)
	if missing := height - len(visible); missing > 0 && v.top > 0 { // no empty screen below the end
		v.top = v.rows.back(v.top, missing)
		visible, more = v.rows.from(v.top, height)
	}
	for i, at := range visible {
		v.drawRow(screen, x, y+i, width, at)
	}
	if v.top > 0 || more {
		below, _ := v.rows.next(visible[len(visible)-1])
		v.drawPlace(screen, x, y, width, below, more)
	}
}

// drawPlace tells in the upper right corner how much is above and below.
func (v *View) drawPlace(screen tcell.Screen, x, y, width, at int, more bool) {
	s := " end"
	if more {
		s = fmt.Sprintf(" %d%%", 100*at/max(len(v.doc.text), 1))
	}
	draw.Text(screen, x+width-len(s), y, s, v.theme.Dim)
}

// drawRow draws the row that begins at byte at.
func (v *View) drawRow(screen tcell.Screen, x, y, width, at int) {
	line := v.rows.line(at)
	from, to := v.rows.bounds(line)
	if at > from {
		hang := v.rows.hang(line)
		x += hang
		width -= hang
	}
	end := v.rows.end(at, line)
	if v.noWrap && v.cut(screen, x, y, width, line, from, to) {
		return
	}
	v.segments(line, from, to, func(segEnd int, style tcell.Style) bool {
		if segEnd <= at {
			return true
		}
		n, used := cells.Put(screen, x, y, width, v.doc.text[at:min(segEnd, end)], style)
		x, width, at = x+used, width-used, at+n
		return at < end && width > 0 && n > 0
	})
}

// cut draws a line that is longer than its only row, and tells whether it was.
func (v *View) cut(screen tcell.Screen, x, y, width, line, from, to int) bool {
	n, used := cells.Fit(v.doc.text[from:to], width)
	if n == to-from {
		return false
	}
	n, used = cells.Fit(v.doc.text[from:from+n], max(width-1, 0))
	at, px := from, x
	v.segments(line, from, from+n, func(segEnd int, style tcell.Style) bool {
		drawn, w := cells.Put(screen, px, y, x+used-px, v.doc.text[at:min(segEnd, from+n)], style)
		px, at = px+w, at+drawn
		return at < from+n && drawn > 0
	})
	draw.Text(screen, x+used, y, "…", v.theme.Dim)
	return true
}

// segments calls f with the end and the style of each part of a line until it
// returns false.
func (v *View) segments(line, from, to int, f func(end int, style tcell.Style) bool) {
	th := v.theme
	switch {
	case line == 0:
		f(to, th.Strong)
	case v.doc.fault >= 0 && line >= v.doc.fault && line < v.doc.head:
		f(to, th.Act)
	case line < v.doc.head:
		if f(min(from+labelWidth, to), th.Dim) {
			f(to, th.Text)
		}
	case v.doc.body != bodyJSON:
		f(to, th.Text)
	default:
		if v.spanLine != line {
			lineFrom, lineTo := v.rows.bounds(line)
			v.spanLine, v.spanOf = line, spans(v.doc.text[lineFrom:lineTo])
		}
		start, _ := v.rows.bounds(line)
		for _, s := range v.spanOf {
			if !f(start+s.end, v.jsonStyle(s.kind)) {
				return
			}
		}
	}
}

func (v *View) jsonStyle(k kind) tcell.Style {
	switch k {
	case name:
		return v.theme.Key
	case text:
		return v.theme.Good
	case number:
		return v.theme.Bar
	case literal:
		return v.theme.Strong
	case punct:
		return v.theme.Dim
	default:
		return v.theme.Text
	}
}

// drawBytes draws the head, then rows of bytes with what they mean.
func (v *View) drawBytes(screen tcell.Screen, x, y, width, height int) {
	c := v.content
	title := fmt.Sprintf("p%d · %s · %s", c.Record.Partition, units.Exact(c.Record.Offset), sizeFact(c))
	draw.Spans(screen, x, y, width, draw.Span{Text: title, Style: v.theme.Strong})
	y++
	height--
	if err := c.Decoded.Info.Err; err != nil && height > 1 {
		cells.Line(screen, x, y, width, []byte("⚠ "+err.Error()), v.theme.Act)
		y++
		height--
	}
	total := rowsOf(v.mapped())
	v.topHex = min(v.topHex, max(total-height, 0))
	for row := 0; row < height && v.topHex+row < total; row++ {
		v.drawHexRow(screen, x, y+row, width, v.topHex+row)
	}
}

// The columns of the byte view.
const (
	hexAt     = 10
	meaningAt = hexAt + 3*perPart + 3
	charsAt   = hexAt + 3*perDump + 1
)

func (v *View) drawHexRow(screen tcell.Screen, x, y, width, n int) {
	p, hue := partAt(v.parts, n)
	row := n - p.firstRow
	from := p.off + row*p.perRow
	style := v.theme.Text
	switch {
	case p.bad:
		style = v.theme.Act
	case p.meaning != "" && len(v.theme.Bytes) > 0:
		style = v.theme.Bytes[hue%len(v.theme.Bytes)]
	}
	if row > 0 && from >= p.off+p.size { // only more of what it means
		v.drawMeaning(screen, x+meaningAt, y, width-meaningAt, p, row, style)
		return
	}
	b := v.content.Record.Value[from:min(from+p.perRow, p.off+p.size)]
	draw.Spans(screen, x, y, width, draw.Span{Text: fmt.Sprintf("%08x", from), Style: v.theme.Dim})
	lead := 0
	if row == 0 {
		lead = min(p.lead, len(b))
	}
	draw.Spans(screen, x+hexAt, y, width-hexAt, draw.Span{Text: string(appendHex(nil, b[:lead])), Style: v.theme.Dim})
	rest := x + hexAt + 3*lead
	draw.Spans(screen, rest, y, x+width-rest, draw.Span{Text: string(appendHex(nil, b[lead:])), Style: style})
	if p.meaning == "" {
		draw.Spans(screen, x+charsAt, y, width-charsAt, draw.Span{Text: string(appendASCII(nil, b)), Style: v.theme.Dim})
		return
	}
	v.drawMeaning(screen, x+meaningAt, y, width-meaningAt, p, row, style)
}

// drawMeaning draws what of a part's meaning stands in one of its rows.
func (v *View) drawMeaning(screen tcell.Screen, x, y, width int, p *part, row int, style tcell.Style) {
	text := []byte(p.meaning)
	for i := 0; i < row && len(text) > 0; i++ {
		text = text[wrapped(text, width):]
	}
	cells.Line(screen, x, y, width, bytes.TrimRight(text[:wrapped(text, width)], " "), style)
}
