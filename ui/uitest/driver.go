// Package uitest drives the console in tests: it types keys into a simulated
// terminal, waits until nothing is left to do, and reads what is on the screen,
// text and styles.
package uitest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/gdamore/tcell/v2"

	"kconsole/kafka"
	"kconsole/kafka/config"
	"kconsole/kafka/poll"
	"kconsole/ui"
	"kconsole/ui/page"
	"kconsole/ui/session"
)

// Patience is how long the driver waits for anything before the test fails.
// Nothing is decided by time: it is far more than any machine needs.
const Patience = 2 * time.Minute

// Now is the moment at which screens are painted.
var Now = time.Date(2026, 11, 23, 14, 2, 11, 0, time.UTC)

// Options say what console to start. The zero value is 80x24 on [Config] with
// nothing polled: the test publishes snapshots.
type Options struct {
	Width, Height int
	Config        *config.Config
	View          string
	// Settings is the folder of the person's own files; empty: none.
	Settings string
	// Views replaces all views.
	Views []page.View
	// Connect replaces [Offline].
	Connect func(context.Context, config.Cluster) (*session.Session, error)
	// RealClock lets time pass.
	RealClock bool
	// Colors is how many colours the terminal has; 256 by default, -1 for none.
	Colors int
	// Terminal takes the place of the simulated terminal.
	Terminal *Terminal
}

// Driver is a console with its simulated terminal.
type Driver struct {
	App    *ui.App
	t      testing.TB
	screen *screen
	cancel context.CancelFunc
	ended  chan struct{}
	err    error
}

// screen is a simulated terminal with a number of colours.
type screen struct {
	tcell.Screen
	colors    int
	clipboard []byte
	tty       *Terminal // nil: simulated
}

func (s *screen) Colors() int              { return s.colors }
func (s *screen) SetClipboard(text []byte) { s.clipboard = text }

func (s *screen) SetSize(width, height int) {
	if s.tty != nil {
		s.tty.resize(width, height)
		return
	}
	s.Screen.SetSize(width, height)
}

// newScreen makes the screen of a console that is to be started.
func newScreen(t testing.TB, o Options) *screen {
	t.Helper()
	if o.Terminal == nil {
		return &screen{Screen: tcell.NewSimulationScreen("UTF-8"), colors: o.Colors}
	}
	t.Setenv("LC_ALL", "en_US.UTF-8") // the driver writes what the locale has
	info, err := tcell.LookupTerminfo("xterm-256color")
	if err != nil {
		t.Fatal(err)
	}
	sc, err := tcell.NewTerminfoScreenFromTtyTerminfo(o.Terminal, info)
	if err != nil {
		t.Fatal(err)
	}
	return &screen{Screen: sc, colors: o.Colors, tty: o.Terminal}
}

// Config is a configuration with one lab cluster and one read-only other.
func Config() *config.Config {
	c := &config.Config{Current: "lab", UI: config.DefaultUI(), Clusters: map[string]config.Cluster{
		"lab": {
			Brokers: []string{"127.0.0.1:1"}, Color: "green", TLS: &config.TLS{},
			SASL: &config.SASL{Mechanism: "SCRAM-SHA-512", Username: "admin", Password: config.NewSecret("secret")},
			Lab:  &config.Lab{Runtime: "embedded", Dir: "."},
		},
		"prod": {Brokers: []string{"127.0.0.1:2"}, Color: "red", ReadOnly: true, TLS: &config.TLS{}},
	}}
	c.UI.UTC = true
	return c
}

// Offline connects without a poller: nothing is sent anywhere.
func Offline(_ context.Context, cl config.Cluster) (*session.Session, error) {
	c, err := kafka.Connect(cl)
	if err != nil {
		return nil, err
	}
	return &session.Session{Config: cl, Cluster: c}, nil
}

// Start starts a console and waits until it is idle; it ends with the test.
func Start(t testing.TB, o Options) *Driver {
	t.Helper()
	d := StartBusy(t, o)
	d.Idle()
	return d
}

