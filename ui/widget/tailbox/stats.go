package tailbox

import (
	"time"

	"kconsole/kafka/tail"
)

// Rows are the records to show: all of them, or those that a filter lets through.
type Rows struct {
	Ring *tail.Ring
	// Generation changes when Ring is another one.
	Generation uint64
	feed       *Feed
}

// Rows returns what there is to show now.
func (f *Feed) Rows() Rows {
	f.mu.Lock()
	defer f.mu.Unlock()
	r := Rows{Ring: f.ring, Generation: f.gen, feed: f}
	if f.sieve.matched != nil {
		r.Ring = f.sieve.matched
	}
	return r
}

// Origin is the number that a row has among all records.
func (r Rows) Origin(seq uint64) uint64 {
	f := r.feed
	f.mu.Lock()
	defer f.mu.Unlock()
	s := &f.sieve
	if s.matched == nil || s.matched != r.Ring {
		return seq
	}
	_, next := s.matched.Bounds()
	if i := len(s.origins) - int(next-seq); seq < next && i >= 0 {
		return s.origins[i]
	}
	return 0
}

// Stats is how far a feed is.
type Stats struct {
	Position   string // it began at
	Partitions int    // being read; 0: not known yet
	Opening    bool
	Ended      bool // the end that was asked for has been reached
	Held       bool // reading waits because somebody looks at the oldest rows
	Seen       int64
	Dropped    int64   // seen and not kept any more
	Looked     int64   // looked at by the filter
	Matched    int64   // of those, let through
	Rate       float64 // records a second
	// Err is why nothing comes at the moment; it is tried again.
	Err error
}

// Stats returns how far it is.
func (f *Feed) Stats() Stats {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.o.Now()
	first, _ := f.ring.Bounds()
	s := Stats{
		Position: f.from.String(), Partitions: f.parts, Opening: f.phase == opening, Ended: f.phase == ended,
		Held: f.held, Seen: f.seen, Dropped: int64(first), Looked: f.sieve.looked, Rate: f.meter.rate(now), Err: f.err,
	}
	if s.Position == "" {
		s.Position = "end"
	}
	if f.sieve.matched != nil {
		_, next := f.sieve.matched.Bounds()
		s.Matched = int64(next)
	}
	if f.phase == reading && now.Sub(f.errAt) > healed {
		s.Err = nil
	}
	return s
}

// meter measures a rate over the last seconds.
type meter struct {
	from    time.Time // of the first record
	slots   [meterSlots]int
	newest  int64 // number of the slot that is being filled
	started bool
}

const (
	meterSlot  = 500 * time.Millisecond
	meterSlots = 6
)

func (m *meter) add(now time.Time, n int) {
	if !m.started {
		m.started, m.from = true, now
	}
	m.turn(now)
	m.slots[m.newest%meterSlots] += n
}

// turn empties the slots whose time has come round again.
func (m *meter) turn(now time.Time) {
	slot := now.UnixNano() / int64(meterSlot)
	for range min(max(slot-m.newest, 0), meterSlots) {
		m.newest++
		m.slots[m.newest%meterSlots] = 0
	}
	m.newest = max(m.newest, slot)
}

// rate is in records a second.
func (m *meter) rate(now time.Time) float64 {
	if !m.started {
		return 0
	}
	m.turn(now)
	total := 0
	for _, n := range m.slots {
		total += n
	}
	// The newest slot is partly over; before the first second is, so is the sum.
	span := (meterSlots-1)*meterSlot + time.Duration(now.UnixNano()%int64(meterSlot))
	span = max(min(span, now.Sub(m.from)), time.Second)
	return float64(total) / span.Seconds()
}
