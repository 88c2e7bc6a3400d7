package labs

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"kconsole/avro/decode"
	"kconsole/avro/registry"
	"kconsole/compose"
	"kconsole/kafka"
	"kconsole/labs/services"
)

// ErrNoLab is what opening a lab wraps on a cluster that has no lab section in
// its configuration.
var ErrNoLab = errors.New("labs need a cluster that you may break")

// ErrRuns is what opening a lab wraps that another process runs.
var ErrRuns = errors.New("the lab is open in another process")

// Time limits of one call of a step's behaviour.
const (
	checkLimit = 20 * time.Second // looking: Baseline, Check, Question, Nudge
	stageLimit = 2 * time.Minute
	solveLimit = 5 * time.Minute
)

// Options are what a session works with.
type Options struct {
	// Cluster is required; it is not closed, nor are Registry and Stack.
	Cluster  *kafka.Cluster
	Registry *registry.Client // nil: none
	Stack    compose.Stack    // nil: none that is reachable
	// StateDir keeps the progress, in one folder per cluster.
	StateDir string
	// Say hears what staging, solving and resetting do, line by line; nil: nobody.
	Say func(line string)
	// Clock is nil for time.Now.
	Clock func() time.Time
	// Observe opens a lab that another process runs, to look only: nothing is staged
	// and nothing is kept. Without it such a lab is refused with [ErrRuns].
	Observe bool
	// MaxHold shortens how long a result has to hold, for tests; 0: as the lab says.
	MaxHold time.Duration
}

// Session is one lab on one cluster. It is for one goroutine at a time; a
// [Runner] serves a screen. Close it.
type Session struct {
	lab   *Lab
	o     Options
	store store
	p     *Progress // nil: not started
	id    string    // of the cluster
	can   []Capability

	services *services.Manager
	decoder  *decode.Decoder
	http     *http.Client

	unlock func() // lets go of the lab; nil for an observer

	staged  map[string]bool // steps whose Stage has run in this process
	since   time.Time       // since when the current check is done without a break
	verdict Verdict         // of the current step
	checked time.Time
	hints   []string // shown for the current step
	asked   *asked   // the current question, once it may be asked
	drifts  map[string]Verdict
	drifted int // which passed step was looked at last
	notice  string
}

// asked is a question as it was put, with the last answer to it.
type asked struct {
	Question
	last *Answer
}

// Open finds out on which cluster it is, and reads the progress there. It refuses
// with [ErrNoLab] where the configuration has no lab section, and on a read-only
// cluster.
func Open(ctx context.Context, lab *Lab, o Options) (*Session, error) {
	cl := o.Cluster.Config()
	if cl.Lab == nil {
		return nil, &kafka.Error{
			What: "cannot open lab " + lab.ID, Kind: kafka.Refused, Err: ErrNoLab,
			Why: fmt.Sprintf("the configuration of cluster %s has no lab section, so nothing on it is broken or made for a lab", cl.Name),
			Do:  "start a cluster of your own with `kconsole lab up` and use its lab.yaml",
		}
	}
	if _, err := o.Cluster.Admin(); err != nil {
		return nil, err
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	info, _, err := o.Cluster.Metadata(ctx)
	if err != nil {
		return nil, err
	}
	s := &Session{
		lab: lab, o: o, store: store{o.StateDir}, id: info.ID, can: capable(cl, o.Stack),
		services: services.NewManager(services.Options{Cluster: o.Cluster, Registry: o.Registry}),
		decoder:  decode.New(o.Registry, decode.Options{}),
		http:     &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{}},
		staged:   map[string]bool{}, drifts: map[string]Verdict{},
	}
	s.unlock, err = s.store.lock(s.id, lab.ID)
	if looks := o.Observe && errors.Is(err, ErrRuns); err != nil && !looks {
		return nil, errors.Join(err, s.Close())
	}
	if s.p, err = s.store.load(s.id, lab.ID); err != nil {
		s.notice = err.Error() // a reset removes it
	}
	if s.p != nil && s.p.Current != "" && lab.Step(s.p.Current) == nil {
		s.p.Current = s.firstOpen() // the lab has changed since
	}
	return s, nil
}

// Close ends the services and keeps the progress. It is safe to call twice.
func (s *Session) Close() error {
	s.services.Close()
	s.http.CloseIdleConnections()
	if s.unlock != nil {
		s.unlock()
		s.unlock = nil
	}
	return nil
}

// Observing tells whether another process runs the lab, and this one only looks.
func (s *Session) Observing() bool { return s.unlock == nil }

