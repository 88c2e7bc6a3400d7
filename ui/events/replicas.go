package events

import (
	"slices"
	"time"

	"kconsole/kafka"
)

// Replicas is what a partition's replicas were at a time.
type Replicas struct {
	Leader int32 // the broker that leads; negative: none
	InSync int   // replicas in the ISR
	All    int
}

// Full tells whether there is nothing to be said about them.
func (r Replicas) Full() bool { return r.Leader >= 0 && r.InSync >= r.All }

// ReplicasOf are those of a partition as it is.
func ReplicasOf(p *kafka.Partition) Replicas {
	return Replicas{Leader: p.Leader, InSync: len(p.ISR), All: len(p.Replicas)}
}

// Change is how the replicas of a partition became others.
type Change struct {
	Partition int32
	At        time.Time
	Was, Is   Replicas
}

// keepChanges bounds the changes that are kept, of all topics: about 5 MB.
const keepChanges = 50_000

// replicas remembers the changes of leaders and ISR, each of them: where many
// come at once, the events of [Log] only tell their number.
type replicas struct {
	since   time.Time // from when on all changes are known
	changes []topicChange
}

type topicChange struct {
	topic string
	Change
}

// take notes what a pair of snapshots has shown.
func (r *replicas) take(changes []topicChange, gone map[string]bool) {
	if len(gone) > 0 {
		r.changes = slices.DeleteFunc(r.changes, func(c topicChange) bool { return gone[c.topic] })
	}
	r.changes = append(r.changes, changes...)
	if n := len(r.changes) - keepChanges; n > 0 {
		r.since = r.changes[n-1].At // of what was before, not all is known
		r.changes = slices.Clone(r.changes[n:])
	}
}

// Since is from when on the changes of replicas are known; zero: nothing is yet.
func (l *Log) Since() time.Time { return l.replicas.since }

// Changes are those of the leaders and ISRs of a topic since then, the oldest
// first.
func (l *Log) Changes(topic string) []Change {
	var out []Change
	for i := range l.replicas.changes {
		if c := &l.replicas.changes[i]; c.topic == topic {
			out = append(out, c.Change)
		}
	}
	return out
}
