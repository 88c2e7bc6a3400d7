package poll_test

import (
	"slices"
	"testing"
	"time"

	"kconsole/kafka"
	"kconsole/kafka/poll"
)

// TestWhatNobodyLookedAt: while no screen shows the topics they are not read. The
// next reading tells the mean rate of that time, of a topic and of all of them; a
// group's lag of that time stays unknown.
func TestWhatNobodyLookedAt(t *testing.T) {
	h := poll.NewHistory()
	begun := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	read := func(after time.Duration, end int64) {
		at := begun.Add(after)
		h.AddTopics([]kafka.Topic{{Name: "orders", Partitions: []kafka.Partition{{End: end}}}, {Name: "payments", Partitions: []kafka.Partition{{End: 2 * end}}}}, at)
		h.AddGroups([]kafka.Group{{ID: "billing", Offsets: []kafka.GroupOffset{{Topic: "orders", Committed: 0, End: end}}}}, at)
	}
	last := func(values []float32, n int) []float32 {
		if len(values) < n {
			return values
		}
		return values[len(values)-n:]
	}
	read(0, 1000)
	if got := h.ClusterRates(begun); got != nil {
		t.Errorf("of one reading there is no rate: %v", got)
	}
	read(5*time.Second, 1500)  // 100 records a second in orders
	read(10*time.Second, 2000) // and again
	read(40*time.Second, 3500) // after half a minute elsewhere: 50 a second on the mean
	now := begun.Add(40 * time.Second)
	for _, one := range []struct {
		what      string
		got, want []float32
	}{
		{"a topic", last(h.TopicRates("orders", now), 9), []float32{-1, 100, 100, 50, 50, 50, 50, 50, 50}},
		{"all topics", last(h.ClusterRates(now), 9), []float32{-1, 300, 300, 150, 150, 150, 150, 150, 150}},
		{"a group", last(h.GroupLags("billing", now), 9), []float32{1000, 1500, 2000, -1, -1, -1, -1, -1, 3500}},
	} {
		// The first rate after a pause is not smoothed with the one before it.
		if !slices.Equal(one.got, one.want) {
			t.Errorf("%s: %v, want %v", one.what, one.got, one.want)
		}
	}
	// After longer than is kept, all that is kept is that mean.
	read(20*time.Minute, 3500+50*60*20-50*40)
	now = begun.Add(20 * time.Minute)
	for _, v := range h.ClusterRates(now) {
		if v != 150 {
			t.Errorf("after a long time elsewhere: %v", h.ClusterRates(now))
			break
		}
	}
	// A clock that was set back ruins nothing.
	read(10*time.Minute, 200_000)
	if got := last(h.ClusterRates(now), 1); got[0] != 150 {
		t.Errorf("after the clock was set back: %v", got)
	}
}
