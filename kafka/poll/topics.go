package poll

import (
	"context"
	"slices"
	"time"

	"kconsole/kafka"
	"kconsole/kafka/heavy"
)

// readTopics reads metadata, then offsets if they are wanted. Metadata is
// published at once where it changed: a moved leader shows itself although a
// broker lets the offsets wait, and the first screen is painted before them.
func (p *Poller) readTopics(ctx context.Context, want Scope) (cost int) {
	limited, cancel := p.limit(ctx)
	defer cancel()
	info, topics, err := p.cluster.Metadata(limited)
	p.result(ctx, Topics, err)
	if err != nil {
		if ctx.Err() == nil {
			p.publish(func(s *Snapshot) bool {
				var changed bool
				s.Topics, changed = s.Topics.next(nil, s.Topics.At, err, sameTopic)
				return changed
			})
		}
		return 0
	}
	old := p.Latest()
	partitions, same := 0, false
	heavy.Do(func() {
		carryTopics(old, &info, topics)
		p.nameSchemas(topics)
		partitions, same = countPartitions(topics), sameShape(old, info, topics)
	})
	if want&Offsets == 0 {
		p.publishTopics(info, topics)
		return partitions
	}
	if !same {
		p.publishTopics(info, topics)
		// What is published is never written again. The copy comes after it: the
		// first screen need not wait for a copy of a large cluster.
		info.Brokers = slices.Clone(info.Brokers)
		heavy.Do(func() { topics = cloneTopics(topics) })
	}
	limited, cancel = p.limit(ctx)
	defer cancel()
	kinds := p.kinds(topics, partitions)
	err = p.cluster.Offsets(limited, topics, kinds...)
	if ctx.Err() != nil {
		return 0
	}
	p.result(ctx, Offsets, err)
	heavy.Do(func() { p.history.addTopics(topics, p.opts.Clock()) })
	p.publishTopics(info, topics)
	return partitions * (1 + len(kinds))
}

// kinds are the offsets to read in this round: all, but of a large cluster only
// the ends, which move most, in three rounds of four.
func (p *Poller) kinds(topics []kafka.Topic, partitions int) []kafka.OffsetKind {
	all := []kafka.OffsetKind{kafka.StartOffset, kafka.EndOffset, kafka.StableOffset}
	turn := p.turn.Add(1) - 1
	if !p.opts.Spare || turn%4 == 0 || time.Duration(partitions*(1+len(all)))*time.Second/attendedRate <= p.opts.Interval {
		return all
	}
	for i := range topics {
		for j := range topics[i].Partitions {
			if part := &topics[i].Partitions[j]; part.Start < 0 && part.Leader >= 0 {
				return all // it is new, or was not read the last time
			}
		}
	}
	return []kafka.OffsetKind{kafka.EndOffset}
}

func countPartitions(topics []kafka.Topic) int {
	n := 0
	for i := range topics {
		n += len(topics[i].Partitions)
	}
	return n
}

func (p *Poller) publishTopics(info kafka.ClusterInfo, topics []kafka.Topic) {
	first := false
	p.publish(func(s *Snapshot) bool {
		first = !s.Topics.Ready()
		carrySlow(s, info.Brokers, topics) // they may have come in the meantime
		changed := !slices.Equal(s.Cluster.Brokers, info.Brokers) || s.Cluster.ID != info.ID || s.Cluster.Controller != info.Controller
		s.Cluster = info
		var rows bool
		s.Topics, rows = s.Topics.next(topics, p.opts.Clock(), nil, sameTopic)
		return changed || rows
	})
	if first {
		p.mu.Lock()
		waiting := p.waiting
		p.waiting = 0
		p.mu.Unlock()
		p.again(waiting)
	}
}

// withTopics is the newest snapshot for a round that puts what it reads into
// topics; nil if there are none yet: that scope is read as soon as there are.
func (p *Poller) withTopics(scope Scope) *Snapshot {
	p.mu.Lock() // publishTopics looks at who waits after it has published
	defer p.mu.Unlock()
	s := p.Latest()
	if !s.Topics.Ready() {
		p.waiting |= scope
		return nil
	}
	return s
}

// carryTopics gives fresh metadata what the last snapshot knew beside it: the
// offsets and sizes of the same partitions, until they are read again.
func carryTopics(old *Snapshot, info *kafka.ClusterInfo, topics []kafka.Topic) {
	join(old.Topics.Rows, topics, func(was, is *kafka.Topic) {
		if was.ID != is.ID {
			return // deleted and created again
		}
		is.InRate, is.Last = was.InRate, was.Last
		for i := range is.Partitions {
			to := &is.Partitions[i]
			if from := was.Partition(to.ID); from != nil {
				to.Start, to.End, to.Stable, to.Bytes = from.Start, from.End, from.Stable, from.Bytes
			}
		}
	})
	carryLogBytes(old.Cluster.Brokers, info.Brokers)
}

func carryLogBytes(was, is []kafka.Broker) {
	for i := range is {
		for j := range was {
			if is[i].ID == was[j].ID {
				is[i].LogBytes = was[j].LogBytes
			}
		}
	}
}

// carrySlow copies what is read less often from a snapshot to newer metadata.
func carrySlow(from *Snapshot, brokers []kafka.Broker, topics []kafka.Topic) {
	carryLogBytes(from.Cluster.Brokers, brokers)
	joinBytes(from.Topics.Rows, topics)
	joinLast(from.Topics.Rows, topics)
}