// StartBusy is [Start] for a console that is not to be waited for.
func StartBusy(t testing.TB, o Options) *Driver {
	t.Helper()
	if o.Width == 0 {
		o.Width, o.Height = 80, 24
	}
	if o.Config == nil {
		o.Config = Config()
	}
	if o.Connect == nil {
		o.Connect = Offline
	}
	switch o.Colors {
	case 0:
		o.Colors = 256
	case -1:
		o.Colors = 0
	}
	d := &Driver{t: t, screen: newScreen(t, o), ended: make(chan struct{})}
	d.screen.SetSize(o.Width, o.Height)
	options := ui.Options{Config: o.Config, Connect: o.Connect, View: o.View, Settings: o.Settings, Views: o.Views, Version: "test", Screen: d.screen}
	if !o.RealClock {
		options.Now = func() time.Time { return Now }
	}
	var err error
	if d.App, err = ui.New(options); err != nil {
		t.Fatal(err)
	}
	d.screen.SetSize(o.Width, o.Height) // Init has its own idea
	ctx, cancel := context.WithCancel(context.Background())
	d.cancel = cancel
	go func() {
		defer close(d.ended)
		d.err = d.App.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		if err := d.End(); err != nil {
			t.Errorf("the console ended with: %v", err)
		}
	})
	return d
}

// End waits for the end of the console and returns its error.
func (d *Driver) End() error {
	d.t.Helper()
	select {
	case <-d.ended:
		return d.err
	case <-time.After(Patience):
		d.t.Fatal("the console did not end")
		return nil
	}
}

// Idle waits until all posts have run and no work is under way.
func (d *Driver) Idle() {
	d.t.Helper()
	d.App.Loop().Post(func() {})
	done := make(chan struct{})
	go func() {
		d.App.Loop().WaitIdle()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(Patience):
		d.t.Fatalf("the console is not idle after %v; the screen is:\n%s", Patience, d.snapshot())
	}
}

// Publish shows a snapshot, as if the poller had brought it.
func (d *Driver) Publish(snap *poll.Snapshot) {
	d.t.Helper()
	d.App.Publish(snap, nil)
	d.Idle()
}

// Type types text, one key after the other.
func (d *Driver) Type(text string) {
	d.t.Helper()
	d.TypeBusy(text)
	d.Idle()
}

// TypeBusy is Type for a console that is not to be waited for.
func (d *Driver) TypeBusy(text string) {
	d.t.Helper()
	for _, r := range text {
		d.inject(tcell.KeyRune, r, tcell.ModNone)
	}
}

// Press presses keys by name: enter, esc, tab, up, ctrl-w, space, or a
// character.
func (d *Driver) Press(names ...string) {
	d.t.Helper()
	d.PressBusy(names...)
	d.Idle()
}

// PressBusy is Press for a console that is not to be waited for.
func (d *Driver) PressBusy(names ...string) {
	d.t.Helper()
	for _, name := range names {
		key, r := keyNamed(d.t, name)
		d.inject(key, r, tcell.ModNone)
	}
}

// Last presses a key that ends the console.
func (d *Driver) Last(name string) {
	d.t.Helper()
	key, r := keyNamed(d.t, name)
	if err := d.screen.PostEvent(tcell.NewEventKey(key, r, tcell.ModNone)); err != nil {
		d.t.Fatal(err)
	}
}

// Paste pastes text, as a terminal with bracketed paste does.
func (d *Driver) Paste(text string) {
	d.t.Helper()
	events := []tcell.Event{tcell.NewEventPaste(true)}
	for _, r := range text {
		if r == '\n' {
			events = append(events, tcell.NewEventKey(tcell.KeyEnter, 0, tcell.ModNone))
			continue
		}
		events = append(events, tcell.NewEventKey(tcell.KeyRune, r, tcell.ModNone))
	}
	before := d.App.Handled()
	for _, ev := range append(events, tcell.NewEventPaste(false)) {
		d.until("an event was taken", func() bool { return d.screen.PostEvent(ev) == nil })
	}
	d.until("the paste was handled", func() bool { return d.App.Handled() > before })
	d.Idle()
}

