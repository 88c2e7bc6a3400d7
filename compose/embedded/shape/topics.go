package shape

import (
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
)

func (s *Shape) partition(name string, index int32) *partition {
	t := s.topics[name]
	if t == nil || index < 0 || int(index) >= len(t.parts) {
		return nil
	}
	return t.parts[index]
}

// Plan places count partitions with rf replicas each (0 or less: the default),
// without creating anything: leaders in turn over the live brokers, followers
// rotated, fenced brokers only where live ones do not suffice and never first.
// INVALID_REPLICATION_FACTOR if there are not enough brokers, INVALID_PARTITIONS
// for a count below one; the message says why.
func (s *Shape) Plan(count, rf int) ([][]int32, *kerr.Error, string) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.plan(count, rf)
}

func (s *Shape) plan(count, rf int) ([][]int32, *kerr.Error, string) {
	if rf <= 0 {
		rf = max(1, s.cfg.ReplicationFactor)
	}
	var live, fenced []int32
	for _, id := range s.ids {
		if s.broker[id].fenced {
			fenced = append(fenced, id)
		} else {
			live = append(live, id)
		}
	}
	switch {
	case count < 1:
		return nil, kerr.InvalidPartitions, fmt.Sprintf("the number of partitions must be above 0, not %d", count)
	case rf > len(s.ids):
		return nil, kerr.InvalidReplicationFactor, fmt.Sprintf("replication factor %d is above the number of registered brokers, %d", rf, len(s.ids))
	case len(live) == 0:
		return nil, kerr.InvalidReplicationFactor, "no broker is alive to place replicas on"
	}
	out := make([][]int32, count)
	for i := range out {
		n := s.placed + i
		first := n % len(live)
		replicas := []int32{live[first]}
		// Followers start one further with every full turn, so that the
		// brokers share the followers of one leader.
		shift := n / len(live)
		for k := 0; len(replicas) < min(rf, len(live)); k++ {
			step := 1 + (shift+k)%(len(live)-1)
			replicas = append(replicas, live[(first+step)%len(live)])
		}
		for k := 0; len(replicas) < rf; k++ {
			replicas = append(replicas, fenced[(n+k)%len(fenced)])
		}
		out[i] = replicas
	}
	return out, nil, ""
}

// CheckAssignment validates replicas chosen by hand; "" means valid.
func (s *Shape) CheckAssignment(assignment [][]int32) string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for i, replicas := range assignment {
		if msg := s.checkReplicas(replicas); msg != "" {
			return msg
		}
		if len(replicas) != len(assignment[0]) {
			return fmt.Sprintf("partition %d has %d replicas and partition 0 has %d: all must have the same number", i, len(replicas), len(assignment[0]))
		}
		if !slices.ContainsFunc(replicas, func(id int32) bool { return !s.broker[id].fenced }) {
			return fmt.Sprintf("none of the brokers %v is alive", replicas)
		}
	}
	return ""
}

func (s *Shape) checkReplicas(replicas []int32) string {
	if len(replicas) == 0 {
		return "a partition needs at least one replica"
	}
	for i, id := range replicas {
		if s.broker[id] == nil {
			return fmt.Sprintf("there is no broker %d", id)
		}
		if slices.Contains(replicas[:i], id) {
			return fmt.Sprintf("broker %d is listed twice", id)
		}
	}
	return ""
}

// AddTopic records a topic that the log has created. A topic that is known by
// the same id is left as it is.
func (s *Shape) AddTopic(name string, id [16]byte, internal bool, assignment [][]int32) error {
	return s.update(func(now time.Time) {
		if t := s.topics[name]; t != nil {
			if t.id == id {
				return
			}
			s.remove(t)
		}
		s.add(name, id, internal, assignment, now)
	})
}

// Knows tells whether a topic is recorded with at least count partitions.
func (s *Shape) Knows(name string, id [16]byte, count int) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	t := s.topics[name]
	return t != nil && t.id == id && len(t.parts) >= count
}

