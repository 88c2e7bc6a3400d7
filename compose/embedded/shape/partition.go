package shape

import (
	"cmp"
	"hash/fnv"
	"maps"
	"slices"
	"time"
)

func (s *Shape) sortedTopics() []*topic {
	return slices.SortedFunc(maps.Values(s.topics), func(a, b *topic) int { return cmp.Compare(a.name, b.name) })
}

// eligible reports whether a broker may lead or follow a partition now: it is
// counted in and the replica's log directory works.
func (s *Shape) eligible(p *partition, id int32) bool {
	b := s.broker[id]
	return b != nil && !b.fenced && !b.offline[p.dirs[id]]
}

func (s *Shape) bump(p *partition) {
	p.epoch++
	// The log refuses only for a partition that is being deleted, or when it
	// is closed: both end this partition's story.
	_ = s.cfg.Log.BumpEpoch(p.t.name, p.index)
}

func (s *Shape) isUnclean(t *topic) bool {
	if t.rules.Unclean != nil {
		return *t.rules.Unclean
	}
	return s.unclean
}

func (s *Shape) minISROf(t *topic) int {
	if t.rules.MinISR > 0 {
		return t.rules.MinISR
	}
	return s.minISR
}

// elect gives the partition the first in-sync replica that is eligible, in the
// order of assignment; failing that and where allowed, any eligible replica,
// which then is the whole in-sync set; failing that, none.
func (s *Shape) elect(p *partition, now time.Time) {
	for _, id := range p.replicas {
		if slices.Contains(p.isr, id) && s.eligible(p, id) {
			s.lead(p, id, now)
			return
		}
	}
	if s.isUnclean(p.t) {
		for _, id := range p.replicas {
			if s.eligible(p, id) {
				s.uncleanLead(p, id, now)
				return
			}
		}
	}
	s.lead(p, NoLeader, now)
}

func (s *Shape) uncleanLead(p *partition, id int32, now time.Time) {
	s.setISR(p, []int32{id})
	s.lead(p, id, now)
	s.maybeFinish(p, now)
}

// lead makes id the leader under a new epoch. No change, no epoch.
func (s *Shape) lead(p *partition, id int32, now time.Time) {
	if p.leader == id {
		return
	}
	from := p.leader
	p.leader = id
	s.bump(p)
	s.touch(p)
	e := partitionEvent(LeaderChanged, p)
	e.From, e.To, e.Broker = from, id, id
	s.emit(e)
	s.catchUp(p, now)
}

func (s *Shape) setISR(p *partition, isr []int32) {
	if slices.Equal(p.isr, isr) {
		return
	}
	p.isr = isr
	s.touch(p)
	s.emit(partitionEvent(ISRChanged, p))
}

// dropReplica takes a broker out of a partition's in-sync set and leadership.
// The last in-sync replica stays in the set, so that the partition waits for
// it instead of losing what only it has.
func (s *Shape) dropReplica(p *partition, id int32, now time.Time) {
	if l := p.lag[id]; l != nil {
		l.due = time.Time{} // catching up stops where it is
	}
	if !slices.Contains(p.isr, id) {
		return
	}
	if rest := without(p.isr, id); len(rest) > 0 {
		end, bytes := s.cfg.Log.Extent(p.t.name, p.index)
		if p.lag == nil {
			p.lag = map[int32]*lag{}
		}
		p.lag[id] = &lag{end: end, bytes: bytes}
		s.setISR(p, rest)
	}
	if p.leader == id {
		s.elect(p, now)
	}
}

// replicaBack is called when a replica of the partition became eligible again.
func (s *Shape) replicaBack(p *partition, now time.Time) {
	if p.leader == NoLeader {
		s.elect(p, now)
	}
	s.catchUp(p, now)
}

// catchUp sets a due time for every eligible replica that is outside the
// in-sync set and not on its way yet.
func (s *Shape) catchUp(p *partition, now time.Time) {
	if p.leader == NoLeader {
		return
	}
	for _, id := range p.replicas {
		if slices.Contains(p.isr, id) || !s.eligible(p, id) {
			continue
		}
		l := p.lag[id]
		if l == nil {
			l = &lag{}
			if p.lag == nil {
				p.lag = map[int32]*lag{}
			}
			p.lag[id] = l
		}
		if l.due.IsZero() {
			_, bytes := s.cfg.Log.Extent(p.t.name, p.index)
			l.start, l.due = now, now.Add(s.copyTime(p, id, bytes-l.bytes))
			s.catching[p] = struct{}{}
		}
	}
}

// copyTime is how long a replica needs for the bytes it lacks. The base time
// is spread over partitions, as fetchers do not finish all at once.
func (s *Shape) copyTime(p *partition, id int32, missing int64) time.Duration {
	h := fnv.New32a()
	h.Write([]byte(p.t.name))
	h.Write([]byte{byte(p.index), byte(p.index >> 8), byte(id)})
	d := s.cfg.Timing.CatchUp
	d = d/2 + time.Duration(uint64(d/2)*uint64(h.Sum32()%1000)/1000)
	rate := s.cfg.Timing.ReplicationRate
	if s.rate > 0 && p.t.rules.Throttled && (rate <= 0 || s.rate < rate) {
		rate = s.rate
	}
	if missing > 0 && rate > 0 {
		d += time.Duration(float64(missing) / float64(rate) * float64(time.Second))
	}
	return d
}

// caughtUp returns a replica to the in-sync set.
func (s *Shape) caughtUp(p *partition, id int32, now time.Time) {
	delete(p.lag, id)
	if !slices.Contains(p.isr, id) {
		s.setISR(p, append(slices.Clone(p.isr), id))
	}
	s.maybeFinish(p, now)
}

// electOffline looks for leaders where there are none, after a default changed.
func (s *Shape) electOffline(now time.Time) {
	for _, t := range s.sortedTopics() {
		for _, p := range t.parts {
			if p.leader == NoLeader {
				s.elect(p, now)
			}
		}
	}
}
