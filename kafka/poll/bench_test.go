package poll_test

import (
	"runtime"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"kconsole/kafka"
	"kconsole/kafka/kafkatest"
	"kconsole/kafka/poll"
)

// w10 is the large cluster in memory.
func w10(t testing.TB, opts poll.Options) (*kafka.Cluster, *poll.Poller) {
	t.Helper()
	var seeds []kfake.Opt
	for parts, names := range kafkatest.LargeTopics() {
		seeds = append(seeds, kfake.SeedTopics(parts, names...))
	}
	_, c, p := start(t, opts, seeds...)
	if err := kafkatest.CommitLarge(t.Context(), c.Client()); err != nil {
		t.Fatal(err)
	}
	return c, p
}

// BenchmarkRound is one round of everything on the large cluster, with the time
// that the broker in this process takes.
func BenchmarkRound(b *testing.B) {
	_, p := w10(b, poll.Options{Interval: time.Hour})
	defer p.Watch(poll.Offsets | poll.Sizes | poll.Lag)()
	wait(b, p, "all", func(s *poll.Snapshot) bool {
		return s.Groups.Ready() && s.Topics.Ready() && s.Topics.Rows[0].Records() >= 0 && s.Topics.Rows[0].Bytes() >= 0
	})
	b.ReportAllocs()
	for b.Loop() {
		at := p.Latest()
		p.Refresh()
		for now := at; !now.Topics.At.After(at.Topics.At) || !now.Groups.At.After(at.Groups.At); now = p.Latest() {
			time.Sleep(time.Millisecond)
		}
	}
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.HeapAlloc)/(1<<20), "MiB-heap")
}

func TestLargeCluster(t *testing.T) {
	began := time.Now()
	_, p := w10(t, poll.Options{})
	t.Logf("made in %s", time.Since(began))
	began = time.Now()
	defer p.Watch(poll.Offsets | poll.Lag)()
	wait(t, p, "topics", func(s *poll.Snapshot) bool { return s.Topics.Ready() })
	t.Logf("first topics after %s", time.Since(began))
	s := wait(t, p, "offsets and groups", func(s *poll.Snapshot) bool {
		// On a busy machine a request may run out of time; the next round mends it.
		return s.Groups.Ready() && s.Topics.Ready() && s.Topics.Rows[0].Records() >= 0 && len(s.Problems) == 0
	})
	t.Logf("offsets and lag after %s", time.Since(began))
	parts := 0
	for i := range s.Topics.Rows {
		parts += len(s.Topics.Rows[i].Partitions)
	}
	if len(s.Topics.Rows) != kafkatest.LargeTopicCount || parts != kafkatest.LargePartitionCount || len(s.Groups.Rows) != kafkatest.LargeGroupCount || s.Group("group-1999").Lag() != 0 {
		t.Errorf("%d topics, %d partitions, %d groups", len(s.Topics.Rows), parts, len(s.Groups.Rows))
	}
}
