package services

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"kconsole/avro/decode"
	"kconsole/avro/registry"
	"kconsole/kafka"
)

// Options say what the services of a [Manager] work with.
type Options struct {
	// Cluster is where the services are clients. It is not closed.
	Cluster *kafka.Cluster
	// Registry keeps the schemas; nil: no service may need one. It is not closed.
	Registry *registry.Client
	// Log gets what the services have to say; nil: nothing.
	Log *slog.Logger
}

// Manager owns the services that labs run: each is an ordinary client of the
// cluster, with connections, a group and offsets of its own, so that what
// happens to it shows on every screen. The services live in this process and
// end with [Manager.Close]. All methods are safe for concurrent use.
type Manager struct {
	opts    Options
	decoder *decode.Decoder
	ctx     context.Context // what every service ends with: the manager owns their goroutines
	end     context.CancelFunc
	books   contracts

	mu       sync.Mutex
	closed   bool
	order    []string // names in the order of their start
	services map[string]*Service
	seen     map[string]*SeenIDs        // by service name: survives that a service is stopped and started
	writers  map[string]*kafka.Producer // by client id
	flows    []interface{ Close(context.Context) }
}

// NewManager makes a manager without services. It does no network I/O.
func NewManager(o Options) *Manager {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	ctx, cancel := context.WithCancel(context.Background())
	return &Manager{
		opts: o, decoder: decode.New(o.Registry, decode.Options{}), ctx: ctx, end: cancel,
		services: map[string]*Service{}, seen: map[string]*SeenIDs{}, writers: map[string]*kafka.Producer{},
	}
}

// StartConsumer starts a service that consumes. Its members join the group in
// the background; [Service.Ready] waits for them. A service of that name that
// has ended is replaced, one that runs is an error. A read-only cluster is
// refused with an error of kind [kafka.Refused].
func (m *Manager) StartConsumer(c Consumer) (*Service, error) { return m.startConsumer(c, nil) }

// startConsumer starts a consumer with switches of its own, where they are given.
func (m *Manager) startConsumer(c Consumer, as *Switches) (*Service, error) {
	if err := c.complete(); err != nil {
		return nil, err
	}
	if _, err := m.writer(c.Name); err != nil { // consumers commit: also a change
		return nil, err
	}
	s := newService(m, c)
	if as != nil {
		s.sw = *as
	}
	if c.Seen == nil {
		s.cfg.Seen = m.seenOf(c.Name)
	}
	if err := m.adopt(s); err != nil {
		return nil, err
	}
	if err := s.Scale(c.Members); err != nil {
		_ = s.Stop(context.Background())
		return nil, err
	}
	return s, nil
}

// StartTask starts a service that is not a consumer: run goes on until its
// context ends. about says in a few words what it does.
func (m *Manager) StartTask(name, about string, run func(context.Context) error) (*Service, error) {
	if name == "" {
		return nil, &kafka.Error{What: "cannot start a service", Why: "it has no name", Kind: kafka.Invalid}
	}
	s := newService(m, Consumer{Name: name})
	s.about = about
	if err := m.adopt(s); err != nil {
		return nil, err
	}
	s.startTask(run)
	return s, nil
}

// adopt takes a service in, in place of an ended one of the same name.
func (m *Manager) adopt(s *Service) error {
	name := s.cfg.Name
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return &kafka.Error{What: "cannot start " + name, Why: "the services are being stopped", Kind: kafka.Canceled}
	}
	if old := m.services[name]; old != nil {
		if !old.Status().State.Over() {
			return &kafka.Error{
				What: "cannot start " + name, Why: "a service of that name is running", Do: "stop it first", Kind: kafka.Invalid,
			}
		}
		m.order = slices.DeleteFunc(m.order, func(n string) bool { return n == name })
	}
	m.services[name] = s
	m.order = append(m.order, name)
	return nil
}

// Get finds a service by name, whether it runs or has ended; nil: there is none.
func (m *Manager) Get(name string) *Service {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.services[name]
}

// List tells how all services are, in the order of their start.
func (m *Manager) List() []Status {
	var out []Status
	for _, s := range m.all("") {
		out = append(out, s.Status())
	}
	return out
}

