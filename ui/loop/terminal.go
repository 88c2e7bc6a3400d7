package loop

import (
	"runtime"
	"sync"
	"time"

	"github.com/gdamore/tcell/v2"
)

// NewTerminal makes the screen of the terminal that the program was started in.
// What is drawn there is written by another goroutine: a terminal takes a few
// kilobytes at a time, one behind a slow line takes seconds for a screen, and no
// key would be answered meanwhile. Frames that it is too slow for are left out.
func NewTerminal() (tcell.Screen, error) {
	if runtime.GOOS == "windows" { // whose console is no file
		return tcell.NewScreen()
	}
	tty, err := tcell.NewDevTty()
	if err != nil {
		return tcell.NewScreen() // which says what is wrong
	}
	return tcell.NewTerminfoScreenFromTty(newOutput(tty))
}

// output writes to a terminal in a goroutine of its own, which runs while there is
// something to write, in the order in which it came. All that was written before
// Stop is on the terminal when Stop returns, if it takes it at all. At most two
// frames wait here.
type output struct {
	tcell.Tty

	mu      sync.Mutex
	wrote   sync.Cond
	next    []byte // to be written after what is being written
	spare   []byte // memory for the next next
	writing bool
	frame   bool   // next is a frame in the making
	missed  func() // a frame was left out: called when there is room for it

	patience time.Duration
}

func newOutput(tty tcell.Tty) *output {
	o := &output{Tty: tty, patience: patience}
	o.wrote.L = &o.mu
	return o
}

// begin begins a frame: what is written from here to end belongs together. False:
// there is one already that waits for one before it; then this one is to be left
// out, and missed is called when there is room.
func (o *output) begin(missed func()) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.writing && len(o.next) > 0 {
		o.missed = missed
		return false
	}
	o.frame = true
	return true
}

// end ends a frame.
func (o *output) end() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.frame = false
	o.start()
}

// Write never waits, and never fails: tcell does not look at it, and a terminal
// that has gone away shows itself where keys are read.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.next = append(o.next, p...)
	if !o.frame {
		o.start()
	}
	return len(p), nil
}

// start has what is there written. The lock is held.
func (o *output) start() {
	if !o.writing && len(o.next) > 0 {
		o.writing = true
		go o.flush()
	}
}

// flush writes until nothing is left, and ends.
func (o *output) flush() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.next) > 0 && !o.frame {
		now, missed := o.next, o.missed
		o.next, o.missed = o.spare[:0], nil
		o.mu.Unlock()
		if missed != nil {
			missed() // may wait behind this one
		}
		_, _ = o.Tty.Write(now)
		o.mu.Lock()
		o.spare = now
	}
	o.writing = false
	o.wrote.Broadcast()
}

// patience is how long a terminal has time at the end to take what was written: one
// that takes nothing any more must not keep the program.
const patience = 3 * time.Second

// Stop gives the terminal back when everything is written, or after [patience].
func (o *output) Stop() error {
	o.mu.Lock()
	o.frame = false
	o.start()
	late := false
	timer := time.AfterFunc(o.patience, func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		late = true
		o.wrote.Broadcast()
	})
	for o.writing && !late {
		o.wrote.Wait()
	}
	timer.Stop()
	if o.writing {
		o.next = nil // what is being written ends with the file that it goes to
	}
	o.mu.Unlock()
	return o.Tty.Stop()
}
