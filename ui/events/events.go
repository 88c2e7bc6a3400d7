// Package events notices what changes in a cluster: it compares each snapshot
// with the one before, and keeps the last things that happened.
package events

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"kconsole/kafka"
	"kconsole/kafka/poll"
	"kconsole/ui/theme"
)

// Kind is what an event is about.
type Kind string

// The kinds.
const (
	Broker Kind = "broker"
	Topic  Kind = "topic"
	Leader Kind = "leader"
	ISR    Kind = "isr"
	Group  Kind = "group"
	Lab    Kind = "lab" // the stack that runs the brokers

	Writers Kind = "writers" // those who write to a topic
	Readers Kind = "readers" // those who read as a group
)

// Event is something that happened.
type Event struct {
	Seq   uint64
	At    time.Time
	Kind  Kind
	Name  string // the topic, group or broker; empty: the cluster
	What  string
	Level theme.Level
}

// Keep is how many events are kept.
const Keep = 2000

// most is how many events one pair of snapshots may give; beyond it, they are
// summed up.
const most = 200

// Log keeps the last events. It belongs to one goroutine.
type Log struct {
	list  []Event
	seq   uint64
	last  *poll.Snapshot
	flows flows

	replicas replicas
}

// Add appends an event.
func (l *Log) Add(e Event) {
	l.seq++
	e.Seq = l.seq
	l.flows.disturbed(e.At, e.Kind)
	l.list = append(l.list, e)
	if len(l.list) > Keep {
		l.list = slices.Delete(l.list, 0, len(l.list)-Keep)
	}
}

// Events are what happened, the newest first.
func (l *Log) Events() []Event {
	out := slices.Clone(l.list)
	slices.Reverse(out)
	return out
}

// Forget starts anew, on another cluster.
func (l *Log) Forget() { *l = Log{} }

// See takes the next snapshot and notes what has changed since the last.
func (l *Log) See(next *poll.Snapshot) { l.Hear(Compare(l.last, next)) }

// News is what is new in a snapshot.
type News struct {
	prev, next *poll.Snapshot
	diff
}

// Compare finds out what has changed from one snapshot to the next. It may be
// called from anywhere: with tens of thousands of partitions it takes longer than
// the event loop should be held. Either snapshot may be nil.
func Compare(prev, next *poll.Snapshot) News {
	n := News{prev: prev, next: next}
	if prev == nil || next == nil {
		return n
	}
	n.diff = diff{at: next.At, gone: map[string]bool{}}
	if prev.Topics.Ready() && next.Topics.At.After(prev.Topics.At) {
		n.brokers(prev.Cluster.Brokers, next.Cluster.Brokers)
		n.health(prev.Topics.Rows, next.Topics.Rows)
		n.topics(prev.Topics.Rows, next.Topics.Rows)
	}
	if prev.Groups.Ready() && next.Groups.At.After(prev.Groups.At) {
		n.groups(prev.Groups.Rows, next.Groups.Rows)
	}
	return n
}

// Hear notes news. If they do not follow on what the log heard last, it compares
// for itself.
func (l *Log) Hear(n News) {
	if n.next == nil {
		return
	}
	if n.prev != l.last {
		n = Compare(l.last, n.next)
	}
	l.last = n.next
	if l.replicas.since.IsZero() && n.next.Topics.Ready() {
		l.replicas.since = n.next.Topics.At
	}
	l.take(n.diff)
	l.replicas.take(n.changes, n.gone)
}

func (l *Log) take(d diff) {
	for _, e := range d.out[:min(len(d.out), most)] {
		l.Add(e)
	}
	if n := len(d.out) - most; n > 0 {
		l.Add(Event{At: d.at, Kind: Topic, What: fmt.Sprintf("and %d further changes", n)})
	}
}

// diff compares two snapshots.
type diff struct {
	at      time.Time
	out     []Event
	changes []topicChange   // of replicas
	gone    map[string]bool // topics
}

func (d *diff) add(kind Kind, level theme.Level, name, format string, args ...any) {
	d.out = append(d.out, Event{At: d.at, Kind: kind, Name: name, Level: level, What: fmt.Sprintf(format, args...)})
}

func (d *diff) brokers(prev, next []kafka.Broker) {
	was := make(map[int32]bool, len(prev))
	for i := range prev {
		was[prev[i].ID] = prev[i].Up
	}
	for i := range next {
		b := &next[i]
		up, known := was[b.ID]
		switch {
		case b.Up && !up:
			d.add(Broker, theme.Fine, strconv.Itoa(int(b.ID)), "broker %d joined", b.ID)
		case !b.Up && known && up:
			d.add(Broker, theme.Act, strconv.Itoa(int(b.ID)), "broker %d left", b.ID)
		}
		delete(was, b.ID)
	}
	for id, up := range was {
		if up {
			d.add(Broker, theme.Act, strconv.Itoa(int(id)), "broker %d left", id)
		}
	}
}

// health tells how many partitions are without a leader or lack a replica, when
// that changes: what the single changes come to.
func (d *diff) health(prev, next []kafka.Topic) {
	wasOffline, wasUnder := sick(prev)
	offline, under := sick(next)
	switch {
	case offline > wasOffline:
		d.add(ISR, theme.Act, "", "%d partitions are offline (%d before)", offline, wasOffline)
	case offline < wasOffline && offline > 0:
		d.add(ISR, theme.Watch, "", "%d partitions are still offline (%d before)", offline, wasOffline)
	case offline < wasOffline:
		d.add(ISR, theme.Fine, "", "no partition is offline any more (%d before)", wasOffline)
	}
	switch under {
	case wasUnder:
	case 0:
		d.add(ISR, theme.Fine, "", "no partition is under-replicated any more (%d before)", wasUnder)
	default:
		d.add(ISR, theme.Watch, "", "%d partitions are under-replicated (%d before)", under, wasUnder)
	}
}

