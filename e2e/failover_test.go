package e2e

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"kconsole/compose"
	"kconsole/kafka/kafkatest"
)

// TestFailover stops and starts each broker in turn under a producer and a
// group, on the embedded and on the real stack, and compares what both show,
// step by step.
func TestFailover(t *testing.T) {
	seen := map[compose.Runtime][]string{}
	kafkatest.EachAlone(t, func(t *testing.T, c *kafkatest.Cluster) {
		f := &failover{t: t, c: c, admin: c.Admin(t)}
		f.replicated()
		f.singleReplica()
		f.minISR()
		seen[c.Runtime] = f.seen
	})
	ours, theirs := seen[compose.Embedded], seen[compose.Process]
	if theirs == nil || t.Failed() {
		return
	}
	differ := 0
	for i := range max(len(ours), len(theirs)) {
		switch {
		case i >= len(ours) || i >= len(theirs):
		case ours[i] == theirs[i]:
			continue
		case knownDifferences[ours[i]] == theirs[i]:
			differ++
			continue
		}
		t.Fatalf("they differ from step %d on\nembedded:\n  %s\nreal:\n  %s", i+1, strings.Join(ours, "\n  "), strings.Join(theirs, "\n  "))
	}
	if differ != len(knownDifferences) {
		t.Errorf("%d known differences, %d seen: take those that are gone off the list", len(knownDifferences), differ)
	}
	t.Logf("seen on the real stack:\n  %s", strings.Join(theirs, "\n  "))
}

// knownDifferences are what the embedded stack shows, and what the real one
// shows instead.
var knownDifferences = map[string]string{
	// Since eligible leader replicas (KIP-966) the last member leaves the ISR as
	// well, and stays eligible. The embedded cluster has none: its last member stays.
	"ISR of the offline partition: [2]": "ISR of the offline partition: []",
}

// failover is the test on one stack.
type failover struct {
	t     *testing.T
	c     *kafkatest.Cluster
	admin *kadm.Client
	seen  []string // what both stacks must show alike
}

func (f *failover) note(format string, args ...any) {
	f.seen = append(f.seen, fmt.Sprintf(format, args...))
}

func (f *failover) stop(id int32) {
	f.t.Helper()
	f.t.Logf("stop %d", id)
	if err := f.c.Stack.Stop(f.t.Context(), id); err != nil {
		f.t.Fatal(err)
	}
}

func (f *failover) start(id int32) {
	f.t.Helper()
	f.t.Logf("start %d", id)
	if err := f.c.Stack.Start(f.t.Context(), id); err != nil {
		f.t.Fatal(err)
	}
}

// partitions are a topic's as the brokers show them now.
func (f *failover) partitions(topic string) (map[int32]kadm.PartitionDetail, error) {
	ctx, cancel := context.WithTimeout(f.t.Context(), 20*time.Second)
	defer cancel()
	meta, err := f.admin.Metadata(kadm.WithAuthorizedOps(ctx), topic) // so asked, it does not answer from memory
	if err != nil {
		return nil, err
	}
	return meta.Topics[topic].Partitions, meta.Topics[topic].Err
}

// until waits until every partition is as it should be, and returns them.
func (f *failover) until(topic, what string, ok func(kadm.PartitionDetail) bool) map[int32]kadm.PartitionDetail {
	f.t.Helper()
	var last map[int32]kadm.PartitionDetail
	kafkatest.Eventually(f.t, func() string {
		parts, err := f.partitions(topic)
		if err != nil || len(parts) == 0 {
			return fmt.Sprintf("%s: %s: %v", topic, what, err)
		}
		for _, p := range parts {
			if !ok(p) {
				return fmt.Sprintf("%s: %s: %+v", topic, what, p)
			}
		}
		last = parts
		return ""
	})
	return last
}

