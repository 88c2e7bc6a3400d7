package record

import (
	"bytes"
	"sort"

	"kconsole/ui/widget/cells"
)

// rows lays a text out as rows of a given width without looking at more of it
// than the rows that are asked for. A row is named by the byte it begins at.
type rows struct {
	text   []byte
	starts []int32 // of the lines; the text is bounded to far below 2 GiB
	width  int
	wrap   bool
	head   int // lines at the top that hang under their facts

	// Where the rows of long lines begin, every checkEvery rows: walking a line
	// of a megabyte backwards would else begin at its start each time.
	checks map[int][]int
	// The rows between two of those, of the line that was walked last.
	window     []int
	windowLine int

	walked int // rows whose end was looked for so far, for tests
}

const (
	checkEvery = 64
	longLine   = 8 << 10
)

func newRows(text []byte) *rows {
	r := &rows{text: text, starts: []int32{0}, wrap: true}
	for i := 0; ; {
		n := bytes.IndexByte(text[i:], '\n')
		if n < 0 {
			return r
		}
		i += n + 1
		r.starts = append(r.starts, int32(i))
	}
}

// layout sets the width; it forgets what it knew of another one.
func (r *rows) layout(width int, wrap bool) {
	width = max(width, 1)
	if width != r.width || wrap != r.wrap {
		r.width, r.wrap = width, wrap
		r.checks = map[int][]int{}
		r.window = nil
	}
}

// line is the number of the line that byte at lies in.
func (r *rows) line(at int) int {
	return sort.Search(len(r.starts), func(i int) bool { return int(r.starts[i]) > at }) - 1
}

// bounds are the first byte of a line and the one behind its last, without the newline.
func (r *rows) bounds(line int) (from, to int) {
	from = int(r.starts[line])
	if line+1 < len(r.starts) {
		return from, int(r.starts[line+1]) - 1
	}
	return from, len(r.text)
}

// hang is how far the second and further rows of a line are moved to the right:
// under the fact in the
// head, else two cells more than its own indentation; at most half the width.
func (r *rows) hang(line int) int {
	if line < r.head {
		return min(labelWidth, r.width/2)
	}
	from, to := r.bounds(line)
	n := 0
	for from+n < to && r.text[from+n] == ' ' {
		n++
	}
	return min(n+2, r.width/2)
}

// end is where the row that begins at byte at ends.
func (r *rows) end(at, line int) int {
	r.walked++
	from, to := r.bounds(line)
	if !r.wrap {
		return to
	}
	width := r.width
	if at > from {
		width -= r.hang(line)
	}
	n, _ := cells.Fit(r.text[at:to], max(width, 1))
	return at + n
}

// next is the row behind the one that begins at byte at.
func (r *rows) next(at int) (int, bool) {
	line := r.line(at)
	_, to := r.bounds(line)
	if e := r.end(at, line); e < to {
		return e, true
	}
	if line+1 == len(r.starts) {
		return at, false
	}
	return int(r.starts[line+1]), true
}

// prev is the row in front of the one that begins at byte at.
func (r *rows) prev(at int) (int, bool) {
	line := r.line(at)
	if from, _ := r.bounds(line); at > from {
		return r.rowBefore(line, at), true
	}
	if line == 0 {
		return at, false
	}
	_, to := r.bounds(line - 1)
	return r.rowBefore(line-1, to+1), true
}

// at is the row that holds the byte, or begins there.
func (r *rows) at(b int) int {
	return r.rowBefore(r.line(b), b+1)
}

// rowBefore is the last row of a line that begins before a byte.
func (r *rows) rowBefore(line, before int) int {
	from, to := r.bounds(line)
	if !r.wrap || from == to {
		return from
	}
	if to-from < longLine {
		return r.walk(line, from, before)
	}
	if n := len(r.window); n > 0 && r.windowLine == line && r.window[0] < before && r.window[n-1] >= before {
		return r.window[sort.SearchInts(r.window, before)-1]
	}
	checks := r.checks[line]
	if len(checks) == 0 {
		checks = []int{from}
	}
	for i := max(sort.SearchInts(checks, before)-1, 0); ; i++ {
		if i == len(checks) {
			checks = append(checks, r.window[len(r.window)-1])
		}
		r.fill(line, checks[i])
		if r.window[len(r.window)-1] >= before {
			r.checks[line] = checks
			return r.window[sort.SearchInts(r.window, before)-1]
		}
	}
}

// fill makes the window from a row on: where it and those behind it begin, and
// at last where the first one behind the window does, or would.
func (r *rows) fill(line, at int) {
	_, to := r.bounds(line)
	r.window, r.windowLine = r.window[:0], line
	for range checkEvery {
		r.window = append(r.window, at)
		if at = r.end(at, line); at >= to {
			at = to + 1 // nothing begins behind the line's end
			break
		}
	}
	r.window = append(r.window, at)
}

// walk goes from row to row until the next one would not begin before a byte.
func (r *rows) walk(line, at, before int) int {
	_, to := r.bounds(line)
	for {
		e := r.end(at, line)
		if e >= before || e >= to {
			return at
		}
		at = e
	}
}

// last is the last row.
func (r *rows) last() int {
	line := len(r.starts) - 1
	_, to := r.bounds(line)
	return r.rowBefore(line, to+1)
}

// from is the row that begins at byte at and those behind it, n in all, and
// whether there are more.
func (r *rows) from(at, n int) (out []int, more bool) {
	for out = append(out, at); ; out = append(out, at) {
		if at, more = r.next(at); !more || len(out) == n {
			return out, more
		}
	}
}

// back goes n rows up, or to the first.
func (r *rows) back(at, n int) int {
	for ; n > 0; n-- {
		p, ok := r.prev(at)
		if !ok {
			break
		}
		at = p
	}
	return at
}

// forth goes n rows down, or to the last.
func (r *rows) forth(at, n int) int {
	for ; n > 0; n-- {
		p, ok := r.next(at)
		if !ok {
			break
		}
		at = p
	}
	return at
}
