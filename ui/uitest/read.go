package uitest

import (
	"fmt"
	"strings"
	"time"

	"github.com/gdamore/tcell/v2"
)

// onLoop runs f on the event loop after a frame, or here if the console ended.
func (d *Driver) onLoop(f func()) {
	done := make(chan struct{})
	d.App.Loop().Post(func() { f(); close(done) })
	select {
	case <-done:
	case <-d.ended:
		select {
		case <-done:
		default:
			f()
		}
	case <-time.After(Patience):
		d.t.Fatal("the event loop hangs")
	}
}

// Text is the screen's text: lines without trailing spaces.
func (d *Driver) Text() string {
	var text string
	d.onLoop(func() { text = d.snapshot() })
	return text
}

// Line is one line of the screen, from 0; negative counts from the bottom.
func (d *Driver) Line(n int) string {
	lines := strings.Split(d.Text(), "\n")
	if n < 0 {
		n += len(lines) - 1
	}
	return lines[n]
}

// Has tells whether a text is on the screen.
func (d *Driver) Has(text string) bool { return strings.Contains(d.Text(), text) }

// StyleAt is the style of the first place where a text stands on the screen.
func (d *Driver) StyleAt(text string) (tcell.Style, bool) {
	var found tcell.Style
	ok := false
	d.onLoop(func() {
		w, h := d.screen.Size()
		for y := range h {
			line, at := "", map[int]int{} // byte of the line -> column
			for x := range w {
				cell, _, _ := d.screen.Get(x, y)
				at[len(line)] = x
				line += cell
			}
			if i := strings.Index(line, text); i >= 0 {
				_, found, _ = d.screen.Get(at[i], y)
				ok = true
				return
			}
		}
	})
	return found, ok
}

// snapshot reads the screen without waiting.
func (d *Driver) snapshot() string {
	var b strings.Builder
	w, h := d.screen.Size()
	for y := range h {
		var line strings.Builder
		for x := 0; x < w; {
			cell, _, width := d.screen.Get(x, y)
			line.WriteString(cell)
			x += max(width, 1)
		}
		b.WriteString(strings.TrimRight(line.String(), " "))
		b.WriteByte('\n')
	}
	return b.String()
}

// painted is the screen as a golden file has it: the text, then a letter for
// each cell's style, then what the letters mean.
func (d *Driver) painted() string {
	var out string
	d.onLoop(func() {
		text := d.snapshot()
		w, h := d.screen.Size()
		letters := map[tcell.Style]rune{tcell.StyleDefault: '.'}
		var legend []string
		var styles strings.Builder
		for y := range h {
			var line strings.Builder
			for x := range w {
				_, style, _ := d.screen.Get(x, y)
				letter, ok := letters[style]
				if !ok {
					letter = rune('a' + len(legend))
					letters[style] = letter
					legend = append(legend, fmt.Sprintf("%c %s", letter, describe(style)))
				}
				line.WriteRune(letter)
			}
			styles.WriteString(strings.TrimRight(line.String(), "."))
			styles.WriteByte('\n')
		}
		out = fmt.Sprintf("%dx%d\n%s--- styles\n%s--- legend\n%s\n", w, h, text, styles.String(), strings.Join(legend, "\n"))
	})
	return out
}

// describe writes a style in words.
func describe(s tcell.Style) string {
	fg, bg, attr := s.Decompose()
	var parts []string
	if fg != tcell.ColorDefault {
		parts = append(parts, "fg="+fg.String())
	}
	if bg != tcell.ColorDefault {
		parts = append(parts, "bg="+bg.String())
	}
	for _, a := range []struct {
		mask tcell.AttrMask
		name string
	}{{tcell.AttrBold, "bold"}, {tcell.AttrDim, "dim"}, {tcell.AttrReverse, "reverse"}, {tcell.AttrItalic, "italic"}} {
		if attr&a.mask != 0 {
			parts = append(parts, a.name)
		}
	}
	if s.GetUnderlineStyle() != tcell.UnderlineStyleNone {
		parts = append(parts, "underline")
	}
	return strings.Join(parts, " ")
}
