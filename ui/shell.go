package ui

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"kconsole/kafka/config"
	"kconsole/kafka/poll"
	"kconsole/kafka/replay"
	"kconsole/ui/events"
	"kconsole/ui/loop"
	"kconsole/ui/page"
	"kconsole/ui/safe"
	"kconsole/ui/session"
	"kconsole/ui/settings"
	"kconsole/ui/theme"
)

// The least terminal that screens are made for.
const (
	minWidth  = 60
	minHeight = 16
)

// shell is the root primitive and the [page.Host]. All of it belongs to the
// event loop, except where it says otherwise.
type shell struct {
	*tview.Box
	options Options
	loop    *loop.Loop
	screen  tcell.Screen
	theme   *theme.Theme
	views   []page.View
	tick    time.Duration // of the clock; 0: it stands still
	ctx     context.Context

	files settings.Files // what the person has made of the console
	skin  string         // chosen with :skin; empty: the configuration's

	cluster config.Cluster // what is connected to, or to be
	state   page.State
	sum     health
	log     events.Log
	cart    replay.Cart
	conn    connection

	stack   []*entry
	history history

	course   *course // the lab beside the pages; nil: none
	prompt   *prompt
	modal    page.Modal
	commands []string // typed before, the newest last
	message  message
	noCrumbs bool

	handled atomic.Int64
}

// message is a short text in the footer, until the next key.
type message struct {
	level theme.Level
	text  string
}

func newShell(o Options, l *loop.Loop, screen tcell.Screen, views []page.View) *shell {
	s := &shell{Box: tview.NewBox(), options: o, loop: l, screen: screen, views: views, ctx: context.Background()}
	s.state = page.State{Config: o.Config, Events: &s.log, Cart: &s.cart, Snap: &poll.Snapshot{}, Now: o.Now(), UTC: o.Config.UI.UTC}
	return s
}

// start opens the first page and begins to connect. It is called before the
// loop runs, so the first frame is complete.
func (s *shell) start(ctx context.Context, first string) {
	s.ctx = ctx
	s.use(s.options.Cluster)
	if err := s.run(first); err != nil {
		s.Fail(err)
	}
	if len(s.stack) == 0 {
		if err := s.run("topics"); err != nil {
			s.Fail(err)
		}
	}
	if s.tick > 0 {
		s.loop.Background(s.clock)
	}
}

// clock redraws once a second, so that time and ages move.
func (s *shell) clock() {
	t := time.NewTicker(s.tick)
	defer t.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-t.C:
			s.loop.Post(func() {
				s.state.Now = s.options.Now()
				s.freshen()
				s.update()
				s.focus()
			})
		}
	}
}

// freshen takes the newest snapshot, and notes what clients feel. The poller does
// not announce a snapshot in which nothing moves, but it is as new as its read.
func (s *shell) freshen() {
	made := s.conn.session
	if made == nil || made.Poller == nil {
		return
	}
	newest := made.Poller.Latest()
	s.log.Watch(newest, s.conn.scope)
	if newest.Seq > s.state.Snap.Seq {
		s.state.Snap = newest
	}
}

// end closes what is open, after the loop has ended.
func (s *shell) end() {
	s.Dialog(nil)
	s.closeLab()
	s.closeAll()
	s.conn.close()
}

// publish shows a new snapshot, or that there is no connection.
func (s *shell) publish(snap *poll.Snapshot, err error) {
	if snap == nil {
		snap = &poll.Snapshot{}
	}
	s.hear(snap, events.Compare(nil, snap), err)
}

// hear is publish with what is new in the snapshot, which was found out beside
// the event loop.
func (s *shell) hear(snap *poll.Snapshot, news events.News, err error) {
	s.log.Hear(news)
	s.state.Snap, s.state.Err, s.state.Now = snap, err, s.options.Now()
	s.update()
}

// update brings the state to the page that is seen.
func (s *shell) update() {
	if p := s.top(); p != nil {
		p.Update(s.state)
	}
}

// The methods of page.Host.

func (s *shell) Theme() *theme.Theme { return s.theme }
func (s *shell) Loop() *loop.Loop    { return s.loop }
func (s *shell) State() page.State   { return s.state }
func (s *shell) Views() []page.View  { return s.views }

func (s *shell) Session() *session.Session { return s.conn.session }

func (s *shell) UseContext(name string) error { return s.changeContext(name) }

func (s *shell) Say(l theme.Level, text string) { s.message = message{l, safe.Text(text)} }

func (s *shell) Fail(err error) {
	if err != nil {
		s.message = message{theme.Act, safe.Error(err)}
	}
}

func (s *shell) Ask(q page.Question) { s.prompt = newPrompt(q) }

func (s *shell) Copy(text string) { s.screen.SetClipboard([]byte(text)) }

func (s *shell) Show(title string, lines []string) { s.Dialog(newText(s.theme, title, lines)) }

func (s *shell) ShowList(title string, entries [][2]string) {
	s.Dialog(newList(s.theme, title, entries))
}

func (s *shell) Dialog(m page.Modal) {
	if s.modal != nil {
		s.modal.Close()
	}
	s.modal = m
}

func (s *shell) CloseDialog(m page.Modal) {
	if s.modal == m {
		s.Dialog(nil)
	}
}
