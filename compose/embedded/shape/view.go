package shape

import (
	"slices"
	"time"
)

// View reads the shape at one moment. It is valid only inside Shape.View's
// function; the slices in what it returns may be kept, and must not be changed.
type View struct{ s *Shape }

// View runs fn on the state of one moment. fn must not change the shape.
func (s *Shape) View(fn func(v View)) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	fn(View{s})
}

// Broker is one broker as the controller and the machine see it.
type Broker struct {
	ID      int32
	Rack    string
	Up      bool // the process runs, paused or not
	Paused  bool
	Fenced  bool // not counted in: not in metadata, no leaderships
	Epoch   int64
	LogDirs []LogDir
	// LastSeen is when the controller last heard of it, and LastSeenOffset the
	// metadata offset it had then; zero and 0 for a broker that is in touch.
	LastSeen       time.Time
	LastSeenOffset int64
}

// LogDir is one log directory of a broker.
type LogDir struct {
	Path    string
	Offline bool
}

// Brokers returns all brokers by id, those that are down included.
func (v View) Brokers() []Broker {
	out := make([]Broker, 0, len(v.s.ids))
	for _, id := range v.s.ids {
		b, _ := v.Broker(id)
		out = append(out, b)
	}
	return out
}

// Broker returns one broker.
func (v View) Broker(id int32) (Broker, bool) {
	b := v.s.broker[id]
	if b == nil {
		return Broker{}, false
	}
	out := Broker{
		ID: b.ID, Rack: b.Rack, Up: b.up, Paused: b.paused, Fenced: b.fenced, Epoch: b.epoch,
		LastSeen: b.seen, LastSeenOffset: b.seenOffset,
	}
	for i, d := range b.LogDirs {
		out.LogDirs = append(out.LogDirs, LogDir{Path: d, Offline: b.offline[i]})
	}
	return out, true
}

// Controller returns the active controller, -1 for none, and its epoch.
func (v View) Controller() (id, epoch int32) { return v.s.controller, v.s.controllerEpoch }

// Version is the offset of the simulated metadata log: it rises with each change.
func (v View) Version() int64 { return v.s.version }

// Topic is a topic of the shape.
type Topic struct {
	Name       string
	ID         [16]byte
	Internal   bool
	Partitions int
	MinISR     int // in force, defaults applied
}

// Topic returns a topic by name.
func (v View) Topic(name string) (Topic, bool) { return v.topic(v.s.topics[name]) }

// TopicByID returns a topic by its id.
func (v View) TopicByID(id [16]byte) (Topic, bool) { return v.topic(v.s.byID[id]) }

func (v View) topic(t *topic) (Topic, bool) {
	if t == nil {
		return Topic{}, false
	}
	return Topic{Name: t.name, ID: t.id, Internal: t.internal, Partitions: len(t.parts), MinISR: v.s.minISROf(t)}, true
}

// Topics returns the names of all topics, sorted.
func (v View) Topics() []string {
	out := make([]string, 0, len(v.s.topics))
	for name := range v.s.topics {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// Partition is a partition of the shape.
type Partition struct {
	Leader           int32 // NoLeader when offline
	Epoch            int32
	Replicas, ISR    []int32
	Adding, Removing []int32
}

// Partition returns one partition.
func (v View) Partition(topic string, index int32) (Partition, bool) {
	p := v.s.partition(topic, index)
	if p == nil {
		return Partition{}, false
	}
	return Partition{
		Leader: p.leader, Epoch: p.epoch, Replicas: p.replicas, ISR: p.isr,
		Adding: p.adding, Removing: p.removing,
	}, true
}

// Offline returns the replicas of a partition that cannot work: their broker
// is not counted in, or their log directory failed.
func (v View) Offline(topic string, index int32) []int32 {
	p := v.s.partition(topic, index)
	if p == nil {
		return nil
	}
	var out []int32
	for _, id := range p.replicas {
		if !v.s.eligible(p, id) {
			out = append(out, id)
		}
	}
	return out
}

// Silent returns the members of a partition's in-sync set that do not follow,
// though the controller has not noticed yet: a write with acks=all waits for
// them.
func (v View) Silent(topic string, index int32) []int32 {
	p := v.s.partition(topic, index)
	if p == nil {
		return nil
	}
	var out []int32
	for _, id := range p.isr {
		if b := v.s.broker[id]; b == nil || !b.up || b.paused {
			out = append(out, id)
		}
	}
	return out
}

// Replica is one broker's copy of a partition.
type Replica struct {
	Dir      string
	InSync   bool
	End      int64   // end offset of what it has; meaningful if not in sync
	Bytes    int64   // size of what it has; meaningful if not in sync
	Progress float64 // of the catching up, 0 to 1
}

// Replica returns what broker id has of a partition.
func (v View) Replica(topic string, index, id int32, now time.Time) (Replica, bool) {
	p, b := v.s.partition(topic, index), v.s.broker[id]
	if p == nil || b == nil || !slices.Contains(p.replicas, id) {
		return Replica{}, false
	}
	r := Replica{InSync: slices.Contains(p.isr, id), Progress: 1}
	if d := p.dirs[id]; d < len(b.LogDirs) {
		r.Dir = b.LogDirs[d]
	}
	if r.InSync {
		return r, true
	}
	r.Progress = 0
	if l := p.lag[id]; l != nil {
		r.End, r.Bytes = l.end, l.bytes
		if whole := l.due.Sub(l.start); !l.due.IsZero() && whole > 0 {
			r.Progress = min(1, max(0, float64(now.Sub(l.start))/float64(whole)))
		}
	}
	return r, true
}
