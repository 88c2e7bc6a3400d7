package labs

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Runner runs a session in the background, for a screen: it checks the current
// step every now and then and takes commands, none of which waits. Whoever calls
// [Runner.Run] owns it; the session still has to be closed by its owner.
type Runner struct {
	s      *Session
	every  time.Duration
	states chan State
	last   atomic.Pointer[State]
	cmds   chan command
	ended  chan struct{} // closed when Run returns

	mu      sync.Mutex
	said    []string
	busy    string
	paused  bool
	err     error
	stop    context.CancelFunc // ends what is going on now; nil: nothing is
	polling bool               // what is going on is a check that a command may cut short
}

// command is something that the learner asked for.
type command struct {
	busy string // what is shown while it goes on
	do   func(context.Context) error
}

const (
	pollEvery    = 1500 * time.Millisecond // between two checks of the current step
	driftEvery   = 8                       // checks of the current step between two looks at a passed one, while all hold
	commandLimit = 32                      // commands that may wait
	saidLimit    = 200                     // lines that are kept of what was said
)

// NewRunner makes a runner; every is the time between two checks, 1.5 s if it is
// not positive. The session must not be used otherwise until Run has returned.
func NewRunner(s *Session, every time.Duration) *Runner {
	if every <= 0 {
		every = pollEvery
	}
	r := &Runner{
		s: s, every: every, states: make(chan State, 1), cmds: make(chan command, commandLimit), ended: make(chan struct{}),
	}
	before := s.o.Say
	s.o.Say = func(line string) {
		if before != nil {
			before(line)
		}
		r.say(line)
	}
	r.publish()
	return r
}

// States delivers the newest state; one that was not taken is replaced by the
// next. It is never closed.
func (r *Runner) States() <-chan State { return r.states }

// State is the newest state.
func (r *Runner) State() State { return *r.last.Load() }

// Run checks and carries out commands until ctx ends. It can be called once.
func (r *Runner) Run(ctx context.Context) {
	defer close(r.ended)
	tick := time.NewTicker(r.every)
	defer tick.Stop()
	for polls := 0; ; {
		select {
		case <-ctx.Done():
			return
		case c := <-r.cmds:
			r.carryOut(ctx, c)
			continue // the next command first
		default:
		}
		select {
		case <-ctx.Done():
			return
		case c := <-r.cmds:
			r.carryOut(ctx, c)
		case <-tick.C:
			if r.isPaused() || !r.s.State().Started {
				continue
			}
			polls++
			r.poll(ctx, polls%driftEvery == 0 || r.s.drifting())
		}
	}
}

// poll checks the current step, or for once a passed one as well.
func (r *Runner) poll(ctx context.Context, drift bool) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r.begin(cancel, "", true)
	if len(r.cmds) > 0 { // it came before there was something to cut short
		cancel()
	}
	_, err := r.s.Poll(ctx)
	if drift && ctx.Err() == nil {
		r.s.Drift(ctx)
	}
	if ctx.Err() != nil {
		err = nil // cut short by a command or by the end
	}
	r.finish(err, err != nil)
}

func (r *Runner) carryOut(ctx context.Context, c command) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r.begin(cancel, c.busy, false)
	if c.busy != "" {
		r.republish()
	}
	err := c.do(ctx)
	if err == nil {
		_, err = r.s.Poll(ctx) // show at once what became of it
	}
	r.finish(err, true)
}

func (r *Runner) begin(cancel context.CancelFunc, busy string, polling bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stop, r.busy, r.polling = cancel, busy, polling
}

// finish shows the state. The error of a command stays until the next command.
func (r *Runner) finish(err error, tell bool) {
	r.mu.Lock()
	r.stop, r.busy, r.polling = nil, "", false
	if tell {
		r.err = err
	}
	r.mu.Unlock()
	r.publish()
}

// publish makes the state anew; only the goroutine that owns the session may.
func (r *Runner) publish() {
	st := r.s.State()
	r.send(&st)
}

// republish shows the last state with what has changed of the runner itself.
func (r *Runner) republish() {
	st := *r.last.Load()
	r.send(&st)
}

func (r *Runner) send(st *State) {
	r.mu.Lock()
	defer r.mu.Unlock()
	st.Busy, st.Paused, st.Err, st.Said = r.busy, r.paused, r.err, slices.Clone(r.said)
	r.last.Store(st)
	select {
	case <-r.states:
	default:
	}
	select {
	case r.states <- *st:
	default: // a second sender was faster, with a state as new as this one
	}
}

func (r *Runner) say(line string) {
	r.mu.Lock()
	r.said = append(r.said, line)
	if extra := len(r.said) - saidLimit; extra > 0 {
		r.said = slices.Delete(r.said, 0, extra)
	}
	r.mu.Unlock()
	r.republish()
}

func (r *Runner) isPaused() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.paused
}
