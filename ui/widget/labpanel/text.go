package labpanel

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gdamore/tcell/v2"

	"kconsole/labs"
	"kconsole/labs/services"
	"kconsole/ui/draw"
	"kconsole/ui/safe"
	"kconsole/ui/widget/markdown"
)

// marked is text that may have several lines behind a mark.
func (p *Panel) marked(mark string, style tcell.Style, text string, body tcell.Style, w int) []markdown.Line {
	var out []markdown.Line
	for i, l := range draw.Wrap(safe.Text(text), max(w-len("  "), 8)) {
		lead := draw.Span{Text: "  ", Style: p.theme.Text}
		if i == 0 {
			lead = draw.Span{Text: mark + " ", Style: style}
		}
		out = append(out, markdown.Line{lead, {Text: l, Style: body}})
	}
	return out
}

// step is what there is to do.
func (p *Panel) step(w int) []markdown.Line {
	th := p.theme
	r := p.current()
	out := []markdown.Line{{{Text: safe.Line(r.Title, w), Style: th.Strong}}, nil}
	out = append(out, markdown.Lines(th, p.state.Text, w)...)
	if r.Simulated != "" {
		out = append(out, nil)
		out = append(out, p.marked("~", th.Dim, "simulated: "+r.Simulated, th.Dim, w)...)
	}
	if p.state.Terminal != "" && p.speaksOfCommands() {
		out = append(out, nil)
		out = append(out, p.marked("$", th.Dim, "before the first kconsole command in another terminal:", th.Dim, w)...)
		out = append(out, p.marked(" ", th.Dim, p.state.Terminal, th.Text, w)...)
	}
	return out
}

// speaksOfCommands tells whether the step or its hints name commands of kconsole.
func (p *Panel) speaksOfCommands() bool {
	return slices.ContainsFunc(append([]string{p.state.Text}, p.state.Hints...), func(text string) bool { return strings.Contains(text, "kconsole ") })
}

// verdict is what the check of the step says.
func (p *Panel) verdict(w int) []markdown.Line {
	th, v := p.theme, p.state.Verdict
	switch {
	case p.state.Notice != "":
		return p.marked("!", th.Act, p.state.Notice, th.Text, w)
	case p.state.Busy != "":
		return p.marked("…", th.Accent, p.state.Busy, th.Text, w)
	}
	switch v.Status {
	case labs.StatusDone:
		return p.marked("✓", th.Good, v.Seen, th.Text, w)
	case labs.StatusNotYet:
		out := p.marked("·", th.Accent, "waiting for "+v.Expected, th.Text, w)
		out = append(out, p.marked(" ", th.Dim, "now: "+v.Observed, th.Text, w)...)
		if v.Look != "" {
			out = append(out, p.marked(" ", th.Dim, v.Look, th.Dim, w)...)
		}
		return out
	case labs.StatusCannotCheck:
		return p.marked("!", th.Watch, "cannot check: "+v.Why, th.Text, w)
	case labs.StatusUnrecoverable:
		return p.marked("!", th.Act, "cannot be done any more: "+v.Why+" (r: reset the lab)", th.Text, w)
	}
	return p.marked("…", th.Dim, "looking at the cluster", th.Dim, w)
}

// question is what is asked, and what was said about the last answer.
func (p *Panel) question(w int) []markdown.Line {
	th, q := p.theme, p.state.Question
	if q == nil {
		return nil
	}
	out := append([]markdown.Line{nil}, p.marked("?", th.Watch, q.Prompt, th.Strong, w)...)
	for i, c := range q.Choices {
		out = append(out, p.marked(strconv.Itoa(i+1), th.Key, c, th.Text, w)...)
	}
	if len(q.Choices) == 0 {
		out = append(out, markdown.Line{{Text: "  a", Style: th.Key}, {Text: " to type the answer", Style: th.Dim}})
	}
	if a := q.Last; a != nil {
		mark, style := "✗", th.Watch
		if a.Right {
			mark, style = "✓", th.Good
		}
		out = append(out, nil)
		out = append(out, p.marked(mark, style, a.Text+": "+a.Why, th.Text, w)...)
	}
	return out
}

