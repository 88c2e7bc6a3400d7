package shape

import (
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
)

// ElectPreferred gives a partition back to its first replica (ElectLeaders,
// type 0). The error is the protocol's: ELECTION_NOT_NEEDED,
// PREFERRED_LEADER_NOT_AVAILABLE or UNKNOWN_TOPIC_OR_PARTITION.
func (s *Shape) ElectPreferred(topic string, index int32) *kerr.Error {
	var res *kerr.Error
	err := s.update(func(now time.Time) {
		p := s.partition(topic, index)
		switch {
		case p == nil:
			res = kerr.UnknownTopicOrPartition
		case p.leader == p.replicas[0]:
			res = kerr.ElectionNotNeeded
		case !s.preferred(p, now):
			res = kerr.PreferredLeaderNotAvailable
		}
	})
	return orUnknown(res, err)
}

// preferred moves the leader to the first replica if that is in sync, and
// reports whether it leads now.
func (s *Shape) preferred(p *partition, now time.Time) bool {
	first := p.replicas[0]
	if p.leader == first {
		return true
	}
	if !s.eligible(p, first) || !slices.Contains(p.isr, first) {
		return false
	}
	s.lead(p, first, now)
	return true
}

// ElectUnclean gives a leaderless partition to any replica that lives
// (ElectLeaders, type 1): ELECTION_NOT_NEEDED where there is a leader,
// ELIGIBLE_LEADERS_NOT_AVAILABLE where no replica lives.
func (s *Shape) ElectUnclean(topic string, index int32) *kerr.Error {
	var res *kerr.Error
	err := s.update(func(now time.Time) {
		p := s.partition(topic, index)
		if p == nil {
			res = kerr.UnknownTopicOrPartition
			return
		}
		if p.leader != NoLeader {
			res = kerr.ElectionNotNeeded
			return
		}
		if s.elect(p, now); p.leader != NoLeader {
			return
		}
		for _, id := range p.replicas {
			if s.eligible(p, id) {
				s.uncleanLead(p, id, now)
				return
			}
		}
		res = kerr.EligibleLeadersNotAvailable
	})
	return orUnknown(res, err)
}

func orUnknown(e *kerr.Error, err error) *kerr.Error {
	if e == nil && err != nil {
		return kerr.UnknownServerError
	}
	return e
}
