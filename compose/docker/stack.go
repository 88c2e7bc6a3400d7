package docker

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/moby/moby/api/types/container"

	"kconsole/compose"
	"kconsole/compose/brokers"
	"kconsole/compose/labdir"
	"kconsole/kafka/config"
)

// Stack is a handle on the stack in one directory. See [compose.Stack] for its
// methods; several handles, also in several programs, may act on one stack.
type Stack struct {
	engine *engine
	dir    string
	layout layout
	admin  config.Cluster // with its password, for the stack's own requests
	conf   config.Config  // what clients are given
	events *brokers.Hub

	closeOnce sync.Once
}

var _ compose.Stack = (*Stack)(nil)

func newStack(e *engine, dir string, l layout, admin config.Cluster) *Stack {
	s := &Stack{engine: e, dir: dir, layout: l, admin: admin}
	s.events = &brokers.Hub{Start: s.watch}
	return s
}

// Open returns a handle on a stack whose containers are there, running or not.
// Where none is it is [compose.ErrNotRunning].
func Open(ctx context.Context, dir string) (*Stack, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	l, err := readLayout(dir)
	if err != nil {
		return nil, err
	}
	if l.ClusterID == "" {
		return nil, fmt.Errorf("%w: there is none in %s", compose.ErrNotRunning, dir)
	}
	users, err := labdir.Users(dir)
	if err != nil {
		return nil, err
	}
	conf, err := config.Load(filepath.Join(dir, labdir.ConfigFile))
	if err != nil {
		return nil, err
	}
	e, err := connect(ctx)
	if err != nil {
		return nil, err
	}
	s := newStack(e, dir, l, adminCluster(l, dir, users[0]))
	s.conf = *conf
	there, err := e.containers(ctx, l.Project)
	if err != nil {
		e.close()
		return nil, err
	}
	for _, c := range there {
		if stateOf(c) != compose.Stopped {
			return s, nil
		}
	}
	e.close()
	return nil, fmt.Errorf("%w: all of its containers have ended", compose.ErrNotRunning)
}

// adminCluster is how the stack itself signs in.
func (st *start) adminCluster() config.Cluster { return adminCluster(st.now, st.o.Dir, st.users[0]) }

func adminCluster(l layout, dir string, admin labdir.User) config.Cluster {
	cl := config.Cluster{
		Name: "lab",
		TLS:  &config.TLS{CA: filepath.Join(dir, labdir.CAFile)},
		SASL: &config.SASL{Mechanism: "SCRAM-SHA-512", Username: admin.Name, Password: config.NewSecret(admin.Password)},
	}
	for _, port := range l.Ports.Clients {
		cl.Brokers = append(cl.Brokers, loopback(port))
	}
	return cl
}

// Runtime is [compose.Docker].
func (s *Stack) Runtime() compose.Runtime { return compose.Docker }

// Dir is the lab's directory.
func (s *Stack) Dir() string { return s.dir }

// Cluster is how to connect as the lab's administrator.
func (s *Stack) Cluster() config.Cluster { return s.As(labdir.Admin) }

// As is how to connect as one of the lab's users: admin, app or guest.
func (s *Stack) As(user string) config.Cluster {
	if user == labdir.Admin {
		user = "lab"
	}
	return s.conf.Clusters[user]
}

// MutualTLS lists the addresses of the listeners that know a client by its
// certificate, by broker.
func (s *Stack) MutualTLS() []string {
	var out []string
	for _, port := range s.layout.Ports.MutualTLS {
		out = append(out, loopback(port))
	}
	return out
}

// Prometheus is Prometheus's base URL; empty where the stack has none.
func (s *Stack) Prometheus() string {
	return s.layout.url("prometheus", s.layout.Ports.Prometheus)
}

func (l layout) url(profile string, port int) string {
	if !slices.Contains(l.Profiles, profile) {
		return ""
	}
	return "http://" + loopback(port)
}

// Pages are lines that name what of the lab in dir a browser can open.
func Pages(dir string) []string {
	l, err := readLayout(dir)
	if err != nil {
		return nil
	}
	var lines []string
	if url := l.url("prometheus", l.Ports.Prometheus); url != "" {
		lines = append(lines, "Prometheus        "+url)
	}
	if url := l.url("grafana", l.Ports.Grafana); url != "" {
		lines = append(lines, "Grafana           "+url+"  (admin, with the password in admin.secret)")
	}
	return lines
}

