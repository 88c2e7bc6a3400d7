package services

import (
	"errors"
	"time"
)

// Switches are what can be changed about a service while it runs.
type Switches struct {
	// Paused: members stay in the group and handle nothing.
	Paused bool `json:"paused"`
	// Slow is what each record takes longer.
	Slow time.Duration `json:"slow_ns"`
	// CrashOn counts down: the member that handles the n-th record from now, of
	// all members together, crashes between the work and the commit, whichever
	// comes first. 0: none.
	CrashOn int64 `json:"crash_on"`
	// FailOn counts down: the n-th record from now fails, and goes on failing
	// when it comes again. 0: no further one.
	FailOn int64 `json:"fail_on"`
	// SkipCommit: the work is done, the commit is left out.
	SkipCommit bool `json:"skip_commit"`
	// Commit, OnError, Idempotent, MaxPollRecords and MaxPollInterval are as in
	// [Consumer].
	Commit          Commit        `json:"commit"`
	OnError         OnError       `json:"on_error"`
	Idempotent      bool          `json:"idempotent"`
	MaxPollRecords  int           `json:"max_poll_records"`
	MaxPollInterval time.Duration `json:"max_poll_interval_ns"`
}

// Switch changes several switches at once.
func (s *Service) Switch(f func(*Switches)) {
	s.change(func() {
		f(&s.sw)
		if s.sw.MaxPollRecords <= 0 {
			s.sw.MaxPollRecords = defaultPollRecords
		}
		if s.sw.OnError == DeadLetter && s.cfg.DeadLetterTopic == "" {
			s.sw.OnError = Halt
		}
	})
}

// Pause lets the members handle nothing, in the group; their lag grows.
func (s *Service) Pause() { s.Switch(func(w *Switches) { w.Paused = true }) }

// Resume ends a pause.
func (s *Service) Resume() { s.Switch(func(w *Switches) { w.Paused = false }) }

// Slow lets each record take that much longer; 0 ends it.
func (s *Service) Slow(d time.Duration) { s.Switch(func(w *Switches) { w.Slow = max(d, 0) }) }

// CrashOn lets the member crash that handles the n-th record from now; see
// [Switches].
func (s *Service) CrashOn(n int64) { s.Switch(func(w *Switches) { w.CrashOn = n }) }

// FailOn lets the n-th record from now fail, each time that it is handled. 0
// heals all that were made to fail.
func (s *Service) FailOn(n int64) {
	s.Switch(func(w *Switches) {
		w.FailOn = n
		if n == 0 {
			clear(s.poison)
		}
	})
}

// SkipCommit leaves commits out, or no more.
func (s *Service) SkipCommit(skip bool) { s.Switch(func(w *Switches) { w.SkipCommit = skip }) }

// SetCommit changes when offsets are committed.
func (s *Service) SetCommit(c Commit) { s.Switch(func(w *Switches) { w.Commit = c }) }

// Crash cuts a member off now, as a kill -9 would: nothing is committed, and the
// group notices when the session times out. "" is all members.
func (s *Service) Crash(clientID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.live() {
		if clientID == "" || m.id == clientID {
			m.kill(errCrash)
		}
	}
}

// Why a member ends.
var (
	errCrash   = errors.New("crashed")
	errCut     = errors.New("cut short")
	errPoison  = errors.New("the handler was told to fail on this record")
	errHalt    = errors.New("ended by an error")
	errExpired = errors.New("max poll interval exceeded")
	errMoved   = errors.New("the partition has another owner now")
)

func (s *Service) switches() Switches {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sw
}

// crashesNow counts a record towards CrashOn.
func (s *Service) crashesNow() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sw.CrashOn <= 0 {
		return false
	}
	s.sw.CrashOn--
	return s.sw.CrashOn == 0
}

// poisoned counts a record's first try towards FailOn and tells whether it fails.
func (s *Service) poisoned(d *Delivery) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sw.FailOn > 0 && d.Attempt == 1 {
		s.sw.FailOn--
		if s.sw.FailOn == 0 {
			s.poison[d.Where()] = true
		}
	}
	return s.poison[d.Where()]
}
