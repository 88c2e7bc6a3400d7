package poll

import (
	"context"
	"slices"

	"kconsole/kafka"
)

// Focus names the topics that are on the screen. Where whole rounds come less
// often than [Options.Interval], because the cluster is large, these are read at
// the interval all the same.
func (p *Poller) Focus(topics []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !slices.Equal(p.focus, topics) {
		p.focus = slices.Clone(topics)
	}
}

// glanceTopics reads, between two whole rounds, which brokers there are and what
// is looked at: one request, and one to each leader of those topics. It tells
// whether all is calm; if not, everything has to be read.
func (p *Poller) glanceTopics(ctx context.Context, want Scope) (calm bool) {
	if want&Topics == 0 {
		return true
	}
	p.mu.Lock()
	names := p.focus
	p.mu.Unlock()
	limited, cancel := p.limit(ctx)
	defer cancel()
	info, topics, err := p.cluster.Glance(limited, names...)
	if err != nil {
		return false
	}
	old := p.Latest()
	if !slices.Equal(live(old.Cluster.Brokers), live(info.Brokers)) {
		return false
	}
	if len(topics) == 0 {
		return true
	}
	calm = true
	for i := range topics {
		was := old.Topic(topics[i].Name)
		if was == nil || was.ID != topics[i].ID || len(was.Partitions) != len(topics[i].Partitions) || !sameErr(was.Err, topics[i].Err) {
			return false // it came, went or grew
		}
		calm = calm && slices.EqualFunc(was.Partitions, topics[i].Partitions, samePlace)
	}
	carryTopics(old, &info, topics)
	if want&Offsets != 0 {
		if err := p.cluster.Offsets(limited, topics, kafka.EndOffset); err != nil || ctx.Err() != nil {
			return false
		}
		p.history.addSome(topics, p.opts.Clock())
	}
	p.publishSome(topics)
	return calm
}

// live lists the brokers that are up.
func live(brokers []kafka.Broker) []int32 {
	ids := make([]int32, 0, len(brokers))
	for i := range brokers {
		if brokers[i].Up {
			ids = append(ids, brokers[i].ID)
		}
	}
	return ids
}

// publishSome publishes a few topics that were read by themselves, sorted by
// name. The age of the topics stays the one of the last whole round.
func (p *Poller) publishSome(topics []kafka.Topic) {
	if newest := p.Latest(); !slices.ContainsFunc(topics, func(t kafka.Topic) bool {
		was := newest.Topic(t.Name)
		return was != nil && was.ID == t.ID && !sameTopic(p.withSlow(was, t), *was)
	}) {
		return
	}
	p.publish(func(s *Snapshot) bool {
		rows := slices.Clone(s.Topics.Rows)
		join(rows, topics, func(was, is *kafka.Topic) {
			if was.ID == is.ID {
				*was = p.withSlow(was, *is)
			}
		})
		s.Topics.Rows = rows
		return true
	})
}

// withSlow is a topic that was just read with what another lane has read of it.
func (p *Poller) withSlow(was *kafka.Topic, is kafka.Topic) kafka.Topic {
	is.Last, is.Schema = was.Last, was.Schema
	for i := range is.Partitions {
		if from := was.Partition(is.Partitions[i].ID); from != nil {
			is.Partitions[i].Bytes = from.Bytes
		}
	}
	return is
}
