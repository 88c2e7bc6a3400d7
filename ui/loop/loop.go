// Package loop runs functions on the screen's event loop, from anywhere, and
// knows when there is nothing left to do.
//
// tview's QueueUpdateDraw deadlocks when it is called from a key handler and
// blocks forever once the application has stopped. So only the pump of a
// [Loop] calls it: everybody else posts. A post never waits; what is posted
// while a frame is drawn goes into the next one together, so the number of
// frames does not grow with the number of posts.
package loop

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/rivo/tview"
)

// Pace is the usual least time between two frames that posts cause, so that a
// flood of posts leaves the loop free for keys. Keys draw at once.
const Pace = 25 * time.Millisecond

// Panic is a panic on the event loop or in a goroutine of [Loop.Go], as an
// error: the terminal is restored before anybody sees it.
type Panic struct {
	Value any
	Stack []byte
}

func (p *Panic) Error() string {
	return fmt.Sprintf("the console ended by a mistake of its own: %v", p.Value)
}

// Loop is the way onto the event loop of one [tview.Application].
type Loop struct {
	app  *tview.Application
	pace time.Duration
	wake chan struct{} // capacity 1
	soon chan struct{} // capacity 1: the next frame does not wait for its pace
	quit chan struct{} // closed by Stop
	dead chan struct{} // closed when the application has returned
	once sync.Once

	meter *meter

	mu     sync.Mutex
	queue  []func()
	closed bool // posts are dropped
	busy   int  // posts and work that have not ended
	idle   *sync.Cond
	err    error

	work sync.WaitGroup // goroutines of Go
}

// New makes the loop of an application that does not run yet. Pace is the least
// time between two frames that posts cause.
func New(app *tview.Application, pace time.Duration) *Loop {
	l := &Loop{app: app, pace: pace, wake: make(chan struct{}, 1), soon: make(chan struct{}, 1), quit: make(chan struct{}), dead: make(chan struct{}), meter: newMeter()}
	l.idle = sync.NewCond(&l.mu)
	return l
}

// Run runs the application until [Loop.Stop] is called, ctx ends, the terminal
// goes away or something panics. It then calls cancel, which has to end ctx and
// with it every goroutine of [Loop.Go] and [Loop.Background], and returns when
// they have ended. The error is a [*Panic], the terminal's, or nil.
func (l *Loop) Run(ctx context.Context, cancel context.CancelFunc) error {
	stop := context.AfterFunc(ctx, l.Stop)
	defer stop()
	defer tuneProcess()()
	pumped := make(chan struct{})
	go func() {
		defer close(pumped)
		l.pump()
	}()
	err := l.app.Run()
	l.close()
	close(l.dead)
	l.Stop()
	if err == nil {
		<-pumped // it was the pump that stopped the application
	}
	// Otherwise the terminal broke. The pump may then wait for a frame that
	// will never come; nothing can release it, and the process is about to end.
	cancel()
	l.work.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return l.err
	}
	return err
}

// Stop ends the application. It returns at once and may be called from
// anywhere, any number of times.
func (l *Loop) Stop() { l.once.Do(func() { close(l.quit) }) }

// Post runs f on the event loop and draws. It never waits. Posts run in the
// order they came; after the end of the loop they are dropped.
func (l *Loop) Post(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	l.queue = append(l.queue, f)
	l.busy++
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// Go runs f in a goroutine of its own, which counts as pending work until it
// returns. A panic in it ends the console in order instead of leaving the
// terminal in pieces. Use [Loop.Background] for what runs as long as the
// console. After the end of the loop f is not run.
func (l *Loop) Go(f func()) {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return
	}
	l.busy++
	l.work.Add(1)
	l.mu.Unlock()
	go func() {
		defer l.work.Done()
		defer l.done(1)
		l.Guard(f)
	}()
}

// Background is [Loop.Go] for a goroutine that is no work to wait for: a
// poller, a ticker. The loop still waits for its end when it stops. False: the
// loop has ended, f will not run.
func (l *Loop) Background(f func()) bool {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return false
	}
	l.work.Add(1)
	l.mu.Unlock()
	go func() {
		defer l.work.Done()
		l.Guard(f)
	}()
	return true
}

// Guard runs f and turns a panic into the end of the console.
func (l *Loop) Guard(f func()) {
	defer func() {
		if v := recover(); v != nil {
			l.fail(&Panic{Value: v, Stack: debug.Stack()})
		}
	}()
	f()
}

// Suspend gives the terminal back, runs f, which may use it, and takes it again.
// It is called on the event loop, which stands still meanwhile: nothing is drawn
// and posts wait. f has to return soon after quit is closed. False: the terminal
// could not be given back, f did not run.
func (l *Loop) Suspend(f func(quit <-chan struct{})) bool {
	defer l.meter.drop() // what somebody did in an editor is no frame
	return l.app.Suspend(func() { l.Guard(func() { f(l.quit) }) })
}

// Idle tells whether no post is waiting and no work of [Loop.Go] runs.
func (l *Loop) Idle() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.busy == 0
}

// WaitIdle returns when the loop is idle or has ended. Never call it on the
// event loop.
func (l *Loop) WaitIdle() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.busy > 0 && !l.closed {
		l.idle.Wait()
	}
}

// pump is the only caller of QueueUpdateDraw. It ends the application from
// within the event loop, so it never waits for a loop that is gone.
func (l *Loop) pump() {
	for {
		select {
		case <-l.quit:
			l.close()
			select {
			case <-l.dead:
			default:
				l.app.QueueUpdate(l.app.Stop)
			}
			return
		case <-l.wake:
			if n := l.frame(); n > 0 {
				l.done(n)
			}
			l.pause()
		}
	}
}

// frame runs what is queued, then draws once. It returns the number of posts.
func (l *Loop) frame() int {
	l.mu.Lock()
	batch := l.queue
	l.queue = nil
	l.mu.Unlock()
	if len(batch) == 0 {
		return 0
	}
	l.app.QueueUpdateDraw(func() {
		l.meter.begin()
		for _, f := range batch {
			l.Guard(f)
		}
	})
	return len(batch)
}

// done counts pending work down.
func (l *Loop) done(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.busy -= n
	if l.busy == 0 {
		l.idle.Broadcast()
	}
}

// close drops what is queued and everything to come.
func (l *Loop) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	l.busy -= len(l.queue)
	l.queue = nil
	l.idle.Broadcast()
}

// fail records the first mistake and ends the console.
func (l *Loop) fail(err error) {
	l.mu.Lock()
	if l.err == nil {
		l.err = err
	}
	l.mu.Unlock()
	l.Stop()
}

// again draws once more, at once.
func (l *Loop) again() {
	l.Post(func() {})
	select {
	case l.soon <- struct{}{}:
	default:
	}
}

// pause waits for the loop's pace, or less if it is to draw soon, or to stop.
func (l *Loop) pause() {
	t := time.NewTimer(l.pace)
	defer t.Stop()
	select {
	case <-t.C:
	case <-l.soon:
	case <-l.quit:
	}
}
