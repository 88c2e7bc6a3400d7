package shape

import (
	"fmt"
	"slices"
	"time"
)

// ErrUnknownBroker is returned for a broker id that the cluster does not have.
type ErrUnknownBroker int32

func (e ErrUnknownBroker) Error() string {
	return fmt.Sprintf("there is no broker %d in this cluster", int32(e))
}

func (s *Shape) withBroker(id int32, fn func(b *broker, now time.Time)) error {
	err := error(ErrUnknownBroker(id))
	uerr := s.update(func(now time.Time) {
		if b := s.broker[id]; b != nil {
			err = nil
			fn(b, now)
		}
	})
	if err != nil {
		return err
	}
	return uerr
}

// StartAll brings every broker up and counts it in at once: the start of the
// whole cluster, which comes with an election of every partition.
func (s *Shape) StartAll() error {
	return s.update(func(now time.Time) {
		for _, id := range s.ids {
			b := s.broker[id]
			b.up, b.paused, b.fenced = true, false, false
			b.fenceAt, b.joinAt = time.Time{}, time.Time{}
			s.version++
			b.epoch = s.version
			s.emit(brokerEvent(BrokerStarted, id, ""))
			s.emit(brokerEvent(BrokerJoined, id, ""))
		}
		s.electController(now)
		s.nextBalance = now.Add(s.cfg.Timing.LeaderRebalance)
		for _, t := range s.topics {
			for _, p := range t.parts {
				s.restart(p, now)
			}
		}
	})
}

// restart settles a partition when the cluster starts: the leader stays where
// it was if it can, under a higher epoch.
func (s *Shape) restart(p *partition, now time.Time) {
	if p.leader != NoLeader && s.eligible(p, p.leader) && slices.Contains(p.isr, p.leader) {
		s.bump(p)
	} else {
		p.leader = NoLeader
		s.elect(p, now)
	}
	s.catchUp(p, now)
	s.touch(p)
}

// BrokerUp starts a broker's process: it registers after Timing.Startup.
func (s *Shape) BrokerUp(id int32) error {
	return s.withBroker(id, func(b *broker, now time.Time) {
		if b.up {
			return
		}
		b.up, b.paused = true, false
		s.version++
		s.emit(brokerEvent(BrokerStarted, id, ""))
		if !b.fenced {
			// Back before anybody noticed: the new registration fences the old.
			s.fence(b, now, "restarted")
		}
		b.fenceAt = time.Time{}
		b.joinAt = now.Add(s.cfg.Timing.Startup)
	})
}

// BrokerStop ends a broker's process after a controlled shutdown: leaders move
// first, and the controller knows at once.
func (s *Shape) BrokerStop(id int32) error {
	return s.withBroker(id, func(b *broker, now time.Time) {
		if !b.up {
			return
		}
		b.up, b.paused, b.joinAt = false, false, time.Time{}
		s.version++
		s.emit(brokerEvent(BrokerStopped, id, ""))
		s.fence(b, now, "controlled shutdown")
	})
}

// BrokerKill ends a broker's process without a word: until
// Timing.FailureDetection has passed, the cluster takes it for alive.
func (s *Shape) BrokerKill(id int32) error {
	return s.withBroker(id, func(b *broker, now time.Time) {
		if !b.up {
			return
		}
		b.up, b.paused, b.joinAt = false, false, time.Time{}
		s.version++
		s.silent(b, now)
		s.emit(brokerEvent(BrokerKilled, id, ""))
	})
}

// BrokerPause freezes a broker's process, as a paused container is frozen.
func (s *Shape) BrokerPause(id int32) error {
	return s.withBroker(id, func(b *broker, now time.Time) {
		if !b.up || b.paused {
			return
		}
		b.paused = true
		s.version++
		s.silent(b, now)
		s.emit(brokerEvent(BrokerPaused, id, ""))
	})
}