func keyNamed(t testing.TB, name string) (tcell.Key, rune) {
	named := map[string]tcell.Key{
		"enter": tcell.KeyEnter, "esc": tcell.KeyEscape, "tab": tcell.KeyTab, "shift-tab": tcell.KeyBacktab, "up": tcell.KeyUp,
		"down": tcell.KeyDown, "left": tcell.KeyLeft, "right": tcell.KeyRight, "home": tcell.KeyHome, "end": tcell.KeyEnd,
		"pgup": tcell.KeyPgUp, "pgdn": tcell.KeyPgDn, "backspace": tcell.KeyBackspace2, "delete": tcell.KeyDelete, "ctrl-space": tcell.KeyCtrlSpace,
	}
	if k, ok := named[name]; ok {
		return k, 0
	}
	if c, ok := strings.CutPrefix(name, "ctrl-"); ok && len(c) == 1 {
		return tcell.KeyCtrlA + tcell.Key(c[0]-'a'), 0
	}
	if c, ok := strings.CutPrefix(name, "shift-"); ok && len(c) == 1 {
		return tcell.KeyRune, rune(strings.ToUpper(c)[0])
	}
	if name == "space" {
		return tcell.KeyRune, ' '
	}
	if r := []rune(name); len(r) == 1 {
		return tcell.KeyRune, r[0]
	}
	t.Fatalf("no key is called %q", name)
	return 0, 0
}

// inject types one key and waits until it was handled.
func (d *Driver) inject(key tcell.Key, r rune, mod tcell.ModMask) {
	d.t.Helper()
	before := d.App.Handled()
	if err := d.screen.PostEvent(tcell.NewEventKey(key, r, mod)); err != nil {
		d.t.Fatal(err)
	}
	d.until("a key was handled", func() bool { return d.App.Handled() > before })
}

// Ended tells whether the console has ended.
func (d *Driver) Ended() bool {
	select {
	case <-d.ended:
		return true
	default:
		return false
	}
}

// Hit presses a key that may end the console.
func (d *Driver) Hit(name string) {
	d.t.Helper()
	before := d.App.Handled()
	d.Last(name)
	d.until("a key was handled", func() bool { return d.Ended() || d.App.Handled() > before })
}

// until polls a condition.
func (d *Driver) until(what string, ok func() bool) {
	d.t.Helper()
	deadline := time.Now().Add(Patience)
	for pause := 50 * time.Microsecond; !ok(); pause = min(2*pause, 5*time.Millisecond) {
		select {
		case <-d.ended:
			if ok() {
				return // it ended in the meantime, as it was to
			}
			d.t.Fatalf("waiting until %s: the console has ended (%v)", what, d.err)
		default:
		}
		if time.Now().After(deadline) {
			d.t.Fatalf("waited %v until %s; the screen is:\n%s", Patience, what, d.Text())
		}
		time.Sleep(pause)
	}
}

// WaitFor waits until a text is on the screen.
func (d *Driver) WaitFor(text string) {
	d.t.Helper()
	d.until("the screen shows "+text, func() bool { return strings.Contains(d.Text(), text) })
}

// WaitUntilGone waits until a text is no longer on the screen.
func (d *Driver) WaitUntilGone(text string) {
	d.t.Helper()
	d.until("the screen no longer shows "+text, func() bool { return !strings.Contains(d.Text(), text) })
}

// Resize changes the size of the terminal.
func (d *Driver) Resize(width, height int) {
	d.t.Helper()
	d.ResizeBusy(width, height)
	d.Idle()
}

// ResizeBusy is Resize of a console that is not to be waited for.
func (d *Driver) ResizeBusy(width, height int) {
	d.t.Helper()
	d.screen.SetSize(width, height)
	d.Text() // tview draws again by itself, later; a post does so now
}

// Clipboard is what was copied last.
func (d *Driver) Clipboard() string {
	var text string
	d.onLoop(func() { text = string(d.screen.clipboard) })
	return text
}