// Brokers lists the brokers by id, from what the engine says about their containers.
func (s *Stack) Brokers(ctx context.Context) ([]compose.Broker, error) {
	all, err := s.engine.containers(ctx, s.layout.Project)
	if err != nil {
		return nil, err
	}
	list := make([]compose.Broker, 0, brokerCount)
	for id := int32(1); id <= brokerCount; id++ {
		c := all[brokerService(id)]
		list = append(list, compose.Broker{ID: id, State: stateOf(c), Addr: loopback(s.layout.Ports.Clients[id-1]), Since: sinceOf(c)})
	}
	return list, nil
}

// broker is the container of a broker that exists.
func (s *Stack) broker(ctx context.Context, id int32) (container.InspectResponse, error) {
	if id < 1 || id > brokerCount {
		return container.InspectResponse{}, fmt.Errorf("broker %d: %w (it has 1 to %d)", id, compose.ErrNoBroker, brokerCount)
	}
	c, err := s.engine.find(ctx, s.layout.Project, brokerService(id))
	if err == nil && c.ID == "" {
		err = fmt.Errorf("broker %d: its container is gone; `kconsole lab up --runtime docker` makes it anew", id)
	}
	return c, err
}

// Stop ends a broker with SIGTERM: it hands its leaderships over and tells the
// controller that it goes.
func (s *Stack) Stop(ctx context.Context, id int32) error {
	c, err := s.broker(ctx, id)
	if err != nil {
		return err
	}
	return s.engine.stop(ctx, c.ID)
}

// Kill ends a broker with SIGKILL.
func (s *Stack) Kill(ctx context.Context, id int32) error {
	c, err := s.broker(ctx, id)
	if err != nil {
		return err
	}
	return s.engine.kill(ctx, c.ID)
}

// Start starts a broker, or lets a paused one go on, and returns when it
// accepts clients and the cluster has it back.
func (s *Stack) Start(ctx context.Context, id int32) error {
	c, err := s.broker(ctx, id)
	if err != nil {
		return err
	}
	switch stateOf(c) {
	case compose.Running:
		return nil
	case compose.Paused:
		return s.engine.unpause(ctx, c.ID)
	case compose.Stopped:
		if err := s.engine.start(ctx, c.ID); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	return s.awaitBroker(ctx, id, id)
}

// awaitBroker returns when a broker's container is healthy and the broker
// itself says that those take part in the cluster.
func (s *Stack) awaitBroker(ctx context.Context, id int32, live ...int32) error {
	admin := s.admin
	admin.Brokers = admin.Brokers[id-1 : id]
	client, err := brokers.NewClient(admin)
	if err != nil {
		return err
	}
	defer client.Close()
	tick := time.NewTicker(askAgain)
	defer tick.Stop()
	for {
		c, err := s.broker(ctx, id)
		if err != nil {
			return err
		}
		switch stateOf(c) {
		case compose.Stopped:
			return fmt.Errorf("broker %d ended while it was starting: %s", id, s.engine.lastWords(ctx, c.ID))
		case compose.Paused:
			return fmt.Errorf("broker %d was paused while it was starting", id)
		case compose.Running:
			if err = brokers.Ready(ctx, client, live...); err == nil {
				return nil
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("broker %d did not become ready: %w; see its log", id, errorOr(err, ctx.Err()))
		}
	}
}

func errorOr(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

// Pause freezes a broker's container. One that is stopped cannot be paused.
func (s *Stack) Pause(ctx context.Context, id int32) error {
	c, err := s.broker(ctx, id)
	if err != nil {
		return err
	}
	if stateOf(c) == compose.Stopped {
		return fmt.Errorf("broker %d is stopped, so it cannot be paused; start it first", id)
	}
	return s.engine.pause(ctx, c.ID)
}

// Resume lets a frozen container go on. One that is stopped is not started.
func (s *Stack) Resume(ctx context.Context, id int32) error {
	c, err := s.broker(ctx, id)
	if err != nil {
		return err
	}
	switch stateOf(c) {
	case compose.Stopped:
		return fmt.Errorf("broker %d is stopped, not paused; start it", id)
	case compose.Paused:
		return s.engine.unpause(ctx, c.ID)
	}
	return nil
}

// Close lets go of the stack, which runs on.
func (s *Stack) Close() error {
	s.closeOnce.Do(func() {
		s.events.Close()
		s.engine.close()
	})
	return nil
}
