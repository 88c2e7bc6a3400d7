package poll

import (
	"maps"
	"sync"
	"sync/atomic"
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
// ring for each topic and group that exists. It is safe for concurrent use, and
// who reads it waits for one topic or group at most: the event loop does.
type History struct {
	write  sync.Mutex // one writer at a time replaces the maps; they are never written again
	topics atomic.Pointer[map[string]*topicTrack]
	groups atomic.Pointer[map[string]*track]
	total  track
	whole  time.Time // when all topics were read last
}

// track is one ring, which is written and read at the same time.
type track struct {
	mu     sync.Mutex
	series ring
}

// topicTrack is how a topic's log end moved. Only the series is for readers.
type topicTrack struct {
	track
	id    [16]byte
	end   int64 // sum of log end offsets at the time at
	at    time.Time
	rate  float64 // records a second, smoothed; negative: not known yet
	parts int     // partitions with a known end
}

func newHistory() *History {
	h := &History{}
	h.topics.Store(&map[string]*topicTrack{})
	h.groups.Store(&map[string]*track{})
	return h
}

// smoothing is how much of the last rate remains after one HistoryStep.
const smoothing = 0.5

// addTopics takes the log ends that were read at the time at and sets each
// topic's InRate. A topic that is gone is forgotten.
func (h *History) addTopics(topics []kafka.Topic, at time.Time) {
	h.write.Lock()
	defer h.write.Unlock()
	h.knowTopics(topics, false)
	total := h.addEnds(topics, at)
	// A rate is the mean since the last reading, also where that is long ago
	// because nobody looked. Of one reading alone there is none.
	if !h.whole.IsZero() && at.After(h.whole) {
		h.total.fill(h.whole, at, total)
	}
	h.whole = at
}

// addSome is addTopics for a few of the topics: the others stay as they are.
func (h *History) addSome(topics []kafka.Topic, at time.Time) {
	h.write.Lock()
	defer h.write.Unlock()
	h.knowTopics(topics, true)
	h.addEnds(topics, at)
}

// knowTopics makes a track for each topic that has none. Those of other topics
// stay if they are to be kept.
func (h *History) knowTopics(topics []kafka.Topic, keep bool) {
	old := *h.topics.Load()
	same := keep || len(old) == len(topics)
	for i := range topics {
		if !same {
			break
		}
		known := old[topics[i].Name]
		same = known != nil && known.id == topics[i].ID
	}
	if same {
		return
	}
	next := make(map[string]*topicTrack, len(topics))
	if keep {
		maps.Copy(next, old)
	}
	for i := range topics {
		t := &topics[i]
		known := old[t.Name]
		if known == nil || known.id != t.ID {
			known = &topicTrack{id: t.ID, rate: -1}
		}
		next[t.Name] = known
	}
	h.topics.Store(&next)
}

// addEnds returns the sum of the topics' rates.
func (h *History) addEnds(topics []kafka.Topic, at time.Time) float32 {
	tracks := *h.topics.Load()
	var total float64
	for i := range topics {
		t := &topics[i]
		known := tracks[t.Name]
		known.add(t, at)
		t.InRate = known.rate
		total += max(known.rate, 0)
	}
	return float32(total)
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
		k.fill(k.at, at, float32(now))
	}
	k.end, k.parts, k.at = end, parts, at
}

// addGroups takes the groups' lags that were read at the time at. What a lag was
// between two readings nobody knows: those steps stay unknown.
func (h *History) addGroups(groups []kafka.Group, at time.Time) {
	h.write.Lock()
	defer h.write.Unlock()
	old := *h.groups.Load()
	live := make(map[string]*track, len(groups))
	for i := range groups {
		g := &groups[i]
		known := old[g.ID]
		if known == nil {
			known = &track{}
		}
		live[g.ID] = known
		if lag := g.Lag(); lag >= 0 {
			known.set(at, float32(lag))
		}
	}
	h.groups.Store(&live)
}

// TopicRates is the rate of records appended to a topic, records a second, one
// value for each HistoryStep, the oldest first, up to now. A negative value is
// not known. nil: nothing is known about the topic.
func (h *History) TopicRates(topic string, now time.Time) []float32 {
	if h == nil {
		return nil
	}
	if t := (*h.topics.Load())[topic]; t != nil {
		return t.values(now)
	}
	return nil
}

// GroupLags is a group's lag in records, in the shape of [History.TopicRates].
func (h *History) GroupLags(group string, now time.Time) []float32 {
	if h == nil {
		return nil
	}
	if g := (*h.groups.Load())[group]; g != nil {
		return g.values(now)
	}
	return nil
}

// ClusterRates is the sum over all topics, in the shape of [History.TopicRates].
func (h *History) ClusterRates(now time.Time) []float32 {
	if h == nil {
		return nil
	}
	return h.total.values(now)
}

func (t *track) set(at time.Time, v float32) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.series.set(at, v)
}

func (t *track) fill(after, upTo time.Time, v float32) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.series.fill(after, upTo, v)
}

func (t *track) values(now time.Time) []float32 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.series.values(now)
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
