package process

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"

	"kconsole/compose"
	"kconsole/compose/apicurio"
	"kconsole/compose/brokers"
	"kconsole/compose/labdir"
	"kconsole/kafka/config"
)

// Stack is a handle on the stack in one directory. See [compose.Stack] for its
// methods; several handles, also in several programs, may act on one stack.
type Stack struct {
	dir        string
	layout     layout
	admin      config.Cluster // with its password, for the stack's own requests
	conf       config.Config  // what clients are given
	controller *unit
	brokers    []*unit // by id - 1
	registry   *unit   // nil: none

	front  *apicurio.Door // nil in a handle that did not start the stack
	events *brokers.Hub

	closeOnce sync.Once
	closeErr  error
}

var _ compose.Stack = (*Stack)(nil)

// newStack makes the handle on what the layout describes.
func newStack(dir string, l layout, admin config.Cluster) *Stack {
	s := &Stack{dir: dir, layout: l, admin: admin}
	s.controller, s.brokers, s.registry = l.units(dir)
	s.events = &brokers.Hub{Start: s.watch}
	return s
}

// Open returns a handle on a stack that runs already, started by whatever
// program. Where none does it is [compose.ErrNotRunning].
func Open(_ context.Context, dir string) (*Stack, error) {
	if err := supported(); err != nil {
		return nil, err
	}
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
	s := newStack(dir, l, adminOf(l.Ports, filepath.Join(dir, labdir.CAFile), users[0]))
	conf, err := config.Load(filepath.Join(dir, labdir.ConfigFile))
	if err != nil {
		return nil, err
	}
	s.conf = *conf
	for _, u := range s.units() {
		state, _, err := u.state()
		if err != nil {
			return nil, err
		}
		if state != compose.Stopped {
			return s, nil
		}
	}
	return nil, fmt.Errorf("%w: all of its processes in %s have ended", compose.ErrNotRunning, dir)
}

// units are all processes of the stack, in the order in which they start.
func (s *Stack) units() []*unit {
	all := append([]*unit{s.controller}, s.brokers...)
	if s.registry != nil {
		all = append(all, s.registry)
	}
	return all
}

// Runtime is [compose.Process].
func (s *Stack) Runtime() compose.Runtime { return compose.Process }

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

// Brokers lists the brokers by id, from what the system says about their processes.
func (s *Stack) Brokers(context.Context) ([]compose.Broker, error) {
	list := make([]compose.Broker, 0, len(s.brokers))
	for i, u := range s.brokers {
		state, rec, err := u.state()
		if err != nil {
			return nil, err
		}
		list = append(list, compose.Broker{
			ID: int32(i + 1), State: state, Addr: loopback(s.layout.Ports.Clients[i]), Since: rec.Since,
		})
	}
	return list, nil
}

// with runs fn on a broker's process while nobody else changes it.
func (s *Stack) with(ctx context.Context, id int32, fn func(u *unit, state compose.State) error) error {
	if id < 1 || int(id) > len(s.brokers) {
		return fmt.Errorf("broker %d: %w (it has 1 to %d)", id, compose.ErrNoBroker, len(s.brokers))
	}
	u := s.brokers[id-1]
	return u.locked(ctx, func() error {
		state, _, err := u.settle(ctx)
		if err != nil {
			return err
		}
		return fn(u, state)
	})
}

// Stop ends a broker with SIGTERM: it hands its leaderships over and tells the
// controller that it goes.
func (s *Stack) Stop(ctx context.Context, id int32) error {
	return s.with(ctx, id, func(u *unit, _ compose.State) error {
		return u.end(ctx, sigTerm)
	})
}

// Kill ends a broker with SIGKILL.
func (s *Stack) Kill(ctx context.Context, id int32) error {
	return s.with(ctx, id, func(u *unit, _ compose.State) error {
		return u.end(ctx, sigKill)
	})
}

// Start starts a broker, or lets a paused one go on, and returns when it
// accepts clients and the cluster has it back.
func (s *Stack) Start(ctx context.Context, id int32) error {
	return s.with(ctx, id, func(u *unit, state compose.State) error {
		switch state {
		case compose.Running:
			return nil
		case compose.Paused:
			return u.thaw()
		}
		if _, err := u.launch(ctx); err != nil {
			return err
		}
		if err := awaitBroker(ctx, u, id, s.admin, nil); err != nil {
			return err
		}
		return u.ready()
	})
}

// Pause freezes a broker's process (SIGSTOP). One that is stopped cannot be paused.
func (s *Stack) Pause(ctx context.Context, id int32) error {
	return s.with(ctx, id, func(u *unit, state compose.State) error {
		switch state {
		case compose.Paused:
			return nil
		case compose.Stopped:
			return fmt.Errorf("broker %d is stopped, so it cannot be paused; start it first", id)
		}
		return u.freeze()
	})
}

// Resume lets a frozen process go on (SIGCONT). One that is stopped is not started.
func (s *Stack) Resume(ctx context.Context, id int32) error {
	return s.with(ctx, id, func(u *unit, state compose.State) error {
		switch state {
		case compose.Paused:
			return u.thaw()
		case compose.Stopped:
			return fmt.Errorf("broker %d is stopped, not paused; start it", id)
		}
		return nil
	})
}

// Close lets go of the stack, which runs on; only the registry's sign-in goes
// with the handle that started it.
func (s *Stack) Close() error {
	s.closeOnce.Do(func() {
		s.events.Close()
		if s.front != nil {
			s.closeErr = s.front.Close()
		}
	})
	return s.closeErr
}

// Shutdown stops the stack in order, keeps its data and closes the handle.
func (s *Stack) Shutdown(ctx context.Context) error {
	return errors.Join(s.Close(), Down(ctx, s.dir))
}
