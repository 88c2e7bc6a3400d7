package stacktest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
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

// testStopEach stops and starts every broker in turn under load, as an upgrade
// does, and brings the leaders back to where they were in the end.
func testStopEach(t *testing.T, b *bench) {
	topic := b.topic(t, 3, 3, "min.insync.replicas", "2")
	records := b.streamTo(t, topic, 3)
	for _, id := range b.ids(t) {
		b.fault(t, topic, id, records, compose.Stopped, "stopping", b.stack.Stop, "starting", b.stack.Start)
	}
	b.ended(t, topic, records)
	b.preferred(t, topic)
}

func testKill(t *testing.T, b *bench) {
	b.leaderFault(t, compose.Stopped, "killing", b.stack.Kill, "starting", b.stack.Start)
}

func testPause(t *testing.T, b *bench) {
	b.leaderFault(t, compose.Paused, "pausing", b.stack.Pause, "resuming", b.stack.Resume)
}

// operation is one of the stack's.
type operation func(context.Context, int32) error

// leaderFault takes the leader of a partition away and brings it back.
func (b *bench) leaderFault(t *testing.T, state compose.State, breaking string, away operation, mending string, back operation) {
	topic := b.topic(t, 3, 3)
	records := b.streamTo(t, topic, 3)
	b.fault(t, topic, b.leaderOf(t, topic), records, state, breaking, away, mending, back)
	b.ended(t, topic, records)
}

// fault takes a broker away, by whatever means, and brings it back, while
// records are written: leaders move, the ISR shrinks, writes go on, and the ISR
// is full again.
func (b *bench) fault(t *testing.T, topic string, victim int32, records *stream, state compose.State, breaking string, away operation, mending string, back operation) {
	t.Helper()
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
}

// ended ends the writing: the log is what was acknowledged.
func (b *bench) ended(t *testing.T, topic string, records *stream) {
	t.Helper()
	acked, err := records.end()
	if err != nil {
		t.Fatal(err)
	}
	b.exactly(t, topic, acked)
}

// preferred elects the preferred leaders of a topic that lost one.
func (b *bench) preferred(t *testing.T, topic string) {
	t.Helper()
	moved := 0
	for _, p := range b.partitions(t, topic, "led", func(p kadm.PartitionDetail) bool { return p.Leader >= 0 }) {
		if p.Leader != p.Replicas[0] {
			moved++
		}
	}
	if moved == 0 {
		t.Error("a leader was stopped and started, and leads again without an election")
	}
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
// stopped but say so, and do not wait for somebody to start it.
func (b *bench) stays(t *testing.T, id int32) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for what, do := range map[string]operation{"pause": b.stack.Pause, "resume": b.stack.Resume} {
		if err := do(ctx, id); err == nil || ctx.Err() != nil || !strings.Contains(err.Error(), "start it") {
			t.Errorf("%s of broker %d, which is stopped: %v; want it refused at once, with what to do", what, id, err)
		}
		b.state(t, id, compose.Stopped)
	}
}

// testKillTwo asks for the end of two of three brokers, and for their start,
// many times at once: every one is done, and the last state is the one that was
// asked for last. In between, what has its only replica there is offline, and
// what needs two replicas in sync refuses records.
func testKillTwo(t *testing.T, b *bench) {
	single := b.topic(t, 3, 1)
	singles := b.write(t, single, 3, 10)
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
	b.atOnce(t, others, "killing", b.stack.Kill)
	for _, id := range others {
		b.state(t, id, compose.Stopped)
	}
	b.stays(t, others[0])

	offline := 0
	list := b.partitions(t, single, "offline if its replica is, and only then", func(p kadm.PartitionDetail) bool {
		return slices.Contains(others, p.Replicas[0]) == (p.Leader < 0)
	})
	for _, p := range list {
		if p.Leader < 0 {
			offline++
		}
	}
	if offline == 0 {
		t.Errorf("two of three brokers are dead, and no partition with one replica is offline: %v", list)
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

	b.atOnce(t, others, "starting", b.stack.Start)
	for _, id := range others {
		b.state(t, id, compose.Running)
	}
	b.partitions(t, single, "led again by its only replica", func(p kadm.PartitionDetail) bool { return p.Leader == p.Replicas[0] })
	b.exactly(t, single, singles)
	b.full(t, topic)
	values = append(values, b.write(t, topic, 1, 5)...)
	b.exactly(t, topic, values)
}

// atOnce does something to several brokers, to each three times, all at the same
// moment, while the brokers are listed.
func (b *bench) atOnce(t *testing.T, ids []int32, what string, op operation) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*b.suite.Limit)
	defer cancel()
	var wg sync.WaitGroup
	for _, id := range ids {
		for range 3 {
			wg.Go(func() {
				if err := op(ctx, id); err != nil {
					t.Errorf("%s broker %d: %v", what, id, err)
				}
				if _, err := b.stack.Brokers(ctx); err != nil {
					t.Errorf("brokers: %v", err)
				}
			})
		}
	}
	wg.Wait()
}
