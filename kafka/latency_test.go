package kafka

import (
	"math"
	"testing"
	"time"
)

func TestLatencies(t *testing.T) {
	var l latencies
	now := time.Unix(1_795_442_530, 0)
	for i := range 100 {
		d := 10 * time.Millisecond
		if i >= 98 {
			d = 2 * time.Second
		}
		l.add(1, d, now)
		l.add(1, time.Millisecond, now.Add(-time.Minute))
	}
	l.add(3, 0, now.Add(-10*time.Minute))
	l.add(2, time.Hour, now)
	near := func(got, want float64) bool { return got > want/1.25 && got < want*1.25 }
	got := l.read(now)
	if len(got) != 2 || got[0].Broker != 1 || got[1].Broker != 2 {
		t.Fatalf("%+v; broker 3 was asked too long ago", got)
	}
	b := got[0]
	last := LatencySlots - 1
	if b.Requests != 200 || !near(b.P50[last], 0.01) || !near(b.P99[last], 2) || !near(b.P99[last-12], 0.001) || b.P50[last-1] >= 0 || b.P99[0] >= 0 {
		t.Errorf("%+v", b)
	}
	if !near(b.Median, 0.001) || !near(b.Worst, 0.01) {
		t.Errorf("of all: %v and %v", b.Median, b.Worst)
	}
	// Five minutes later nothing of it is left.
	if got := l.read(now.Add(LatencySlots * LatencyStep)); len(got) != 0 {
		t.Errorf("still there: %+v", got)
	}
	for d := latencyFirst; d < time.Minute; d += d / 7 {
		if got := latencyOf(latencyBucket(d)); math.Abs(math.Log2(got/d.Seconds())) > 0.26 {
			t.Fatalf("%s is taken for %v s", d, got)
		}
	}
	// Many brokers, for a long time: bounded.
	for i := range int32(2 * latencyBrokers) {
		l.add(i, time.Millisecond, now)
	}
	if len(l.brokers) != latencyBrokers {
		t.Errorf("%d brokers are measured", len(l.brokers))
	}
}
