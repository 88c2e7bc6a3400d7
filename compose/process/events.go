package process

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"kconsole/compose"
)

const (
	watchProcesses = 200 * time.Millisecond
	watchMetadata  = 400 * time.Millisecond
	metadataLimit  = 2 * time.Second // a broker that hangs must not hold the news up for longer
	eventBuffer    = 256
)

// hub watches the stack while somebody listens: its processes, through their
// records, and its partitions, through metadata. So an event is seen whichever
// program caused it.
type hub struct {
	stack *Stack

	mu       sync.Mutex
	subs     map[chan compose.Event]func() bool // what cancels their AfterFunc
	stop     context.CancelFunc                 // nil while nobody listens
	closed   bool
	watchers sync.WaitGroup
}

func newHub(s *Stack) *hub {
	return &hub{stack: s, subs: make(map[chan compose.Event]func() bool)}
}

// Events delivers what happens from now on until ctx ends or the handle is closed.
func (s *Stack) Events(ctx context.Context) (<-chan compose.Event, error) {
	return s.events.subscribe(ctx)
}

func (h *hub) subscribe(ctx context.Context) (<-chan compose.Event, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, fmt.Errorf("%w: this handle on it was closed", compose.ErrNotRunning)
	}
	if h.stop == nil {
		if err := h.start(ctx); err != nil {
			return nil, err
		}
	}
	ch := make(chan compose.Event, eventBuffer)
	h.subs[ch] = context.AfterFunc(ctx, func() { h.unsubscribe(ch) })
	return ch, nil
}

// start looks at how things are now and begins to watch what changes.
func (h *hub) start(ctx context.Context) error {
	processes := h.processes()
	client, err := newClient(h.stack.admin)
	if err != nil {
		return err
	}
	partitions := h.partitions(ctx, client)
	watching, stop := context.WithCancel(context.Background())
	h.stop = stop
	h.watchers.Go(func() {
		every(watching, watchProcesses, func() {
			now := h.processes()
			h.compareProcesses(processes, now)
			processes = now
		})
	})
	h.watchers.Go(func() {
		defer client.Close()
		every(watching, watchMetadata, func() {
			now := h.partitions(watching, client)
			if now == nil {
				return // nobody answers: the processes tell that story
			}
			if partitions != nil {
				h.comparePartitions(partitions, now)
			}
			partitions = now
		})
	})
	return nil
}

func every(ctx context.Context, period time.Duration, do func()) {
	tick := time.NewTicker(period)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			do()
		case <-ctx.Done():
			return
		}
	}
}

func (h *hub) unsubscribe(ch chan compose.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, ok := h.subs[ch]; !ok {
		return // the handle was closed before
	}
	delete(h.subs, ch)
	close(ch)
	if len(h.subs) == 0 {
		h.stop()
		h.stop = nil
	}
}

// close ends all subscriptions and what watches for them.
func (h *hub) close() {
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

func (h *hub) send(broker int32, format string, args ...any) {
	e := compose.Event{At: time.Now(), Broker: broker, What: fmt.Sprintf(format, args...)}
	h.mu.Lock()
	defer h.mu.Unlock()
	for ch := range h.subs {
		for {
			select {
			case ch <- e:
			default:
				select {
				case <-ch: // a slow reader loses the oldest
				default:
				}
				continue
			}
			break
		}
	}
}

// seen is what is known of one process.
type seen struct {
	state  compose.State
	launch string
	ending string
}

func (h *hub) processes() []seen {
	out := make([]seen, len(h.stack.brokers))
	for i, u := range h.stack.brokers {
		state, rec, err := u.state()
		if err == nil {
			out[i] = seen{state, rec.Launch, rec.Ending}
		}
	}
	return out
}

func (h *hub) compareProcesses(before, now []seen) {
	for i := range now {
		was, is := before[i], now[i]
		if was.state == "" || is.state == "" || was == is {
			continue
		}
		id := int32(i + 1)
		if was.state != compose.Stopped && (is.state == compose.Stopped || is.launch != was.launch) {
			how := is.ending
			if is.launch != was.launch {
				how = "stopped" // and started again between two looks
			}
			if how == "" {
				how = "ended by itself"
			}
			h.send(id, "%s", how)
			was.state = compose.Stopped
		}
		switch {
		case is.state == was.state:
		case is.state == compose.Starting:
			h.send(id, "starting")
		case is.state == compose.Paused:
			h.send(id, "paused")
		case is.state == compose.Running && was.state == compose.Paused:
			h.send(id, "resumed")
		case is.state == compose.Running:
			h.send(id, "started")
		}
	}
}

type partition struct {
	leader int32
	isr    []int32
}

type partitionKey struct {
	topic string
	id    int32
}

// partitions is nil where the cluster does not tell. Kafka's internal topics
// are left out: they would drown the rest.
func (h *hub) partitions(ctx context.Context, client *kgo.Client) map[partitionKey]partition {
	ctx, cancel := context.WithTimeout(ctx, metadataLimit)
	defer cancel()
	meta, err := kadm.NewClient(client).Metadata(ctx)
	if err != nil {
		return nil
	}
	out := make(map[partitionKey]partition)
	for _, t := range meta.Topics {
		if t.IsInternal || t.Err != nil {
			continue
		}
		for _, p := range t.Partitions {
			isr := slices.Sorted(slices.Values(p.ISR))
			out[partitionKey{t.Topic, p.Partition}] = partition{p.Leader, isr}
		}
	}
	return out
}

func (h *hub) comparePartitions(before, now map[partitionKey]partition) {
	for key, is := range now {
		was, known := before[key]
		if !known {
			continue
		}
		name := fmt.Sprintf("%s/%d", key.topic, key.id)
		if was.leader != is.leader {
			h.send(-1, "leader of %s: %s → %s", name, brokerName(was.leader), brokerName(is.leader))
		}
		if !slices.Equal(was.isr, is.isr) {
			h.send(-1, "ISR of %s: %s → %s", name, idList(was.isr), idList(is.isr))
		}
	}
}

func brokerName(id int32) string {
	if id < 0 {
		return "none"
	}
	return fmt.Sprint(id)
}

func idList(ids []int32) string {
	if len(ids) == 0 {
		return "none"
	}
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(ids), " ", ","), "[]")
}
