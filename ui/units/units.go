// Package units writes numbers short enough for a table: three digits and a
// unit. Exact figures belong to the screens of one thing.
package units

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// Dash stands for what is not known.
const Dash = "–"

// Count is a number of things: 999, 1.82k, 88.2k, 1.82M. Negative is unknown.
func Count(n int64) string {
	if n < 0 {
		return Dash
	}
	if n < 1000 {
		return strconv.FormatInt(n, 10)
	}
	return scaled(float64(n), "", [...]string{"k", "M", "G", "T", "P", "E"})
}

// Exact is a number with its thousands parted: 302,118. Negative is unknown.
func Exact(n int64) string {
	if n < 0 {
		return Dash
	}
	s := strconv.FormatInt(n, 10)
	out := make([]byte, 0, len(s)+len(s)/3)
	for i := range len(s) {
		if i > 0 && (len(s)-i)%3 == 0 {
			out = append(out, ',')
		}
		out = append(out, s[i])
	}
	return string(out)
}

// Bytes is a size in powers of 1000, as disks are sold: 12 B, 3.4 kB, 214 MB.
// Negative is unknown.
func Bytes(n int64) string {
	if n < 0 {
		return Dash
	}
	if n < 1000 {
		return strconv.FormatInt(n, 10) + " B"
	}
	return scaled(float64(n), " ", [...]string{"kB", "MB", "GB", "TB", "PB", "EB"})
}

// Rate is a number a second: 0, 0.4, 12, 340, 1.2k. Negative or not a number is
// unknown.
func Rate(r float64) string {
	switch {
	case r < 0 || math.IsNaN(r) || math.IsInf(r, 0):
		return Dash
	case r == 0:
		return "0"
	case r < 0.05:
		return "<0.1"
	case r < 9.95:
		return strconv.FormatFloat(r, 'f', 1, 64)
	case r < 999.5:
		return strconv.FormatFloat(r, 'f', 0, 64)
	default:
		return scaled(r, "", [...]string{"k", "M", "G", "T", "P", "E"})
	}
}

// scaled writes n, at least 999.5, with three significant digits.
func scaled(n float64, gap string, names [6]string) string {
	i := -1
	for n >= 999.5 && i < len(names)-1 {
		n /= 1000
		i++
	}
	digits := 2
	switch {
	case n >= 99.95:
		digits = 0
	case n >= 9.995:
		digits = 1
	}
	return strconv.FormatFloat(n, 'f', digits, 64) + gap + names[i]
}

// Duration is a span with its two largest units: 0.4 s, 41 s, 2m 10s, 5d 4h.
// Negative is unknown.
func Duration(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < 0:
		return Dash
	case d < 10*time.Second:
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
	case d < time.Minute:
		return fmt.Sprintf("%d s", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%dm %ds", d/time.Minute, d%time.Minute/time.Second)
	case d < day:
		return fmt.Sprintf("%dh %dm", d/time.Hour, d%time.Hour/time.Minute)
	default:
		return fmt.Sprintf("%dd %dh", d/day, d%day/time.Hour)
	}
}

// Age is how long ago something was, in whole units: now, 12 s, 4m, 3h, 9d. A
// time in the future is now, as clocks differ.
func Age(d time.Duration) string {
	switch {
	case d < time.Second:
		return "now"
	case d < time.Minute:
		return fmt.Sprintf("%d s", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%dm", d/time.Minute)
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh", d/time.Hour)
	default:
		return fmt.Sprintf("%dd", d/(24*time.Hour))
	}
}

// Plural is "1 topic", "42 topics".
func Plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return Exact(int64(n)) + " " + one + "s"
}

// eighths are the blocks of a horizontal bar.
var eighths = [...]string{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"}

// Bar is a horizontal bar of part in whole, at most width cells, in eighths of
// a cell. A part that is more than nothing shows at least the thinnest block.
func Bar(part, whole float64, width int) string {
	if part <= 0 || whole <= 0 || width <= 0 {
		return ""
	}
	n := int(math.Round(math.Min(part/whole, 1) * float64(width) * 8))
	n = max(n, 1)
	out := make([]byte, 0, width*3)
	for range n / 8 {
		out = append(out, "█"...)
	}
	return string(append(out, eighths[n%8]...))
}

// levels are the blocks of a sparkline.
var levels = []rune("▁▂▃▄▅▆▇█")

// Spark is a sparkline of at most width values, the newest on the right, scaled
// to the largest. Unknown (negative) values are gaps.
func Spark(values []float64, width int) string {
	if len(values) > width {
		values = values[len(values)-width:]
	}
	top := 0.0
	for _, v := range values {
		top = max(top, v)
	}
	out := make([]rune, 0, len(values))
	for _, v := range values {
		switch {
		case v < 0 || math.IsNaN(v):
			out = append(out, ' ')
		case top == 0:
			out = append(out, levels[0])
		default:
			out = append(out, levels[int(math.Round(v/top*float64(len(levels)-1)))])
		}
	}
	return string(out)
}
