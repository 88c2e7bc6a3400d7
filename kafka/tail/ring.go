package tail

import (
	"sync"

	"kconsole/kafka"
)

// slabSize is how much memory a [Ring] takes at a time for what records hold.
const slabSize = 64 << 10

// recordSize is what a record takes in the ring beside its key, value and headers.
const (
	recordSize = 160
	headerSize = 40
)

// Ring keeps the newest records of a tail, bounded by count and by bytes. Each
// record has a sequence number: 0 for the first that was ever pushed, then
// rising by one. It is safe for one writer and any number of readers.
//
// Records are copied in, so that one of them never keeps a whole batch alive.
type Ring struct {
	mu       sync.RWMutex
	slots    []slot // circular; grows up to maxCount
	maxCount int
	maxBytes int
	first    uint64 // sequence number of the oldest record
	next     uint64 // sequence number that the next record gets
	bytes    int
	slab     []byte // what is left of the newest slab
}

type slot struct {
	rec  kafka.Record
	size int
}

// NewRing makes a ring for at most count records and about bytes of memory. The
// newest record is kept even if it alone is larger.
func NewRing(count, bytes int) *Ring {
	return &Ring{maxCount: max(count, 1), maxBytes: max(bytes, 1)}
}

// Push appends records and drops the oldest ones that do not fit any more.
func (r *Ring) Push(records ...kafka.Record) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range records {
		r.push(&records[i])
	}
}

func (r *Ring) push(rec *kafka.Record) {
	size := recordSize + len(rec.Key) + len(rec.Value)
	for i := range rec.Headers {
		size += headerSize + len(rec.Headers[i].Key) + len(rec.Headers[i].Value)
	}
	for r.next > r.first && (r.bytes+size > r.maxBytes || int(r.next-r.first) >= r.maxCount) {
		old := r.slot(r.first)
		r.bytes -= old.size
		*old = slot{}
		r.first++
	}
	r.grow()
	kept := *rec
	kept.Key, kept.Value = r.copy(rec.Key), r.copy(rec.Value)
	if len(rec.Headers) > 0 {
		kept.Headers = make([]kafka.Header, len(rec.Headers))
		for i, h := range rec.Headers {
			kept.Headers[i] = kafka.Header{Key: h.Key, Value: r.copy(h.Value)}
		}
	} else {
		kept.Headers = nil
	}
	*r.slot(r.next) = slot{rec: kept, size: size}
	r.next++
	r.bytes += size
}

// copy keeps nil apart from empty.
func (r *Ring) copy(b []byte) []byte {
	switch {
	case b == nil:
		return nil
	case len(b) == 0:
		return []byte{}
	case len(b) > slabSize/4:
		return append([]byte(nil), b...)
	case len(b) > len(r.slab):
		r.slab = make([]byte, slabSize)
	}
	out := r.slab[:len(b):len(b)]
	r.slab = r.slab[len(b):]
	copy(out, b)
	return out
}

func (r *Ring) slot(seq uint64) *slot { return &r.slots[seq%uint64(len(r.slots))] }

// grow makes room for one more record. The slots double until maxCount.
func (r *Ring) grow() {
	used := int(r.next - r.first)
	if used < len(r.slots) {
		return
	}
	grown := make([]slot, min(max(2*len(r.slots), 256), r.maxCount))
	for seq := r.first; seq < r.next; seq++ {
		grown[seq%uint64(len(grown))] = *r.slot(seq)
	}
	r.slots = grown
}

// Bounds returns the sequence number of the oldest record that is kept and the
// one that the next record will get. They are equal if there is none.
func (r *Ring) Bounds() (first, next uint64) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.first, r.next
}

// At returns a record by sequence number; false if it was dropped or is still to
// come. What it holds must not be written to.
func (r *Ring) At(seq uint64) (kafka.Record, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if seq < r.first || seq >= r.next {
		return kafka.Record{}, false
	}
	return r.slot(seq).rec, true
}

// Copy fills to with the records from sequence number seq on and returns how
// many there were, and the sequence number of the first: that is later than seq
// if those in between were dropped. A screen takes all its lines by one call.
func (r *Ring) Copy(to []kafka.Record, seq uint64) (n int, from uint64) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	from = max(seq, r.first)
	for n < len(to) && from+uint64(n) < r.next {
		to[n] = r.slot(from + uint64(n)).rec
		n++
	}
	return n, from
}

// Clear drops all records. Sequence numbers go on from where they were.
func (r *Ring) Clear() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.slots)
	r.first, r.bytes, r.slab = r.next, 0, nil
}

// Bytes is about how much memory the records take.
func (r *Ring) Bytes() int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.bytes
}
