package resource

import (
	"fmt"
	"strings"
	"time"

	"github.com/gdamore/tcell/v2"

	"kconsole/ui/draw"
	"kconsole/ui/page"
	"kconsole/ui/safe"
	"kconsole/ui/units"
)

// staleAfter is the age from which rows say how old they are although nothing
// has failed: several rounds of the slowest sensible poller.
const staleAfter = 30 * time.Second

// Draw draws heading, head lines, and the rows or what stands for them.
func (s *screen[T]) Draw(sc tcell.Screen) {
	x, y, width, height := s.GetInnerRect()
	th := s.host.Theme()
	s.heading(sc, x, y, width)
	y, height = y+1, height-1
	if s.spec.Head != nil && !s.result.At.IsZero() {
		for _, line := range s.spec.Head(s.state, s.target, th) {
			if height <= 2 {
				break
			}
			draw.Spans(sc, x+1, y, width-2, line...)
			y, height = y+1, height-1
		}
	}
	if len(s.table.view) == 0 {
		s.message(sc, x, y, width, height)
		return
	}
	s.grid.SetDim(s.old() && s.failure() != nil)
	s.grid.SetRect(x, y, width, height)
	s.grid.Draw(sc)
}

// heading is the title with the number of rows, what narrows them, and on the
// right their order and age.
func (s *screen[T]) heading(sc tcell.Screen, x, y, width int) {
	th := s.host.Theme()
	shown, all := len(s.table.view), len(s.result.Rows)-s.table.hidden
	title := s.spec.Title
	if all > 0 || !s.result.At.IsZero() {
		if shown == all {
			title += fmt.Sprintf(" (%s)", units.Exact(int64(all)))
		} else {
			title += fmt.Sprintf(" (%s of %s)", units.Exact(int64(shown)), units.Exact(int64(all)))
		}
	}
	left := []draw.Span{{Text: title, Style: th.Strong}}
	left = append(left, page.TabSpans(s.host, s.tabs(), s.spec.Name)...)
	if s.pattern != "" {
		left = append(left, draw.Span{Text: "  /" + safe.Text(s.pattern), Style: th.Match})
	}
	if s.table.faults {
		left = append(left, draw.Span{Text: "  faults only", Style: th.Watch})
	}
	if n := s.table.hidden; n > 0 {
		left = append(left, draw.Span{Text: fmt.Sprintf("  %d hidden (%s)", n, hiddenKey), Style: th.Dim})
	}
	if n := len(s.marks); n > 0 {
		left = append(left, draw.Span{Text: fmt.Sprintf("  %d marked", n), Style: th.Marked})
	}
	end := draw.Spans(sc, x+1, y, width-2, left...)

	arrow := "↑"
	if s.table.desc {
		arrow = "↓"
	}
	right := []draw.Span{{Text: "sorted by " + strings.ToLower(s.spec.Columns[s.table.sort].Title) + " " + arrow, Style: th.Dim}}
	if s.old() {
		right = []draw.Span{{Text: "read " + units.Age(s.state.Now.Sub(s.result.At)) + " ago", Style: th.Watch}}
	}
	if w := draw.Width(right); end+2 <= x+width-1-w {
		draw.Spans(sc, x+width-1-w, y, w, right...)
	}
}

// old tells whether the rows are from an earlier round than the newest attempt.
func (s *screen[T]) old() bool {
	if s.result.At.IsZero() {
		return false
	}
	return s.failure() != nil || s.state.Now.Sub(s.result.At) > staleAfter
}

// message stands in the place of rows: loading, failed, or none.
func (s *screen[T]) message(sc tcell.Screen, x, y, width, height int) {
	th := s.host.Theme()
	var lines []draw.Span
	err := s.failure()
	switch {
	case err != nil && len(s.result.Rows) == 0:
		lines = page.Explain(th, err)
	case s.result.At.IsZero():
		lines = append(lines, draw.Span{Text: "Reading from " + safe.Text(s.state.Cluster) + " …", Style: th.Dim})
	case len(s.result.Rows) > 0 && s.table.faults && s.pattern == "":
		lines = append(lines, draw.Span{Text: "Nothing here needs attention.", Style: th.Good}, draw.Span{Text: "esc shows everything again.", Style: th.Dim})
	case len(s.result.Rows) > 0 && len(s.result.Rows) == s.table.hidden:
		lines = append(lines, draw.Span{Text: "There are only " + s.spec.HiddenName + " here.", Style: th.Text}, draw.Span{Text: hiddenKey + " shows them.", Style: th.Dim})
	case len(s.result.Rows) > 0:
		lines = append(lines, draw.Span{Text: "No match among " + units.Plural(len(s.result.Rows), "row") + ".", Style: th.Text}, draw.Span{Text: "esc clears the filter.", Style: th.Dim})
	default:
		if s.spec.Missing != nil {
			err = s.spec.Missing(s.state, s.target)
		}
		if err == nil {
			lines = append(lines, draw.Span{Text: s.spec.Empty, Style: th.Dim})
		} else {
			lines = page.Explain(th, err)
		}
	}
	page.DrawMessage(sc, th, x, y, width, height, lines...)
}
