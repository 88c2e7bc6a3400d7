package labpanel

import (
	"fmt"
	"strings"

	"github.com/gdamore/tcell/v2"

	"kconsole/labs"
	"kconsole/ui/draw"
	"kconsole/ui/safe"
	"kconsole/ui/widget/markdown"
)

// Draw draws the panel whole: title, progress, text.
func (p *Panel) Draw(sc tcell.Screen, x, y, w, h int, focused bool) {
	draw.Spans(sc, x+1, y, w-2, p.title(w-2, focused)...)
	draw.Spans(sc, x+1, y+1, w-2, p.marks()...)
	lines := p.lines(w - 3)
	p.high, p.long = h-3, len(lines)
	p.scroll(0)
	for i := range p.high {
		if p.offset+i >= len(lines) {
			break
		}
		draw.Spans(sc, x+1, y+3+i, w-2, lines[p.offset+i]...)
	}
	if p.long-p.offset > p.high {
		draw.Text(sc, x+w-8, y+h-1, "↓ more", p.theme.Dim)
	}
}

// StripHeight is how many lines [Panel.DrawStrip] takes.
const StripHeight = 4

// DrawStrip draws the step and its check in a few lines.
func (p *Panel) DrawStrip(sc tcell.Screen, x, y, w int) {
	th := p.theme
	draw.Fill(sc, x, y, w, '─', th.Rule)
	draw.Spans(sc, x+1, y, w-2, append(p.title(w-2, false), draw.Span{Text: " ", Style: th.Rule})...)
	first := draw.Span{Text: "read the concepts: " + ToggleKey, Style: th.Text}
	var rest []markdown.Line
	if r := p.current(); r != nil && !p.Reading() {
		first = draw.Span{Text: safe.Line(r.Title, w-2), Style: th.Strong}
		rest = p.verdict(w - 2)
		if q := p.state.Question; q != nil {
			rest = []markdown.Line{{{Text: "? ", Style: th.Watch}, {Text: safe.Line(q.Prompt, w-4), Style: th.Text}}}
		}
	} else if p.over() && !p.Reading() {
		first = p.celebration()
	} else if !p.Reading() {
		first, rest = draw.Span{}, p.verdict(w-2)
	}
	draw.Spans(sc, x+1, y+1, w-2, first)
	for i := range min(len(rest), StripHeight-2) {
		draw.Spans(sc, x+1, y+2+i, w-2, rest[i]...)
	}
}

func (p *Panel) current() *labs.StepReport {
	if p.state.Current < 0 || p.state.Current >= len(p.state.Steps) {
		return nil
	}
	return &p.state.Steps[p.state.Current]
}

// title names the lab, and on the right how far it is.
func (p *Panel) title(width int, focused bool) []draw.Span {
	th := p.theme
	var where string
	switch n := len(p.state.Steps); {
	case p.Reading():
		where = fmt.Sprintf("concepts %d of %d", p.screen+1, len(p.state.Lab.Concepts))
	case p.over():
		where = "over"
	case !p.ready():
		where = fmt.Sprintf("%d steps · %d min", n, p.minutesLeft())
	default:
		where = fmt.Sprintf("step %d of %d · %d min left", p.state.Current+1, n, p.minutesLeft())
	}
	if p.state.Paused {
		where += " · paused"
	}
	style := th.Strong
	if focused {
		style = th.Accent
	}
	kind := "Lab "
	if l := p.state.Lab; l != nil && l.Kind == labs.Walkthrough {
		kind = "Walkthrough "
	}
	name := safe.Line(kind+strings.TrimLeft(p.state.ID, "0w")+" · "+p.state.Title, max(width-safe.Width(where)-2, 8))
	return []draw.Span{
		{Text: name, Style: style},
		{Text: strings.Repeat(" ", max(width-safe.Width(name)-safe.Width(where), 1)), Style: th.Text},
		{Text: where, Style: th.Dim},
	}
}

// marks is one mark for each step.
func (p *Panel) marks() []draw.Span {
	th := p.theme
	var out []draw.Span
	for i := range p.state.Steps {
		s := &p.state.Steps[i]
		mark, style := "· ", th.Dim
		switch {
		case s.State == labs.StepDone:
			mark, style = "✓ ", th.Good
		case s.State == labs.StepShown:
			mark, style = "s ", th.Text
		case s.State == labs.StepSkipped:
			mark, style = "- ", th.Dim
		case i == p.state.Current:
			mark, style = "▸ ", th.Accent
		}
		if s.Drift != nil {
			mark, style = "! ", th.Watch
		}
		out = append(out, draw.Span{Text: mark, Style: style})
	}
	return out
}

// lines are all that there is to read now.
func (p *Panel) lines(w int) []markdown.Line {
	if p.Reading() {
		return markdown.Lines(p.theme, p.state.Lab.Concepts[p.screen], w)
	}
	if p.over() {
		return p.ending(w)
	}
	if !p.ready() {
		return append(p.verdict(w), p.help(w)...)
	}
	out := p.step(w)
	out = append(out, nil)
	out = append(out, p.verdict(w)...)
	out = append(out, p.question(w)...)
	out = append(out, p.services(w)...)
	out = append(out, p.help(w)...)
	return out
}
