package lab

import (
	"context"
	"fmt"
	"io"
	"time"

	"kconsole/compose"
	"kconsole/compose/embedded"
)

var _ compose.Stack = (*Lab)(nil)

// Runtime is [compose.Embedded].
func (l *Lab) Runtime() compose.Runtime { return compose.Embedded }

// Close lets go of the lab without stopping it; its owner calls [Lab.Shutdown].
func (l *Lab) Close() error { return nil }

// Brokers lists the brokers by id.
func (l *Lab) Brokers(context.Context) ([]compose.Broker, error) {
	var list []compose.Broker
	for _, b := range l.cluster.Brokers() {
		list = append(list, compose.Broker{ID: b.ID, State: stateOf(b), Addr: b.Addr, Since: l.history.since(b.ID)})
	}
	return list, nil
}

func stateOf(b embedded.BrokerState) compose.State {
	switch {
	case !b.Running:
		return compose.Stopped
	case b.Paused:
		return compose.Paused
	case !b.Registered:
		return compose.Starting
	}
	return compose.Running
}

// Stop shuts a broker down in order.
func (l *Lab) Stop(_ context.Context, id int32) error { return l.change(id, l.cluster.Stop) }

// Kill ends a broker at once.
func (l *Lab) Kill(_ context.Context, id int32) error { return l.change(id, l.cluster.Kill) }

// Pause makes a broker hang. One that is stopped cannot be paused.
func (l *Lab) Pause(_ context.Context, id int32) error {
	if state, known := l.state(id); known && state == compose.Stopped {
		return fmt.Errorf("broker %d is stopped, so it cannot be paused; start it first", id)
	}
	return l.change(id, l.cluster.Pause)
}

// Resume lets a paused broker go on and waits until the cluster counts it in. One
// that is stopped is not started: that is an error at once.
func (l *Lab) Resume(ctx context.Context, id int32) error {
	if state, known := l.state(id); known && state == compose.Stopped {
		return fmt.Errorf("broker %d is stopped, not paused; start it", id)
	}
	if err := l.change(id, l.cluster.Resume); err != nil {
		return err
	}
	return l.untilRunning(ctx, id)
}

// Start starts a broker, or lets a paused one go on, and waits until the cluster
// counts it in.
func (l *Lab) Start(ctx context.Context, id int32) error {
	start := l.cluster.StartBroker
	if state, _ := l.state(id); state == compose.Paused {
		start = l.cluster.Resume
	}
	if err := l.change(id, start); err != nil {
		return err
	}
	return l.untilRunning(ctx, id)
}

func (l *Lab) change(id int32, do func(int32) error) error {
	if _, known := l.state(id); !known {
		return fmt.Errorf("%w: %d; it has brokers 1 to %d", compose.ErrNoBroker, id, len(l.cluster.Addrs()))
	}
	return do(id)
}

func (l *Lab) state(id int32) (compose.State, bool) {
	for _, b := range l.cluster.Brokers() {
		if b.ID == id {
			return stateOf(b), true
		}
	}
	return compose.Stopped, false
}

func (l *Lab) untilRunning(ctx context.Context, id int32) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if state, _ := l.state(id); state == compose.Running {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("broker %d runs, but the cluster does not count it in yet: %w", id, ctx.Err())
		case <-tick.C:
		}
	}
}

// Logs returns what happened to a broker: a virtual broker has no log of its own.
func (l *Lab) Logs(ctx context.Context, id int32, tail int, follow bool) (io.ReadCloser, error) {
	if _, known := l.state(id); !known {
		return nil, fmt.Errorf("%w: %d", compose.ErrNoBroker, id)
	}
	return l.history.logs(ctx, id, tail, follow), nil
}

// Events delivers what happens to the cluster from now on.
func (l *Lab) Events(ctx context.Context) (<-chan compose.Event, error) {
	return l.history.events(ctx), nil
}