// replicated stops and starts each broker under load.
func (f *failover) replicated() {
	t := f.t
	topic := f.c.Topic(t, 6, 3, "min.insync.replicas", "2")
	before, err := f.partitions(topic)
	if err != nil {
		t.Fatal(err)
	}
	load := startLoad(t, f.c, topic)
	group := startGroup(t, f.c, topic)
	load.more(t, 200)
	for id := int32(1); id <= 3; id++ {
		led, err := f.partitions(topic)
		if err != nil {
			t.Fatal(err)
		}
		f.stop(id)
		parts := f.until(topic, fmt.Sprintf("without broker %d", id), func(p kadm.PartitionDetail) bool {
			return p.Leader > 0 && p.Leader != id && len(p.ISR) == 2 && !slices.Contains(p.ISR, id)
		})
		moved, raised := 0, 0
		for index, p := range parts {
			if led[index].Leader == id {
				moved++
				if p.LeaderEpoch > led[index].LeaderEpoch {
					raised++
				}
			}
			if !slices.Contains(p.ISR, p.Leader) {
				t.Errorf("a leader out of sync: %+v", p)
			}
		}
		f.note("broker %d stopped: its leaderships moved %v, their epochs rose %v, ISR 2 of 3 everywhere", id, moved > 0, moved == raised)
		load.more(t, 150)
		f.note("writes with acks=all go on")
		f.start(id)
		f.until(topic, "ISR full again", func(p kadm.PartitionDetail) bool { return len(p.ISR) == 3 })
		f.note("broker %d started: ISR 3 of 3 everywhere", id)
		load.more(t, 100)
	}
	f.elect(topic)
	parts := f.until(topic, "led by the preferred replicas", func(p kadm.PartitionDetail) bool { return p.Leader == p.Replicas[0] })
	same := true
	for index, p := range parts {
		same = same && p.Leader == before[index].Leader && p.LeaderEpoch > before[index].LeaderEpoch
	}
	f.note("preferred election: leaders as at the start %v", same)
	load.more(t, 50)
	acked := load.end(t)
	f.note("log is what was acknowledged: %s", difference(acked, f.readAll(topic)))
	f.note("the group read it: %s", difference(acked, group.end(t, len(acked))))
}

func (f *failover) elect(topic string) {
	f.t.Helper()
	set := kadm.TopicsSet{}
	for p := range int32(6) {
		set.Add(topic, p)
	}
	kafkatest.Eventually(f.t, func() string {
		found, err := f.admin.ElectLeaders(f.t.Context(), kadm.ElectPreferredReplica, set)
		if err != nil {
			return err.Error()
		}
		for _, p := range found[topic] {
			if p.Err != nil && !errors.Is(p.Err, kerr.ElectionNotNeeded) {
				return fmt.Sprintf("partition %d: %v", p.Partition, p.Err)
			}
		}
		return ""
	})
}

// singleReplica stops the only replica of a partition.
func (f *failover) singleReplica() {
	t := f.t
	topic := f.c.Topic(t, 3, 1)
	writer := f.c.Client(t, kgo.DefaultProduceTopic(topic), kgo.RecordPartitioner(kgo.RoundRobinPartitioner()))
	for i := range 30 {
		if err := writer.ProduceSync(t.Context(), kgo.StringRecord(fmt.Sprint(i))).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	const id = int32(2)
	f.stop(id)
	parts := f.until(topic, "offline with its broker", func(p kadm.PartitionDetail) bool {
		return p.Replicas[0] != id && p.Leader == p.Replicas[0] || p.Replicas[0] == id && p.Leader == -1
	})
	for index := range int32(3) {
		if p := parts[index]; p.Replicas[0] == id {
			f.note("one replica, broker stopped: leader %d, offline %v, %v", p.Leader, p.OfflineReplicas, errors.Is(p.Err, kerr.LeaderNotAvailable))
			f.note("ISR of the offline partition: %v", p.ISR)
		}
	}
	f.start(id)
	f.until(topic, "led again", func(p kadm.PartitionDetail) bool { return p.Leader == p.Replicas[0] })
	f.note("broker started: the partition is back with %d of 30 records", len(f.readAll(topic)))
}

// minISR stops brokers until too few replicas are in sync.
func (f *failover) minISR() {
	t := f.t
	topic := f.c.Topic(t, 1, 3, "min.insync.replicas", "3")
	parts, err := f.partitions(topic)
	if err != nil {
		t.Fatal(err)
	}
	follower := parts[0].Replicas[2]
	f.stop(follower)
	f.until(topic, "ISR 2", func(p kadm.PartitionDetail) bool { return len(p.ISR) == 2 })
	end := func() int64 {
		ends, err := f.admin.ListEndOffsets(t.Context(), topic)
		if err != nil {
			t.Fatal(err)
		}
		o, _ := ends.Lookup(topic, 0)
		return o.Offset
	}
	was := end()
	one := func(opts ...kgo.Opt) error {
		cl := f.c.Client(t, append(opts, kgo.DefaultProduceTopic(topic), kgo.DisableIdempotentWrite(), kgo.RecordRetries(0))...)
		return cl.ProduceSync(t.Context(), kgo.StringRecord("x")).FirstErr()
	}
	err = one(kgo.RequiredAcks(kgo.AllISRAcks()))
	f.note("2 of 3 in sync, min.insync.replicas=3, acks=all: NOT_ENOUGH_REPLICAS %v, log unchanged %v", errors.Is(err, kerr.NotEnoughReplicas), end() == was)
	f.note("the same with acks=1: %v", one(kgo.RequiredAcks(kgo.LeaderAck())))
	f.start(follower)
	f.until(topic, "ISR full again", func(p kadm.PartitionDetail) bool { return len(p.ISR) == 3 })
	f.note("broker started: acks=all %v", one(kgo.RequiredAcks(kgo.AllISRAcks()), kgo.RecordRetries(10)))
}

// readAll reads a topic from its start to its end.
func (f *failover) readAll(topic string) []string {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.t.Context(), time.Minute)
	defer cancel()
	ends, err := f.admin.ListEndOffsets(ctx, topic)
	if err != nil {
		f.t.Fatal(err)
	}
	left := int64(0)
	ends.Each(func(o kadm.ListedOffset) { left += o.Offset })
	got, err := read(ctx, f.c.Client(f.t, kgo.ConsumeTopics(topic), fromStart()), int(left))
	if err != nil {
		f.t.Fatal(err)
	}
	return values(got)
}

