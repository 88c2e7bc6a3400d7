package services

import (
	"context"
	"fmt"
	"sync"
	"time"

	"kconsole/kafka"
)

// State is what a service, or one of its members, does.
type State string

// The states.
const (
	Starting State = "starting" // not in its group yet
	Running  State = "running"
	Paused   State = "paused"  // in its group, handles nothing
	Crashed  State = "crashed" // its connections were cut: the group has not been told
	Failed   State = "failed"  // ended by an error that its handler returned, or that it cannot go on with
	Stopped  State = "stopped" // left its group
)

// Over tells whether nothing more will happen in this state.
func (s State) Over() bool { return s == Crashed || s == Failed || s == Stopped }

// Status is how a service is.
type Status struct {
	Name    string         `json:"name"`
	About   string         `json:"about,omitempty"`
	State   State          `json:"state"`
	Since   time.Time      `json:"since"`           // when it was started
	Group   string         `json:"group,omitempty"` // empty: not a consumer
	Topics  []string       `json:"topics,omitempty"`
	Members []MemberStatus `json:"members,omitempty"`
	Counts
	Switches  Switches `json:"switches"`
	LastError string   `json:"last_error,omitempty"`
}

// Counts are what a service has done since its start, all members together.
type Counts struct {
	Handled      int64 `json:"handled"`       // records whose work was done
	Repeated     int64 `json:"repeated"`      // of these: done before by this service
	Duplicates   int64 `json:"duplicates"`    // left out by an idempotent service
	Failures     int64 `json:"failures"`      // tries that failed
	Skipped      int64 `json:"skipped"`       // left out after they failed
	DeadLettered int64 `json:"dead_lettered"` // written to the dead-letter topic
	Commits      int64 `json:"commits"`
	CommitErrors int64 `json:"commit_errors"`
	Rebalances   int64 `json:"rebalances"` // assignments that members got
	Expired      int64 `json:"expired"`    // times a member left because a poll's records took too long
}

// MemberStatus is how a member of a service is.
type MemberStatus struct {
	ClientID   string             `json:"client_id"`
	State      State              `json:"state"`
	Partitions map[string][]int32 `json:"partitions,omitempty"` // by topic, sorted
	Handled    int64              `json:"handled"`
}

// Service is something that a [Manager] runs. All methods are safe for
// concurrent use.
type Service struct {
	m     *Manager
	cfg   Consumer // as completed; the switches have moved to sw
	about string
	since time.Time

	stop    context.Context // ends the work: the service owns its goroutines
	end     context.CancelFunc
	running sync.WaitGroup

	mu      sync.Mutex
	changed chan struct{} // closed and renewed whenever something below changes
	sw      Switches
	poison  map[string]bool // records that fail, by where they lie
	counts  Counts
	handled map[partition]int64 // the offset after the highest that was handled
	members []*member           // of all times; the last of an id is the current one
	next    int                 // number of the newest member's id
	task    State               // of a task; "" for a consumer
	lastErr error
	ended   bool // Stop was called
}

type partition struct {
	topic string
	id    int32
}

func newService(m *Manager, c Consumer) *Service {
	s := &Service{
		m: m, cfg: c, about: c.About, since: time.Now(), changed: make(chan struct{}),
		sw: Switches{
			Commit: c.Commit, OnError: c.OnError, Idempotent: c.Idempotent,
			MaxPollRecords: c.MaxPollRecords, MaxPollInterval: c.MaxPollInterval, Paused: c.Paused,
		},
		poison: map[string]bool{}, handled: map[partition]int64{},
	}
	s.stop, s.end = context.WithCancel(m.ctx)
	return s
}

// Name is the service's name.
func (s *Service) Name() string { return s.cfg.Name }

// Group is the consumer group, "" if the service is not a consumer.
func (s *Service) Group() string { return s.cfg.Group }

// change does something to the state and tells those who wait for it.
func (s *Service) change(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
	close(s.changed)
	s.changed = make(chan struct{})
}

// Wait returns when holds says yes to the status, or with ctx's end. It is told
// of every change, so nothing has to be polled.
func (s *Service) Wait(ctx context.Context, holds func(Status) bool) error {
	for {
		s.mu.Lock()
		changed, status := s.changed, s.status()
		s.mu.Unlock()
		if holds(status) {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("waiting for service %s (%s): %w", s.cfg.Name, status.State, ctx.Err())
		}
	}
}

// Ready waits until every member is in the group and the service has not ended.
// An ended service is an error with the reason.
func (s *Service) Ready(ctx context.Context) error {
	var over error
	err := s.Wait(ctx, func(st Status) bool {
		if st.State.Over() {
			over = &kafka.Error{What: "service " + st.Name + " has " + string(st.State), Why: st.LastError, Kind: kafka.Other}
			return true
		}
		for _, m := range st.Members {
			if m.State == Starting {
				return false
			}
		}
		return true
	})
	if err != nil {
		return err
	}
	return over
}

