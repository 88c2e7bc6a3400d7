package tailbox

import (
	"fmt"
	"strings"

	"kconsole/kafka"
)

// place names a record within its topic.
type place struct {
	partition int32
	offset    int64
}

// marks are the records that the user has marked. They are copies, which stay
// when the ring has dropped the record, so they are bounded.
type marks struct {
	records []kafka.Record // in the order they were marked
	at      map[place]int  // index in records
	bytes   int
	last    place // marked last, where a range begins
}

const (
	maxMarks     = 10_000
	maxMarkBytes = 16 << 20
)

func (m *marks) len() int { return len(m.records) }

func (m *marks) has(partition int32, offset int64) bool {
	_, ok := m.at[place{partition, offset}]
	return ok
}

// add marks a record. An error says that there is no room.
func (m *marks) add(rec *kafka.Record) error {
	p := place{rec.Partition, rec.Offset}
	m.last = p
	if m.has(p.partition, p.offset) {
		return nil
	}
	size := recordSize(rec)
	if len(m.records) >= maxMarks || m.bytes+size > maxMarkBytes {
		return fmt.Errorf("%d records are marked: no more can be kept; save them with ctrl-s, or unmark some", len(m.records))
	}
	if m.at == nil {
		m.at = map[place]int{}
	}
	m.at[p] = len(m.records)
	m.records = append(m.records, cloneRecord(rec))
	m.bytes += size
	return nil
}

// remove takes a mark away.
func (m *marks) remove(partition int32, offset int64) {
	i, ok := m.at[place{partition, offset}]
	if !ok {
		return
	}
	m.bytes -= recordSize(&m.records[i])
	m.records = append(m.records[:i], m.records[i+1:]...)
	delete(m.at, place{partition, offset})
	for at, j := range m.at {
		if j > i {
			m.at[at] = j - 1
		}
	}
}

func (m *marks) clear() { *m = marks{} }

// recordSize is about what a record takes in memory.
func recordSize(rec *kafka.Record) int {
	n := 192 + len(rec.Key) + len(rec.Value)
	for i := range rec.Headers {
		n += 48 + len(rec.Headers[i].Key) + len(rec.Headers[i].Value)
	}
	return n
}

// cloneRecord copies a record that points into a larger buffer.
func cloneRecord(rec *kafka.Record) kafka.Record {
	c := *rec
	c.Key, c.Value = cloneBytes(rec.Key), cloneBytes(rec.Value)
	c.Headers = make([]kafka.Header, len(rec.Headers))
	for i, h := range rec.Headers {
		c.Headers[i] = kafka.Header{Key: strings.Clone(h.Key), Value: cloneBytes(h.Value)}
	}
	return c
}

// cloneBytes tells nil from empty, and leaves no spare room.
func cloneBytes(b []byte) []byte {
	if b == nil {
		return nil
	}
	return append(make([]byte, 0, len(b)), b...)
}
