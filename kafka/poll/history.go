package poll

import (
	"sync"
	"time"

	"kconsole/kafka"
)

// The shape of the rings behind the charts: [HistorySlots] values, each for
// [HistoryStep] of time, so the last five minutes.
const (
	HistoryStep  = 5 * time.Second
	HistorySlots = 60
)

// History is what a [Poller] saw over the last minutes. Its size is bounded: a
// ring for each topic and group that exists. It is safe for concurrent use.
type History struct {
	mu     sync.RWMutex
	topics map[string]*topicTrack
	groups map[string]*ring
	total  ring
	gen    uint32
}

// topicTrack is how a topic's log end moved.
type topicTrack struct {
	id     [16]byte
	end    int64 // sum of log end offsets at the time at
	at     time.Time
	rate   float64 // records a second, smoothed; negative: not known yet
	parts  int     // partitions with a known end
	gen    uint32
	series ring
}

func newHistory() *History {
	return &History{topics: make(map[string]*topicTrack), groups: make(map[string]*ring)}
}

// smoothing is how much of the last rate remains after one HistoryStep.
const smoothing = 0.5

// addTopics takes the log ends that were read at the time at and sets each
// topic's InRate. A topic that is gone is forgotten.
func (h *History) addTopics(topics []kafka.Topic, at time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.gen++
	var total float64
	for i := range topics {
		total += max(h.addTopic(&topics[i], at), 0)
	}
	h.total.set(at, float32(total))
	for name, track := range h.topics {
		if track.gen != h.gen {
			delete(h.topics, name)
		}
	}
}

// addSome is addTopics for a few of the topics: the others stay as they are.
func (h *History) addSome(topics []kafka.Topic, at time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range topics {
		h.addTopic(&topics[i], at)
	}
}

func (h *History) addTopic(t *kafka.Topic, at time.Time) (rate float64) {
	track := h.topics[t.Name]
	if track == nil || track.id != t.ID {
		track = &topicTrack{id: t.ID, rate: -1}
		h.topics[t.Name] = track
	}
	track.gen = h.gen
	track.add(t, at)
	t.InRate = track.rate
	return track.rate
}

func (k *topicTrack) add(t *kafka.Topic, at time.Time) {
	var end int64
	parts := 0
	for i := range t.Partitions {
		if p := &t.Partitions[i]; p.End >= 0 && p.Err == nil {
			end += p.End
			parts++
		}
	}
	took := at.Sub(k.at).Seconds()
	// With other partitions than last time the sums cannot be compared.
	if !k.at.IsZero() && parts == k.parts && parts > 0 && took > 0 {
		now := max(float64(end-k.end), 0) / took // an unclean election may take records back
		if k.rate >= 0 && now > 0 {
			keep := smoothing
			if took > HistoryStep.Seconds() {
				keep = 0
			}
			now = keep*k.rate + (1-keep)*now
		}
		k.rate = now
		k.series.fill(k.at, at, float32(now))
	}
	k.end, k.parts, k.at = end, parts, at
}

// addGroups takes the groups' lags that were read at the time at.
func (h *History) addGroups(groups []kafka.Group, at time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	live := make(map[string]*ring, len(groups))
	for i := range groups {
		g := &groups[i]
		series := h.groups[g.ID]
		if series == nil {
			series = new(ring)
		}
		live[g.ID] = series
		if lag := g.Lag(); lag >= 0 {
			series.set(at, float32(lag))
		}
	}
	h.groups = live
}

// TopicRates is the rate of records appended to a topic, records a second, one
// value for each HistoryStep, the oldest first, up to now. A negative value is
// not known. nil: nothing is known about the topic.
func (h *History) TopicRates(topic string, now time.Time) []float32 {
	if h == nil {
		return nil
	}
	h.mu.RLock()
	defer h.mu.RUnlock()
	if t := h.topics[topic]; t != nil {
		return t.series.values(now)
	}
	return nil
}

// GroupLags is a group's lag in records, in the shape of [History.TopicRates].
func (h *History) GroupLags(group string, now time.Time) []float32 {
	if h == nil {
		return nil
	}
	h.mu.RLock()
	defer h.mu.RUnlock()
	if g := h.groups[group]; g != nil {
		return g.values(now)
	}
	return nil
}

// ClusterRates is the sum over all topics, in the shape of [History.TopicRates].
func (h *History) ClusterRates(now time.Time) []float32 {
	if h == nil {
		return nil
	}
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.total.values(now)
}

// ring keeps the newest value of each of the last HistorySlots steps.
type ring struct {
	slots [HistorySlots]float32
	first int64 // oldest step that was ever set; 0: none
	last  int64 // newest step that was set
}

func step(at time.Time) int64 { return at.UnixNano() / int64(HistoryStep) }

// fill sets the steps after one moment up to another: the value is their mean.
func (r *ring) fill(after, upTo time.Time, v float32) {
	first := max(step(after)+1, step(upTo)-HistorySlots+1)
	for s := first; s < step(upTo) && r.first != 0; s++ {
		r.set(time.Unix(0, s*int64(HistoryStep)), v)
	}
	r.set(upTo, v)
}

func (r *ring) set(at time.Time, v float32) {
	now := step(at)
	switch {
	case r.first == 0 || now-r.last >= HistorySlots:
		r.first = now
	case now < r.last:
		return // the clock was set back
	}
	for s := r.last + 1; s < now && r.first != now; s++ {
		r.slots[s%HistorySlots] = -1 // steps in which nothing was read
	}
	r.slots[now%HistorySlots] = v
	r.last = now
}

// values copies the steps up to now, the oldest first.
func (r *ring) values(now time.Time) []float32 {
	if r.first == 0 {
		return nil
	}
	out := make([]float32, HistorySlots)
	end := step(now)
	for i := range out {
		s := end - HistorySlots + 1 + int64(i)
		out[i] = -1
		if s >= r.first && s <= r.last && r.last-s < HistorySlots {
			out[i] = r.slots[s%HistorySlots]
		}
	}
	return out
}
