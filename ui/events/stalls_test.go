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

const watched = poll.Topics | poll.Offsets | poll.Groups | poll.Lag

// clients are seconds of a cluster with one topic and one group: at, both
// partitions' ends and what the group has committed.
type clients struct {
	log  *events.Log
	then time.Duration
	ends [2]int64
	done int64
}

func newClients() *clients { return &clients{log: &events.Log{}} }

// pass lets seconds go by in which the first partition, the second and the
// group move, or not.
func (c *clients) pass(seconds int, first, second, group bool) {
	for range seconds {
		c.then += time.Second
		for i, moves := range []bool{first, second} {
			if moves {
				c.ends[i] += 10
			}
		}
		if group {
			c.done += 15
		}
		c.log.Watch(c.snapshot(), watched)
	}
}

func (c *clients) snapshot() *poll.Snapshot {
	at := uitest.Now.Add(c.then)
	topic := uitest.Topic("orders", 2, 0, nil)
	for i := range topic.Partitions {
		topic.Partitions[i].End = c.ends[i]
	}
	group := kafka.Group{ID: "billing", Offsets: []kafka.GroupOffset{{
		Topic: "orders", Committed: c.done, End: c.done + 100,
	}}}
	return &poll.Snapshot{
		At:     at,
		Topics: poll.Part[kafka.Topic]{Rows: []kafka.Topic{topic}, At: at},
		Groups: poll.Part[kafka.Group]{Rows: []kafka.Group{group}, At: at},
	}
}

func (c *clients) trouble() {
	c.log.Add(events.Event{At: uitest.Now.Add(c.then), Kind: events.Lab, Name: "broker 2", What: "killed"})
}

// What stands still after a broker's end is told of, and that it goes on, too.
func TestStalledClients(t *testing.T) {
	t.Parallel()
	c := newClients()
	c.pass(10, true, true, true)
	c.trouble()
	c.pass(10, false, true, false)
	c.pass(2, true, true, true)
	got := texts(c.log)
	want := []string{
		"billing: commits again, after 11 s, lag 100",
		"orders: records again in p0, after 11 s",
		"billing: stalled: nothing committed for 8 s, lag 100",
		"orders: stalled: no records in p0 for 4 s",
		"broker 2: killed",
	}
	if got != strings.Join(want, "\n") {
		t.Errorf("%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

// Clients that rest in a quiet cluster, that were never steady, or of which
// nothing is read, are no news.
func TestRestingClients(t *testing.T) {
	t.Parallel()
	c := newClients()
	c.pass(10, true, true, true)
	c.pass(60, false, false, false)
	c.trouble()
	c.pass(20, false, false, false)
	if got := texts(c.log); got != "broker 2: killed" {
		t.Errorf("they rested before the trouble: %s", got)
	}

	c = newClients()
	c.pass(1, true, true, true)
	c.trouble()
	c.pass(20, false, false, false)
	if got := texts(c.log); got != "broker 2: killed" {
		t.Errorf("one record is no habit: %s", got)
	}

	c = newClients()
	c.pass(10, true, true, true)
	c.trouble()
	for range 20 {
		c.then += time.Second
		c.log.Watch(c.snapshot(), poll.Topics)
	}
	if got := texts(c.log); got != "broker 2: killed" {
		t.Errorf("their offsets were not read: %s", got)
	}
}

// The sum of what is under-replicated and offline is told of when it changes.
func TestHealthInSum(t *testing.T) {
	t.Parallel()
	var l events.Log
	l.See(later(0))
	before := texts(&l)
	s := later(time.Second)
	for i := range s.Topics.Rows {
		for j := range s.Topics.Rows[i].Partitions {
			p := &s.Topics.Rows[i].Partitions[j]
			p.ISR, p.Replicas, p.Leader = []int32{1}, []int32{1, 2, 3}, 1
		}
	}
	l.See(s)
	l.See(later(2 * time.Second))
	got := texts(&l)
	for _, want := range []string{"partitions are under-replicated ("} {
		if strings.Contains(before, want) || strings.Count(got, want) != 2 {
			t.Errorf("%q is told of %d times:\n%s", want, strings.Count(got, want), got)
		}
	}
}
