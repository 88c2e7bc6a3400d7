package tail

import (
	"context"
	"errors"
	"sync"
	"time"

	"kconsole/kafka"
)

// The rhythm of a manager.
const (
	refreshEvery = 5 * time.Second        // metadata, to find new partitions
	retryFirst   = 100 * time.Millisecond // pause before partitions without a leader are looked at again
	retryMost    = time.Second
	reportAfter  = 3 * time.Second // a leader that moves is no news, one that stays away is
	reportEvery  = 10 * time.Second
)

// manager knows which partitions there are, finds their positions and leaders,
// and hands each to the fetcher of its leader. Fetchers hand them back.
type manager struct {
	r        *Reader
	opened   time.Time
	topicID  [16]byte
	parts    map[int32]*part
	idle     map[int32]*part // not with a fetcher
	active   int             // not done
	fetchers map[int32]*fetcher
	returned chan handed
	wg       sync.WaitGroup
}

// handed is partitions on their way back from a fetcher.
type handed struct {
	parts []*part
	err   error // why; nil for those that are done
}

func newManager(r *Reader, now time.Time) *manager {
	return &manager{
		r: r, opened: now, parts: make(map[int32]*part), idle: make(map[int32]*part),
		fetchers: make(map[int32]*fetcher), returned: make(chan handed),
	}
}

// open finds the topic, the partitions and their positions. Partitions that
// have no leader now are left for later.
func (m *manager) open(ctx context.Context) error {
	topic, err := m.topic(ctx)
	if err != nil {
		return err
	}
	for _, id := range m.r.opts.Partitions {
		if topic.Partition(id) == nil {
			return &kafka.Error{
				What: "cannot read partition " + name(topic.Name, id), Why: "there is no such partition",
				Do: "the topic has partitions 0 to " + itoa(int64(len(topic.Partitions)-1)), Kind: kafka.NotFound,
			}
		}
	}
	m.adopt(topic, false)
	err = m.locate(ctx)
	for _, p := range m.parts {
		if p.next >= 0 || p.leader < 0 {
			return nil // something can be read, or there is nobody to ask yet
		}
	}
	return err
}

// run reads until ctx ends or all partitions are done.
func (m *manager) run(ctx context.Context) {
	defer m.wg.Wait()
	timer := time.NewTimer(refreshEvery)
	defer timer.Stop()
	for ctx.Err() == nil {
		m.assign(ctx)
		m.report()
		if m.active == 0 {
			close(m.r.end)
			return
		}
		timer.Reset(m.pause())
		select {
		case <-ctx.Done():
		case h := <-m.returned:
			m.take(h)
		case <-timer.C:
			m.refresh(ctx)
		}
	}
}

// pause is how long to wait before metadata is read again.
func (m *manager) pause() time.Duration {
	wait := refreshEvery
	for _, p := range m.idle {
		wait = min(wait, max(time.Until(p.retryAt), 0))
	}
	return wait
}

// topic reads the topic's metadata.
func (m *manager) topic(ctx context.Context) (*kafka.Topic, error) {
	topics, err := m.r.cluster.TopicMetadata(ctx, m.r.opts.Topic)
	if err != nil {
		return nil, err
	}
	for i := range topics {
		if topics[i].Name == m.r.opts.Topic {
			return &topics[i], topics[i].Err
		}
	}
	return nil, &kafka.Error{What: "cannot read topic " + m.r.opts.Topic, Why: "the cluster does not answer for it", Kind: kafka.NotFound}
}

// refresh reads the metadata again: leaders, new partitions, a new topic id.
func (m *manager) refresh(ctx context.Context) {
	now := time.Now()
	topic, err := m.topic(ctx)
	if err != nil {
		for _, p := range m.idle {
			p.fail(err, now)
		}
		return
	}
	m.adopt(topic, true)
	if err := m.locate(ctx); err != nil && ctx.Err() == nil {
		for _, p := range m.idle {
			if p.leader >= 0 && (p.next < 0 || p.reset) {
				p.fail(err, now)
			}
		}
	}
}

