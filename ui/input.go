package ui

import (
	"strings"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"kconsole/ui/page"
	"kconsole/ui/theme"
)

// globalKeys are what works on every page, for help.
var globalKeys = []page.Key{
	{Name: ":", Help: "Go to a view: type its name, tab completes. :q quits."},
	{Name: "?", Help: "This help."},
	{Name: "esc", Help: "Take back the filter or the marks; else go back."},
	{Name: "-", Help: "The last view, and back again."},
	{Name: "[", Help: "Where you were before."},
	{Name: "]", Help: "Forward again."},
	{Name: "ctrl-r", Help: "Read the cluster anew now."},
	{Name: "ctrl-g", Help: "Show or hide the bread crumbs."},
	{Name: "ctrl-l", Help: "Draw the whole screen again."},
	{Name: "ctrl-c", Help: "Quit."},
}

// InputHandler gives a key to the prompt, the overlay, the page, or the shell:
// the first that is there and takes it.
func (s *shell) InputHandler() func(*tcell.EventKey, func(tview.Primitive)) {
	return func(ev *tcell.EventKey, _ func(tview.Primitive)) {
		defer s.handled.Add(1)
		s.touch()
		if w, h := s.screen.Size(); w < minWidth || h < minHeight {
			return // nobody can see what the key would do
		}
		s.message = message{}
		switch {
		case s.prompt != nil:
			// The prompt may open another one in the place of itself.
			if p := s.prompt; p.key(ev) && s.prompt == p {
				s.prompt = nil
			}
			return
		case s.modal != nil:
			// It may have put another one in the place of itself.
			if m := s.modal; m.Key(ev) {
				s.CloseDialog(m)
			}
			return
		}
		if s.courseKey(ev) {
			return
		}
		if p := s.top(); p != nil {
			if _, filters := p.(page.Filterer); page.KeyName(ev) == "/" && filters {
				s.askFilter()
				return
			}
			if p.Key(ev) {
				return
			}
		}
		if k, ok := s.files.HotKeys[page.KeyName(ev)]; ok {
			s.Fail(s.run(k.Command))
			return
		}
		s.global(ev)
	}
}

// PasteHandler puts pasted text into the line that is typed; elsewhere it is
// dropped: pasted text must not be taken for keys.
func (s *shell) PasteHandler() func(string, func(tview.Primitive)) {
	return func(text string, _ func(tview.Primitive)) {
		defer s.handled.Add(1)
		s.touch()
		if s.prompt == nil && s.modal != nil {
			s.modal.Paste(text)
		}
		if s.prompt != nil {
			s.prompt.line.Insert(strings.TrimRight(text, "\r\n"))
			s.prompt.changed()
		}
	}
}

// MouseHandler hands the mouse to the page.
func (s *shell) MouseHandler() func(tview.MouseAction, *tcell.EventMouse, func(tview.Primitive)) (bool, tview.Primitive) {
	return func(a tview.MouseAction, ev *tcell.EventMouse, focus func(tview.Primitive)) (bool, tview.Primitive) {
		s.touch()
		if p := s.top(); p != nil && s.prompt == nil && s.modal == nil {
			if h := p.MouseHandler(); h != nil {
				return h(a, ev, focus)
			}
		}
		return false, nil
	}
}

// global handles the keys of every page.
func (s *shell) global(ev *tcell.EventKey) {
	switch page.KeyName(ev) {
	case ":":
		s.askCommand()
	case "?":
		s.Dialog(s.help())
	case "esc":
		s.Back()
	case "-":
		s.swap()
	case "[":
		s.wander(-1)
	case "]":
		s.wander(+1)
	case "ctrl-r":
		s.Say(theme.Muted, "reading …")
		s.Refresh()
	case "ctrl-g":
		s.noCrumbs = !s.noCrumbs
	case "ctrl-l":
		s.screen.Sync()
	}
}

// Refresh reads the cluster now, or connects again where that had failed.
func (s *shell) Refresh() {
	if r, ok := s.top().(page.Refresher); ok {
		r.Refresh()
	}
	switch {
	case s.conn.session != nil && s.conn.session.Poller != nil:
		s.conn.session.Poller.Refresh()
	case s.state.Err != nil:
		s.use(s.cluster.Name)
	}
	s.update() // what is here already may have changed, too
}

// askFilter opens the filter line of the page. What is typed filters at once;
// esc brings back what was there before.
func (s *shell) askFilter() {
	f, ok := s.top().(page.Filterer)
	if !ok {
		return
	}
	before := f.Filter()
	s.Ask(page.Question{
		Label: "/", Initial: before, Append: true, Changed: f.SetFilter, Done: f.SetFilter,
		Cancelled: func() { _ = f.SetFilter(before) }, // it was accepted before
	})
}
