package labs

import "context"

// Drift checks one step that was passed and should have lasted, another one each
// time. A step that is not so any more is in the state, with what is missing; it
// stays passed. It tells whether there was one to check.
func (s *Session) Drift(ctx context.Context) bool {
	if s.p == nil {
		return false
	}
	n := len(s.lab.Steps)
	for i := range n {
		step := &s.lab.Steps[(s.drifted+1+i)%n]
		sp := s.p.Steps[step.ID]
		if !step.Lasting || step.Check == nil || sp == nil || !sp.State.Passed() || s.unable(step) != "" {
			continue
		}
		s.drifted = (s.drifted + 1 + i) % n
		v := s.check(ctx, step)
		switch {
		case ctx.Err() != nil || v.Status == StatusCannotCheck: // nothing new is known
		case v.Done():
			delete(s.drifts, step.ID)
		default:
			s.drifts[step.ID] = v
		}
		return true
	}
	return false
}

// drifting tells whether a passed step is known not to be so any more.
func (s *Session) drifting() bool { return len(s.drifts) > 0 }

// DriftAll is [Session.Drift] for every step that it is about.
func (s *Session) DriftAll(ctx context.Context) {
	for range s.lab.Steps {
		if ctx.Err() != nil || !s.Drift(ctx) {
			return
		}
	}
}
