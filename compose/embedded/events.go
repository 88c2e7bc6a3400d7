package embedded

import (
	"sync"
	"time"

	"kconsole/compose/embedded/shape"
)

// Event is one change of the cluster; see the shape package for its kinds.
type Event = shape.Event

// broadcast hands events to subscribers without ever waiting for one.
type broadcast struct {
	mu   sync.Mutex
	subs map[*subscriber]struct{}
	shut bool
}

type subscriber struct {
	ch      chan Event
	dropped int
}

func newBroadcast() *broadcast { return &broadcast{subs: map[*subscriber]struct{}{}} }

// Subscribe returns every event from now on, and a function that ends the
// subscription. At most buffer events wait for a slow reader (1024 if it is
// less than 1); what comes on top is lost, and the next event that gets
// through says how many were. The channel closes with the subscription or the
// cluster.
func (c *Cluster) Subscribe(buffer int) (<-chan Event, func()) {
	return c.events.subscribe(buffer)
}

func (b *broadcast) subscribe(buffer int) (<-chan Event, func()) {
	if buffer < 1 {
		buffer = 1024
	}
	s := &subscriber{ch: make(chan Event, buffer)}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.shut {
		close(s.ch)
		return s.ch, func() {}
	}
	b.subs[s] = struct{}{}
	return s.ch, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if _, ok := b.subs[s]; ok {
			delete(b.subs, s)
			close(s.ch)
		}
	}
}

func (b *broadcast) publish(e Event) {
	if e.At.IsZero() {
		e.At = time.Now()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for s := range b.subs {
		e.Dropped = s.dropped
		select {
		case s.ch <- e:
			s.dropped = 0
		default:
			s.dropped++
		}
	}
}

func (b *broadcast) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.shut = true
	for s := range b.subs {
		close(s.ch)
	}
	clear(b.subs)
}
