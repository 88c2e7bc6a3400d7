package tail_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"kconsole/kafka"
	"kconsole/kafka/kafkatest"
	"kconsole/kafka/tail"
)

func TestMain(m *testing.M) { kafkatest.Main(m) }

// TestStackSurvivesEveryBrokersStop tails a topic live while each broker in turn
// is stopped and started under a producer. Everything that was acknowledged is
// read once and in the order of its partition.
func TestStackSurvivesEveryBrokersStop(t *testing.T) {
	kafkatest.EachAlone(t, stackSurvivesEveryBrokersStop)
}

func stackSurvivesEveryBrokersStop(t *testing.T, stack *kafkatest.Cluster) {
	c, err := kafka.Connect(stack.Config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	topic := stack.Topic(t, 6, 3, "min.insync.replicas", "2")
	r := open(t, c, tail.Options{Topic: topic, From: tail.Position{Kind: tail.Start}})

	producer := stack.Client(t, kgo.DefaultProduceTopic(topic), kgo.RecordPartitioner(kgo.RoundRobinPartitioner()), kgo.RecordDeliveryTimeout(2*time.Minute))
	stop, stopped := make(chan struct{}), make(chan struct{})
	acked := make(map[int32]int64) // records acknowledged, which without transactions is the end offset
	go func() {
		defer close(stopped)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			case <-time.After(2 * time.Millisecond):
			}
			res := producer.ProduceSync(context.Background(), kgo.SliceRecord(fmt.Append(nil, i)))
			if err := res.FirstErr(); err != nil {
				t.Error(err)
				return
			}
			acked[res[0].Record.Partition] = res[0].Record.Offset + 1
		}
	}()

	seen := make(map[int32]int64)
	read := func(until func() bool) {
		t.Helper()
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
		defer cancel()
		for !until() {
			short, done := context.WithTimeout(ctx, 500*time.Millisecond)
			rs, err := r.Next(short)
			done()
			switch {
			case ctx.Err() != nil:
				t.Fatalf("did not get there: seen %v", seen)
			case err != nil && short.Err() == nil:
				t.Logf("told: %v", err)
			}
			for _, rec := range rs {
				if rec.Offset != seen[rec.Partition] {
					t.Fatalf("partition %d: offset %d after %d", rec.Partition, rec.Offset, seen[rec.Partition]-1)
				}
				seen[rec.Partition]++
			}
		}
	}
	total := func() (n int64) {
		for _, o := range seen {
			n += o
		}
		return n
	}
	more := func(n int64) { t.Helper(); goal := total() + n; read(func() bool { return total() >= goal }) }

	more(100)
	for id := range int32(3) {
		if err := stack.Stack.Stop(context.Background(), id+1); err != nil {
			t.Fatal(err)
		}
		more(200)
		if err := stack.Stack.Start(context.Background(), id+1); err != nil {
			t.Fatal(err)
		}
		more(200)
	}
	close(stop)
	<-stopped
	read(func() bool {
		for p, n := range acked {
			if seen[p] < n {
				return false
			}
		}
		return true
	})
	t.Logf("%d records in %d partitions", total(), len(seen))

	// The same, read back as a whole.
	back := all(t, open(t, c, tail.Options{Topic: topic, From: tail.Position{Kind: tail.Start}, Until: tail.Position{Kind: tail.End}}))
	for p, n := range seen {
		if int64(len(back[p])) != n {
			t.Errorf("partition %d: %d records live, %d from start to end", p, n, len(back[p]))
		}
	}
}

// TestStackForeignRecords reads what the JVM's own producer wrote, in each of its
// compressions, as a user who may do no more than read.
func TestStackForeignRecords(t *testing.T) { kafkatest.Each(t, stackForeignRecords) }

func stackForeignRecords(t *testing.T, stack *kafkatest.Cluster) {
	topic := stack.Topic(t, 2, 3)
	n := 0
	for _, codec := range []string{"none", "gzip", "snappy", "lz4", "zstd"} {
		stack.Tool(t, "ProducerPerformance", "--topic", topic, "--num-records", "500", "--record-size", "100", "--throughput", "-1",
			"--producer-props", "compression.type="+codec, "linger.ms=20")
		n += 500
	}
	c, err := kafka.Connect(stack.As(t, "app"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	r := open(t, c, tail.Options{Topic: topic, From: tail.Position{Kind: tail.Start}, Until: tail.Position{Kind: tail.End}})
	got := 0
	for {
		rs, err := r.Next(context.Background())
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, rec := range rs {
			if len(rec.Value) != 100 || rec.Timestamp.IsZero() {
				t.Fatalf("%+v", rec)
			}
		}
		got += len(rs)
	}
	if got != n {
		t.Errorf("%d records, want %d", got, n)
	}
	guest, err := kafka.Connect(stack.As(t, "guest"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(guest.Close)
	if _, err := tail.Open(context.Background(), guest, tail.Options{Topic: topic}); kafka.KindOf(err) != kafka.Denied {
		t.Errorf("as guest: %v, want denied", err)
	}
}
