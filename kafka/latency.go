package kafka

import (
	"math"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// The shape of what is remembered of latencies: LatencySlots values, each for
// LatencyStep of time, so the last five minutes.
const (
	LatencyStep  = 5 * time.Second
	LatencySlots = 60
)

// The bounds of memory: 6 kB a broker, at most 1.5 MB. Brokers beyond the bound
// are not measured.
const (
	latencyBuckets = 48
	latencyBrokers = 256
)

// BrokerLatency is how long a broker took to answer this program's own requests,
// from before the request was written until its response was read. Fetches that
// wait for records, produce requests and sign-ins are not in it: they go over
// other connections, or say nothing of the broker.
type BrokerLatency struct {
	Broker int32
	// P50 and P99 are quantiles in seconds, one for each LatencyStep, the oldest
	// first; negative: nothing was asked then. They are exact to 20 %.
	P50, P99 []float64
	// Requests counts those of all steps; Median and Worst are their p50 and p99.
	Requests      int64
	Median, Worst float64
}

// Latencies are those of the brokers that were asked something in the last five
// minutes, by id. It needs no request.
func (c *Cluster) Latencies(now time.Time) []BrokerLatency { return c.watch.latency.read(now) }

// latencies remembers the durations of requests as histograms with logarithmic
// buckets, by broker and step.
type latencies struct {
	mu      sync.Mutex
	brokers map[int32]*latencyTrack
}

type latencyTrack struct {
	slots [LatencySlots]latencySlot
}

type latencySlot struct {
	step   int64 // which step it holds; others are over
	counts [latencyBuckets]uint16
}

// The first bucket ends at 100 µs; each is about 1.4 times the one before, so the
// last begins at 20 minutes.
const latencyFirst = 100 * time.Microsecond

func latencyBucket(d time.Duration) int {
	if d <= latencyFirst {
		return 0
	}
	return min(int(math.Ceil(2*math.Log2(float64(d)/float64(latencyFirst)))), latencyBuckets-1)
}

// latencyOf is what stands for a bucket, in seconds: the middle of it.
func latencyOf(bucket int) float64 {
	return latencyFirst.Seconds() * math.Exp2((float64(bucket)-0.5)/2)
}

func latencyStep(at time.Time) int64 { return at.UnixNano() / int64(LatencyStep) }

func (l *latencies) add(broker int32, d time.Duration, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.brokers[broker]
	if t == nil {
		if len(l.brokers) >= latencyBrokers {
			return
		}
		if l.brokers == nil {
			l.brokers = map[int32]*latencyTrack{}
		}
		t = new(latencyTrack)
		l.brokers[broker] = t
	}
	step := latencyStep(at)
	s := &t.slots[step%LatencySlots]
	if s.step != step {
		*s = latencySlot{step: step}
	}
	if n := &s.counts[latencyBucket(d)]; *n < math.MaxUint16 {
		*n++
	}
}

func (l *latencies) read(now time.Time) []BrokerLatency {
	l.mu.Lock()
	defer l.mu.Unlock()
	end := latencyStep(now)
	var out []BrokerLatency
	for id, t := range l.brokers {
		b := BrokerLatency{Broker: id, P50: make([]float64, LatencySlots), P99: make([]float64, LatencySlots)}
		var all [latencyBuckets]int64
		for i := range LatencySlots {
			b.P50[i], b.P99[i] = -1, -1
			step := end - LatencySlots + 1 + int64(i)
			s := &t.slots[((step%LatencySlots)+LatencySlots)%LatencySlots]
			if s.step != step {
				continue
			}
			var here [latencyBuckets]int64
			for n, count := range s.counts {
				here[n] = int64(count)
				all[n] += int64(count)
				b.Requests += int64(count)
			}
			b.P50[i], b.P99[i] = quantile(&here, 0.5), quantile(&here, 0.99)
		}
		if b.Requests == 0 {
			continue
		}
		b.Median, b.Worst = quantile(&all, 0.5), quantile(&all, 0.99)
		out = append(out, b)
	}
	slices.SortFunc(out, func(a, b BrokerLatency) int { return int(a.Broker) - int(b.Broker) })
	return out
}

// quantile is the value below which a part of what was counted lies; negative:
// nothing was.
func quantile(counts *[latencyBuckets]int64, part float64) float64 {
	total := int64(0)
	for _, n := range counts {
		total += n
	}
	rank, seen := int64(math.Ceil(part*float64(total))), int64(0)
	for bucket, n := range counts {
		if seen += n; n > 0 && seen >= rank {
			return latencyOf(bucket)
		}
	}
	return -1
}

// measure notes how long a request took. The ids of the addresses in the
// configuration, before brokers are known, are negative.
func (l *latencies) measure(broker int32, key int16, e2e kgo.BrokerE2E) {
	switch key {
	case kmsg.SASLAuthenticate.Int16(), kmsg.SASLHandshake.Int16(), kmsg.ApiVersions.Int16(), kmsg.Produce.Int16(), kmsg.Fetch.Int16():
		return
	}
	if broker >= 0 && e2e.Err() == nil {
		l.add(broker, e2e.DurationE2E(), time.Now())
	}
}
