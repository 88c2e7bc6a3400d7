package resource

import (
	"context"
	"time"
)

// loader is the reading of a Spec with a Load of its own.
type loader[T any] struct {
	busy   bool
	at     time.Time // when the last one began
	ctx    context.Context
	cancel context.CancelFunc
}

// defaultEvery is the time between two loads of a page that names none.
const defaultEvery = 5 * time.Second

// loadIfDue starts a load unless one is under way or the last is recent enough.
// The page is updated every second while it is seen, and not otherwise.
func (s *screen[T]) loadIfDue() {
	session := s.host.Session()
	every := s.spec.Every
	if every <= 0 {
		every = defaultEvery
	}
	if session == nil || s.load.busy || !s.load.at.IsZero() && s.state.Now.Sub(s.load.at) < every {
		return
	}
	l := &s.load
	ctx, state, target := s.life(), s.state, s.target
	l.busy, l.at = true, s.state.Now
	s.host.Loop().Go(func() {
		rows, err := s.spec.Load(ctx, session, state, target)
		s.host.Loop().Post(func() {
			if ctx.Err() != nil {
				return
			}
			s.load.busy = false
			s.loaded(rows, err)
		})
	})
}

// life is a context that ends with the page.
func (s *screen[T]) life() context.Context {
	l := &s.load
	if l.cancel == nil {
		l.ctx, l.cancel = context.WithCancel(context.Background())
	}
	return l.ctx
}

// loaded shows what was read. A failed load keeps the rows of the one before,
// unless it brought some.
func (s *screen[T]) loaded(rows []T, err error) {
	r := Result[T]{Rows: rows, At: s.host.State().Now, Err: err}
	if err != nil && len(rows) == 0 {
		r.Rows, r.At = s.result.Rows, s.result.At
	}
	s.take(r)
}

// Refresh loads now.
func (s *screen[T]) Refresh() {
	s.load.at = time.Time{}
	if s.spec.Load != nil {
		s.loadIfDue()
	}
}