// adopt takes over leaders, and partitions that are not known yet.
func (m *manager) adopt(topic *kafka.Topic, running bool) {
	now := time.Now()
	m.topicID = topic.ID
	for i := range topic.Partitions {
		tp := &topic.Partitions[i]
		p := m.parts[tp.ID]
		switch {
		case p != nil || !wants(m.r.opts.Partitions, tp.ID):
		case running && m.r.opts.Until.Kind != Unset: // not what was asked for when the reader was opened
		default:
			p = &part{id: tp.ID, next: -1, until: -1, fresh: running}
			m.parts[tp.ID], m.idle[tp.ID] = p, p
			m.active++
		}
		if p == nil || m.idle[tp.ID] == nil {
			continue
		}
		m.renewed(p)
		p.leader = tp.Leader
		if p.leader < 0 {
			p.fail(&kafka.Error{
				What: "cannot read partition " + name(topic.Name, p.id), Why: "it has no leader",
				Do: "start the brokers that hold its replicas", Kind: kafka.Unreachable,
			}, now)
		}
	}
	m.r.stats.partitions.Store(int32(m.active))
}

// renewed notices that the topic was deleted and made again: nothing of the old
// one is left, so it is read from the start of the new one.
func (m *manager) renewed(p *part) {
	var none [16]byte
	if p.topicID == m.topicID || p.topicID == none {
		p.topicID = m.topicID
		return
	}
	p.topicID, p.reset, p.fresh = m.topicID, false, true
	p.next, p.until = -1, -1
	if p.closed {
		p.next, p.until = 0, 0 // what there was until the end is gone
	}
	m.r.fault(&kafka.Error{
		What: "partition " + name(m.r.opts.Topic, p.id) + " is not the one that was opened",
		Why:  "the topic was deleted and created again", Do: "the new one is read from its start", Kind: kafka.Other,
	})
}

// assign hands every partition that can be read to the fetcher of its leader.
func (m *manager) assign(ctx context.Context) {
	now := time.Now()
	for id, p := range m.idle {
		if p.finished() && !p.reset && p.next >= 0 {
			m.finish(p)
			continue
		}
		if p.leader < 0 || p.next < 0 || p.reset || now.Before(p.retryAt) {
			continue
		}
		delete(m.idle, id)
		if f := m.fetchers[p.leader]; f != nil && f.give(p, m.topicID) {
			continue
		}
		f := newFetcher(m, p.leader, m.topicID)
		m.fetchers[p.leader] = f
		f.give(p, m.topicID)
		m.wg.Go(func() { f.run(ctx) })
	}
}

func (m *manager) finish(p *part) {
	if !p.done {
		p.done = true
		m.active--
		m.r.stats.partitions.Store(int32(m.active))
	}
	delete(m.idle, p.id)
}

// take accepts partitions from a fetcher. Their leader counts as unknown until
// the metadata has been read again.
func (m *manager) take(h handed) {
	now := time.Now()
	for _, p := range h.parts {
		if h.err == nil && p.finished() {
			m.finish(p)
			continue
		}
		m.idle[p.id] = p
		p.leader = kafka.NoLeader
		p.fail(h.err, now)
	}
}

// report tells about partitions that could not be read for a while, at once
// where waiting will not help.
func (m *manager) report() {
	now := time.Now()
	var first error
	failing := 0
	for _, p := range m.idle {
		if p.since.IsZero() || p.err == nil {
			continue
		}
		kind := kafka.KindOf(p.err)
		if now.Sub(p.since) < reportAfter && kind != kafka.Denied && kind != kafka.NotFound && kind != kafka.Auth && kind != kafka.TLS {
			continue
		}
		failing++
		if now.Sub(p.reported) >= reportEvery {
			p.reported = now
			if first == nil {
				first = p.err
			}
		}
	}
	if first == nil {
		return
	}
	var e *kafka.Error
	if errors.As(first, &e) && failing > 1 {
		more := *e
		more.What += " (and " + itoa(int64(failing-1)) + " more partitions)"
		first = &more
	}
	m.r.fault(first)
}
