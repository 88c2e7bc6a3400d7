package loop_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
	"go.uber.org/goleak"

	"kconsole/ui/loop"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// box counts frames and answers keys.
type box struct {
	*tview.Box
	frames atomic.Int64
	onKey  func(*tcell.EventKey)
	onDraw func()
}

func (b *box) Draw(s tcell.Screen) {
	b.frames.Add(1)
	if b.onDraw != nil {
		b.onDraw()
	}
	b.Box.Draw(s)
}

func (b *box) InputHandler() func(*tcell.EventKey, func(tview.Primitive)) {
	return func(ev *tcell.EventKey, _ func(tview.Primitive)) { b.onKey(ev) }
}

type fixture struct {
	*loop.Loop
	box    *box
	screen tcell.SimulationScreen
	cancel context.CancelFunc
	end    chan error
}

func start(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{box: &box{Box: tview.NewBox()}, screen: tcell.NewSimulationScreen("UTF-8"), end: make(chan error, 1)}
	app := tview.NewApplication()
	f.Loop = loop.New(app, loop.Pace)
	app.SetScreen(f.Screen(f.screen))
	app.SetRoot(f.Root(f.box), true)
	var ctx context.Context
	ctx, f.cancel = context.WithCancel(context.Background())
	t.Cleanup(f.cancel)
	go func() { f.end <- f.Run(ctx, f.cancel) }()
	return f
}

func (f *fixture) wait(t *testing.T) error {
	t.Helper()
	select {
	case err := <-f.end:
		return err
	case <-time.After(20 * time.Second):
		t.Fatal("the loop did not end")
		return nil
	}
}

func TestPostFromAKeyHandlerDoesNotDeadlock(t *testing.T) {
	f := start(t)
	var ran atomic.Bool
	got := make(chan struct{})
	f.box.onKey = func(*tcell.EventKey) {
		f.Post(func() { ran.Store(true) })
		f.Post(func() { close(got) })
	}
	f.WaitIdle()
	f.screen.InjectKey(tcell.KeyRune, 'x', tcell.ModNone)
	<-got
	f.Stop()
	if err := f.wait(t); err != nil || !ran.Load() {
		t.Fatalf("err %v, ran %v", err, ran.Load())
	}
}

func TestPostsAreCoalescedAndInOrder(t *testing.T) {
	f := start(t)
	const n = 10_000
	var order []int // only touched on the event loop
	for i := range n {
		f.Post(func() { order = append(order, i) })
	}
	f.WaitIdle()
	if !f.Idle() {
		t.Error("not idle after WaitIdle")
	}
	done := make(chan []int, 1)
	f.Post(func() { done <- order })
	got := <-done
	for i := range got {
		if got[i] != i {
			t.Fatalf("post %d ran in place %d", got[i], i)
		}
	}
	if len(got) != n {
		t.Fatalf("%d of %d posts ran", len(got), n)
	}
	if frames := f.box.frames.Load(); frames > n/10 {
		t.Errorf("%d frames for %d posts", frames, n)
	}
	f.Stop()
	if err := f.wait(t); err != nil {
		t.Fatal(err)
	}
}

func TestPostsAfterTheEndAreDropped(t *testing.T) {
	f := start(t)
	f.cancel()
	if err := f.wait(t); err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		f.Post(func() { t.Error("ran after the end") })
	}
	f.Go(func() { t.Error("started after the end") })
	f.Stop()
	f.WaitIdle()
}

func TestStopUnderAFloodOfPosts(t *testing.T) {
	f := start(t)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for range 4 {
		f.Background(func() {
			for ctx.Err() == nil {
				f.Post(func() {})
			}
		})
	}
	f.Post(f.Stop)
	f.WaitIdle()
	cancel()
	if err := f.wait(t); err != nil {
		t.Fatal(err)
	}
}

func TestWorkIsWaitedFor(t *testing.T) {
	f := start(t)
	release := make(chan struct{})
	var after atomic.Bool
	f.Go(func() {
		<-release
		f.Post(func() { after.Store(true) })
	})
	if f.Idle() {
		t.Error("idle while work runs")
	}
	close(release)
	f.WaitIdle()
	if !after.Load() {
		t.Error("WaitIdle returned before the post of the work ran")
	}
	f.Stop()
	if err := f.wait(t); err != nil {
		t.Fatal(err)
	}
}

func TestFramesAreMeasured(t *testing.T) {
	f := start(t)
	handled := make(chan struct{})
	f.box.onKey = func(*tcell.EventKey) { close(handled) }
	f.Post(func() {})
	f.WaitIdle()
	f.ResetFrames()
	const held = 30 * time.Millisecond
	f.Post(func() { time.Sleep(held) })
	f.WaitIdle()
	if got := f.Frames(); got.Drawn != 1 || got.Max < held || got.P99 < held || got.P50 > got.Max {
		t.Errorf("a frame that held the loop for %v: %+v", held, got)
	}
	f.screen.InjectKey(tcell.KeyRune, 'x', tcell.ModNone)
	<-handled
	f.Post(func() {})
	f.WaitIdle()
	if got := f.Frames(); got.Drawn != 3 {
		t.Errorf("after a key and a post: %+v", got)
	}
	f.Stop()
	if err := f.wait(t); err != nil {
		t.Fatal(err)
	}
}