func sick(topics []kafka.Topic) (offline, under int) {
	for i := range topics {
		under += topics[i].UnderReplicated()
		for j := range topics[i].Partitions {
			if topics[i].Partitions[j].Leader < 0 {
				offline++
			}
		}
	}
	return offline, under
}

// topics walks two lists that are sorted by name.
func (d *diff) topics(prev, next []kafka.Topic) {
	i, j := 0, 0
	for i < len(prev) || j < len(next) {
		switch {
		case j == len(next) || i < len(prev) && prev[i].Name < next[j].Name:
			d.add(Topic, theme.Watch, prev[i].Name, "topic deleted")
			d.gone[prev[i].Name] = true
			i++
		case i == len(prev) || next[j].Name < prev[i].Name:
			d.add(Topic, theme.Normal, next[j].Name, "topic created with %d partitions", len(next[j].Partitions))
			j++
		default:
			d.partitions(&prev[i], &next[j])
			i++
			j++
		}
	}
}

// eachTopic is how many changes of one topic's partitions are told one by one;
// more are summed up.
const eachTopic = 12

func (d *diff) partitions(prev, next *kafka.Topic) {
	before := len(d.out)
	defer func() { d.sumUp(before, next.Name) }()
	if n := len(next.Partitions); n > len(prev.Partitions) && len(prev.Partitions) > 0 {
		d.add(Topic, theme.Normal, next.Name, "partitions %d → %d", len(prev.Partitions), n)
	}
	for i := range min(len(prev.Partitions), len(next.Partitions)) {
		a, b := &prev.Partitions[i], &next.Partitions[i]
		if a.ID != b.ID {
			continue
		}
		if was, is := ReplicasOf(a), ReplicasOf(b); was != is {
			d.changes = append(d.changes, topicChange{next.Name, Change{Partition: b.ID, At: d.at, Was: was, Is: is}})
		}
		switch {
		case a.Leader == b.Leader:
		case b.Leader < 0:
			d.add(Leader, theme.Act, next.Name, "p%d has no leader any more (was %d)", b.ID, a.Leader)
		case a.Leader < 0:
			d.add(Leader, theme.Fine, next.Name, "p%d leader %d", b.ID, b.Leader)
		default:
			d.add(Leader, theme.Normal, next.Name, "p%d leader %d → %d", b.ID, a.Leader, b.Leader)
		}
		if !sameSet(a.ISR, b.ISR) {
			level := theme.Normal
			if len(b.ISR) < len(b.Replicas) {
				level = theme.Watch
			} else if len(a.ISR) < len(a.Replicas) {
				level = theme.Fine
			}
			d.add(ISR, level, next.Name, "p%d ISR %s → %s", b.ID, list(a.ISR), list(b.ISR))
		}
	}
}

// sumUp puts many changes of one topic into one event for each kind.
func (d *diff) sumUp(from int, topic string) {
	if len(d.out)-from <= eachTopic {
		return
	}
	counts := map[Kind]int{}
	levels := map[Kind]theme.Level{}
	for _, e := range d.out[from:] {
		counts[e.Kind]++
		levels[e.Kind] = max(levels[e.Kind], e.Level)
	}
	d.out = d.out[:from]
	for _, sum := range []struct {
		kind Kind
		what string
	}{{Topic, "changes"}, {Leader, "leaders changed"}, {ISR, "ISRs changed"}} {
		if n := counts[sum.kind]; n > 0 {
			d.add(sum.kind, levels[sum.kind], topic, "%d %s", n, sum.what)
		}
	}
}

func (d *diff) groups(prev, next []kafka.Group) {
	was := make(map[string]*kafka.Group, len(prev))
	for i := range prev {
		was[prev[i].ID] = &prev[i]
	}
	for i := range next {
		g := &next[i]
		old := was[g.ID]
		delete(was, g.ID)
		switch {
		case old == nil:
			d.add(Group, theme.Normal, g.ID, "group appeared: %s, %d members", g.State, len(g.Members))
		case old.Err != nil || g.Err != nil:
		case old.State != g.State:
			level := theme.Normal
			if strings.Contains(g.State, "Rebalanc") || g.State == "Assigning" {
				level = theme.Watch
			}
			d.add(Group, level, g.ID, "%s → %s, %d members", old.State, g.State, len(g.Members))
		case len(old.Members) != len(g.Members):
			d.add(Group, theme.Normal, g.ID, "members %d → %d", len(old.Members), len(g.Members))
		}
	}
	for id := range was {
		d.add(Group, theme.Normal, id, "group is gone")
	}
}

func sameSet(a, b []int32) bool {
	if len(a) != len(b) {
		return false
	}
	for _, id := range a {
		if !slices.Contains(b, id) {
			return false
		}
	}
	return true
}

func list(ids []int32) string {
	sorted := slices.Sorted(slices.Values(ids))
	parts := make([]string, len(sorted))
	for i, id := range sorted {
		parts[i] = strconv.Itoa(int(id))
	}
	return strings.Join(parts, ",")
}
