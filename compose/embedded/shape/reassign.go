package shape

import (
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
)

// Reassign starts moving a partition to the target replicas (KIP-455). The new
// replicas are added first; when all of them are in sync, the old ones go.
// A target set while a move runs replaces it. The message explains an
// INVALID_REPLICA_ASSIGNMENT.
func (s *Shape) Reassign(topic string, index int32, target []int32) (*kerr.Error, string) {
	var res *kerr.Error
	var msg string
	err := s.update(func(now time.Time) {
		p := s.partition(topic, index)
		if p == nil {
			res = kerr.UnknownTopicOrPartition
			return
		}
		if msg = s.checkReplicas(target); msg != "" {
			res = kerr.InvalidReplicaAssignment
			return
		}
		if msg = s.reassign(p, target, now); msg != "" {
			res = kerr.InvalidReplicaAssignment
		}
	})
	return orUnknown(res, err), msg
}

func (s *Shape) reassign(p *partition, target []int32, now time.Time) (refusal string) {
	current := without(p.replicas, p.adding...)
	running := len(p.adding)+len(p.removing) > 0
	if !running && slices.Equal(current, target) {
		return ""
	}
	removing := without(current, target...)
	replicas := append(slices.Clone(target), removing...)
	// What an earlier, replaced move had added and this one does not want goes.
	isr := intersect(p.isr, replicas)
	if len(isr) == 0 {
		return "none of the replicas that would remain is in sync"
	}
	p.adding, p.removing, p.replicas = without(target, current...), removing, replicas
	for _, id := range p.adding {
		if _, there := p.dirs[id]; !there {
			s.placeReplica(p, id)
		}
	}
	s.setISR(p, isr)
	s.forget(p)
	s.touch(p)
	e := partitionEvent(ReassignmentStarted, p)
	e.Detail = fmt.Sprintf("%v -> %v", current, target)
	s.emit(e)
	if p.leader == NoLeader || !slices.Contains(p.replicas, p.leader) {
		s.elect(p, now)
	}
	s.catchUp(p, now)
	s.maybeFinish(p, now)
	return ""
}

// CancelReassign puts the old replicas back: NO_REASSIGNMENT_IN_PROGRESS if
// nothing moves.
func (s *Shape) CancelReassign(topic string, index int32) *kerr.Error {
	var res *kerr.Error
	err := s.update(func(now time.Time) {
		p := s.partition(topic, index)
		switch {
		case p == nil:
			res = kerr.UnknownTopicOrPartition
			return
		case len(p.adding)+len(p.removing) == 0:
			res = kerr.NoReassignmentInProgress
			return
		}
		back := without(p.replicas, p.adding...)
		isr := intersect(p.isr, back)
		if len(isr) == 0 {
			// Only the new replicas are in sync: going back would lose data.
			res = kerr.InvalidReplicaAssignment
			return
		}
		p.replicas, p.adding, p.removing = back, nil, nil
		s.setISR(p, isr)
		s.forget(p)
		s.touch(p)
		s.emit(partitionEvent(ReassignmentCancelled, p))
		if p.leader == NoLeader || !slices.Contains(back, p.leader) {
			s.elect(p, now)
		}
	})
	return orUnknown(res, err)
}

// maybeFinish ends a reassignment whose new replicas are all in sync.
func (s *Shape) maybeFinish(p *partition, now time.Time) {
	if len(p.adding)+len(p.removing) == 0 || len(intersect(p.adding, p.isr)) != len(p.adding) {
		return
	}
	target := without(p.replicas, p.removing...)
	isr := intersect(p.isr, target)
	if len(isr) == 0 {
		return
	}
	p.replicas, p.adding, p.removing = target, nil, nil
	s.setISR(p, isr)
	s.forget(p)
	s.touch(p)
	if p.leader == NoLeader || !slices.Contains(target, p.leader) {
		s.elect(p, now)
	}
	s.emit(partitionEvent(ReassignmentFinished, p))
}

// forget drops what is kept of brokers that are no replicas any more.
func (s *Shape) forget(p *partition) {
	for id := range p.lag {
		if !slices.Contains(p.replicas, id) {
			delete(p.lag, id)
		}
	}
	for id := range p.dirs {
		if !slices.Contains(p.replicas, id) {
			delete(p.dirs, id)
		}
	}
}

// intersect keeps the elements of a that are in b, in the order of a.
func intersect(a, b []int32) []int32 {
	out := make([]int32, 0, len(a))
	for _, v := range a {
		if slices.Contains(b, v) {
			out = append(out, v)
		}
	}
	return out
}
