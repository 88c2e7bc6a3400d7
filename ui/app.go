// Package ui is the console: the shell around the screens. Header, bread
// crumbs, command bar, filter, help, errors and the stack of pages are here;
// what the screens show is in views.
package ui

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"kconsole/compose"
	"kconsole/kafka/config"
	"kconsole/kafka/poll"
	"kconsole/ui/loop"
	"kconsole/ui/page"
	"kconsole/ui/session"
	"kconsole/ui/views"
)

// Options is what a console is started with.
type Options struct {
	Config *config.Config
	// Cluster is the context to begin with; empty: the current one.
	Cluster string
	// Stack finds what runs the brokers of a cluster with a lab section; nil, or
	// a nil Stack: nobody that we can ask. The console closes it.
	Stack func(context.Context, config.Cluster) (compose.Stack, error)
	// Connect replaces [session.Open]. It may read files and run a password
	// command; it runs beside the screen. What it returns is closed by the console.
	Connect func(context.Context, config.Cluster) (*session.Session, error)
	// Settings is the folder of the person's own files, as package settings reads
	// them; empty: there are none and nothing is kept.
	Settings string
	// View is the first view, as typed after ":"; empty: topics.
	View    string
	Version string
	// Views replaces [Views], for tests.
	Views []page.View
	// Screen replaces the terminal, for tests.
	Screen tcell.Screen
	// Now replaces the clock, for tests; it does not tick then.
	Now func() time.Time
}

// App is one console.
type App struct {
	shell *shell
	loop  *loop.Loop
	first string
}

// Run opens the console in the terminal and returns when it is left, ctx ends
// or something has gone wrong that cannot be shown on the screen. The terminal
// is as it was by then.
func Run(ctx context.Context, o Options) error {
	app, err := New(o)
	if err != nil {
		return err
	}
	return app.Run(ctx)
}

// New makes a console that does not run yet. Errors are about the options.
func New(o Options) (*App, error) {
	if o.Config == nil {
		return nil, errors.New("the console needs a configuration")
	}
	if o.Connect == nil {
		o.Connect = o.open
	}
	tick, pace := time.Second, loop.Pace
	if o.Now == nil {
		o.Now = time.Now
	} else {
		tick, pace = 0, 0
	}
	screen := o.Screen
	if screen == nil {
		var err error
		if screen, err = loop.NewTerminal(); err != nil {
			return nil, fmt.Errorf("cannot use this terminal: %w; try TERM=xterm-256color", err)
		}
	}
	// The screen is initialized here and not by tview, which drops the error.
	if err := screen.Init(); err != nil {
		return nil, fmt.Errorf("cannot use this terminal: %w", err)
	}
	app := tview.NewApplication()
	app.EnableMouse(o.Config.UI.Mouse).EnablePaste(true)
	if o.Config.UI.Mouse {
		screen.EnableMouse()
	}
	screen.EnablePaste()
	l := loop.New(app, pace)
	screen = initialized{l.Screen(screen)}
	app.SetScreen(screen)
	if o.Views == nil {
		o.Views = views.All()
	}
	s := newShell(o, l, screen, o.Views)
	app.SetRoot(l.Root(s), true)
	app.SetInputCapture(func(ev *tcell.EventKey) *tcell.EventKey {
		if ev.Key() == tcell.KeyCtrlC {
			l.Stop()
			return nil
		}
		return ev
	})
	s.tick = tick
	first := o.View
	if first == "" {
		first = "topics"
	}
	return &App{shell: s, loop: l, first: first}, nil
}

// Run runs the console; see the function of that name.
func (a *App) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	a.shell.start(ctx, a.first)
	return a.loop.Run(ctx, func() {
		cancel()
		a.shell.end()
	})
}

// open connects the usual way. A stack that cannot be asked is no reason not
// to show its cluster.
func (o Options) open(ctx context.Context, cl config.Cluster) (*session.Session, error) {
	so := session.Options{Refresh: o.Config.UI.Refresh}
	if o.Stack != nil && cl.Lab != nil {
		so.Stack, so.StackErr = o.Stack(ctx, cl)
	}
	return session.Open(cl, so)
}

// Loop is the console's event loop, for whoever has to know when it is idle.
func (a *App) Loop() *loop.Loop { return a.loop }

// Handled counts the keys and pastes that were handled so far.
func (a *App) Handled() int64 { return a.shell.handled.Load() }

// Publish shows a snapshot, as the poller's arrive, or that there is no
// connection.
func (a *App) Publish(snap *poll.Snapshot, err error) {
	a.loop.Post(func() { a.shell.publish(snap, err) })
}

// initialized is a screen whose Init was called already.
type initialized struct{ tcell.Screen }

func (initialized) Init() error { return nil }

// Views are all views there are, for the documents that are made from them.
func Views() []page.View { return views.All() }