func joinLast(from, to []kafka.Topic) {
	join(from, to, func(was, is *kafka.Topic) {
		if was.ID == is.ID {
			is.Last = was.Last
		}
	})
}

func joinBytes(from, to []kafka.Topic) {
	join(from, to, func(was, is *kafka.Topic) {
		for i := range is.Partitions {
			if p := was.Partition(is.Partitions[i].ID); p != nil && was.ID == is.ID {
				is.Partitions[i].Bytes = p.Bytes
			}
		}
	})
}

// join calls both for each name that is in two slices sorted by name.
func join(as, bs []kafka.Topic, both func(a, b *kafka.Topic)) {
	i := 0
	for j := range bs {
		for i < len(as) && as[i].Name < bs[j].Name {
			i++
		}
		if i < len(as) && as[i].Name == bs[j].Name {
			both(&as[i], &bs[j])
		}
	}
}

// topicsCopy is memory for a copy of topics and their partitions.
type topicsCopy struct {
	topics []kafka.Topic
	parts  []kafka.Partition
}

// of copies topics, over those that it copied the last time.
func (c *topicsCopy) of(topics []kafka.Topic) []kafka.Topic {
	out := append(c.topics[:0], topics...)
	all := slices.Grow(c.parts[:0], countPartitions(topics))
	for i := range out {
		from := len(all)
		all = append(all, topics[i].Partitions...)
		out[i].Partitions = all[from:len(all):len(all)]
	}
	c.topics, c.parts = out, all
	return out
}

func cloneTopics(topics []kafka.Topic) []kafka.Topic { return new(topicsCopy).of(topics) }

// sameShape tells whether metadata shows the brokers, topics, leaders and ISR
// that the last snapshot shows.
func sameShape(s *Snapshot, info kafka.ClusterInfo, topics []kafka.Topic) bool {
	if !s.Topics.Ready() || !slices.Equal(s.Cluster.Brokers, info.Brokers) || s.Cluster.Controller != info.Controller {
		return false
	}
	return slices.EqualFunc(s.Topics.Rows, topics, func(a, b kafka.Topic) bool {
		return a.Name == b.Name && a.ID == b.ID && slices.EqualFunc(a.Partitions, b.Partitions, samePlace)
	})
}

func samePlace(a, b kafka.Partition) bool {
	return a.ID == b.ID && a.Leader == b.Leader && a.LeaderEpoch == b.LeaderEpoch &&
		slices.Equal(a.ISR, b.ISR) && slices.Equal(a.Replicas, b.Replicas) && slices.Equal(a.Offline, b.Offline)
}

func sameTopic(a, b kafka.Topic) bool {
	return a.Name == b.Name && a.ID == b.ID && a.InRate == b.InRate && a.Schema == b.Schema && a.Last.Equal(b.Last) && sameErr(a.Err, b.Err) &&
		slices.EqualFunc(a.Partitions, b.Partitions, func(a, b kafka.Partition) bool {
			return a.Start == b.Start && a.End == b.End && a.Stable == b.Stable && a.Bytes == b.Bytes && samePlace(a, b) && sameErr(a.Err, b.Err)
		})
}

func sameErr(a, b error) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return a.Error() == b.Error()
}

// readSizes reads how much is on disk, once there are topics to put it into.
func (p *Poller) readSizes(ctx context.Context, _ Scope) (cost int) {
	old := p.withTopics(Sizes)
	if old == nil {
		return 0
	}
	limited, cancel := p.limit(ctx)
	defer cancel()
	info := old.Cluster
	info.Brokers = slices.Clone(info.Brokers)
	var topics []kafka.Topic
	heavy.Do(func() { topics = p.spare.of(old.Topics.Rows) })
	err := p.cluster.Sizes(limited, &info, topics)
	if ctx.Err() != nil {
		return 0
	}
	p.result(ctx, Sizes, err)
	p.publish(func(s *Snapshot) bool {
		brokers, rows := slices.Clone(s.Cluster.Brokers), topics
		carryLogBytes(info.Brokers, brokers)
		again := !sameSlice(s.Topics.Rows, old.Topics.Rows) // they were read meanwhile
		if again {
			rows = cloneTopics(s.Topics.Rows)
			joinBytes(topics, rows)
		}
		if slices.Equal(s.Cluster.Brokers, brokers) && slices.EqualFunc(s.Topics.Rows, rows, sameTopic) {
			return false
		}
		s.Cluster.Brokers, s.Topics.Rows = brokers, rows
		if !again {
			p.spare = topicsCopy{} // it is published now
		}
		return true
	})
	for i := range info.Brokers {
		cost += info.Brokers[i].Replicas
	}
	return cost
}

// sameSlice tells whether two slices are one and the same.
func sameSlice(a, b []kafka.Topic) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// readLast reads when something was last produced to each topic.
func (p *Poller) readLast(ctx context.Context, _ Scope) (cost int) {
	old := p.withTopics(Last)
	if old == nil {
		return 0
	}
	limited, cancel := p.limit(ctx)
	defer cancel()
	topics := slices.Clone(old.Topics.Rows) // the partitions are only read
	err := p.cluster.LastProduced(limited, topics)
	if ctx.Err() != nil {
		return 0
	}
	p.result(ctx, Last, err)
	p.publish(func(s *Snapshot) bool {
		rows := slices.Clone(s.Topics.Rows)
		joinLast(topics, rows)
		if slices.EqualFunc(s.Topics.Rows, rows, func(a, b kafka.Topic) bool { return a.Last.Equal(b.Last) }) {
			return false
		}
		s.Topics.Rows = rows
		return true
	})
	return countPartitions(topics)
}
