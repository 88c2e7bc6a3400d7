// Package screentest draws primitives on tcell's simulated screen and compares
// what is there, in text and in style, with files under testdata.
package screentest

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gdamore/tcell/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/rivo/tview"

	"kconsole/ui/theme"
)

var update = flag.Bool("update", false, "write the golden screens instead of comparing with them")

// Screen is a simulated screen with one primitive that fills it.
type Screen struct {
	t         testing.TB
	sim       tcell.SimulationScreen
	primitive tview.Primitive
}

// New makes a screen that is taken down with the test.
func New(t testing.TB, width, height int, p tview.Primitive) *Screen {
	t.Helper()
	sim := tcell.NewSimulationScreen("UTF-8")
	if err := sim.Init(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sim.Fini)
	s := &Screen{t: t, sim: sim, primitive: p}
	s.Resize(width, height)
	return s
}

// Theme is the dark theme with 256 colours.
func Theme(t testing.TB) *theme.Theme {
	t.Helper()
	th, err := theme.New(theme.Options{Name: "dark", Colors: 256})
	if err != nil {
		t.Fatal(err)
	}
	return th
}

// Resize changes the size of the terminal and draws.
func (s *Screen) Resize(width, height int) {
	s.sim.SetSize(width, height)
	s.sim.Show()
	s.primitive.SetRect(0, 0, width, height)
	s.Draw()
}

// Draw draws a frame as tview does: onto a cleared screen.
func (s *Screen) Draw() {
	s.sim.Clear()
	s.primitive.Draw(s.sim)
	s.sim.Show()
}

// Line is the text of a row.
func (s *Screen) Line(y int) string {
	width, _ := s.sim.Size()
	var b strings.Builder
	for x := 0; x < width; {
		text, _, w := s.sim.Get(x, y)
		b.WriteString(text)
		x += max(w, 1)
	}
	return strings.TrimRight(b.String(), " ")
}

// Text is all rows.
func (s *Screen) Text() string {
	_, height := s.sim.Size()
	rows := make([]string, height)
	for y := range rows {
		rows[y] = s.Line(y)
	}
	return strings.Join(rows, "\n")
}

// Style is the style of a cell.
func (s *Screen) Style(x, y int) tcell.Style {
	_, style, _ := s.sim.Get(x, y)
	return style
}

// styles lists the runs of cells of a row that are not in the default style.
func (s *Screen) styles(y int) string {
	width, _ := s.sim.Size()
	var b strings.Builder
	for x := 0; x < width; {
		style := s.Style(x, y)
		from := x
		for x < width && s.Style(x, y) == style {
			x++
		}
		if style != tcell.StyleDefault {
			fmt.Fprintf(&b, " %d-%d:%s", from, x-1, describe(style))
		}
	}
	return b.String()
}

func describe(style tcell.Style) string {
	fg, bg, attr := style.Decompose()
	var parts []string
	if fg != tcell.ColorDefault {
		parts = append(parts, fg.String())
	}
	if bg != tcell.ColorDefault {
		parts = append(parts, "on-"+bg.String())
	}
	for _, a := range []struct {
		mask tcell.AttrMask
		name string
	}{
		{tcell.AttrBold, "bold"},
		{tcell.AttrDim, "dim"},
		{tcell.AttrReverse, "reverse"},
		{tcell.AttrItalic, "italic"},
	} {
		if attr&a.mask != 0 {
			parts = append(parts, a.name)
		}
	}
	if style.GetUnderlineStyle() != tcell.UnderlineStyleNone {
		parts = append(parts, "underline")
	}
	return strings.Join(parts, ",")
}

// Golden draws and compares the screen with testdata/NAME.golden: the rows,
// then the styles by row and columns. -update writes the file.
func (s *Screen) Golden(name string) {
	s.t.Helper()
	s.Draw()
	_, height := s.sim.Size()
	var b strings.Builder
	b.WriteString(s.Text())
	b.WriteString("\n--- styles\n")
	for y := range height {
		if runs := s.styles(y); runs != "" {
			fmt.Fprintf(&b, "%2d%s\n", y, runs)
		}
	}
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			s.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			s.t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		s.t.Fatalf("%v (go test -update writes it)", err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(b.String(), "\n")); diff != "" {
		s.t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}