// services are the lab's own services, how each is, and why it failed.
func (p *Panel) services(w int) []markdown.Line {
	th := p.theme
	if len(p.state.Services) == 0 {
		return nil
	}
	out := []markdown.Line{nil, {{Text: "services", Style: th.Accent}, {Text: "   ", Style: th.Text}, {Text: "v", Style: th.Key}, {Text: " to pause one, and so on", Style: th.Dim}}}
	for i := range p.state.Services {
		s := &p.state.Services[i]
		style := th.Text
		if s.LastError != "" || s.State == services.Failed || s.State == services.Crashed {
			style = th.Watch
		}
		text := strings.TrimPrefix(s.Name, labs.Prefix(p.state.ID)) + ": " + string(s.State)
		if s.Switches.Slow > 0 {
			text += ", slow (" + s.Switches.Slow.String() + " a record)"
		}
		if n := len(s.Members); n > 1 {
			text += fmt.Sprintf(", %d members", n)
		}
		out = append(out, p.marked("•", style, text, style, w)...)
		if s.LastError != "" {
			out = append(out, p.marked(" ", th.Dim, "its log: "+s.LastError, th.Dim, w)...)
		}
	}
	return out
}

// help is the hints, what was said while something was done, what failed, and
// what has changed since it was passed.
func (p *Panel) help(w int) []markdown.Line {
	th := p.theme
	var out []markdown.Line
	for i, h := range p.state.Hints {
		out = append(out, nil, markdown.Line{{Text: fmt.Sprintf("hint %d", i+1), Style: th.Accent}})
		out = append(out, markdown.Lines(th, h, w)...)
	}
	if p.state.Err != nil {
		out = append(out, nil)
		out = append(out, p.marked("!", th.Act, safe.Error(p.state.Err), th.Text, w)...)
	}
	if len(p.state.Said) > 0 {
		out = append(out, nil)
	}
	for _, s := range p.state.Said {
		out = append(out, p.marked("→", th.Dim, s, th.Dim, w)...)
	}
	for i := range p.state.Steps {
		s := &p.state.Steps[i]
		if s.Drift != nil {
			out = append(out, nil)
			out = append(out, p.marked("!", th.Watch, fmt.Sprintf("step %d, %s, was done and has changed since: %s", i+1, s.Title, s.Drift.Observed+s.Drift.Why), th.Text, w)...)
		}
	}
	return out
}

func (p *Panel) celebration() draw.Span {
	if !p.state.Finished {
		return draw.Span{Text: "Every step is behind you; some were skipped.", Style: p.theme.Text}
	}
	return draw.Span{Text: "Done! Lab " + safe.Text(p.state.ID) + " is finished, and the cluster proves it.", Style: p.theme.Good}
}

// ending is what is shown when no step is left: the whole list, and where to go
// from here.
func (p *Panel) ending(w int) []markdown.Line {
	th := p.theme
	out := []markdown.Line{{p.celebration()}, nil}
	for i := range p.state.Steps {
		s := &p.state.Steps[i]
		text := s.Title + ": " + string(s.State)
		if s.Hints > 0 {
			text += fmt.Sprintf(", %d hints", s.Hints)
		}
		if s.Answers > 1 {
			text += fmt.Sprintf(", %d answers", s.Answers)
		}
		out = append(out, p.marked(strconv.Itoa(i+1), th.Key, text, th.Text, w)...)
	}
	if p.state.Explanation != "" {
		out = append(out, nil)
		out = append(out, markdown.Lines(th, p.state.Explanation, w)...)
	}
	out = append(out, nil)
	out = append(out, markdown.Lines(th, "`w` saves the report · `r` removes what the lab made · `:labs` shows the others", w)...)
	return append(out, p.help(w)...)
}