// BrokerResume lets a paused broker run on. If it was fenced meanwhile, it
// registers again.
func (s *Shape) BrokerResume(id int32) error {
	return s.withBroker(id, func(b *broker, now time.Time) {
		if !b.paused {
			return
		}
		b.paused = false
		s.version++
		b.fenceAt = time.Time{}
		s.emit(brokerEvent(BrokerResumed, id, ""))
		if b.fenced {
			b.joinAt = now.Add(s.cfg.Timing.Startup)
		}
	})
}

// silent starts the clock of failure detection.
func (s *Shape) silent(b *broker, now time.Time) {
	if b.fenced || !b.fenceAt.IsZero() {
		return
	}
	b.seen, b.seenOffset = now, s.version
	b.fenceAt = now.Add(s.cfg.Timing.FailureDetection)
}

// fence takes a broker out of the cluster: out of every in-sync set and every
// leadership.
func (s *Shape) fence(b *broker, now time.Time, why string) {
	b.fenceAt = time.Time{}
	if b.fenced {
		return
	}
	b.fenced = true
	if b.seen.IsZero() {
		b.seen, b.seenOffset = now, s.version
	}
	s.version++
	s.emit(brokerEvent(BrokerLeft, b.ID, why))
	s.electController(now)
	for _, t := range s.sortedTopics() {
		for _, p := range t.parts {
			s.dropReplica(p, b.ID, now)
		}
	}
}

// join counts a broker in and lets its replicas catch up.
func (s *Shape) join(b *broker, now time.Time) {
	b.joinAt, b.fenceAt, b.seen = time.Time{}, time.Time{}, time.Time{}
	b.fenced = false
	s.version++
	b.epoch = s.version
	s.emit(brokerEvent(BrokerJoined, b.ID, ""))
	s.electController(now)
	for _, t := range s.sortedTopics() {
		for _, p := range t.parts {
			if slices.Contains(p.replicas, b.ID) {
				s.replicaBack(p, now)
			}
		}
	}
}

// electController keeps the role where it is if it can, or gives it to the
// live broker with the lowest id. The simulated quorum is never lost: the last
// live broker has the role.
func (s *Shape) electController(now time.Time) {
	if b := s.broker[s.controller]; b != nil && !b.fenced {
		return
	}
	next := NoLeader
	for _, id := range s.ids {
		if !s.broker[id].fenced {
			next = id
			break
		}
	}
	if next == s.controller {
		return
	}
	from := s.controller
	s.controller = next
	s.controllerEpoch++
	s.version++
	s.nextBalance = now.Add(s.cfg.Timing.LeaderRebalance)
	s.emit(Event{Kind: ControllerChanged, Broker: next, Partition: -1, From: from, To: next, Epoch: s.controllerEpoch})
}

// FailLogDir takes one log directory of a broker offline. It reports whether
// that was the last one, in which case a real broker halts: the caller kills it.
func (s *Shape) FailLogDir(id int32, path string) (halt bool, err error) {
	derr := error(nil)
	err = s.withBroker(id, func(b *broker, now time.Time) {
		i := slices.Index(b.LogDirs, path)
		if i < 0 {
			derr = fmt.Errorf("broker %d has no log directory %q; it has %q", id, path, b.LogDirs)
			return
		}
		if b.offline[i] {
			return
		}
		b.offline[i] = true
		s.version++
		halt = len(b.offline) == len(b.LogDirs)
		s.emit(brokerEvent(LogDirFailed, id, path))
		for _, t := range s.sortedTopics() {
			for _, p := range t.parts {
				if d, ok := p.dirs[id]; ok && d == i {
					s.dropReplica(p, id, now)
				}
			}
		}
	})
	if err == nil {
		err = derr
	}
	return halt, err
}

// RepairLogDirs brings all log directories of a broker back.
func (s *Shape) RepairLogDirs(id int32) error {
	return s.withBroker(id, func(b *broker, now time.Time) {
		if len(b.offline) == 0 {
			return
		}
		b.offline = map[int]bool{}
		s.version++
		s.emit(brokerEvent(LogDirRepaired, id, ""))
		for _, t := range s.sortedTopics() {
			for _, p := range t.parts {
				if slices.Contains(p.replicas, id) {
					s.replicaBack(p, now)
				}
			}
		}
	})
}
