package tailbox

import (
	"strconv"

	"github.com/gdamore/tcell/v2"

	"kconsole/ui/draw"
	"kconsole/ui/page"
	"kconsole/ui/safe"
	"kconsole/ui/units"
)

// drawState draws the line above the titles: what is followed on the left, how
// much has come on the right.
func (v *View) drawState(screen tcell.Screen, x, y, width int, s *Stats) {
	right := v.counts(s)
	text := ""
	for _, part := range right {
		if safe.Width(text)+safe.Width(part) > width*2/3 {
			break
		}
		text = part + text
	}
	x += margin
	width -= margin
	at := x + width - safe.Width(text) - margin
	draw.Spans(screen, x, y, max(at-x-gap, 0), v.doing(s)...)
	draw.Text(screen, at, y, text, v.o.Theme.Dim)
}

// doing says what the tail does and what it shows.
func (v *View) doing(s *Stats) []draw.Span {
	th := v.o.Theme
	var out []draw.Span
	_, next := v.rows.Ring.Bounds()
	switch {
	case v.export.running():
		out = append(out, draw.Span{Text: v.export.progress(), Style: th.Watch})
	case !v.follow:
		out = append(out, draw.Span{Text: "‖ paused", Style: th.Watch})
		if newer := next - 1 - v.cursor; next > 0 && newer > 0 {
			out = append(out, draw.Span{Text: " · " + units.Exact(int64(newer)) + " newer", Style: th.Dim})
		}
		if s.Held {
			out = append(out, draw.Span{Text: " · buffer full, reading waits", Style: th.Watch})
		}
	case s.Ended:
		out = append(out, draw.Span{Text: "○ all read", Style: th.Dim})
	case s.Opening:
		out = append(out, draw.Span{Text: "… opening", Style: th.Dim})
	default:
		out = append(out, draw.Span{Text: "● following", Style: th.Good})
	}
	if v.filter != nil {
		out = append(out, draw.Span{Text: "   /", Style: th.Dim}, draw.Span{Text: safe.Text(v.filter.Text()), Style: th.Match})
	}
	from := "   from " + safe.Text(s.Position)
	if s.Partitions > 0 {
		from += " · " + units.Plural(s.Partitions, "partition")
	}
	out = append(out, draw.Span{Text: from, Style: th.Dim})
	return out
}

// counts are the parts of the right side, the most useful first, which is the
// one furthest to the right.
func (v *View) counts(s *Stats) []string {
	parts := []string{
		units.Exact(s.Seen) + " seen",
		units.Rate(s.Rate) + "/s   ",
	}
	if v.filter != nil {
		match := units.Exact(s.Matched) + " match   "
		if s.Looked < s.Seen {
			match = units.Exact(s.Matched) + " match in " + units.Exact(s.Looked) + "   "
		}
		parts = append(parts, match)
	}
	if s.Dropped > 0 {
		parts = append(parts, units.Exact(s.Dropped)+" dropped   ")
	}
	if n := v.marks.len(); n > 0 {
		parts = append(parts, strconv.Itoa(n)+" marked   ")
	}
	return parts
}

// Fault is why nothing was ever read, as far as that is so.
func (v *View) Fault() error {
	if s := v.feed.Stats(); s.Seen == 0 {
		return s.Err
	}
	return nil
}

// drawEmpty says why there are no rows.
func (v *View) drawEmpty(screen tcell.Screen, x, y, width, height int, s *Stats) {
	var text string
	switch {
	case v.filter != nil && s.Looked < s.Seen:
		text = "looking …"
	case v.filter != nil && s.Seen > 0:
		text = "none of " + units.Exact(s.Looked) + " records matches; esc shows them all"
	case s.Err != nil && s.Seen == 0:
		page.DrawMessage(screen, v.o.Theme, x, y, width, height, append(page.Explain(v.o.Theme, s.Err), draw.Span{Text: "It is tried again.", Style: v.o.Theme.Dim})...)
		return
	case s.Err != nil:
		return // the lines below say it
	case s.Opening:
		text = "looking up where to start …"
	case s.Ended:
		text = "no records there; s starts elsewhere"
	default:
		text = "no records yet; s starts earlier, as at -10 or since:1h"
	}
	draw.Spans(screen, x+margin, y+1, width-margin, draw.Span{Text: text, Style: v.o.Theme.Dim})
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
