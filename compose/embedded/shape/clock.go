package shape

import (
	"context"
	"time"
)

// Run lets time pass: it fences silent brokers, registers started ones, brings
// replicas back in sync and restores preferred leaders, each when it is due.
// It returns when ctx ends.
func (s *Shape) Run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			_ = s.update(s.step)
		case <-s.wake:
		}
		if next, ok := s.nextDue(); ok {
			timer.Reset(max(0, time.Until(next)))
		} else {
			timer.Reset(time.Hour)
		}
	}
}

// step does everything that is due at now.
func (s *Shape) step(now time.Time) {
	for _, id := range s.ids {
		b := s.broker[id]
		if !b.fenceAt.IsZero() && !now.Before(b.fenceAt) {
			s.fence(b, now, "no heartbeat")
		}
		if !b.joinAt.IsZero() && !now.Before(b.joinAt) {
			s.join(b, now)
		}
	}
	for p := range s.catching {
		for id, l := range p.lag {
			switch {
			case l.due.IsZero(), now.Before(l.due):
			case p.leader == NoLeader || !s.eligible(p, id):
				l.due = time.Time{}
			default:
				s.caughtUp(p, id, now)
			}
		}
		if !p.onTheWay() {
			delete(s.catching, p)
		}
	}
	if d := s.cfg.Timing.LeaderRebalance; d > 0 && !now.Before(s.nextBalance) {
		s.nextBalance = now.Add(d)
		for _, t := range s.sortedTopics() {
			for _, p := range t.parts {
				s.preferred(p, now)
			}
		}
	}
}

// onTheWay reports whether any replica is catching up.
func (p *partition) onTheWay() bool {
	for _, l := range p.lag {
		if !l.due.IsZero() {
			return true
		}
	}
	return false
}

// nextDue is the time of the next thing to do.
func (s *Shape) nextDue() (time.Time, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var next time.Time
	consider := func(t time.Time) {
		if !t.IsZero() && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	for _, b := range s.broker {
		consider(b.fenceAt)
		consider(b.joinAt)
	}
	for p := range s.catching {
		for _, l := range p.lag {
			consider(l.due)
		}
	}
	if s.cfg.Timing.LeaderRebalance > 0 {
		consider(s.nextBalance)
	}
	return next, !next.IsZero()
}