// Status tells how the service is now.
func (s *Service) Status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status()
}

func (s *Service) status() Status {
	st := Status{
		Name: s.cfg.Name, About: s.about, Since: s.since, Group: s.cfg.Group, Topics: s.cfg.Topics,
		Counts: s.counts, Switches: s.sw,
	}
	if s.lastErr != nil {
		st.LastError = s.lastErr.Error()
	}
	for _, m := range s.members {
		if m.state == Stopped && !s.ended {
			continue // scaled away
		}
		state := m.state
		if state == Running && s.sw.Paused {
			state = Paused
		}
		st.Members = append(st.Members, MemberStatus{ClientID: m.id, State: state, Partitions: m.partitions(), Handled: m.handled})
	}
	st.State = s.state(st.Members)
	return st
}

// state sums the members up: the liveliest counts.
func (s *Service) state(members []MemberStatus) State {
	if s.task != "" {
		return s.task
	}
	if s.ended && len(members) == 0 {
		return Stopped
	}
	for _, want := range []State{Running, Paused, Starting, Failed, Crashed} {
		for _, m := range members {
			if m.State == want {
				return want
			}
		}
	}
	if s.ended {
		return Stopped
	}
	return Starting
}

// Stop ends the service: members finish the record under way, commit as they
// are told to and leave the group. It returns when all have, or with ctx; the
// second time it cuts short what is left.
func (s *Service) Stop(ctx context.Context) error {
	s.change(func() { s.ended = true })
	s.end()
	done := make(chan struct{})
	go func() {
		s.running.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		s.cut()
		<-done
		return nil
	}
}

// cut ends the members' connections.
func (s *Service) cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.members {
		m.kill(errCut)
	}
}

// Scale changes how many members there are: new ones join, the newest leave. It
// returns at once; [Service.Ready] waits.
func (s *Service) Scale(members int) error {
	if members < 1 || members > mostMembers {
		return &kafka.Error{What: "cannot scale " + s.cfg.Name, Why: fmt.Sprintf("%d members; from 1 to %d are possible", members, mostMembers), Kind: kafka.Invalid}
	}
	if s.cfg.Group == "" {
		return &kafka.Error{What: "cannot scale " + s.cfg.Name, Why: "it is not a consumer", Kind: kafka.Invalid}
	}
	var err error
	s.change(func() {
		live := s.live()
		for len(live) > members {
			live[len(live)-1].leave()
			live = live[:len(live)-1]
		}
		for n := len(live); n < members && err == nil; n++ {
			err = s.addMember()
		}
	})
	return err
}

// Restart replaces the members that crashed or failed by new ones. One that was
// stopped is started again with its switches as they are; from then on
// [Manager.Get] gives another Service for its name.
func (s *Service) Restart() error {
	s.mu.Lock()
	ended, sw := s.ended, s.sw
	s.mu.Unlock()
	if ended {
		if s.cfg.Group == "" {
			return &kafka.Error{What: "cannot restart " + s.cfg.Name, Why: "it is not a consumer", Kind: kafka.Invalid}
		}
		_, err := s.m.startConsumer(s.cfg, &sw)
		return err
	}
	var err error
	s.change(func() {
		dead := 0
		kept := s.members[:0]
		for _, m := range s.members {
			if m.state == Crashed || m.state == Failed {
				dead++
				continue
			}
			kept = append(kept, m)
		}
		s.members = kept
		for range dead {
			if err == nil {
				err = s.addMember()
			}
		}
	})
	return err
}

// live lists the members that have not ended. The caller holds mu.
func (s *Service) live() []*member {
	var out []*member
	for _, m := range s.members {
		if !m.state.Over() && m.stop.Err() == nil {
			out = append(out, m)
		}
	}
	return out
}

// addMember starts a member. The caller holds mu.
func (s *Service) addMember() error {
	if s.ended || s.stop.Err() != nil {
		return &kafka.Error{What: "cannot start a member of " + s.cfg.Name, Why: "the service was stopped", Do: "start it anew", Kind: kafka.Canceled}
	}
	s.next++
	m := newMember(s, fmt.Sprintf("%s-%d", s.cfg.Name, s.next))
	s.members = append(s.members, m)
	s.running.Go(m.run)
	return nil
}

// startTask runs a service that is not a consumer.
func (s *Service) startTask(run func(context.Context) error) {
	s.change(func() { s.task = Running })
	s.running.Go(func() {
		err := run(s.stop)
		s.change(func() {
			s.task = Stopped
			if err != nil && s.stop.Err() == nil {
				s.task, s.lastErr = Failed, err
			}
		})
	})
}

// note keeps the newest error for the status.
func (s *Service) note(err error) {
	s.m.opts.Log.Warn("service", "name", s.cfg.Name, "err", err)
	s.change(func() { s.lastErr = err })
}