func TestPanicsEndInOrder(t *testing.T) {
	for name, cause := range map[string]func(*fixture){
		"post":      func(f *fixture) { f.Post(func() { panic("boom") }) },
		"goroutine": func(f *fixture) { f.Go(func() { panic("boom") }) },
		"key": func(f *fixture) {
			f.screen.InjectKey(tcell.KeyRune, 'x', tcell.ModNone)
		},
		"draw": func(f *fixture) { f.Post(func() { f.box.onDraw = func() { panic("boom") } }) },
	} {
		t.Run(name, func(t *testing.T) {
			f := start(t)
			f.box.onKey = func(*tcell.EventKey) { panic("boom") }
			f.WaitIdle()
			cause(f)
			var p *loop.Panic
			if err := f.wait(t); !errors.As(err, &p) || p.Value != "boom" || len(p.Stack) == 0 {
				t.Fatalf("got %v", err)
			}
		})
	}
}

func TestTerminalGoesAway(t *testing.T) {
	f := start(t)
	f.WaitIdle()
	if err := f.screen.PostEvent(tcell.NewEventError(errors.New("hung up"))); err != nil {
		t.Fatal(err)
	}
	if err := f.wait(t); err == nil {
		t.Fatal("no error although the terminal is gone")
	}
}

// puts is a screen that counts which cells are written to it, and how often all
// of them are drawn.
type puts struct {
	tcell.SimulationScreen
	n, syncs int
}

func (p *puts) Sync() {
	p.syncs++
	p.SimulationScreen.Sync()
}

func (p *puts) Put(x, y int, text string, style tcell.Style) (string, int) {
	p.n++
	return p.SimulationScreen.Put(x, y, text, style)
}

func TestOnlyChangedCellsAreWritten(t *testing.T) {
	inner := &puts{SimulationScreen: tcell.NewSimulationScreen("UTF-8")}
	if err := inner.Init(); err != nil {
		t.Fatal(err)
	}
	defer inner.Fini()
	inner.SetSize(20, 4)
	s := loop.New(tview.NewApplication(), loop.Pace).Screen(inner)
	blue := tcell.StyleDefault.Foreground(tcell.ColorBlue)
	frame := func(text string, style tcell.Style) int {
		inner.n = 0
		s.Clear()
		s.PutStrStyled(2, 1, text, style)
		s.Show()
		return inner.n
	}
	shows := func(want string) {
		t.Helper()
		got := ""
		for x := 2; x < 20; {
			cell, _, width := inner.Get(x, 1)
			got += cell
			x += max(width, 1)
		}
		if strings.TrimRight(got, " ") != want {
			t.Errorf("the screen shows %q, want %q", got, want)
		}
	}
	for _, step := range []struct {
		text  string
		style tcell.Style
		want  int
		why   string
	}{
		{"orders", tcell.StyleDefault, 80, "nothing is known of a new screen"},
		{"orders", tcell.StyleDefault, 0, "nothing has changed"},
		{"ordert", tcell.StyleDefault, 1, "one letter is another"},
		{"ordert", blue, 6, "the letters have another colour"},
		{"東京e\u0301x", blue, 6, "two wide characters in the place of four letters, and two other letters"},
		{"ab", tcell.StyleDefault, 5, "letters in the places of both halves of a wide character, and what comes after them is gone"},
		{"", tcell.StyleDefault, 2, "both are gone"},
	} {
		if got := frame(step.text, step.style); got != step.want {
			t.Errorf("%q: %d cells were written, want %d: %s", step.text, got, step.want, step.why)
		}
		shows(step.text)
	}
	inner.SetSize(30, 5)
	if got := frame("orders", tcell.StyleDefault); got != 150 {
		t.Errorf("%d cells were written to a screen of another size", got)
	}
	shows("orders")
	// Another program had the terminal meanwhile: nothing of ours is left on it.
	if err := errors.Join(s.Suspend(), s.Resume()); err != nil || inner.syncs != 1 {
		t.Errorf("it was drawn anew %d times after it came back: %v", inner.syncs, err)
	}
	if got := frame("orders", tcell.StyleDefault); got != 150 {
		t.Errorf("%d cells were written after it came back, although nothing is known of them", got)
	}
	if text, _, width := s.Get(3, 1); text != "r" || width != 1 {
		t.Errorf("%q of width %d stands there", text, width)
	}
	s.SetContent(0, 0, 'x', nil, tcell.StyleDefault.Background(tcell.ColorRed))
	s.SetContent(0, 0, 'e', []rune{'\u0301'}, tcell.StyleDefault.Background(tcell.ColorNone))
	text, style, _ := s.Get(0, 0)
	if _, bg, _ := style.Decompose(); text != "e\u0301" || bg != tcell.ColorRed {
		t.Errorf("%q on %v: the background is to stay", text, bg)
	}
}
