package brokers

import (
	"context"
	"fmt"
	"sync"
	"time"

	"kconsole/compose"
)

const eventBuffer = 256

// Hub hands a stack's events to everybody who listens, and watches the stack
// only while somebody does.
type Hub struct {
	// Start looks at how things are now and returns what watches, until its
	// context ends, how they change. Each function runs in a goroutine.
	Start func(ctx context.Context, h *Hub) (watch []func(context.Context), err error)

	mu       sync.Mutex
	subs     map[chan compose.Event]func() bool // what cancels their AfterFunc
	stop     context.CancelFunc                 // nil while nobody listens
	closed   bool
	watchers sync.WaitGroup
}

// Subscribe delivers what happens from now on until ctx ends or the hub is
// closed. A slow reader loses the oldest.
func (h *Hub) Subscribe(ctx context.Context) (<-chan compose.Event, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, fmt.Errorf("%w: this handle on it was closed", compose.ErrNotRunning)
	}
	if h.stop == nil {
		watch, err := h.Start(ctx, h)
		if err != nil {
			return nil, err
		}
		var watching context.Context
		watching, h.stop = context.WithCancel(context.WithoutCancel(ctx))
		for _, run := range watch {
			h.watchers.Go(func() { run(watching) })
		}
	}
	if h.subs == nil {
		h.subs = make(map[chan compose.Event]func() bool)
	}
	ch := make(chan compose.Event, eventBuffer)
	h.subs[ch] = context.AfterFunc(ctx, func() { h.unsubscribe(ch) })
	return ch, nil
}

func (h *Hub) unsubscribe(ch chan compose.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, ok := h.subs[ch]; !ok {
		return // the hub was closed before
	}
	delete(h.subs, ch)
	close(ch)
	if len(h.subs) == 0 {
		h.stop()
		h.stop = nil
	}
}

// Close ends all subscriptions and what watches for them.
func (h *Hub) Close() {
	h.mu.Lock()
	h.closed = true
	for ch, forget := range h.subs {
		forget()
		delete(h.subs, ch)
		close(ch)
	}
	if h.stop != nil {
		h.stop()
		h.stop = nil
	}
	h.mu.Unlock()
	h.watchers.Wait()
}

// Tell sends an event about a broker, or with -1 about the stack as a whole, to
// everybody who listens.
func (h *Hub) Tell(broker int32, what string) {
	e := compose.Event{At: time.Now(), Broker: broker, What: what}
	h.mu.Lock()
	defer h.mu.Unlock()
	for ch := range h.subs {
		for sent := false; !sent; {
			select {
			case ch <- e:
				sent = true
			default:
				select {
				case <-ch: // a slow reader loses the oldest
				default:
				}
			}
		}
	}
}
