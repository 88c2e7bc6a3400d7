package lab

import (
	"context"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"kconsole/compose"
	"kconsole/compose/embedded"
	"kconsole/compose/embedded/shape"
)

// historyLimit is how many events are kept.
const historyLimit = 2000

// history remembers what happened to the cluster and passes it on. One
// goroutine feeds it; it ends with the cluster.
type history struct {
	done chan struct{}

	mu      sync.Mutex
	past    []compose.Event // oldest first
	changed map[int32]time.Time
	subs    map[chan compose.Event]struct{}
	ended   bool
}

func watch(c *embedded.Cluster) *history {
	h := &history{
		done: make(chan struct{}), changed: map[int32]time.Time{},
		subs: map[chan compose.Event]struct{}{},
	}
	now := time.Now()
	for _, b := range c.Brokers() {
		h.changed[b.ID] = now
	}
	events, _ := c.Subscribe(historyLimit) // ends when the cluster closes
	go func() {
		defer close(h.done)
		for e := range events {
			h.add(compose.Event{At: e.At, Broker: e.Broker, What: e.String()}, stateKinds[e.Kind])
		}
		h.end()
	}()
	return h
}

func (h *history) wait() { <-h.done }

// stateKinds are the events by which a broker's state changes; the others, such as
// becoming the controller, leave it in the state that it was in.
var stateKinds = map[shape.Kind]bool{
	shape.BrokerStarted: true, shape.BrokerStopped: true, shape.BrokerKilled: true, shape.BrokerPaused: true,
	shape.BrokerResumed: true, shape.BrokerJoined: true, shape.BrokerLeft: true,
}

func (h *history) add(e compose.Event, state bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.past = append(h.past, e)
	if extra := len(h.past) - historyLimit; extra > 0 {
		h.past = slices.Delete(h.past, 0, extra)
	}
	if state {
		h.changed[e.Broker] = e.At
	}
	for sub := range h.subs {
		offer(sub, e)
	}
}

// offer puts e into a full channel by dropping the oldest in it.
func offer(sub chan compose.Event, e compose.Event) {
	for {
		select {
		case sub <- e:
			return
		default:
		}
		select {
		case <-sub:
		default:
		}
	}
}

func (h *history) end() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ended = true
	for sub := range h.subs {
		close(sub)
	}
	clear(h.subs)
}

func (h *history) since(id int32) time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.changed[id]
}

func (h *history) events(ctx context.Context) <-chan compose.Event {
	sub, _ := h.subscribe(ctx)
	return sub
}

// subscribe returns what comes, until ctx or the cluster ends, and what was.
func (h *history) subscribe(ctx context.Context) (<-chan compose.Event, []compose.Event) {
	sub := make(chan compose.Event, 256)
	h.mu.Lock()
	defer h.mu.Unlock()
	past := slices.Clone(h.past)
	if h.ended {
		close(sub)
		return sub, past
	}
	h.subs[sub] = struct{}{}
	context.AfterFunc(ctx, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if _, there := h.subs[sub]; there {
			delete(h.subs, sub)
			close(sub)
		}
	})
	return sub, past
}

// logs reads as lines what concerns a broker; with follow it goes on until ctx
// or the cluster ends, or the reader is closed.
func (h *history) logs(ctx context.Context, id int32, tail int, follow bool) io.ReadCloser {
	ctx, cancel := context.WithCancel(ctx)
	live, past := h.subscribe(ctx)
	var lines []string
	for _, e := range past {
		if e.Broker == id {
			lines = append(lines, line(e))
		}
	}
	if tail >= 0 && len(lines) > tail {
		lines = lines[len(lines)-tail:]
	}
	old := strings.NewReader(strings.Join(lines, ""))
	if !follow {
		cancel()
		return io.NopCloser(old)
	}
	r, w := io.Pipe()
	go func() { // ends with ctx, which Close of the reader cancels
		for e := range live {
			if e.Broker == id {
				if _, err := io.WriteString(w, line(e)); err != nil {
					break
				}
			}
		}
		w.Close()
	}()
	return &logReader{Reader: io.MultiReader(old, r), pipe: r, cancel: cancel}
}

type logReader struct {
	io.Reader
	pipe   *io.PipeReader
	cancel context.CancelFunc
}

func (l *logReader) Close() error {
	l.cancel()
	return l.pipe.Close()
}

func line(e compose.Event) string { return e.At.Format(time.RFC3339Nano) + " " + e.What + "\n" }
