// Package chart draws values over time as text: in braille, two by four dots a
// cell, or in plain characters where a terminal has no such font.
package chart

import (
	"math"
	"strings"
)

// Line draws values, the oldest on the left, in width by height cells; the top
// is the highest value, the bottom zero. Negative values are not known and leave
// a gap. Each row is one string of width cells.
func Line(values []float64, width, height int, ascii bool) []string {
	if width <= 0 || height <= 0 {
		return nil
	}
	across, down := 2, 4
	if ascii {
		across, down = 1, 1
	}
	top := 0.0
	for _, v := range values {
		top = math.Max(top, v)
	}
	dots := make([][]bool, height*down) // from the top
	for i := range dots {
		dots[i] = make([]bool, width*across)
	}
	last := -1
	for x, v := range resample(values, width*across) {
		if v < 0 || math.IsNaN(v) {
			last = -1
			continue
		}
		y := len(dots) - 1
		if top > 0 {
			y -= int(math.Round(v / top * float64(len(dots)-1)))
		}
		from, to := y, y
		if last >= 0 { // steps are joined
			from, to = min(y, last), max(y, last)
		}
		for at := from; at <= to; at++ {
			dots[at][x] = true
		}
		last = y
	}
	if ascii {
		return plain(dots)
	}
	return braille(dots, width, height)
}

// resample makes n values out of any number: each the mean of what is known of
// its share.
func resample(values []float64, n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = -1
		if len(values) == 0 {
			continue
		}
		from := i * len(values) / n
		to := max((i+1)*len(values)/n, from+1)
		sum, known := 0.0, 0
		for _, v := range values[from:to] {
			if v >= 0 && !math.IsNaN(v) {
				sum += v
				known++
			}
		}
		if known > 0 {
			out[i] = sum / float64(known)
		}
	}
	return out
}

func plain(dots [][]bool) []string {
	out := make([]string, len(dots))
	for y, row := range dots {
		var b strings.Builder
		for _, on := range row {
			if on {
				b.WriteByte('*')
			} else {
				b.WriteByte(' ')
			}
		}
		out[y] = b.String()
	}
	return out
}

// bits are the dots of a braille cell (U+2800 and on), by row and column.
var bits = [4][2]rune{{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}}

func braille(dots [][]bool, width, height int) []string {
	out := make([]string, height)
	for y := range out {
		var b strings.Builder
		for x := range width {
			r := rune(0x2800)
			for dy := range 4 {
				for dx := range 2 {
					if dots[4*y+dy][2*x+dx] {
						r |= bits[dy][dx]
					}
				}
			}
			if r == 0x2800 {
				r = ' '
			}
			b.WriteRune(r)
		}
		out[y] = b.String()
	}
	return out
}