func values(records []*kgo.Record) []string {
	var out []string
	for _, r := range records {
		out = append(out, string(r.Value))
	}
	return out
}

// difference says how records that were read differ from those acknowledged.
func difference(acked, got []string) string {
	count := map[string]int{}
	for _, v := range got {
		count[v]++
	}
	missing, twice := 0, 0
	for _, v := range acked {
		if count[v] == 0 {
			missing++
		}
	}
	for _, n := range count {
		if n > 1 {
			twice++
		}
	}
	return fmt.Sprintf("%d missing, %d twice, %d never acknowledged", missing, twice, len(count)-(len(acked)-missing))
}

// load produces numbered records with acks=all, at a moderate rate.
type load struct {
	cancel context.CancelFunc
	done   chan struct{}
	count  atomic.Int64
	acked  []string // after done
	err    error    // after done
}

func startLoad(t *testing.T, c *kafkatest.Cluster, topic string) *load {
	t.Helper()
	cl := c.Client(t, kgo.DefaultProduceTopic(topic), kgo.RecordPartitioner(kgo.RoundRobinPartitioner()), kgo.RequiredAcks(kgo.AllISRAcks()))
	ctx, cancel := context.WithCancel(context.Background())
	l := &load{cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(l.done)
		for i := 0; ctx.Err() == nil && l.err == nil; i++ {
			value := fmt.Sprint(i)
			// Not ctx: a record that is on its way at the end is acknowledged or not.
			if l.err = cl.ProduceSync(context.Background(), kgo.StringRecord(value)).FirstErr(); l.err == nil {
				l.acked = append(l.acked, value)
				l.count.Add(1)
			}
			time.Sleep(time.Millisecond) // a pace, nothing depends on it
		}
	}()
	t.Cleanup(func() { cancel(); cl.Close(); <-l.done })
	return l
}

// more waits until n more records were acknowledged.
func (l *load) more(t *testing.T, n int64) {
	t.Helper()
	goal := l.count.Load() + n
	kafkatest.Eventually(t, func() string {
		select {
		case <-l.done:
			t.Fatalf("writing ended: %v", l.err)
		default:
		}
		if now := l.count.Load(); now < goal {
			return fmt.Sprintf("%d records acknowledged of %d", now, goal)
		}
		return ""
	})
}

func (l *load) end(t *testing.T) []string {
	t.Helper()
	l.cancel()
	<-l.done
	if l.err != nil {
		t.Errorf("a record was refused: %v", l.err)
	}
	t.Logf("%d records acknowledged", len(l.acked))
	return l.acked
}

// group is one member of a consumer group that reads all along.
type group struct {
	cancel context.CancelFunc
	done   chan struct{}
	mu     sync.Mutex
	got    []string
}

func startGroup(t *testing.T, c *kafkatest.Cluster, topic string) *group {
	t.Helper()
	cl := c.Client(t, kgo.ConsumeTopics(topic), kgo.ConsumerGroup(kafkatest.Name(t)), fromStart())
	ctx, cancel := context.WithCancel(context.Background())
	g := &group{cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(g.done)
		for ctx.Err() == nil {
			records := values(cl.PollFetches(ctx).Records())
			g.mu.Lock()
			g.got = append(g.got, records...)
			g.mu.Unlock()
		}
	}()
	t.Cleanup(func() { cancel(); <-g.done })
	return g
}

// end waits until n records were read.
func (g *group) end(t *testing.T, n int) []string {
	t.Helper()
	kafkatest.Eventually(t, func() string {
		g.mu.Lock()
		defer g.mu.Unlock()
		if len(g.got) < n {
			return fmt.Sprintf("the group has read %d of %d records", len(g.got), n)
		}
		return ""
	})
	g.cancel()
	<-g.done
	return g.got
}
