package loop

import (
	"bytes"
	"context"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// slow is a terminal that takes nothing while it is held, and keeps the rest.
type slow struct {
	held sync.Mutex // by whoever stops it from taking anything

	mu      sync.Mutex
	took    bytes.Buffer
	writes  int
	stopped bool
	reading chan struct{}
}

func newSlow() *slow { return &slow{reading: make(chan struct{})} }

func (s *slow) Start() error        { return nil }
func (s *slow) Drain() error        { close(s.reading); return nil }
func (s *slow) NotifyResize(func()) {}
func (s *slow) WindowSize() (tcell.WindowSize, error) {
	return tcell.WindowSize{Width: 10, Height: 1}, nil
}
func (s *slow) Read([]byte) (int, error) { <-s.reading; return 0, io.EOF }
func (s *slow) Close() error             { return nil }
func (s *slow) text() string             { s.mu.Lock(); defer s.mu.Unlock(); return s.took.String() }

func (s *slow) Stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopped = true
	return nil
}

func (s *slow) Write(p []byte) (int, error) {
	s.held.Lock()
	defer s.held.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes++
	if s.stopped {
		panic("written to after it was given back")
	}
	return s.took.Write(p)
}

// letters is a console that shows one letter, ten times.
type letters struct {
	*Loop
	box  *tview.TextView
	end  chan error
	stop context.CancelFunc
}

func showLetters(t *testing.T, tty tcell.Tty) *letters {
	t.Helper()
	info, err := tcell.LookupTerminfo("xterm-256color")
	if err != nil {
		t.Fatal(err)
	}
	s, err := tcell.NewTerminfoScreenFromTtyTerminfo(newOutput(tty), info)
	if err != nil {
		t.Fatal(err)
	}
	app := tview.NewApplication()
	l := &letters{Loop: New(app, time.Microsecond), box: tview.NewTextView(), end: make(chan error, 1)}
	if err := s.Init(); err != nil {
		t.Fatal(err)
	}
	app.SetScreen(l.Screen(ready{s}))
	app.SetRoot(l.box, true)
	ctx, cancel := context.WithCancel(context.Background())
	l.stop = cancel
	t.Cleanup(cancel)
	go func() { l.end <- l.Run(ctx, cancel) }()
	return l
}

// ready is a screen that was initialized before.
type ready struct{ tcell.Screen }

func (ready) Init() error { return nil }

// show shows a letter, and returns when the event loop has done its part.
func (l *letters) show(letter rune) {
	l.Post(func() { l.box.SetText(strings.Repeat(string(letter), 10)) })
	l.WaitIdle()
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("not within 20 s:", what)
		}
	}
}

// TestASlowTerminal: while the terminal takes nothing the event loop goes on, what
// waits for it is two frames at most, and it ends with the newest one.
func TestASlowTerminal(t *testing.T) {
	tty := newSlow()
	l := showLetters(t, tty)
	l.show('A')
	eventually(t, "A", func() bool { return strings.Contains(tty.text(), "AAAAAAAAAA") })
	l.WaitIdle()
	tty.held.Lock()
	before := l.Frames().Drawn
	for letter := 'B'; letter <= 'Y'; letter++ {
		l.show(letter) // returns: nothing waits for the terminal
	}
	if drawn := l.Frames().Drawn - before; drawn > 3 {
		t.Errorf("%d frames count as drawn, for a terminal that takes none", drawn)
	}
	tty.held.Unlock()
	eventually(t, "Y", func() bool { return strings.Contains(tty.text(), "YYYYYYYYYY") })
	got := ""
	for letter := 'A'; letter <= 'Y'; letter++ {
		if strings.Contains(tty.text(), strings.Repeat(string(letter), 10)) {
			got += string(letter)
		}
	}
	if len(got) > 4 || !strings.HasPrefix(got, "A") || !strings.HasSuffix(got, "Y") {
		t.Errorf("the terminal was shown %s, want A, the two that it was slow for, and Y", got)
	}
	l.stop()
	if err := <-l.end; err != nil {
		t.Fatal(err)
	}
}

// TestTheTerminalIsGivenBack: what was written before the end, the last of it the
// way back to the shell's screen, is on the terminal before it is given back.
func TestTheTerminalIsGivenBack(t *testing.T) {
	tty := newSlow()
	l := showLetters(t, tty)
	l.show('A')
	eventually(t, "A", func() bool { return strings.Contains(tty.text(), "AAAAAAAAAA") })
	l.WaitIdle()
	tty.held.Lock()
	l.show('B')
	l.stop()
	select {
	case err := <-l.end:
		t.Errorf("it ended with %v before the terminal had taken everything", err)
	case <-time.After(50 * time.Millisecond):
	}
	tty.held.Unlock()
	if err := <-l.end; err != nil {
		t.Fatal(err)
	}
	const leave = "\x1b[?1049l" // the alternate screen; xterm's control sequences
	text := tty.text()
	if !strings.Contains(text, "BBBBBBBBBB") || strings.Index(text, leave) < strings.Index(text, "BBBBBBBBBB") {
		t.Errorf("got %q, want the last frame and after it %q", text, leave)
	}
}

// TestATerminalThatTakesNothing does not keep the program.
func TestATerminalThatTakesNothing(t *testing.T) {
	tty := newSlow()
	o := newOutput(tty)
	o.patience = 10 * time.Millisecond
	tty.held.Lock()
	write := func(text string) {
		if _, err := o.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	write("this waits")
	eventually(t, "the writer to wait", func() bool {
		o.mu.Lock()
		defer o.mu.Unlock()
		return o.writing && len(o.next) == 0
	})
	write("this is never written")
	if err := o.Stop(); err != nil {
		t.Fatal(err)
	}
	tty.mu.Lock()
	if !tty.stopped {
		t.Error("the terminal was not given back")
	}
	tty.stopped = false // as a closed file, it takes the write that waits, and that is all
	tty.mu.Unlock()
	tty.held.Unlock()
	eventually(t, "the end of the writer", func() bool {
		o.mu.Lock()
		defer o.mu.Unlock()
		return !o.writing
	})
	if got := tty.text(); strings.Contains(got, "never") {
		t.Errorf("%q was written after the terminal was given back", got)
	}
}

// TestTheTerminalComesBack: after a program that had the terminal for itself
// everything is drawn anew.
func TestTheTerminalComesBack(t *testing.T) {
	tty := newSlow()
	l := showLetters(t, tty)
	l.show('A')
	l.Post(func() {
		l.Suspend(func(<-chan struct{}) {
			tty.mu.Lock()
			defer tty.mu.Unlock()
			if !tty.stopped {
				t.Error("the other program runs before the terminal is given back")
			}
			tty.stopped, tty.reading = false, make(chan struct{})
			tty.took.Reset()
		})
	})
	eventually(t, "A again", func() bool { return strings.Contains(tty.text(), "AAAAAAAAAA") })
	l.stop()
	if err := <-l.end; err != nil {
		t.Fatal(err)
	}
}
