package uitest

import (
	"bytes"
	"io"
	"sync"

	"github.com/gdamore/tcell/v2"
)

// Terminal is a terminal that keeps what is written to it: with it in
// [Options], the console draws through the terminfo driver that people have, an
// xterm with 256 colours, not on a simulated screen.
type Terminal struct {
	mu      sync.Mutex
	out     bytes.Buffer
	w, h    int
	resized func()
	stop    chan struct{} // closed: reading ends
}

// Written is what was written since it was asked last.
func (t *Terminal) Written() []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	b := bytes.Clone(t.out.Bytes())
	t.out.Reset()
	return b
}

// Start begins to read, as tcell.Tty has it.
func (t *Terminal) Start() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stop = make(chan struct{})
	return nil
}

// Drain ends reading.
func (t *Terminal) Drain() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	select {
	case <-t.stop:
	default:
		close(t.stop)
	}
	return nil
}

// Stop has nothing to restore.
func (t *Terminal) Stop() error { return nil }

// Close has nothing to close.
func (t *Terminal) Close() error { return nil }

// NotifyResize says whom to tell of another size.
func (t *Terminal) NotifyResize(f func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.resized = f
}

// WindowSize is in cells.
func (t *Terminal) WindowSize() (tcell.WindowSize, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return tcell.WindowSize{Width: t.w, Height: t.h}, nil
}

// Read waits for the end: keys are posted to the screen.
func (t *Terminal) Read([]byte) (int, error) {
	t.mu.Lock()
	stop := t.stop
	t.mu.Unlock()
	<-stop
	return 0, io.EOF
}

// Write keeps what the console draws.
func (t *Terminal) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.out.Write(p)
}

// resize is what a window manager does.
func (t *Terminal) resize(w, h int) {
	t.mu.Lock()
	t.w, t.h = w, h
	f := t.resized
	t.mu.Unlock()
	if f != nil {
		f()
	}
}
