package ui

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"kconsole/compose"
	"kconsole/ui/events"
	"kconsole/ui/session"
	"kconsole/ui/theme"
)

// The pace at which a lab's stack is asked for its brokers, and the limit of
// one answer.
const (
	stackEvery = time.Second
	stackLimit = 5 * time.Second

	measureEvery = 3 * time.Second // beside the time that it takes
	measureLimit = 15 * time.Second
)

// followStack keeps the states of the brokers' processes, and notes what
// happens to them, until ctx ends. It runs beside the event loop.
func (s *shell) followStack(ctx context.Context, made *session.Session) {
	s.readStack(ctx, made.Stack) // first: events begin with a look at the cluster, which may be away
	happened, err := made.Stack.Events(ctx)
	if err != nil {
		happened = nil // asking for the states is enough
	}
	t := time.NewTicker(stackEvery)
	defer t.Stop()
	for {
		s.readStack(ctx, made.Stack)
		select {
		case <-ctx.Done():
			return
		case e, ok := <-happened:
			if !ok {
				happened = nil
				continue
			}
			// Leaders and ISR are told from the snapshots, on any cluster.
			if what := strings.ToLower(e.What); strings.HasPrefix(what, "leader") || strings.HasPrefix(what, "isr") {
				continue
			}
			s.loop.Post(func() {
				if ctx.Err() == nil {
					s.log.Add(labEvent(e))
				}
			})
		case <-t.C:
		}
	}
}

func (s *shell) readStack(ctx context.Context, stack compose.Stack) {
	limited, cancel := context.WithTimeout(ctx, stackLimit)
	defer cancel()
	list, err := stack.Brokers(limited)
	if err != nil {
		list = nil // not known is what is shown then
	}
	states := make(map[int32]compose.State, len(list))
	for _, b := range list {
		states[b.ID] = b.State
	}
	s.loop.Post(func() {
		if ctx.Err() == nil && !sameStates(s.state.Processes, states) {
			s.state.Processes = states
			s.update()
		}
	})
}

func sameStates(a, b map[int32]compose.State) bool {
	if len(a) != len(b) {
		return false
	}
	for id, state := range a {
		if b[id] != state {
			return false
		}
	}
	return true
}

// measureStack keeps what the brokers' processes use, until ctx ends, or at once
// if the stack cannot measure it. It runs beside the event loop.
func (s *shell) measureStack(ctx context.Context, stack compose.Stack) {
	m, ok := stack.(compose.Measurer)
	if !ok {
		return
	}
	for {
		limited, cancel := context.WithTimeout(ctx, measureLimit)
		list, err := m.Measure(limited)
		cancel()
		if errors.Is(err, compose.ErrUnsupported) {
			return
		}
		usage := make(map[int32]compose.Usage, len(list)) // none with an error: not known is what is shown then
		for _, u := range list {
			usage[u.ID] = u
		}
		s.loop.Post(func() {
			if ctx.Err() == nil {
				s.state.Usage = usage
				s.update()
			}
		})
		select {
		case <-time.After(measureEvery):
		case <-ctx.Done():
			return
		}
	}
}

// labEvent is something that happened to the stack, as an event.
func labEvent(e compose.Event) events.Event {
	name := ""
	if e.Broker >= 0 {
		name = "broker " + strconv.Itoa(int(e.Broker))
	}
	return events.Event{At: e.At, Kind: events.Lab, Name: name, What: e.What, Level: theme.Normal}
}
