package grid_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gdamore/tcell/v2"

	"kconsole/ui/theme"
	"kconsole/ui/widget/grid"
)

// content is a table of texts that counts what it is asked for.
type content struct {
	rows  [][]string
	asked map[int]bool
}

func (c *content) Len() int { return len(c.rows) }

func (c *content) Cell(row, column int) grid.Cell {
	if c.asked != nil {
		c.asked[row] = true
	}
	return grid.Cell{Text: c.rows[row][column]}
}

func (c *content) Marked(int) bool { return false }

func paint(t *testing.T, g *grid.Grid, w, h int) []string {
	t.Helper()
	s := tcell.NewSimulationScreen("UTF-8")
	if err := s.Init(); err != nil {
		t.Fatal(err)
	}
	defer s.Fini()
	s.SetSize(w, h)
	g.SetRect(0, 0, w, h)
	g.Draw(s)
	lines := make([]string, h)
	for y := range h {
		var b strings.Builder
		for x := 0; x < w; {
			cell, _, width := s.Get(x, y)
			b.WriteString(cell)
			x += max(width, 1)
		}
		lines[y] = strings.TrimRight(b.String(), " ")
	}
	return lines
}

func plain(t *testing.T) *theme.Theme {
	t.Helper()
	th, err := theme.New(theme.Options{NoColor: true})
	if err != nil {
		t.Fatal(err)
	}
	return th
}

var columns = []grid.Column{
	{Title: "NAME", Min: 8}, {Title: "N", Right: true}, {Title: "SOME", Drop: 1}, {Title: "LEAST", Drop: 9}, {Title: "EXTRA", Wide: true}, {Title: "RARE", Auto: true},
}

func TestNarrowTerminalsLoseTheLeastUsefulColumns(t *testing.T) {
	t.Parallel()
	c := &content{rows: [][]string{{"a-rather-long-name", "12", "some", "least", "extra", ""}, {"b", "3400", "x", "y", "z", ""}}}
	for _, tc := range []struct {
		width int
		wide  bool
		want  []string
	}{
		{80, false, []string{" NAME                   N  SOME  LEAST", " a-rather-long-name    12  some  least", " b                   3400  x     y"}},
		{80, true, []string{" NAME                   N  SOME  LEAST  EXTRA", " a-rather-long-name    12  some  least  extra", " b                   3400  x     y      z"}},
		// Names are cut before a column goes.
		{33, false, []string{" NAME              N  SOME  LEAST", " a-rather-lon…    12  some  least", " b              3400  x     y"}},
		{26, false, []string{" NAME" + strings.Repeat(" ", 14) + "N  SOME", " a-rather-lon…    12  some", " b              3400  x"}},
		{18, false, []string{" NAME            N", " a-rather-l…    12", " b            3400"}},
	} {
		g := grid.New(plain(t), columns, c)
		g.SetWide(tc.wide)
		got := paint(t, g, tc.width, 4)
		for i, want := range tc.want {
			if got[i] != want {
				t.Errorf("width %d, wide %v, line %d: %q, want %q", tc.width, tc.wide, i, got[i], want)
			}
		}
	}
	c.rows[0][5] = "rare"
	if got := paint(t, grid.New(plain(t), columns, c), 80, 4); !strings.Contains(got[0], "RARE") {
		t.Errorf("a column that has something to say is missing: %q", got[0])
	}
}

// TestWideModeCutsNothing: what does not fit is scrolled to with the column
// cursor, beside the first column, with a sign on each side that has more.
func TestWideModeCutsNothing(t *testing.T) {
	t.Parallel()
	right, left := tcell.NewEventKey(tcell.KeyRight, 0, tcell.ModNone), tcell.NewEventKey(tcell.KeyLeft, 0, tcell.ModNone)
	c := &content{rows: [][]string{{"a-rather-long-name", "12", "some", "least", "extra", ""}, {"b", "3400", "x", "y", "z", ""}}}
	g := grid.New(plain(t), columns, c)
	g.SetWide(true)
	begin := []string{" NAME                   N  SOME  LEAST ›", " a-rather-long-name    12  some  least", " b                   3400  x     y"}
	end := []string{" NAME               ‹LEAST  EXTRA", " a-rather-long-name  least  extra", " b                   y      z"}
	back := []string{" NAME               ‹SOME  LEAST  EXT… ›", " a-rather-long-name  some  least  ext…", " b                   x     y      z"}
	for i, step := range []struct {
		key    *tcell.EventKey
		column int
		want   []string
	}{
		{nil, 0, begin},
		{right, 1, begin},
		{right, 2, begin},
		{right, 3, begin},
		{right, 4, end},
		{right, 4, end},
		{left, 3, end},
		{left, 2, back},
		{left, 1, begin},
		{left, 0, begin},
	} {
		width := 40
		if step.key != nil {
			g.Key(step.key)
		}
		got := paint(t, g, width, 4)
		for n, want := range step.want {
			if got[n] != want {
				t.Errorf("step %d, line %d: %q, want %q", i, n, got[n], want)
			}
		}
		if g.Column() != step.column {
			t.Errorf("step %d: the cursor is on column %d, not %d", i, g.Column(), step.column)
		}
	}
	// A terminal of few characters, and one that has room for all of it again.
	g.Key(right)
	g.Key(right)
	th := plain(t)
	th.ASCII = true
	few := grid.New(th, columns, c)
	few.SetWide(true)
	if got := paint(t, few, 40, 2)[0]; !strings.HasSuffix(got, " >") {
		t.Errorf("in ASCII: %q", got)
	}
	if got := paint(t, g, 80, 2)[1]; got != " a-rather-long-name    12  some  least  extra" {
		t.Errorf("with room: %q", got)
	}
}

