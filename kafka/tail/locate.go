package tail

import (
	"context"
	"time"

	"kconsole/kafka"
)

// locate finds, for the idle partitions that have a leader, where to begin,
// where to stop, and where to go on if they fell out of the log.
func (m *manager) locate(ctx context.Context) error {
	opts := &m.r.opts
	topic := kafka.Topic{Name: opts.Topic}
	var seek []*part
	for _, p := range m.idle {
		if (p.next < 0 || p.reset) && p.leader >= 0 {
			seek = append(seek, p)
			topic.Partitions = append(topic.Partitions, kafka.Partition{
				Topic: opts.Topic, ID: p.id, Leader: p.leader, Start: kafka.Unknown, End: kafka.Unknown, Stable: kafka.Unknown,
			})
		}
	}
	if len(seek) == 0 {
		return nil
	}
	kinds := []kafka.OffsetKind{kafka.StartOffset, kafka.EndOffset}
	if !opts.ReadUncommitted {
		kinds = append(kinds, kafka.StableOffset)
	}
	err := m.r.cluster.Offsets(ctx, []kafka.Topic{topic}, kinds...)
	from, errFrom := m.times(ctx, topic, opts.From)
	until, errUntil := m.times(ctx, topic, opts.Until)
	for _, e := range []error{errFrom, errUntil} {
		if err == nil {
			err = e
		}
	}
	if errFrom != nil || errUntil != nil {
		return err
	}
	for i, p := range seek {
		at := &topic.Partitions[i]
		if opts.ReadUncommitted {
			at.Stable = at.End
		}
		if at.Start < 0 || at.End < 0 || at.Stable < 0 {
			if at.Err != nil {
				p.fail(at.Err, time.Now())
			}
			continue
		}
		if p.next >= 0 {
			m.relocate(p, at)
			continue
		}
		m.place(p, at, from, until)
	}
	return err
}

// times asks for the offsets of a position that is a time; nil for others.
func (m *manager) times(ctx context.Context, topic kafka.Topic, pos Position) (map[kafka.TopicPartition]int64, error) {
	at, ok := m.time(pos)
	if !ok || at.After(m.opened) {
		return nil, nil
	}
	return m.r.cluster.OffsetsAt(ctx, []kafka.Topic{topic}, at)
}

func (m *manager) time(pos Position) (time.Time, bool) {
	switch pos.Kind {
	case Time:
		return pos.At, true
	case Since:
		return m.opened.Add(-pos.Ago), true
	case Unset, Start, End, Offset, Last:
	}
	return time.Time{}, false
}

// place sets where a partition begins and ends, once.
func (m *manager) place(p *part, at *kafka.Partition, from, until map[kafka.TopicPartition]int64) {
	opts := &m.r.opts
	start, end := at.Start, at.Stable
	find := func(pos Position, times map[kafka.TopicPartition]int64) int64 {
		switch pos.Kind {
		case Start:
			return start
		case Offset:
			return pos.Value
		case Last:
			return max(end-pos.Value, start)
		case Time, Since:
			if o, ok := times[kafka.TopicPartition{Topic: opts.Topic, Partition: p.id}]; ok {
				return o
			}
		case Unset, End:
		}
		return end
	}
	p.next = find(opts.From, from)
	if p.fresh {
		p.next = start
	}
	if o, ok := opts.Offsets[p.id]; ok {
		p.next = o
	}
	p.next = min(max(p.next, start), end)
	p.until = -1
	if opts.Until.Kind != Unset {
		p.until = find(opts.Until, until)
		if when, ok := m.time(opts.Until); ok && when.After(m.opened) {
			p.until = -1 // found by timestamp, as records come
		}
	}
	if o, ok := opts.UntilOffsets[p.id]; ok {
		p.until = o
	}
	p.closed = p.until >= 0 && p.until <= end
	p.works()
	m.lag(p, at.End)
}

// relocate moves a partition whose next offset is not in the log (any more).
func (m *manager) relocate(p *part, at *kafka.Partition) {
	p.reset = false
	next := min(max(p.next, at.Start), at.End)
	if next != p.next {
		m.r.fault(lost(m.r.opts.Topic, p, p.next, next))
	}
	p.next = next
	if p.closed {
		p.until = min(p.until, at.End)
	}
	m.lag(p, at.End)
}

// lag keeps the reader's total of what is still to be read.
func (m *manager) lag(p *part, end int64) {
	if p.until >= 0 {
		end = p.until
	}
	behind := max(end-p.next, 0)
	m.r.stats.behind.Add(behind - p.behind)
	m.r.stats.known.Store(true)
	p.behind = behind
}
