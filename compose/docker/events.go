package docker

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/moby/moby/api/types/events"
	"github.com/moby/moby/client"

	"kconsole/compose"
	"kconsole/compose/brokers"
)

// reconnect is the pause before the engine is asked for its events again.
const reconnect = time.Second

// Events delivers what happens from now on until ctx ends or the handle is
// closed: what the engine tells of the containers, whoever caused it, and how
// leaders and ISRs change.
func (s *Stack) Events(ctx context.Context) (<-chan compose.Event, error) {
	return s.events.Subscribe(ctx)
}

func (s *Stack) watch(ctx context.Context, h *brokers.Hub) ([]func(context.Context), error) {
	since := time.Now() // looking at the partitions takes a while
	partitions, err := brokers.WatchPartitions(ctx, s.admin, func(what string) { h.Tell(-1, what) })
	if err != nil {
		return nil, err
	}
	return []func(context.Context){
		func(ctx context.Context) { s.watchContainers(ctx, h, since) },
		partitions,
	}, nil
}

// watchContainers hands the engine's events on. Where the engine goes away it
// asks again for what it missed.
func (s *Stack) watchContainers(ctx context.Context, h *brokers.Hub, since time.Time) {
	news := translator{ending: make(map[int32]string)}
	for ctx.Err() == nil {
		result := s.engine.api.Events(ctx, client.EventsListOptions{
			Since:   strconv.FormatInt(since.Unix(), 10) + "." + fraction(since),
			Filters: ofProject(s.layout.Project).Add("type", string(events.ContainerEventType)),
		})
		for open := true; open; {
			select {
			case m := <-result.Messages:
				since = time.Unix(0, m.TimeNano+1)
				if id, what := news.of(m); what != "" {
					h.Tell(id, what)
				}
			case err := <-result.Err:
				open = err == nil // never: the stream has ended
			case <-ctx.Done():
				return
			}
		}
		select {
		case <-time.After(reconnect):
		case <-ctx.Done():
		}
	}
}

// fraction are the nanoseconds of a time, as engines want them after a point.
func fraction(t time.Time) string {
	text := strconv.Itoa(t.Nanosecond())
	return strings.Repeat("0", 9-len(text)) + text
}

// endings are the exit codes of a program that a signal has ended: 128 and the
// signal's number. Engines send the event of a signal after the signal, so that
// of the end can be there first.
var endings = map[string]string{"143": "stopped", "137": "killed"}

// translator says an engine's events in the words of every stack.
type translator struct {
	ending map[int32]string // how a broker is made to end, before it has
}

func (t *translator) of(m events.Message) (id int32, what string) {
	service := m.Actor.Attributes[serviceLabel]
	n, isBroker := strings.CutPrefix(service, "kafka-")
	number, err := strconv.ParseInt(n, 10, 32)
	if !isBroker || err != nil {
		return -1, t.other(service, m)
	}
	id = int32(number)
	switch m.Action {
	case events.ActionKill:
		// docker stop sends SIGTERM first, which is also what docker kill might
		// have sent: both end the broker in good order.
		t.ending[id] = "stopped"
		if signal := m.Actor.Attributes["signal"]; signal == "9" || signal == "KILL" || signal == "SIGKILL" {
			t.ending[id] = "killed"
		}
	case events.ActionDie:
		how := t.ending[id]
		delete(t.ending, id)
		if how == "" {
			how = endings[m.Actor.Attributes["exitCode"]]
		}
		return id, cmp.Or(how, "ended by itself")
	case events.ActionStart:
		delete(t.ending, id) // the signal's event may come after the end's
		return id, "starting"
	case events.ActionHealthStatusHealthy:
		return id, "started"
	case events.ActionPause:
		return id, "paused"
	case events.ActionUnPause:
		return id, "resumed"
	case events.ActionOOM:
		return id, "ran out of memory"
	}
	return id, ""
}

// other tells of the containers that are no brokers.
func (t *translator) other(service string, m events.Message) string {
	switch m.Action {
	case events.ActionDie:
		return service + " stopped"
	case events.ActionStart:
		return service + " starting"
	case events.ActionHealthStatusHealthy:
		return service + " started"
	case events.ActionPause:
		return service + " paused"
	case events.ActionUnPause:
		return service + " resumed"
	}
	return ""
}