// TestAColumnWiderThanTheScreenIsGoneThrough: all of its text comes by.
func TestAColumnWiderThanTheScreenIsGoneThrough(t *testing.T) {
	t.Parallel()
	var long strings.Builder
	for i := range 30 {
		fmt.Fprintf(&long, "<%02d>", i)
	}
	c := &content{rows: [][]string{{"name", long.String(), "end"}}}
	for _, width := range []int{1, 2, 5, 8, 24, 41, 60} {
		g := grid.New(plain(t), []grid.Column{{Title: "NAME"}, {Title: "LONG"}, {Title: "LAST", Drop: 1}}, c)
		g.SetWide(true)
		press := func(key tcell.Key, want int) (all string) {
			for range 200 {
				all += paint(t, g, width, 2)[1] + "\n"
				g.Key(tcell.NewEventKey(key, 0, tcell.ModNone))
			}
			if g.Column() != want {
				t.Errorf("%d wide: the cursor ends on column %d, not %d", width, g.Column(), want)
			}
			return all
		}
		all := press(tcell.KeyRight, 2)
		for i := range 30 {
			if part := fmt.Sprintf("<%02d>", i); width >= 24 && !strings.Contains(all, part) {
				t.Errorf("%d wide: %s is never seen", width, part)
			}
		}
		if width >= 24 && !strings.Contains(all, "end") {
			t.Errorf("%d wide: the last column is never seen", width)
		}
		press(tcell.KeyLeft, 0)
	}
}

func TestAWholeColumnIsCutWhenNoOtherCanGo(t *testing.T) {
	t.Parallel()
	c := &content{rows: [][]string{{"a-rather-long-name", "12", "some"}}}
	whole := []grid.Column{{Title: "NAME", Min: 8, Whole: true}, {Title: "N", Right: true}, {Title: "SOME", Drop: 1}}
	for width, want := range map[int]string{29: " a-rather-long-name  12  some", 28: " a-rather-long-name  12", 20: " a-rather-long-…  12"} {
		if got := paint(t, grid.New(plain(t), whole, c), width, 2)[1]; got != want {
			t.Errorf("width %d: %q, want %q", width, got, want)
		}
	}
	// One that comes before it and can be squeezed has to be.
	before := []grid.Column{{Title: "NAME", Min: 8}, {Title: "N", Whole: true}}
	c.rows = [][]string{{"a-rather-long-name", "a whole sentence"}}
	if got := paint(t, grid.New(plain(t), before, c), 32, 2)[1]; got != " a-rather-lon…  a whole sentence" {
		t.Errorf("got %q", got)
	}
}

func TestOnlyVisibleRowsAreAskedFor(t *testing.T) {
	t.Parallel()
	c := &content{asked: map[int]bool{}}
	for i := range 100_000 {
		c.rows = append(c.rows, []string{fmt.Sprint(i), "", "", "", "", ""})
	}
	g := grid.New(plain(t), columns, c)
	g.Select(70_000, false)
	paint(t, g, 80, 25)
	if n := len(c.asked); n != 24 {
		t.Errorf("%d rows were asked for to show 24", n)
	}
	if !c.asked[70_000] {
		t.Error("the row under the cursor is not seen")
	}
}

func TestCursorStaysInTheRows(t *testing.T) {
	t.Parallel()
	c := &content{}
	g := grid.New(plain(t), columns, c)
	keys := []tcell.Key{tcell.KeyDown, tcell.KeyUp, tcell.KeyPgDn, tcell.KeyEnd, tcell.KeyHome, tcell.KeyLeft, tcell.KeyRight, tcell.KeyPgUp}
	for _, n := range []int{0, 1, 3, 50, 2, 0} {
		c.rows = nil
		for i := range n {
			c.rows = append(c.rows, []string{fmt.Sprint(i), "", "", "", "", ""})
		}
		for _, k := range keys {
			g.Key(tcell.NewEventKey(k, 0, tcell.ModNone))
			paint(t, g, 40, 6)
			if got := g.Selected(); got >= n || n > 0 && got < 0 || n == 0 && got != -1 {
				t.Fatalf("%d rows, cursor on %d after %v", n, got, k)
			}
		}
	}
	for _, size := range [][2]int{{0, 0}, {1, 1}, {3, 2}, {200, 1}} {
		c.rows = [][]string{{"東京都", "1", "", "", "", ""}}
		paint(t, g, max(size[0], 1), max(size[1], 1))
	}
}
