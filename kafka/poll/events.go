package poll

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"kconsole/kafka"
)

// EventKind is what sort of thing happened.
type EventKind string

// The kinds of events.
const (
	BrokerEvent EventKind = "broker" // one came or left, or another became controller
	LeaderEvent EventKind = "leader" // a partition has another leader, or none
	ISREvent    EventKind = "isr"    // the in-sync replicas of a partition changed
	TopicEvent  EventKind = "topic"  // a topic came, went, or has other partitions or replicas
	GroupEvent  EventKind = "group"  // a group came, went, changed its state or members
)

// Event is a change between two snapshots.
type Event struct {
	Seq  uint64    `json:"seq"`
	At   time.Time `json:"at"`
	Kind EventKind `json:"kind"`
	// Resource is what it is about: "broker 2", "orders/1", a topic's or group's name.
	Resource string `json:"resource"`
	Text     string `json:"text"`            // "leader 2 → 3"
	Worse    bool   `json:"worse,omitempty"` // something that asks for attention
}

// maxEvents bounds what is remembered, and what one round may add: a cluster
// that restarts moves tens of thousands of leaders at once.
const (
	maxEvents         = 4096
	maxEventsOfAround = 512
)

// eventLog keeps the newest events.
type eventLog struct {
	mu     sync.RWMutex
	events []Event // circular once it is full
	next   uint64
}

func (l *eventLog) add(at time.Time, events []Event) {
	if len(events) > maxEventsOfAround {
		left := len(events) - maxEventsOfAround
		events = append(events[:maxEventsOfAround:maxEventsOfAround], Event{
			Kind: events[maxEventsOfAround].Kind, Text: fmt.Sprintf("%d more changes", left), Worse: slices.ContainsFunc(events[maxEventsOfAround:], func(e Event) bool { return e.Worse }),
		})
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range events {
		e.Seq, e.At = l.next, at
		if len(l.events) < maxEvents {
			l.events = append(l.events, e)
		} else {
			l.events[l.next%maxEvents] = e
		}
		l.next++
	}
}

// Events returns what happened from sequence number from on, the oldest first,
// as far as it is remembered, and the number to ask with the next time.
func (p *Poller) Events(from uint64) ([]Event, uint64) {
	l := &p.events
	l.mu.RLock()
	defer l.mu.RUnlock()
	first := l.next - uint64(len(l.events))
	from = min(max(from, first), l.next)
	out := make([]Event, 0, l.next-from)
	for seq := from; seq < l.next; seq++ {
		out = append(out, l.events[seq%maxEvents])
	}
	return out, l.next
}

// Changes lists what is different between two snapshots, brokers first.
func Changes(from, to *Snapshot) []Event {
	var out []Event
	if from.Topics.Ready() && to.Topics.Ready() {
		out = brokerChanges(out, &from.Cluster, &to.Cluster)
		if !sameRows(from.Topics.Rows, to.Topics.Rows) {
			out = topicChanges(out, from.Topics.Rows, to.Topics.Rows)
		}
	}
	if from.Groups.Ready() && to.Groups.Ready() && !sameRows(from.Groups.Rows, to.Groups.Rows) {
		out = groupChanges(out, from.Groups.Rows, to.Groups.Rows)
	}
	return out
}

// sameRows tells whether two slices are one: rows that did not change are kept.
func sameRows[T any](a, b []T) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

func brokerChanges(out []Event, from, to *kafka.ClusterInfo) []Event {
	up := func(info *kafka.ClusterInfo) map[int32]bool {
		m := make(map[int32]bool)
		for i := range info.Brokers {
			if info.Brokers[i].Up {
				m[info.Brokers[i].ID] = true
			}
		}
		return m
	}
	was, is := up(from), up(to)
	for i := range from.Brokers {
		if id := from.Brokers[i].ID; was[id] && !is[id] {
			out = append(out, Event{Kind: BrokerEvent, Resource: brokerName(id), Text: "left", Worse: true})
		}
	}
	for i := range to.Brokers {
		if id := to.Brokers[i].ID; is[id] && !was[id] {
			out = append(out, Event{Kind: BrokerEvent, Resource: brokerName(id), Text: "came"})
		}
	}
	return out
}

func brokerName(id int32) string { return "broker " + strconv.Itoa(int(id)) }

func topicChanges(out []Event, from, to []kafka.Topic) []Event {
	pairs(from, to, func(t *kafka.Topic) string { return t.Name }, func(was, is *kafka.Topic) {
		switch {
		case is == nil:
			out = append(out, Event{Kind: TopicEvent, Resource: was.Name, Text: "deleted"})
		case was == nil:
			out = append(out, Event{Kind: TopicEvent, Resource: is.Name, Text: fmt.Sprintf("created, %d partitions", len(is.Partitions))})
		case was.ID != is.ID:
			out = append(out, Event{Kind: TopicEvent, Resource: is.Name, Text: "deleted and created again"})
		default:
			if len(was.Partitions) != len(is.Partitions) {
				out = append(out, Event{Kind: TopicEvent, Resource: is.Name, Text: fmt.Sprintf("partitions %d → %d", len(was.Partitions), len(is.Partitions))})
			}
			for i := range is.Partitions {
				if p := was.Partition(is.Partitions[i].ID); p != nil {
					out = partitionChanges(out, p, &is.Partitions[i])
				}
			}
		}
	})
	return out
}

func partitionChanges(out []Event, was, is *kafka.Partition) []Event {
	if samePlace(*was, *is) {
		return out // as nearly all are
	}
	name := is.Topic + "/" + strconv.Itoa(int(is.ID))
	if was.Leader != is.Leader {
		out = append(out, Event{
			Kind: LeaderEvent, Resource: name, Text: "leader " + leader(was.Leader) + " → " + leader(is.Leader), Worse: is.Leader < 0,
		})
	}
	if !slices.Equal(sorted(was.Replicas), sorted(is.Replicas)) {
		out = append(out, Event{Kind: TopicEvent, Resource: name, Text: "replicas " + list(was.Replicas) + " → " + list(is.Replicas)})
	}
	if a, b := sorted(was.ISR), sorted(is.ISR); !slices.Equal(a, b) {
		out = append(out, Event{Kind: ISREvent, Resource: name, Text: "ISR " + list(a) + " → " + list(b), Worse: len(b) < len(a)})
	}
	return out
}

func leader(id int32) string {
	if id < 0 {
		return "none"
	}
	return strconv.Itoa(int(id))
}

func sorted(ids []int32) []int32 {
	if slices.IsSorted(ids) {
		return ids
	}
	return slices.Sorted(slices.Values(ids))
}

func list(ids []int32) string {
	if len(ids) == 0 {
		return "none"
	}
	var b strings.Builder
	for i, id := range ids {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.Itoa(int(id)))
	}
	return b.String()
}

