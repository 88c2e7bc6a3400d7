package ui

import (
	"fmt"
	"strings"

	"github.com/gdamore/tcell/v2"

	"kconsole/ui/draw"
	"kconsole/ui/page"
	"kconsole/ui/safe"
)

// Draw draws the whole screen: header, page, banner, crumbs or prompt, hints.
func (s *shell) Draw(sc tcell.Screen) {
	w, h := sc.Size()
	sc.HideCursor()
	if s.theme.Background() != tcell.ColorDefault {
		sc.Fill(' ', s.theme.Text)
	}
	if w < minWidth || h < minHeight {
		s.drawTooSmall(sc, w, h)
		return
	}
	s.drawHeader(sc, w)
	draw.Fill(sc, 0, 1, w, '─', s.theme.Rule)
	body := h - 4
	body -= s.drawBanner(sc, w, h-2)
	at := s.drawCourse(sc, area{0, 2, w, body})
	switch p := s.top(); {
	case s.modal != nil:
		s.modal.Draw(sc, at.x, at.y, at.w, at.h)
	case p != nil && at.h > 0:
		p.SetRect(at.x, at.y, at.w, at.h)
		p.Draw(sc)
	}
	if s.prompt != nil {
		s.prompt.draw(sc, s.theme, w, h)
	} else {
		s.drawCrumbs(sc, w, h-2)
	}
	s.drawHints(sc, w, h-1)
}

func (s *shell) drawTooSmall(sc tcell.Screen, w, h int) {
	lines := []string{
		fmt.Sprintf("kconsole needs %d x %d characters.", minWidth, minHeight),
		fmt.Sprintf("This terminal has %d x %d.", w, h), "Enlarge it, or press ctrl-c to quit.",
	}
	var wrapped []string
	for _, l := range lines {
		wrapped = append(wrapped, draw.Wrap(l, max(w, 1))...)
	}
	for i, l := range wrapped {
		draw.Text(sc, max((w-len(l))/2, 0), max((h-len(wrapped))/2, 0)+i, safe.Truncate(l, w), s.theme.Text)
	}
}

// drawCrumbs shows where one is, and on the right the last message, or what
// is wrong with the cluster.
func (s *shell) drawCrumbs(sc tcell.Screen, w, y int) {
	right := []draw.Span{{Text: s.message.text, Style: s.theme.Style(s.message.level)}}
	if s.message.text == "" {
		right = s.alert()
	}
	x := 1
	if !s.noCrumbs {
		crumbs := s.crumbs()
		var spans []draw.Span
		for i, c := range crumbs {
			style := s.theme.Dim
			if i == len(crumbs)-1 {
				style = s.theme.Accent
			}
			if i > 0 {
				spans = append(spans, draw.Span{Text: " ▸ ", Style: s.theme.Dim})
			}
			spans = append(spans, draw.Span{Text: safe.Line(c, 40), Style: style})
		}
		room := w - 2
		if n := draw.Width(right); n > 0 { // the message may take all but the last crumb
			room = max(w-4-n, min(room/2, draw.Width(spans)))
			if draw.Width(spans) > room && len(spans) > 1 {
				spans = spans[len(spans)-1:]
				room = min(room, w/3)
			}
		}
		x = draw.Spans(sc, x, y, room, spans...) + 2
	}
	if n := min(draw.Width(right), w-1-x); n > 0 {
		draw.Spans(sc, w-1-n, y, n, right...)
	}
}

// hint is one key in the bottom line.
func (s *shell) hint(k page.Key) []draw.Span {
	key, label := s.theme.Key, s.theme.Hint
	if k.Off != "" {
		key, label = s.theme.Dim, s.theme.Dim
	}
	return []draw.Span{{Text: k.Name, Style: key}, {Text: " " + k.Label, Style: label}}
}

// drawHints shows what can be done here. What does not fit is behind "?",
// which is always there.
func (s *shell) drawHints(sc tcell.Screen, w, y int) {
	last := [][]draw.Span{s.hint(page.Key{Name: ":", Label: "go"}), s.hint(page.Key{Name: "?", Label: "help"})}
	var keys []page.Key
	switch {
	case s.prompt != nil:
		keys, last = s.prompt.keys(), nil
	case s.modal != nil:
		keys, last = s.modal.Keys(), nil
	default:
		if len(s.stack) > 1 {
			last = append([][]draw.Span{s.hint(page.Key{Name: "esc", Label: "back"})}, last...)
		}
		keys = s.keysHere()
	}
	const gap = 2
	tail := 0
	for _, l := range last {
		tail += gap + draw.Width(l)
	}
	x := 1
	for _, k := range keys {
		if k.Quiet || k.Off != "" {
			continue
		}
		spans := s.hint(k)
		if n := draw.Width(spans); x+n+tail <= w-1 {
			draw.Spans(sc, x, y, n, spans...)
			x += n + gap
		}
	}
	for _, l := range last {
		x = draw.Spans(sc, x, y, w-x, l...) + gap
	}
}

// maxBanner is how many lines an error may take.
const maxBanner = 3

// drawBanner shows the first problem that the page does not show itself, above
// row bottom, and returns the lines it takes.
func (s *shell) drawBanner(sc tcell.Screen, w, bottom int) int {
	problems := s.problems()
	if len(problems) == 0 {
		return 0
	}
	text := safe.Error(problems[0])
	if n := len(problems); n > 1 {
		text = fmt.Sprintf("(1 of %d) %s", n, text)
	}
	lines := draw.Wrap(text, w-4)
	if len(lines) > maxBanner {
		lines = append(lines[:maxBanner-1], strings.Join(lines[maxBanner-1:], " "))
	}
	y := bottom - len(lines)
	draw.Text(sc, 1, y, "!", s.theme.Act)
	for i, l := range lines {
		draw.Text(sc, 3, y+i, safe.Truncate(l, w-4), s.theme.Watch)
	}
	return len(lines)
}

func (s *shell) problems() []error {
	var shown error
	if f, ok := s.top().(page.Faulter); ok {
		shown = f.Fault()
	}
	out := append([]error(nil), s.files.Problems...)
	if s.state.Err != nil && shown == nil {
		out = append(out, s.state.Err)
	}
	seen := map[string]bool{}
	for _, p := range s.state.Snap.Problems {
		if p.Err == nil || shown != nil && p.Err.Error() == shown.Error() || seen[p.Err.Error()] {
			continue
		}
		seen[p.Err.Error()] = true
		out = append(out, p.Err)
	}
	return out
}
