package ui

import (
	"kconsole/kafka/poll"
	"kconsole/ui/page"
)

// What follows lets tests and benchmarks look into a console that runs.

// Keys are what can be done on the page that is seen now.
func (a *App) Keys() (keys []page.Key) {
	a.onLoop(func() {
		if p := a.shell.top(); p != nil {
			keys = p.Keys()
		}
	})
	return keys
}

// GlobalKeys are what works on every page, for the generated documents.
func GlobalKeys() []page.Key { return globalKeys }

// Open opens a view on something by its name, whatever that is made of.
func (a *App) Open(view string, args ...string) {
	a.onLoop(func() { a.shell.Open(page.Target{View: view, Args: args}) })
}

// Frames draws the screen n times: what a frame costs.
func (a *App) Frames(n int) {
	a.onLoop(func() {
		for range n {
			a.shell.frame()
		}
	})
}

// Snapshots shows a snapshot n times, each with a frame: what new data costs.
func (a *App) Snapshots(snap *poll.Snapshot, n int) {
	a.onLoop(func() {
		for range n {
			a.shell.publish(snap, nil)
			a.shell.frame()
		}
	})
}

// frame draws as tview does.
func (s *shell) frame() {
	s.screen.Clear()
	s.Draw(s.screen)
	s.screen.Show()
}

func (a *App) onLoop(f func()) {
	done := make(chan struct{})
	a.loop.Post(func() { f(); close(done) })
	<-done
}
