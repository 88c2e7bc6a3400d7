package bench

import (
	"bytes"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// grid is the part of a terminal that programs on tcell use: the cursor is
// placed, characters are written. Colours are skipped; every character is one
// cell wide, as tcell places the cursor anew after one that is not.
type grid struct {
	width, height int
	cells         []rune
	x, y          int
	rest          []byte // of a sequence that has not come whole

	inFrame bool
	frame   frame
}

func newGrid(width, height int) *grid {
	g := &grid{width: width, height: height, cells: make([]rune, width*height)}
	g.clear()
	return g
}

func (g *grid) clear() {
	for i := range g.cells {
		g.cells[i] = ' '
	}
}

// line is a line of the screen, from 0.
func (g *grid) line(y int) string { return string(g.cells[y*g.width : (y+1)*g.width]) }

func (g *grid) String() string {
	lines := make([]string, g.height)
	for y := range lines {
		lines[y] = strings.TrimRight(g.line(y), " ")
	}
	return strings.Join(lines, "\n")
}

// write takes bytes that came at a time and appends the frames that they end.
func (g *grid) write(p []byte, at time.Time, frames []frame) []frame {
	if g.inFrame {
		g.frame.bytes += len(p)
	}
	p = append(g.rest, p...)
	for len(p) > 0 {
		n := g.one(p)
		if n == 0 {
			break
		}
		if !g.inFrame && g.frame.bytes > 0 {
			g.frame.ended = at
			frames = append(frames, g.frame)
			g.frame = frame{}
		}
		p = p[n:]
	}
	g.rest = bytes.Clone(p)
	return frames
}

// one takes a character or a sequence and tells its length; 0: it is not whole.
func (g *grid) one(p []byte) int {
	switch c := p[0]; {
	case c == 0x1b:
		return g.escape(p)
	case c == '\r':
		g.x = 0
		return 1
	case c == '\n':
		g.y++
		return 1
	case c < 0x20:
		return 1
	}
	if !utf8.FullRune(p) {
		return 0
	}
	r, n := utf8.DecodeRune(p)
	if g.x < g.width && g.y < g.height {
		g.cells[g.y*g.width+g.x] = r
	}
	g.x++
	g.frame.cells++
	return n
}

func (g *grid) escape(p []byte) int {
	if len(p) < 2 {
		return 0
	}
	switch p[1] {
	case '[':
	case ']': // title, clipboard: up to BEL or ST
		for i := 2; i < len(p); i++ {
			if p[i] == 7 {
				return i + 1
			}
			if p[i] == '\\' && p[i-1] == 0x1b {
				return i + 1
			}
		}
		return 0
	case '(', ')':
		if len(p) < 3 {
			return 0
		}
		return 3
	default:
		return 2
	}
	end := bytes.IndexFunc(p[2:], func(r rune) bool { return r >= 0x40 && r <= 0x7e })
	if end < 0 {
		return 0
	}
	args, final := string(p[2:2+end]), p[2+end]
	switch {
	case final == 'H':
		row, column, _ := strings.Cut(args, ";")
		g.y, g.x = number(row)-1, number(column)-1
	case final == 'J':
		g.clear()
	case args == "?2026" && final == 'h':
		g.inFrame = true
		g.frame = frame{bytes: len(p)}
	case args == "?2026" && final == 'l':
		g.inFrame = false
	}
	return 3 + end
}

// number is an argument of a sequence, 1 if it is left out.
func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 1
	}
	return n
}