// EnsureTopic records a topic that appeared in the log without us, with
// replicas placed by default, and adds partitions that it has grown.
func (s *Shape) EnsureTopic(name string, id [16]byte, internal bool, count int) error {
	if s.Knows(name, id, count) {
		return nil
	}
	return s.update(func(now time.Time) {
		t := s.topics[name]
		if t != nil && t.id != id {
			s.remove(t)
			t = nil
		}
		have := 0
		rf := min(max(1, s.cfg.ReplicationFactor), len(s.ids))
		if t != nil {
			have, rf = len(t.parts), len(t.parts[0].replicas)
		}
		if have >= count {
			return
		}
		more, _, _ := s.plan(count-have, rf)
		if more == nil { // nobody is alive: the first broker will have to do
			for range count - have {
				more = append(more, s.ids[:rf])
			}
		}
		if t == nil {
			s.add(name, id, internal, more, now)
			return
		}
		s.grow(t, more, now)
	})
}

// GrowTopic adds partitions to a topic.
func (s *Shape) GrowTopic(name string, assignment [][]int32) error {
	return s.update(func(now time.Time) {
		if t := s.topics[name]; t != nil {
			s.grow(t, assignment, now)
		}
	})
}

// RemoveTopic forgets a topic.
func (s *Shape) RemoveTopic(name string) error {
	return s.update(func(time.Time) {
		if t := s.topics[name]; t != nil {
			s.remove(t)
		}
	})
}

func (s *Shape) add(name string, id [16]byte, internal bool, assignment [][]int32, now time.Time) {
	t := &topic{name: name, id: id, internal: internal}
	s.topics[name], s.byID[id] = t, t
	s.grow(t, assignment, now)
	s.dirty[t] = nil
}

func (s *Shape) grow(t *topic, assignment [][]int32, now time.Time) {
	for _, replicas := range assignment {
		p := &partition{t: t, index: int32(len(t.parts)), replicas: slices.Clone(replicas), leader: NoLeader, dirs: map[int32]int{}}
		t.parts = append(t.parts, p)
		s.placed++
		for _, id := range replicas {
			s.placeReplica(p, id)
		}
		for _, id := range replicas {
			if s.eligible(p, id) {
				p.isr = append(p.isr, id)
			}
		}
		if len(p.isr) > 0 {
			p.leader = p.isr[0] // the first leader has epoch 0: nothing was elected yet
		} else {
			p.isr = slices.Clone(replicas[:1])
		}
		s.catchUp(p, now)
		s.touch(p)
	}
	s.dirty[t] = nil
}

func (s *Shape) remove(t *topic) {
	delete(s.topics, t.name)
	delete(s.byID, t.id)
	delete(s.dirty, t)
	for _, p := range t.parts {
		delete(s.catching, p)
	}
	s.gone = append(s.gone, t.name)
	s.version++
}

// placeReplica chooses the log directory of a replica.
func (s *Shape) placeReplica(p *partition, id int32) {
	b := s.broker[id]
	if b == nil || len(b.LogDirs) == 0 {
		p.dirs[id] = 0
		return
	}
	for k := range b.LogDirs {
		d := (int(p.index) + k) % len(b.LogDirs)
		if !b.offline[d] {
			p.dirs[id] = d
			return
		}
	}
	p.dirs[id] = int(p.index) % len(b.LogDirs)
}

// MoveReplica puts a broker's replica into another of its log directories:
// LOG_DIR_NOT_FOUND, KAFKA_STORAGE_ERROR for one that is offline,
// REPLICA_NOT_AVAILABLE if the broker has no replica.
func (s *Shape) MoveReplica(name string, index, id int32, dir string) *kerr.Error {
	var res *kerr.Error
	err := s.update(func(time.Time) {
		p, b := s.partition(name, index), s.broker[id]
		switch d := slices.Index(b.LogDirs, dir); {
		case d < 0:
			res = kerr.LogDirNotFound
		case b.offline[d]:
			res = kerr.KafkaStorageError
		case p == nil:
			res = kerr.UnknownTopicOrPartition
		case !slices.Contains(p.replicas, id):
			res = kerr.ReplicaNotAvailable
		default:
			p.dirs[id] = d
			s.touch(p)
		}
	})
	return orUnknown(res, err)
}