// keep writes the progress.
func (s *Session) keep() error {
	if s.Observing() {
		return nil
	}
	return s.store.save(s.p)
}

// Lab is what the session runs.
func (s *Session) Lab() *Lab { return s.lab }

// Services are the helper services of the lab, with their switches.
func (s *Session) Services() *services.Manager { return s.services }

// Progress is what is kept of the lab; nil before it was started. It must not be
// changed.
func (s *Session) Progress() *Progress { return s.p }

// Env is what the behaviour of a step sees; for tests and for tools.
func (s *Session) Env(step string) *Env {
	e := &Env{
		Lab: s.lab, Step: step, Cluster: s.o.Cluster, Registry: s.o.Registry, Decoder: s.decoder, Stack: s.o.Stack,
		Services: s.services, HTTP: s.http, Clock: s.o.Clock, can: s.can, say: s.o.Say,
		staged: s.noteFault, faults: s.noted,
		skipped: func(id string) bool { return s.p != nil && s.p.state(id) == StepSkipped },
	}
	if s.p != nil {
		e.Nonce = s.p.Nonce
		if sp := s.p.Steps[step]; sp != nil {
			e.baseline = sp.Baseline
		}
	}
	return e
}

func (s *Session) noteFault(f Fault) error {
	if s.p == nil {
		return fmt.Errorf("lab %s: %w", s.lab.ID, errNotStarted)
	}
	s.p.Faults = append(s.p.Faults, f)
	return s.keep()
}

// current is the step that the learner is at; nil when the lab is over.
func (s *Session) current() *Step {
	if s.p == nil || s.p.Current == "" {
		return nil
	}
	return s.lab.Step(s.p.Current)
}

// firstOpen is the first step that is neither passed nor skipped; with none left
// it is empty.
func (s *Session) firstOpen() string {
	for i := range s.lab.Steps {
		if id := s.lab.Steps[i].ID; s.p.state(id) == StepOpen {
			return id
		}
	}
	return ""
}

// unable says why a step cannot be done on this stack; "" if it can.
func (s *Session) unable(step *Step) string { return lacks(s.can, step.Needs) }

// Start begins the lab, or goes on with it. It does nothing where it runs.
func (s *Session) Start(ctx context.Context) error {
	if s.notice != "" {
		return errors.New(s.notice)
	}
	if s.p == nil {
		if err := s.mine(); err != nil {
			return err
		}
		s.p = newProgress(s.lab, s.id, s.o.Clock())
	}
	return s.enter(ctx)
}

// enter makes the current step ready: what it starts from, and its baseline.
func (s *Session) enter(ctx context.Context) error {
	step := s.current()
	if step == nil || s.unable(step) != "" {
		return s.keep()
	}
	env := s.Env(step.ID)
	if step.Stage != nil && !s.staged[step.ID] && !s.Observing() {
		if err := s.call(ctx, stageLimit, func(ctx context.Context) error { return step.Stage(ctx, env) }); err != nil {
			return fmt.Errorf("step %s cannot begin: %w", step.ID, err)
		}
		s.staged[step.ID] = true
	}
	sp := s.p.step(step.ID)
	if sp.Started.IsZero() {
		if err := s.baseline(ctx, step, sp); err != nil {
			return err
		}
		sp.Started = s.o.Clock()
	}
	return s.keep()
}

func (s *Session) baseline(ctx context.Context, step *Step, sp *StepProgress) error {
	if step.Baseline == nil {
		return nil
	}
	return s.call(ctx, checkLimit, func(ctx context.Context) error {
		found, err := step.Baseline(ctx, s.Env(step.ID))
		if err != nil {
			return fmt.Errorf("step %s cannot begin: %w", step.ID, err)
		}
		if sp.Baseline, err = encode(found); err != nil {
			return fmt.Errorf("step %s: its baseline cannot be kept: %w", step.ID, err)
		}
		return nil
	})
}

// call runs a step's behaviour with a time limit. A panic in it becomes an error:
// the console goes on.
func (s *Session) call(ctx context.Context, limit time.Duration, do func(context.Context) error) (err error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the lab itself failed: %v", p)
		}
	}()
	return do(ctx)
}

func (s *Session) noted() []Fault {
	if s.p == nil {
		return nil
	}
	return s.p.Faults
}

// Explanation is what a walkthrough ends with, as Markdown; empty as long as it is
// not finished, and for a guided lab.
func (s *Session) Explanation() string {
	if s.p == nil || s.p.Finished.IsZero() {
		return ""
	}
	return s.render(s.lab.Explanation)
}
