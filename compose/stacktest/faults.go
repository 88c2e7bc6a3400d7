package stacktest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"kconsole/compose"
)

// leaderOf is the leader of a topic's partition 0.
func (b *bench) leaderOf(t *testing.T, topic string) int32 {
	t.Helper()
	list := b.partitions(t, topic, "led", func(p kadm.PartitionDetail) bool { return p.Leader >= 0 })
	return list[0].Leader
}

// without waits until a topic does without a broker: it leads nothing, it is in
// no ISR, and it is still a replica.
func (b *bench) without(t *testing.T, topic string, id int32) {
	t.Helper()
	b.partitions(t, topic, "led by others alone", func(p kadm.PartitionDetail) bool {
		return p.Leader >= 0 && p.Leader != id && !slices.Contains(p.ISR, id) &&
			len(p.ISR) == len(p.Replicas)-1 && slices.Contains(p.Replicas, id)
	})
}

func (b *bench) full(t *testing.T, topic string) {
	t.Helper()
	b.partitions(t, topic, "in sync everywhere", func(p kadm.PartitionDetail) bool {
		return p.Leader >= 0 && len(p.ISR) == len(p.Replicas)
	})
}

func testStop(t *testing.T, b *bench) {
	b.fault(t, compose.Stopped, "stopping", b.stack.Stop, "starting", b.stack.Start)
}

func testKill(t *testing.T, b *bench) {
	b.fault(t, compose.Stopped, "killing", b.stack.Kill, "starting", b.stack.Start)
}

func testPause(t *testing.T, b *bench) {
	b.fault(t, compose.Paused, "pausing", b.stack.Pause, "resuming", b.stack.Resume)
}

// fault takes the leader of a partition away, by whatever means, and brings it
// back, while records are written: leaders move, the ISR shrinks, writes go on,
// the ISR is full again, and the log is what was acknowledged.
func (b *bench) fault(t *testing.T, state compose.State, breaking string, away func(context.Context, int32) error, mending string, back func(context.Context, int32) error) {
	topic := b.topic(t, 3, 3)
	victim := b.leaderOf(t, topic)
	records := b.streamTo(t, topic, 3)
	b.flows(t, records, 20)

	before := b.broker(t, victim)
	b.do(t, victim, breaking, away)
	b.state(t, victim, state)
	b.eventually(t, func() string { // the state is exact at once, its time may follow
		if since := b.broker(t, victim).Since; !since.After(before.Since) {
			return fmt.Sprintf("broker %d: %s since %v, as before", victim, state, since)
		}
		return ""
	})
	b.port(t, victim, state)
	b.without(t, topic, victim)
	b.flows(t, records, 20)

	b.do(t, victim, mending, back)
	b.state(t, victim, compose.Running)
	b.full(t, topic)
	b.flows(t, records, 20)

	acked, err := records.end()
	if err != nil {
		t.Fatal(err)
	}
	b.exactly(t, topic, acked)
}

// port checks what a client meets at the address of a broker that is away: a
// stopped one refuses, a paused one takes the connection and says nothing.
func (b *bench) port(t *testing.T, id int32, state compose.State) {
	t.Helper()
	conn, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(t.Context(), "tcp", b.broker(t, id).Addr)
	if err == nil {
		defer func() { _ = conn.Close() }()
	}
	if state == compose.Stopped {
		if err == nil {
			t.Errorf("broker %d is stopped, and its port takes connections", id)
		}
		return
	}
	if err != nil {
		t.Errorf("broker %d is paused, and its port refuses: %v", id, err)
		return
	}
	// A TLS record that no server leaves without an answer.
	if _, err := conn.Write([]byte("\x16\x03\x01\x00\x01\x00")); err != nil {
		t.Errorf("broker %d is paused, and its connection is gone: %v", id, err)
		return
	}
	_ = conn.SetReadDeadline(time.Now().Add(700 * time.Millisecond))
	var timeout net.Error
	if n, err := conn.Read(make([]byte, 1)); n > 0 || !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("broker %d is paused, and it answers: %d bytes, %v", id, n, err)
	}
}

