package stacktest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// write writes n records to each of the given number of partitions, all
// acknowledged by every replica in sync, or fails the test.
func (b *bench) write(t *testing.T, topic string, partitions int32, n int) []string {
	t.Helper()
	producer := b.producer(t)
	var records []*kgo.Record
	var values []string
	for p := range partitions {
		for i := range n {
			value := fmt.Sprintf("%d-%d-%d", p, i, time.Now().UnixNano())
			values = append(values, value)
			records = append(records, &kgo.Record{Topic: topic, Partition: p, Value: []byte(value)})
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), b.suite.Limit)
	defer cancel()
	if err := producer.ProduceSync(ctx, records...).FirstErr(); err != nil {
		t.Fatalf("producing to %s: %v", topic, err)
	}
	return values
}

// read reads a topic from its start until it has as many records as are
// expected, and goes on to the end: it returns how often each value is there.
func (b *bench) read(t *testing.T, topic string) map[string]int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), b.suite.Limit)
	defer cancel()
	ends, err := b.admin.ListEndOffsets(ctx, topic)
	if err != nil {
		t.Fatal(err)
	}
	missing := int64(0)
	for _, p := range ends[topic] {
		if p.Err != nil {
			t.Fatal(p.Err)
		}
		missing += p.Offset
	}
	client := b.newClient(t, kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	defer client.Close()
	seen := make(map[string]int)
	for missing > 0 {
		fetches := client.PollFetches(ctx)
		if ctx.Err() != nil {
			t.Fatalf("reading %s: %d of its records do not come", topic, missing)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			seen[string(r.Value)]++
			missing--
		})
	}
	return seen
}

// exactly fails the test unless a topic holds each of the values once.
func (b *bench) exactly(t *testing.T, topic string, want []string) {
	t.Helper()
	seen := b.read(t, topic)
	for _, value := range want {
		if seen[value] != 1 {
			t.Fatalf("%s: an acknowledged record is there %d times: %s", topic, seen[value], value)
		}
	}
	if len(seen) != len(want) {
		t.Errorf("%s holds %d records, %d were acknowledged", topic, len(seen), len(want))
	}
}

// stream writes to a topic without pause until it is ended.
type stream struct {
	cancel context.CancelFunc
	done   chan struct{}

	mu    sync.Mutex
	acked []string
	err   error
}

// streamTo starts a stream of records to all partitions in turn. Every record is
// tried until it is acknowledged, in order, by an idempotent producer.
func (b *bench) streamTo(t *testing.T, topic string, partitions int32) *stream {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s := &stream{cancel: cancel, done: make(chan struct{})}
	producer := b.producer(t, kgo.RecordDeliveryTimeout(2*b.suite.Limit))
	go func() {
		defer close(s.done)
		for i := 0; ctx.Err() == nil; i++ {
			value := fmt.Sprintf("stream-%d", i)
			record := &kgo.Record{Topic: topic, Partition: int32(i) % partitions, Value: []byte(value)}
			// Not ctx: a record that is on its way when the stream ends is
			// acknowledged or not, and the test needs to know.
			err := producer.ProduceSync(context.Background(), record).FirstErr()
			s.mu.Lock()
			if err == nil {
				s.acked = append(s.acked, value)
			} else {
				s.err = err
			}
			s.mu.Unlock()
			if err != nil {
				return
			}
			time.Sleep(time.Millisecond) // a steady rate, easy on small machines
		}
	}()
	t.Cleanup(func() { _, _ = s.end() })
	return s
}

// end ends the stream and returns what was acknowledged.
func (s *stream) end() ([]string, error) {
	s.cancel()
	<-s.done
	return s.acked, s.err
}

// count is how many records were acknowledged so far.
func (s *stream) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.acked)
}

// flows waits until n more records are acknowledged.
func (b *bench) flows(t *testing.T, s *stream, n int) {
	t.Helper()
	from := s.count()
	b.eventually(t, func() string {
		if now := s.count(); now < from+n {
			select {
			case <-s.done:
				t.Fatalf("the stream of records ended: %v", s.err)
			default:
			}
			return fmt.Sprintf("writes do not go on: %d records acknowledged, then %d", from, now)
		}
		return ""
	})
}
