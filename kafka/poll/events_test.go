package poll_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"kconsole/kafka"
	"kconsole/kafka/poll"
)

func texts(events []poll.Event) (out []string) {
	for _, e := range events {
		mark := ""
		if e.Worse {
			mark = "!"
		}
		out = append(out, fmt.Sprintf("%s%s %s: %s", mark, e.Kind, e.Resource, e.Text))
	}
	return out
}

func TestChanges(t *testing.T) {
	at := time.Unix(1, 0)
	brokers := func(up ...bool) (out []kafka.Broker) {
		for i, u := range up {
			out = append(out, kafka.Broker{ID: int32(i + 1), Up: u})
		}
		return out
	}
	topic := func(name string, ps ...kafka.Partition) kafka.Topic {
		for i := range ps {
			ps[i].ID, ps[i].Topic = int32(i), name
		}
		return kafka.Topic{Name: name, Partitions: ps}
	}
	part := func(leader int32, isr ...int32) kafka.Partition {
		return kafka.Partition{Leader: leader, Replicas: []int32{1, 2, 3}, ISR: isr}
	}
	from := &poll.Snapshot{
		Cluster: kafka.ClusterInfo{Brokers: brokers(true, true, true)},
		Topics:  poll.Part[kafka.Topic]{At: at, Rows: []kafka.Topic{topic("gone"), topic("orders", part(2, 1, 2, 3), part(1, 3, 2, 1))}},
		Groups: poll.Part[kafka.Group]{At: at, Rows: []kafka.Group{
			{ID: "billing", State: "Stable", Members: []kafka.Member{{ID: "a", ClientID: "php-1", Host: "/10.0.0.1"}, {ID: "b", ClientID: "php-2"}}}, {ID: "old"},
		}},
	}
	to := &poll.Snapshot{
		Cluster: kafka.ClusterInfo{Brokers: brokers(true, false, true)},
		Topics:  poll.Part[kafka.Topic]{At: at, Rows: []kafka.Topic{topic("new", part(1, 1)), topic("orders", part(-1, 3, 1), part(1, 1, 2, 3), part(1, 1))}},
		Groups: poll.Part[kafka.Group]{At: at, Rows: []kafka.Group{
			{ID: "billing", State: "PreparingRebalance", Members: []kafka.Member{{ID: "b", ClientID: "php-2", Assigned: []kafka.TopicPartition{{Topic: "orders"}}}}},
		}},
	}
	want := []string{
		"!broker broker 2: left",
		"topic gone: deleted",
		"topic new: created, 1 partitions",
		"topic orders: partitions 2 → 3",
		"!leader orders/0: leader 2 → none",
		"!isr orders/0: ISR 1,2,3 → 1,3",
		"group billing: Stable → PreparingRebalance",
		"!group billing: member php-1 at /10.0.0.1 left",
		"group billing: member php-2 has 1 partitions instead of 0",
		"group old: gone",
	}
	if got := texts(poll.Changes(from, to)); !slices.Equal(got, want) {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
	if got := poll.Changes(to, to); len(got) != 0 {
		t.Errorf("to itself: %v", texts(got))
	}
	if got := poll.Changes(&poll.Snapshot{}, to); len(got) != 0 {
		t.Errorf("the first snapshot: %v", texts(got))
	}
}

func TestEventsAreRemembered(t *testing.T) {
	fake, c, p := start(t, poll.Options{}, kfake.SeedTopics(1, "orders"))
	defer p.Watch(poll.Topics | poll.Groups)()
	wait(t, p, "all", func(s *poll.Snapshot) bool { return s.Topics.Ready() && s.Groups.Ready() })
	was := fake.LeaderFor("orders", 0)
	if err := fake.MoveTopicPartition("orders", 0, (was+1)%3); err != nil {
		t.Fatal(err)
	}
	client, err := c.NewClient(kgo.ConsumerGroup("billing"), kgo.ConsumeTopics("orders"))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); client.PollFetches(ctx) }()
	defer func() { cancel(); <-done }()
	var events []poll.Event
	wait(t, p, "both events", func(*poll.Snapshot) bool {
		events, _ = p.Events(0)
		all := texts(events)
		return slices.Contains(all, fmt.Sprintf("leader orders/0: leader %d → %d", was, (was+1)%3)) &&
			slices.ContainsFunc(events, func(e poll.Event) bool { return e.Kind == poll.GroupEvent && e.Resource == "billing" })
	})
	for i, e := range events {
		if e.Seq != uint64(i) || e.At.IsZero() {
			t.Errorf("event %d: %+v", i, e)
		}
	}
	if rest, next := p.Events(events[0].Seq + 1); len(rest) < len(events)-1 || next < uint64(len(events)) {
		t.Errorf("%d from the second on, next is %d", len(rest), next)
	}
}
