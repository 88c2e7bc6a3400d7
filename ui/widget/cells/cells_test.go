package cells_test

import (
	"strings"
	"testing"

	"github.com/gdamore/tcell/v2"

	"kconsole/ui/safe"
	"kconsole/ui/widget/cells"
)

func screen(t testing.TB, width, height int) tcell.SimulationScreen {
	t.Helper()
	s := tcell.NewSimulationScreen("UTF-8")
	if err := s.Init(); err != nil {
		t.Fatal(err)
	}
	s.SetSize(width, height)
	t.Cleanup(s.Fini)
	s.Show()
	return s
}

func row(s tcell.SimulationScreen, y int) string {
	var b strings.Builder
	width, _ := s.Size()
	for x := 0; x < width; {
		text, _, w := s.Get(x, y)
		b.WriteString(text)
		x += max(w, 1)
	}
	return b.String()
}

func TestLine(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", "..........|"},
		{"short", "short.....|"},
		{"exactlyten", "exactlyten|"},
		{"eleven char", "eleven ch…|"},
		{"漢字漢字漢", "漢字漢字漢|"},
		{"漢字漢字漢x", "漢字漢字… |"},
		{"x漢字漢字漢", "x漢字漢字…|"},
		{"[red]x[-]", "[red]x[-].|"},
		{"\x1b[2Jabcdefgh", "␛[2Jabcde…|"},
		{"a\nb\r\nc", "a␊b␍␊c....|"},
		{"e\u0301e\u0301", "e\u0301e\u0301........|"},
		{"ab\u202ecd", "ab…       |"},
		{"ab\u202e", "ab‹U+202E›|"},
		{"\u202ecd", "‹U+202E›cd|"},
		{"\xff\xfe", "‹xFF›‹xFE›|"},
		{"👍👍🏽👍", "👍👍🏽👍....|"},
	} {
		s := screen(t, 11, 1)
		for x := range 10 {
			s.Put(x, 0, ".", tcell.StyleDefault)
		}
		s.Put(10, 0, "|", tcell.StyleDefault)
		cells.Line(s, 0, 0, 10, []byte(c.in), tcell.StyleDefault)
		if got := row(s, 0); got != c.want {
			t.Errorf("%q: got %q, want %q", c.in, got, c.want)
		}
	}
}

// FuzzRows holds what drawing relies on: a walk over rows ends, covers every
// byte, keeps to its width, and Put and Fit agree.
func FuzzRows(f *testing.F) {
	for _, s := range []string{
		"plain", "漢字 mixed\nlines\n\n", "\x1b[31m\x00", "e" + strings.Repeat("\u0301", 200), "\xff\xfe\xc3", "🇩🇪🇩", "a\u202e\u2066b", "\r\n\r\n",
	} {
		f.Add(s, uint8(3))
	}
	s := screen(f, 300, 1)
	f.Fuzz(func(t *testing.T, text string, w uint8) {
		width := int(w)%200 + 1
		rest, rows := []byte(text), 0
		for len(rest) > 0 {
			if rest[0] == '\n' {
				rest = rest[1:]
				continue
			}
			n, used := cells.Fit(rest, width)
			drawn, cellsUsed := cells.Put(s, 0, 0, width, rest, tcell.StyleDefault)
			if n != drawn || used != cellsUsed {
				t.Fatalf("Fit of %q is %d bytes in %d cells, Put drew %d in %d", rest, n, used, drawn, cellsUsed)
			}
			if n <= 0 || used > width {
				t.Fatalf("row of %q: %d bytes, %d of %d cells", rest, n, used, width)
			}
			rest = rest[n:]
			if rows++; rows > len(text)+1 {
				t.Fatal("more rows than bytes")
			}
		}
		if used := cells.Line(s, 0, 0, width, []byte(text), tcell.StyleDefault); used > width {
			t.Fatalf("Line used %d of %d cells", used, width)
		}
		for b := []byte(text); len(b) > 0; {
			shown, w, n := cells.Next(b)
			if n <= 0 || w != safe.Width(shown) || shown != safe.Text(shown) && w > 0 && !strings.ContainsAny(shown, "‹›") {
				t.Fatalf("Next(%q) = %q, %d, %d", b, shown, w, n)
			}
			b = b[n:]
		}
	})
}

func BenchmarkLine(b *testing.B) {
	s := screen(b, 160, 1)
	text := []byte(strings.Repeat(`{"id":"o-88121","total":54.90,`, 10))
	for b.Loop() {
		cells.Line(s, 0, 0, 160, text, tcell.StyleDefault)
	}
}
