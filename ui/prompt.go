package ui

import (
	"strings"

	"github.com/gdamore/tcell/v2"

	"kconsole/ui/draw"
	"kconsole/ui/page"
	"kconsole/ui/safe"
	"kconsole/ui/theme"
	"kconsole/ui/widget/lineedit"
)

// maxChoices is how many completions are seen at a time.
const maxChoices = 8

// prompt is a line being typed below the page. While it is open it takes every
// key: nothing that is typed can be a hot key.
type prompt struct {
	page.Question
	line    lineedit.Line
	err     error
	choices []choice
	chosen  int      // of choices; -1: none, the text as typed counts
	past    []string // what was typed before, the newest last
	back    int      // steps into past
}

// choice is one completion.
type choice struct{ text, doc string }

func newPrompt(q page.Question) *prompt {
	p := &prompt{Question: q, chosen: -1}
	if q.Append {
		p.line.Set(q.Initial)
	} else {
		p.line.Prefill(q.Initial)
	}
	p.complete()
	return p
}

func (p *prompt) complete() {
	p.chosen = -1
	p.choices = nil
	if p.Complete == nil {
		return
	}
	for _, text := range p.Complete(p.line.Text()) {
		c := choice{text: text}
		c.text, c.doc, _ = strings.Cut(text, "\t")
		p.choices = append(p.choices, c)
	}
}

// keys are the prompt's own, for the hint line.
func (p *prompt) keys() []page.Key {
	keys := []page.Key{{Name: "enter", Label: "done"}, {Name: "esc", Label: "cancel"}}
	if len(p.choices) > 0 {
		keys = append(keys, page.Key{Name: "tab", Label: "complete"}, page.Key{Name: "↑ ↓", Label: "choose"})
	}
	if len(p.past) > 0 {
		keys = append(keys, page.Key{Name: "ctrl-p", Label: "earlier"})
	}
	return keys
}

// key handles a key; done tells that the prompt is closed.
func (p *prompt) key(ev *tcell.EventKey) (done bool) {
	switch ev.Key() {
	case tcell.KeyEscape:
		if p.Cancelled != nil {
			p.Cancelled()
		}
		return true
	case tcell.KeyEnter:
		text := p.line.Text()
		if p.chosen >= 0 {
			text = p.choices[p.chosen].text
		}
		p.err = p.Done(text)
		return p.err == nil
	case tcell.KeyTab:
		p.take()
	case tcell.KeyDown:
		p.choose(+1)
	case tcell.KeyUp, tcell.KeyBacktab:
		p.choose(-1)
	case tcell.KeyCtrlP:
		p.recall(+1)
	case tcell.KeyCtrlN:
		p.recall(-1)
	default:
		if p.line.Key(ev) {
			p.changed()
		}
	}
	return false
}

// changed follows a change of the text.
func (p *prompt) changed() {
	p.err = nil
	if p.Changed != nil {
		p.err = p.Changed(p.line.Text())
	}
	p.complete()
}

func (p *prompt) choose(by int) {
	n := len(p.choices)
	if n == 0 {
		return
	}
	p.chosen += by
	switch {
	case p.chosen < -1:
		p.chosen = n - 1
	case p.chosen >= n:
		p.chosen = -1
	}
}

// take completes to the chosen text, to what all choices have in common, or to
// the first.
func (p *prompt) take() {
	if len(p.choices) == 0 {
		return
	}
	text := p.choices[max(p.chosen, 0)].text
	if p.chosen < 0 {
		if common := commonPrefix(p.choices); len(common) > len(p.line.Text()) {
			text = common
		}
	}
	if text == p.line.Text() && !strings.HasSuffix(text, " ") {
		text += " "
	}
	p.line.Set(text)
	p.changed()
}

func commonPrefix(choices []choice) string {
	common := choices[0].text
	for _, c := range choices[1:] {
		for !strings.HasPrefix(c.text, common) {
			common = common[:len(common)-1]
		}
	}
	return strings.ToValidUTF8(common, "")
}

// recall goes through what was typed before.
func (p *prompt) recall(by int) {
	if to := p.back + by; to >= 1 && to <= len(p.past) {
		p.back = to
		p.line.Set(p.past[len(p.past)-to])
		p.changed()
	}
}

// draw draws the line in the last but one row and the choices above it. An error
// stands behind what is typed, or on lines of its own where it is too long for that.
func (p *prompt) draw(sc tcell.Screen, th *theme.Theme, w, h int) {
	y := h - 2
	x := 1 + safe.Width(p.Label)
	room := w - x - 1
	above := y
	if p.err != nil {
		text := safe.Error(p.err)
		if n := safe.Width(text); n <= room-safe.Width(safe.Text(p.line.Text()))-3 {
			draw.Text(sc, w-1-n, y, text, th.Act)
			room -= n + 2
		} else {
			above = drawError(sc, th, w, y, text)
		}
	}
	p.drawChoices(sc, th, w, above)
	draw.Text(sc, 1, y, p.Label, th.Accent)
	p.line.Draw(sc, x, y, room, th.Input)
}

// drawError draws an error on lines above y and returns where the first one is.
func drawError(sc tcell.Screen, th *theme.Theme, w, y int, text string) int {
	lines := draw.Wrap(text, w-2)
	lines = lines[:min(len(lines), max(y/2, 1))]
	first := y - len(lines)
	draw.Fill(sc, 0, first-1, w, '─', th.Rule)
	for i, l := range lines {
		draw.Fill(sc, 0, first+i, w, ' ', th.Text)
		draw.Text(sc, 1, first+i, l, th.Act)
	}
	return first
}

// drawChoices lists the completions, scrolled so that the chosen one is seen.
func (p *prompt) drawChoices(sc tcell.Screen, th *theme.Theme, w, y int) {
	n := min(len(p.choices), maxChoices)
	if n == 0 {
		return
	}
	first := min(max(p.chosen-n+1, 0), len(p.choices)-n)
	wide := 0
	for _, c := range p.choices[first : first+n] {
		wide = max(wide, safe.Width(safe.Line(c.text, w/2)))
	}
	for i := range n {
		c := p.choices[first+i]
		row := y - n + i
		text, doc := th.Text, th.Dim
		if first+i == p.chosen {
			text, doc = th.Selected, th.Selected
		}
		draw.Fill(sc, 0, row, w, ' ', text)
		draw.Text(sc, 1, row, safe.Line(c.text, w/2), text)
		draw.Text(sc, wide+4, row, safe.Line(c.doc, w-wide-5), doc)
	}
	draw.Fill(sc, 0, y-n-1, w, '─', th.Rule)
}
