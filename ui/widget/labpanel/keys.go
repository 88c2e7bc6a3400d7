package labpanel

import (
	"strconv"

	"github.com/gdamore/tcell/v2"

	"kconsole/ui/page"
)

// ToggleKey gives the keys to the lab, and back to the console.
const ToggleKey = "ctrl-t"

// Keys are what can be done in the panel now, for the hint line and for help.
func (p *Panel) Keys() []page.Key {
	console := page.Key{Name: ToggleKey, Label: "console ⇄ lab", Help: "Give the keys to the console, and back to the lab."}
	leave := page.Key{Name: "q", Label: "close", Help: "Close the lab. It stays as far as it is: open it again to go on."}
	scroll := page.Key{Name: "↑ ↓", Label: "scroll", Quiet: true}
	hide := page.Key{Name: "z", Label: "hide", Help: "Hide the panel; " + ToggleKey + " shows it again."}
	if p.Reading() {
		return []page.Key{
			{Name: "enter", Label: p.nextLabel(), Help: "The next screen of the concepts; after the last one the steps."},
			{Name: "left", Label: "back", Help: "The screen before."},
			{Name: "s", Label: "steps", Help: "Go to the steps; c comes back here."},
			console, hide, leave, scroll,
		}
	}
	asked := p.state.Question != nil
	return []page.Key{
		{Name: "a", Label: "answer", Help: "Answer the question; a choice also by its number.", Off: off(!asked, "nothing is asked now")},
		{Name: "g", Label: "go there", Help: "Show the view where this step happens.", Off: off(p.state.Show.View == "", "this step happens outside the console")},
		{Name: "v", Label: "services", Help: "Do something to one of the lab's services: pause NAME, resume NAME, and others; tab completes.", Off: off(len(p.state.Services) == 0, "no services run in this step")},
		{Name: "h", Label: p.hintLabel(), Help: "One hint more: a nudge, the screen, the command.", Off: off(!p.ready() || len(p.state.Hints) >= 3, "there are no more hints")},
		{Name: "s", Label: "solve", Help: "Let the lab do this step, and see how; it is marked as shown.", Danger: true, Off: off(!p.ready() || p.state.Busy != "", "nothing to solve now")},
		{Name: "ctrl-x", Label: "stop that", Help: "Stop what the lab is doing, such as a solution that takes too long.", Off: off(p.state.Busy == "", "nothing goes on")},
		console,
		{Name: "n", Label: "skip", Help: "Leave this step out.", Off: off(!p.ready(), "there is no step now")},
		{Name: "c", Label: "concepts", Help: "Read the concepts again.", Off: off(!p.hasConcepts(), "this lab has none")},
		{Name: "p", Label: "pause", Help: "Look at the cluster no more, or again."},
		{Name: "w", Label: "report", Help: "Save the report of this lab as Markdown and JSON."},
		{Name: "r", Label: "reset", Help: "Remove all that this lab made and begin anew; it is listed first.", Danger: true},
		hide, leave, scroll,
	}
}

func off(is bool, why string) string {
	if is {
		return why
	}
	return ""
}

func (p *Panel) hasConcepts() bool { return p.state.Lab != nil && len(p.state.Lab.Concepts) > 0 }

// over tells that no step is left.
func (p *Panel) over() bool { return p.state.Started && p.state.Current < 0 }

// ready tells that there is a step to work at.
func (p *Panel) ready() bool { return p.state.Current >= 0 }

func (p *Panel) nextLabel() string {
	if p.screen == len(p.state.Lab.Concepts)-1 {
		return "begin"
	}
	return "next"
}

func (p *Panel) hintLabel() string {
	return "hint (" + strconv.Itoa(min(len(p.state.Hints)+1, 3)) + " of 3)"
}

// Key handles a key; a key that the panel does not know does nothing.
func (p *Panel) Key(ev *tcell.EventKey) {
	name := page.KeyName(ev)
	switch name {
	case "down", "j":
		p.scroll(1)
	case "up", "k":
		p.scroll(-1)
	case "pgdn", "space", "ctrl-f":
		p.scroll(max(p.high-2, 1))
	case "pgup", "ctrl-b":
		p.scroll(-max(p.high-2, 1))
	case "home":
		p.offset = 0
	case "end":
		p.scroll(p.long)
	case ToggleKey, "esc", "tab":
		p.asks.Other()
	case "z":
		p.asks.Hide()
	case "q":
		p.asks.Leave()
	default:
		if p.Reading() {
			p.readingKey(name)
			return
		}
		p.stepKey(name)
	}
}

func (p *Panel) scroll(n int) { p.offset = max(min(p.offset+n, p.long-p.high), 0) }

func (p *Panel) turn(to int) {
	p.screen, p.offset = to, 0
	if to >= len(p.state.Lab.Concepts) {
		p.screen = -1
		if !p.state.Started {
			p.asks.Begin()
		}
	}
}

func (p *Panel) readingKey(name string) {
	switch name {
	case "enter", "right", "n":
		p.turn(p.screen + 1)
	case "left", "b":
		p.turn(max(p.screen-1, 0))
	case "s":
		p.turn(len(p.state.Lab.Concepts))
	}
}

func (p *Panel) stepKey(name string) {
	for _, k := range p.Keys() {
		if k.Name == name && k.Off != "" {
			return
		}
	}
	q := p.state.Question
	switch name {
	case "a", "enter":
		if q != nil {
			p.asks.Answer(q.Choices)
		}
	case "g":
		p.asks.Go(p.state.Show)
	case "v":
		p.asks.Switch()
	case "h":
		p.asks.Hint()
	case "s":
		p.asks.Solve()
	case "ctrl-x":
		p.asks.Cancel()
	case "n":
		p.asks.Skip()
	case "c":
		p.turn(0)
	case "p":
		p.asks.Pause(!p.state.Paused)
	case "w":
		p.asks.Report()
	case "r":
		p.asks.Reset()
	default:
		if n, err := strconv.Atoi(name); err == nil && q != nil && n >= 1 && n <= len(q.Choices) {
			p.asks.Choose(q.Choices[n-1])
		}
	}
}