func groupChanges(out []Event, from, to []kafka.Group) []Event {
	pairs(from, to, func(g *kafka.Group) string { return g.ID }, func(was, is *kafka.Group) {
		switch {
		case is == nil:
			out = append(out, Event{Kind: GroupEvent, Resource: was.ID, Text: "gone"})
		case was == nil:
			out = append(out, Event{Kind: GroupEvent, Resource: is.ID, Text: "new, " + is.State})
		case is.Err != nil:
		default:
			if was.State != is.State {
				out = append(out, Event{Kind: GroupEvent, Resource: is.ID, Text: was.State + " → " + is.State, Worse: is.State == "Empty" || is.State == "Dead"})
			}
			out = memberChanges(out, was, is)
		}
	})
	return out
}

func memberChanges(out []Event, was, is *kafka.Group) []Event {
	pairs(was.Members, is.Members, func(m *kafka.Member) string { return m.ID }, func(a, b *kafka.Member) {
		switch {
		case b == nil:
			out = append(out, Event{Kind: GroupEvent, Resource: is.ID, Text: "member " + a.ClientID + " at " + a.Host + " left", Worse: true})
		case a == nil:
			out = append(out, Event{Kind: GroupEvent, Resource: is.ID, Text: "member " + b.ClientID + " at " + b.Host + " joined"})
		case !slices.Equal(a.Assigned, b.Assigned):
			out = append(out, Event{Kind: GroupEvent, Resource: is.ID, Text: fmt.Sprintf("member %s has %d partitions instead of %d", b.ClientID, len(b.Assigned), len(a.Assigned))})
		}
	})
	return out
}

// pairs walks two slices that are sorted by name, and hands over what has the
// same name; nil where one has no such row.
func pairs[T any](from, to []T, name func(*T) string, both func(was, is *T)) {
	i, j := 0, 0
	for i < len(from) || j < len(to) {
		switch {
		case j == len(to) || i < len(from) && name(&from[i]) < name(&to[j]):
			both(&from[i], nil)
			i++
		case i == len(from) || name(&from[i]) > name(&to[j]):
			both(nil, &to[j])
			j++
		default:
			both(&from[i], &to[j])
			i++
			j++
		}
	}
}