// stays checks that pausing and resuming do nothing to a broker that is
// stopped. Whether they are errors is the runtime's choice.
func (b *bench) stays(t *testing.T, id int32) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	_ = b.stack.Pause(ctx, id)
	b.state(t, id, compose.Stopped)
	_ = b.stack.Resume(ctx, id)
	b.state(t, id, compose.Stopped)
}

func testSingleReplica(t *testing.T, b *bench) {
	topic := b.topic(t, 1, 1)
	values := b.write(t, topic, 1, 10)
	only := b.leaderOf(t, topic)
	b.do(t, only, "stopping", b.stack.Stop)
	b.stays(t, only)
	b.partitions(t, topic, "offline", func(p kadm.PartitionDetail) bool { return p.Leader < 0 })
	b.do(t, only, "starting", b.stack.Start)
	b.partitions(t, topic, "led again", func(p kadm.PartitionDetail) bool { return p.Leader == only })
	b.exactly(t, topic, values)
}

func testTooFewInSync(t *testing.T, b *bench) {
	topic := b.topic(t, 1, 3, "min.insync.replicas", "2")
	values := b.write(t, topic, 1, 5)
	leader := b.leaderOf(t, topic)
	var others []int32
	for _, id := range b.ids(t) {
		if id != leader {
			others = append(others, id)
		}
	}
	others = others[:2]
	for _, id := range others {
		b.do(t, id, "stopping", b.stack.Stop)
	}
	b.partitions(t, topic, "down to one replica in sync", func(p kadm.PartitionDetail) bool { return len(p.ISR) == 1 })

	// Only the broker's refusal shall end the attempt, and it does not repeat it.
	once := b.producer(t, kgo.RecordRetries(0), kgo.DisableIdempotentWrite())
	ctx, cancel := context.WithTimeout(t.Context(), b.suite.Limit)
	defer cancel()
	err := once.ProduceSync(ctx, &kgo.Record{Topic: topic, Value: []byte("refused")}).FirstErr()
	if !errors.Is(err, kerr.NotEnoughReplicas) && !errors.Is(err, kerr.NotEnoughReplicasAfterAppend) {
		t.Errorf("with one replica in sync of the two that are needed: %v", err)
	}
	for _, id := range others {
		b.do(t, id, "starting", b.stack.Start)
	}
	b.full(t, topic)
	values = append(values, b.write(t, topic, 1, 5)...)
	b.exactly(t, topic, values)
}

func testPreferredLeader(t *testing.T, b *bench) {
	topic := b.topic(t, 3, 3)
	preferred := b.partitions(t, topic, "led", func(kadm.PartitionDetail) bool { return true })[0].Replicas[0]
	b.do(t, preferred, "stopping", b.stack.Stop)
	b.without(t, topic, preferred)
	b.do(t, preferred, "starting", b.stack.Start)
	b.full(t, topic)
	var set kadm.TopicsSet
	set.Add(topic, 0, 1, 2)
	results, err := b.admin.ElectLeaders(t.Context(), kadm.ElectPreferredReplica, set)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results[topic] {
		if r.Err != nil && !errors.Is(r.Err, kerr.ElectionNotNeeded) {
			t.Errorf("electing the preferred leader of %s/%d: %v", topic, r.Partition, r.Err)
		}
	}
	b.partitions(t, topic, "led by its preferred replica", func(p kadm.PartitionDetail) bool { return p.Leader == p.Replicas[0] })
}

// testRolling stops and starts every broker in turn under load, as an upgrade does.
func testRolling(t *testing.T, b *bench) {
	topic := b.topic(t, 3, 3, "min.insync.replicas", "2")
	records := b.streamTo(t, topic, 3)
	for _, id := range b.ids(t) {
		b.flows(t, records, 10)
		b.do(t, id, "stopping", b.stack.Stop)
		b.without(t, topic, id)
		b.flows(t, records, 10)
		b.do(t, id, "starting", b.stack.Start)
		b.full(t, topic)
	}
	acked, err := records.end()
	if err != nil {
		t.Fatal(err)
	}
	b.exactly(t, topic, acked)
}
