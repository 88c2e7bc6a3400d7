package services

import (
	"context"
	"sync"
)

// Seen remembers which events a service has handled. Methods are called by
// several members at the same time.
type Seen interface {
	// Has tells whether the event of an ID was handled.
	Has(ctx context.Context, id string) (bool, error)
	// Add notes that it was.
	Add(ctx context.Context, id string) error
}

// SeenIDs is a [Seen] in memory. It holds about 32 MiB of IDs and forgets the
// oldest first.
type SeenIDs struct {
	mu    sync.Mutex
	ids   map[string]struct{}
	order []string
	bytes int
}

const (
	seenLimit = 32 << 20
	seenEach  = 64 // what a map entry and a slice element cost beside the text
)

// Has implements [Seen].
func (s *SeenIDs) Has(_ context.Context, id string) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.ids[id]
	return ok, nil
}

// Add implements [Seen].
func (s *SeenIDs) Add(_ context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.ids[id]; ok {
		return nil
	}
	if s.ids == nil {
		s.ids = map[string]struct{}{}
	}
	s.ids[id] = struct{}{}
	s.order = append(s.order, id)
	s.bytes += len(id) + seenEach
	for s.bytes > seenLimit && len(s.order) > 1 {
		delete(s.ids, s.order[0])
		s.bytes -= len(s.order[0]) + seenEach
		s.order = s.order[1:]
	}
	return nil
}