// Stop stops services by name, all at the same time, and forgets them. Names
// that are not known are nothing to stop. It returns when their members have
// left their groups, or with ctx.
func (m *Manager) Stop(ctx context.Context, names ...string) error {
	var which []*Service
	m.mu.Lock()
	for _, name := range names {
		if s := m.services[name]; s != nil {
			which = append(which, s)
		}
	}
	m.mu.Unlock()
	return m.stop(ctx, which)
}

// StopPrefix is [Manager.Stop] for all services whose names begin with prefix;
// "" is all.
func (m *Manager) StopPrefix(ctx context.Context, prefix string) error {
	return m.stop(ctx, m.all(prefix))
}

// Forget is [Manager.StopPrefix], and idempotent services of these names start
// anew: what they remember of handled events is dropped.
func (m *Manager) Forget(ctx context.Context, prefix string) error {
	err := m.StopPrefix(ctx, prefix)
	m.mu.Lock()
	defer m.mu.Unlock()
	for name := range m.seen {
		if strings.HasPrefix(name, prefix) {
			delete(m.seen, name)
		}
	}
	return err
}

func (m *Manager) stop(ctx context.Context, which []*Service) error {
	errs := make([]error, len(which))
	var wg sync.WaitGroup
	for i, s := range which {
		wg.Go(func() { errs[i] = s.Stop(ctx) })
	}
	wg.Wait()
	for i, s := range which {
		if errs[i] == nil {
			m.drop(s)
		}
	}
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// drop forgets a service that has ended.
func (m *Manager) drop(s *Service) {
	name := s.cfg.Name
	m.mu.Lock()
	current := m.services[name] == s
	if current {
		delete(m.services, name)
		m.order = slices.DeleteFunc(m.order, func(n string) bool { return n == name })
	}
	m.mu.Unlock()
	if current {
		m.forgetWriter(name)
	}
}

// own lets what consists of several services end with the manager.
func (m *Manager) own(flow interface{ Close(context.Context) }) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.flows = append(m.flows, flow)
}

// closeLimit bounds how long services may take to say good-bye to a cluster
// that does not answer; then their connections are cut.
const closeLimit = 5 * time.Second

// Close ends all services and waits for their goroutines. Members leave their
// groups where the cluster answers within 5 s.
func (m *Manager) Close() {
	m.mu.Lock()
	m.closed = true
	m.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), closeLimit)
	defer cancel()
	which := m.all("")
	_ = m.stop(ctx, which)
	m.end()
	for _, s := range which {
		s.running.Wait()
	}
	m.mu.Lock()
	flows := m.flows
	m.mu.Unlock()
	for _, f := range flows {
		f.Close(ctx)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, w := range m.writers {
		w.Close()
	}
	clear(m.writers)
}

func (m *Manager) all(prefix string) []*Service {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []*Service
	for _, name := range m.order {
		if strings.HasPrefix(name, prefix) {
			out = append(out, m.services[name])
		}
	}
	return out
}

// writer is the producer of a client id: the cluster shall see who writes.
func (m *Manager) writer(id string) (*kafka.Producer, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, &kafka.Error{What: id + " cannot write", Why: "the services are being stopped", Kind: kafka.Canceled}
	}
	if w := m.writers[id]; w != nil {
		return w, nil
	}
	w, err := m.opts.Cluster.Producer(kafka.ProducerOptions{Limit: publishLimit, Client: []kgo.Opt{kgo.ClientID(id)}})
	if err != nil {
		return nil, err
	}
	m.writers[id] = w
	return w, nil
}

// forgetWriter closes the producer of a service that has ended.
func (m *Manager) forgetWriter(id string) {
	m.mu.Lock()
	w := m.writers[id]
	delete(m.writers, id)
	m.mu.Unlock()
	if w != nil {
		w.Close()
	}
}

// publishLimit is how long an event may take to be written: long enough for
// another broker to take over.
const publishLimit = 30 * time.Second

func (m *Manager) seenOf(name string) *SeenIDs {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.seen[name] == nil {
		m.seen[name] = &SeenIDs{}
	}
	return m.seen[name]
}
