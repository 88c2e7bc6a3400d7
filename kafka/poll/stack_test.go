package poll_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"kconsole/kafka"
	"kconsole/kafka/kafkatest"
	"kconsole/kafka/poll"
)

func TestMain(m *testing.M) { kafkatest.Main(m) }

// TestStackShowsABrokersStop watches a cluster while one broker is stopped and
// started again: it leaves and comes, its partitions get other leaders, and the
// ISR shrinks and is full again, in snapshots and in events.
func TestStackShowsABrokersStop(t *testing.T) { kafkatest.EachAlone(t, stackShowsABrokersStop) }

func stackShowsABrokersStop(t *testing.T, stack *kafkatest.Cluster) {
	topic := stack.Topic(t, 6, 3)
	c, err := kafka.Connect(stack.Config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	p := poll.New(c, poll.Options{Interval: 200 * time.Millisecond})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); p.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	defer p.Watch(poll.Offsets | poll.Sizes | poll.Lag | poll.ACLs | poll.Last)()

	until := func(what string, ok func(s *poll.Snapshot) bool) *poll.Snapshot {
		t.Helper()
		var s *poll.Snapshot
		kafkatest.Eventually(t, func() string {
			if s = p.Latest(); ok(s) {
				return ""
			}
			return fmt.Sprintf("%s; problems: %v", what, s.Problems)
		})
		return s
	}
	full := func(s *poll.Snapshot) bool {
		x := s.Topic(topic)
		return x != nil && s.Cluster.Up() == 3 && x.UnderReplicated() == 0 && x.Offline() == 0
	}
	s := until("all is not there", func(s *poll.Snapshot) bool {
		return full(s) && s.Topic(topic).Records() == 0 && s.Groups.Ready() && s.ACLs.Ready() && len(s.Problems) == 0
	})
	victim := s.Topic(topic).Partitions[0].Leader
	led := 0
	for _, q := range s.Topic(topic).Partitions {
		if q.Leader == victim {
			led++
		}
	}
	if err := stack.Stack.Stop(ctx, victim); err != nil {
		t.Fatal(err)
	}
	s = until("the stop does not show", func(s *poll.Snapshot) bool {
		x := s.Topic(topic)
		return s.Cluster.Up() == 2 && x.UnderReplicated() == 6 && x.Offline() == 0 &&
			!slices.ContainsFunc(x.Partitions, func(q kafka.Partition) bool { return q.Leader == victim })
	})
	if i := slices.IndexFunc(s.Cluster.Brokers, func(b kafka.Broker) bool { return b.ID == victim }); i < 0 || s.Cluster.Brokers[i].Up {
		t.Errorf("brokers %+v: want the stopped one to be there, as down", s.Cluster.Brokers)
	}
	until("problems do not end, although two brokers answer for everything", func(s *poll.Snapshot) bool { return len(s.Problems) == 0 })
	if err := stack.Stack.Start(ctx, victim); err != nil {
		t.Fatal(err)
	}
	until("the start does not show", func(s *poll.Snapshot) bool { return full(s) && len(s.Problems) == 0 })

	events, _ := p.Events(0)
	all := texts(events)
	for _, want := range []string{fmt.Sprintf("!broker broker %d: left", victim), fmt.Sprintf("broker broker %d: came", victim)} {
		if !slices.Contains(all, want) {
			t.Errorf("no event %q in\n%q", want, all)
		}
	}
	moved := 0
	for _, e := range events {
		if e.Kind == poll.LeaderEvent {
			moved++
		}
	}
	if moved < led {
		t.Errorf("%d events of moved leaders for %d partitions", moved, led)
	}
}
