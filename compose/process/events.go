package process

import (
	"context"
	"time"

	"kconsole/compose"
	"kconsole/compose/brokers"
)

const watchProcesses = 200 * time.Millisecond

// Events delivers what happens from now on until ctx ends or the handle is
// closed: to the processes, through their records, so that it is seen whichever
// program caused it, and to the partitions, through metadata.
func (s *Stack) Events(ctx context.Context) (<-chan compose.Event, error) {
	return s.events.Subscribe(ctx)
}

// watch looks at how things are now and returns what watches how they change.
func (s *Stack) watch(ctx context.Context, h *brokers.Hub) ([]func(context.Context), error) {
	before := s.processes()
	partitions, err := brokers.WatchPartitions(ctx, s.admin, func(what string) { h.Tell(-1, what) })
	if err != nil {
		return nil, err
	}
	return []func(context.Context){partitions, func(ctx context.Context) {
		tick := time.NewTicker(watchProcesses)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
			now := s.processes()
			compareProcesses(before, now, h.Tell)
			before = now
		}
	}}, nil
}

// seen is what is known of one process.
type seen struct {
	state  compose.State
	launch string
	ending string
}

func (s *Stack) processes() []seen {
	out := make([]seen, len(s.brokers))
	for i, u := range s.brokers {
		state, rec, err := u.state()
		if err == nil {
			out[i] = seen{state, rec.Launch, rec.Ending}
		}
	}
	return out
}

func compareProcesses(before, now []seen, tell func(broker int32, what string)) {
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
			tell(id, how)
			was.state = compose.Stopped
		}
		switch {
		case is.state == was.state:
		case is.state == compose.Starting:
			tell(id, "starting")
		case is.state == compose.Paused:
			tell(id, "paused")
		case is.state == compose.Running && was.state == compose.Paused:
			tell(id, "resumed")
		case is.state == compose.Running:
			tell(id, "started")
		}
	}
}
