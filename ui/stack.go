package ui

import (
	"fmt"
	"slices"
	"strings"

	"kconsole/kafka/config"
	"kconsole/ui/page"
)

// entry is one page of the stack. One that was put back from the history has
// no page until it is seen.
type entry struct {
	target page.Target
	page   page.Page
	memory any // how it was left
}

// place is an entry as the history keeps it; a path is a whole stack.
type (
	place struct {
		target page.Target
		memory any
	}
	path []place
)

// maxHistory is how many paths are kept.
const maxHistory = 100

// history is where one has been, like a browser's.
type history struct {
	paths []path
	at    int
	last  path // where one was before, for "-"
}

// top is the page that is seen; nil before the first.
func (s *shell) top() page.Page {
	if len(s.stack) == 0 {
		return nil
	}
	return s.stack[len(s.stack)-1].page
}

// Open puts a page on top.
func (s *shell) Open(t page.Target) { s.goTo(append(s.path(), place{target: t})) }

// Replace puts a page in the place of the one on top.
func (s *shell) Replace(t page.Target) {
	p := s.path()
	s.goTo(append(p[:max(len(p)-1, 0)], place{target: t}))
}

// Back takes the page on top away.
func (s *shell) Back() {
	if len(s.stack) > 1 {
		p := s.path()
		s.goTo(p[:len(p)-1])
	}
}

// path is the stack as it is now, with how its pages were left.
func (s *shell) path() path {
	out := make(path, len(s.stack))
	for i, e := range s.stack {
		if r, ok := e.page.(page.Rememberer); ok {
			e.memory = r.Memory()
		}
		out[i] = place{e.target, e.memory}
	}
	return out
}

// goTo shows a path and remembers it.
func (s *shell) goTo(p path) {
	from := s.path()
	if !s.show(p) {
		return
	}
	if len(from) > 0 {
		h := &s.history
		h.last, h.paths[h.at] = from, from
		h.paths = append(h.paths[:min(h.at+1, len(h.paths))], p)
		if len(h.paths) > maxHistory {
			h.paths = slices.Delete(h.paths, 0, 1)
		}
		h.at = len(h.paths) - 1
		return
	}
	s.history.paths = []path{p}
}

// wander goes by so many steps through the history.
func (s *shell) wander(by int) {
	h := &s.history
	to := h.at + by
	if to < 0 || to >= len(h.paths) {
		return
	}
	from := s.path()
	if s.show(h.paths[to]) {
		h.paths[h.at], h.last, h.at = from, from, to
	}
}

// swap goes to where one was before.
func (s *shell) swap() {
	if len(s.history.last) > 0 {
		s.goTo(s.history.last)
	}
}

// show makes the stack be a path: pages that stay are kept as they are, others
// are closed, and the one on top is made if it has none.
func (s *shell) show(p path) bool {
	if len(p) == 0 {
		return false
	}
	keep := 0
	for keep < len(p) && keep < len(s.stack) && sameTarget(p[keep].target, s.stack[keep].target) {
		keep++
	}
	top := p[len(p)-1]
	var made page.Page
	if keep < len(p) || s.stack[keep-1].page == nil {
		var err error
		if made, err = s.make(top); err != nil {
			s.Fail(err)
			return false
		}
	}
	for _, e := range s.stack[keep:] {
		if e.page != nil {
			e.page.Close()
		}
	}
	s.stack = s.stack[:keep]
	for _, pl := range p[keep:] {
		s.stack = append(s.stack, &entry{target: pl.target, memory: pl.memory})
	}
	if made != nil {
		s.stack[len(s.stack)-1].page = made
	}
	s.watch()
	s.update()
	return true
}

// make makes the page of a place.
func (s *shell) make(pl place) (page.Page, error) {
	v, err := s.view(pl.target.View)
	if err != nil {
		return nil, err
	}
	p, err := v.New(s, pl.target)
	if err != nil {
		return nil, err
	}
	if r, ok := p.(page.Rememberer); ok && pl.memory != nil {
		r.Recall(pl.memory)
	}
	return p, nil
}

func sameTarget(a, b page.Target) bool {
	return a.View == b.View && a.Filter == b.Filter && slices.Equal(a.Args, b.Args)
}

func (s *shell) closeAll() {
	for _, e := range s.stack {
		if e.page != nil {
			e.page.Close()
		}
	}
	s.stack = nil
}

// view finds a view by name or alias.
func (s *shell) view(name string) (page.View, error) {
	var names []string
	for _, v := range s.views {
		if v.Name == name || slices.Contains(v.Aliases, name) {
			return v, nil
		}
		names = append(append(names, v.Name), v.Aliases...)
	}
	hint := "? lists them"
	if near := config.Nearest(name, names); near != "" {
		hint = "did you mean :" + near + "?"
	}
	return page.View{}, fmt.Errorf("there is no view %q; %s", name, hint)
}

// under is the path of a target that was opened by name: below its parents.
func (s *shell) under(t page.Target) path {
	p := path{{target: t}}
	for range 8 {
		v, err := s.view(p[0].target.View)
		if err != nil || v.Parent == "" {
			break
		}
		parent, err := s.view(v.Parent)
		if err != nil {
			break
		}
		args := t.Args[:min(len(parent.Args), len(t.Args))]
		p = append(path{{target: page.Target{View: parent.Name, Args: args}}}, p...)
	}
	return p
}

// crumbs are the titles of the stack.
func (s *shell) crumbs() []string {
	out := make([]string, 0, len(s.stack)+1)
	for _, e := range s.stack {
		t, trails := e.page.(page.Trailer)
		switch {
		case trails:
			trail := t.Trail()
			if n := len(out); n > 0 && len(trail) > 1 && out[n-1] == trail[0] {
				trail = trail[1:]
			}
			out = append(out, trail...)
		case e.page != nil:
			out = append(out, e.page.Title())
		case len(e.target.Args) > 0:
			out = append(out, strings.Join(e.target.Args, " "))
		default:
			out = append(out, e.target.View)
		}
	}
	return out
}
