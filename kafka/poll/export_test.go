package poll

import (
	"context"
	"time"

	"kconsole/kafka"
)

// Glance reads what is looked at, as between two rounds that are far apart.
func (p *Poller) Glance(ctx context.Context) (calm bool) { return p.glanceTopics(ctx, Topics|Offsets) }

// Every is the time between two rounds that read so much, if somebody was at it
// so long ago.
func (p *Poller) Every(cost int, untouched time.Duration) time.Duration {
	p.touched.Store(time.Now().Add(-untouched).UnixNano())
	l := *p.lanes[0]
	l.cost = cost
	return p.every(&l)
}

// Round is a whole round of topics and their offsets.
func (p *Poller) Round(ctx context.Context) { p.readTopics(ctx, Topics|Offsets) }

// Touched tells whether all kinds of reads look again at when they are due.
func (p *Poller) Touched() bool {
	n := 0
	for _, l := range p.lanes {
		n += len(l.touch)
	}
	return n == len(p.lanes)
}

// WhilePublishing runs f as if a snapshot were being made and the history written
// meanwhile, which takes long on a large cluster.
func (p *Poller) WhilePublishing(f func()) {
	p.publishing.Lock()
	defer p.publishing.Unlock()
	p.history.write.Lock()
	defer p.history.write.Unlock()
	f()
}

// NewHistory is a history of nothing yet.
func NewHistory() *History { return newHistory() }

// AddTopics is what a whole round of topics and their offsets notes.
func (h *History) AddTopics(topics []kafka.Topic, at time.Time) { h.addTopics(topics, at) }

// AddGroups is what a round of groups with their lag notes.
func (h *History) AddGroups(groups []kafka.Group, at time.Time) { h.addGroups(groups, at) }
