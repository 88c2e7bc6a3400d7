package events_test

import (
	"strings"
	"testing"
	"time"

	"kconsole/kafka"
	"kconsole/kafka/poll"
	"kconsole/ui/events"
	"kconsole/ui/uitest"
)

// later is the sample cluster, read so much later.
func later(d time.Duration) *poll.Snapshot {
	s := uitest.Snapshot()
	s.At = uitest.Now.Add(d)
	s.Topics.At, s.Groups.At = s.At, s.At
	return s
}

func texts(l *events.Log) string {
	var out []string
	for _, e := range l.Events() {
		out = append(out, e.Name+": "+e.What)
	}
	return strings.Join(out, "\n")
}

func TestWhatChanges(t *testing.T) {
	t.Parallel()
	var l events.Log
	l.See(&poll.Snapshot{})
	l.See(later(0)) // the first look is no change
	if got := texts(&l); got != "" {
		t.Fatalf("the first snapshot gave %s", got)
	}
	l.See(later(time.Second))
	if got := texts(&l); got != "" {
		t.Fatalf("the same again gave %s", got)
	}
	s := later(2 * time.Second)
	s.Cluster.Brokers[0].Up = false
	s.Cluster.Brokers[1].Up = true
	orders := &s.Topics.Rows[1]
	orders.Partitions[0].Leader, orders.Partitions[0].ISR = 3, []int32{3, 2}
	orders.Partitions[1].Leader = kafka.NoLeader
	s.Topics.Rows[3].Partitions[5].Leader = 2
	s.Topics.Rows[3].Partitions[1].ISR = []int32{1, 2, 3}
	s.Topics.Rows = append(s.Topics.Rows[:4:4], uitest.Topic("shipments", 2, 0, nil), s.Topics.Rows[5])
	s.Groups.Rows[0].State = "PreparingRebalance"
	s.Groups.Rows[1].Members = s.Groups.Rows[1].Members[:1]
	s.Groups.Rows = s.Groups.Rows[:2]
	l.See(s)
	got := texts(&l)
	for _, want := range []string{
		"1: broker 1 left", "2: broker 2 joined", "orders: p0 leader 1 → 3", "orders: p0 ISR 1,2,3 → 2,3", "orders: p1 has no leader any more (was 2)",
		"orders.enriched: p5 leader 2", "orders.enriched: p1 ISR 1,3 → 1,2,3", "payments: topic deleted", "shipments: topic created with 2 partitions",
		"audit: Stable → PreparingRebalance", "billing: members 3 → 1", "nightly-report: group is gone",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	if n := strings.Count(got, "\n") + 1; n != 12 {
		t.Errorf("%d events:\n%s", n, got)
	}
}

func TestOldPartsAreNotComparedAndTheLogIsBounded(t *testing.T) {
	t.Parallel()
	var l events.Log
	l.See(later(0))
	stale := later(0)
	stale.Topics.Rows = nil
	l.See(stale)
	if got := texts(&l); got != "" {
		t.Fatalf("rows that were not read anew gave %s", got)
	}
	for i := range 20 {
		s := later(time.Duration(i+1) * time.Second)
		s.Topics.Rows = uitest.Large(500 * (i % 2)).Topics.Rows
		l.See(s)
	}
	if n := len(l.Events()); n > events.Keep || n < events.Keep/2 {
		t.Errorf("%d events are kept", n)
	}
	if !strings.Contains(texts(&l), "further changes") {
		t.Error("a flood is not summed up")
	}
}

// TestChangesOfReplicas: each change is kept, also where the events only tell
// their number; those of a topic that is gone are not.
func TestChangesOfReplicas(t *testing.T) {
	t.Parallel()
	var l events.Log
	if !l.Since().IsZero() {
		t.Error("something is known before anything was read")
	}
	l.See(later(0))
	if !l.Since().Equal(uitest.Now) {
		t.Errorf("known since %v", l.Since())
	}
	s := later(time.Second)
	for i := range s.Topics.Rows[1].Partitions {
		s.Topics.Rows[1].Partitions[i].ISR = []int32{1}
	}
	l.See(s)
	got := l.Changes("orders")
	if len(got) != 6 || got[5].Partition != 5 || got[5].Was.InSync != 3 || got[5].Is.InSync != 1 || got[5].Is.Full() || !got[5].At.Equal(s.At) {
		t.Errorf("changes %+v", got)
	}
	s = later(2 * time.Second)
	s.Topics.Rows = s.Topics.Rows[2:]
	l.See(s)
	if got := l.Changes("orders"); len(got) > 0 {
		t.Errorf("a topic that is gone has changes: %+v", got)
	}
}
