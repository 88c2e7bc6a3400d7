package embedded_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"kconsole/compose/embedded"
)

// load produces numbered records with acks=all until stop, and remembers which
// of them were acknowledged.
type load struct {
	cl    *kgo.Client
	topic string
	stop  context.CancelFunc
	done  sync.WaitGroup
	mu    sync.Mutex
	acked map[string]bool
	fails []error
	n     atomic.Int64
}

func startLoad(t testing.TB, c target, topic string) *load {
	t.Helper()
	l := &load{
		cl:    client(t, c, kgo.DefaultProduceTopic(topic), kgo.RequiredAcks(kgo.AllISRAcks()), kgo.ProducerLinger(2*time.Millisecond)),
		topic: topic, acked: map[string]bool{},
	}
	run, stop := context.WithCancel(t.Context())
	l.stop = stop
	l.done.Add(1)
	go func() {
		defer l.done.Done()
		for i := 0; run.Err() == nil; i++ {
			value := fmt.Sprintf("%08d", i)
			l.cl.Produce(t.Context(), &kgo.Record{Key: fmt.Appendf(nil, "%d", i%97), Value: []byte(value)}, func(_ *kgo.Record, err error) {
				l.mu.Lock()
				defer l.mu.Unlock()
				if err != nil {
					l.fails = append(l.fails, err)
					return
				}
				l.acked[value] = true
				l.n.Add(1)
			})
			if i%20 == 0 {
				time.Sleep(5 * time.Millisecond) // a pace, nothing depends on it
			}
		}
	}()
	return l
}

// more waits until n more records were acknowledged.
func (l *load) more(t testing.TB, n int64) {
	t.Helper()
	from := l.n.Load()
	eventually(t, "records acknowledged", func() error {
		if got := l.n.Load() - from; got < n {
			return fmt.Errorf("%d of %d", got, n)
		}
		return nil
	})
}

func (l *load) end(t testing.TB) map[string]bool {
	t.Helper()
	l.stop()
	l.done.Wait()
	if err := l.cl.Flush(ctx(t)); err != nil {
		t.Fatalf("flush: %v", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, err := range l.fails {
		t.Errorf("a record was refused: %v", err)
	}
	return l.acked
}

// readAll reads a topic from the start to its end.
func readAll(t testing.TB, c target, topic string) []string {
	t.Helper()
	cl := client(t, c, kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	ends, err := kadmOf(cl).ListEndOffsets(ctx(t), topic)
	if err != nil {
		t.Fatal(err)
	}
	left := map[int32]int64{}
	ends.Each(func(o kadm.ListedOffset) {
		if o.Err != nil {
			t.Fatalf("end of %s-%d: %v", o.Topic, o.Partition, o.Err)
		}
		if o.Offset > 0 {
			left[o.Partition] = o.Offset
		}
	})
	var out []string
	deadline := ctx(t)
	for len(left) > 0 {
		fetches := cl.PollFetches(deadline)
		if deadline.Err() != nil {
			t.Fatalf("still to read: %v", left)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			out = append(out, string(r.Value))
			if r.Offset+1 >= left[r.Partition] {
				delete(left, r.Partition)
			}
		})
	}
	return out
}

// sameSet compares what was acknowledged with what is there: each once.
func sameSet(t testing.TB, what string, acked map[string]bool, got []string) {
	t.Helper()
	seen := map[string]int{}
	for _, v := range got {
		seen[v]++
	}
	missing, twice, extra := 0, 0, 0
	for v := range acked {
		if seen[v] == 0 {
			missing++
		}
	}
	for v, n := range seen {
		if n > 1 {
			twice++
		}
		if !acked[v] {
			extra++
		}
	}
	if missing+twice+extra > 0 {
		t.Errorf("%s: %d acknowledged, %d read: %d missing, %d twice, %d never acknowledged", what, len(acked), len(got), missing, twice, extra)
	}
}

// consumer reads a topic in a group, from the start, for as long as it is left to.
type consumer struct {
	cl  *kgo.Client
	mu  sync.Mutex
	got []string
	// lowest is the lowest offset read of each partition since mark.
	lowest map[int32]int64
	stop   context.CancelFunc
	done   chan struct{}
}

func startConsumer(t testing.TB, c target, topic, group string, more ...kgo.Opt) *consumer {
	t.Helper()
	opts := append([]kgo.Opt{
		kgo.ConsumeTopics(topic), kgo.ConsumerGroup(group), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.AutoCommitInterval(100 * time.Millisecond),
	}, more...)
	k := &consumer{cl: client(t, c, opts...), done: make(chan struct{})}
	k.mark()
	run, stop := context.WithCancel(t.Context())
	k.stop = stop
	go func() {
		defer close(k.done)
		for run.Err() == nil {
			k.cl.PollFetches(run).EachRecord(func(r *kgo.Record) {
				k.mu.Lock()
				k.got = append(k.got, string(r.Value))
				if low, ok := k.lowest[r.Partition]; !ok || r.Offset < low {
					k.lowest[r.Partition] = r.Offset
				}
				k.mu.Unlock()
			})
		}
	}()
	return k
}

// mark forgets what was read so far, and returns the lowest offsets read since
// the mark before.
func (k *consumer) mark() map[int32]int64 {
	k.mu.Lock()
	defer k.mu.Unlock()
	was := k.lowest
	k.lowest = map[int32]int64{}
	return was
}

func (k *consumer) count() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.got)
}

// finish waits until n records were read, and a moment for those too many.
func (k *consumer) finish(t testing.TB, n int) []string {
	t.Helper()
	eventually(t, "the consumer reads everything", func() error {
		if got := k.count(); got < n {
			return fmt.Errorf("%d of %d", got, n)
		}
		return nil
	})
	k.stop()
	<-k.done
	return k.got
}

func TestFailover(t *testing.T) {
	c := start(t)
	cl := client(t, c)
	adm := kadmOf(cl)
	createTopic(t, adm, "load", 6, 3, map[string]*string{"min.insync.replicas": kadm.StringPtr("2")})
	before := metadataNow(t, cl, "load")
	l := startLoad(t, c, "load")
	reader := startConsumer(t, c, "load", "followers")
	l.more(t, 500)

	ways := []struct {
		name string
		id   int32
		down func(int32) error
	}{{"stop", 1, c.Stop}, {"stop", 2, c.Stop}, {"kill", 3, c.Kill}}
	for _, way := range ways {
		if err := way.down(way.id); err != nil {
			t.Fatal(err)
		}
		eventually(t, fmt.Sprintf("%s %d: leaders move and the ISR shrinks", way.name, way.id), func() error {
			md, err := metadataErr(cl, "load")
			if err != nil {
				return err
			}
			for index, p := range md.parts["load"] {
				if p.Leader == way.id || p.Leader < 0 || slices.Contains(p.ISR, way.id) || len(p.ISR) != 2 {
					return fmt.Errorf("partition %d: leader %d, ISR %v", index, p.Leader, p.ISR)
				}
				if was := before.parts["load"][index]; was.Leader == way.id && p.LeaderEpoch <= was.LeaderEpoch {
					return fmt.Errorf("partition %d: epoch %d after %d", index, p.LeaderEpoch, was.LeaderEpoch)
				}
			}
			return nil
		})
		l.more(t, 300)
		if err := c.StartBroker(way.id); err != nil {
			t.Fatal(err)
		}
		eventually(t, "ISR full again", func() error { return isrIs(cl, "load", 3) })
		l.more(t, 100)
	}
	if _, err := adm.ElectLeaders(ctx(t), kadm.ElectPreferredReplica, nil); err != nil {
		t.Fatal(err)
	}
	after := metadataNow(t, cl, "load")
	for index, p := range after.parts["load"] {
		if p.Leader != p.Replicas[0] || p.Leader != before.parts["load"][index].Leader {
			t.Errorf("partition %d: leader %d of %v, before %d", index, p.Leader, p.Replicas, before.parts["load"][index].Leader)
		}
	}
	l.more(t, 100)
	acked := l.end(t)
	sameSet(t, "log", acked, readAll(t, c, "load"))
	sameSet(t, "consumer", acked, reader.finish(t, len(acked)))
	t.Logf("%d records acknowledged", len(acked))
}

func TestSingleReplicaAndMinISR(t *testing.T) {
	c := start(t)
	cl := client(t, c)
	adm := kadmOf(cl)

	t.Run("one replica goes offline and comes back", func(t *testing.T) {
		createTopic(t, adm, "single", 3, 1, nil)
		produceN(t, client(t, c), "single", 90)
		if err := c.Stop(2); err != nil {
			t.Fatal(err)
		}
		md := metadataNow(t, cl, "single")
		offline := 0
		for index, p := range md.parts["single"] {
			if p.Replicas[0] != 2 {
				continue
			}
			offline++
			if p.Leader != -1 || p.ErrorCode != kerr.LeaderNotAvailable.Code || !slices.Equal(p.ISR, []int32{2}) || !slices.Equal(p.OfflineReplicas, []int32{2}) {
				t.Errorf("partition %d: %+v", index, p)
			}
		}
		if offline != 1 {
			t.Errorf("%d partitions offline", offline)
		}
		if err := c.StartBroker(2); err != nil {
			t.Fatal(err)
		}
		eventually(t, "leaders everywhere", func() error {
			md, err := metadataErr(cl, "single")
			if err != nil {
				return err
			}
			for index, p := range md.parts["single"] {
				if p.Leader != p.Replicas[0] {
					return fmt.Errorf("partition %d: %+v", index, p)
				}
			}
			return nil
		})
		if got := readAll(t, c, "single"); len(got) != 90 {
			t.Errorf("%d records", len(got))
		}
	})

	t.Run("below min ISR writes are refused with 19", func(t *testing.T) {
		createTopic(t, adm, "strict", 1, 3, map[string]*string{"min.insync.replicas": kadm.StringPtr("2")})
		leader := metadataNow(t, cl, "strict").parts["strict"][0].Leader
		for _, id := range []int32{1, 2, 3} {
			if id != leader {
				if err := c.Stop(id); err != nil {
					t.Fatal(err)
				}
			}
		}
		ends := func() int64 {
			o, err := adm.ListEndOffsets(ctx(t), "strict")
			if err != nil {
				t.Fatal(err)
			}
			p, _ := o.Lookup("strict", 0)
			return p.Offset
		}
		was := ends()
		if code := rawProduce(t, cl, leader, "strict", 0, time.Second); code != kerr.NotEnoughReplicas.Code {
			t.Errorf("acks=all: %v", kerr.ErrorForCode(code))
		}
		if ends() != was {
			t.Error("a refused record is in the log")
		}
		lax := client(t, c, kgo.RequiredAcks(kgo.LeaderAck()), kgo.DisableIdempotentWrite())
		if code := rawProduce(t, lax, leader, "strict", 0, time.Second); code != 0 {
			t.Errorf("acks=1: %v", kerr.ErrorForCode(code))
		}
		for id := range int32(3) {
			if err := c.StartBroker(id + 1); err != nil {
				t.Fatal(err)
			}
		}
		eventually(t, "ISR full again", func() error { return isrIs(cl, "strict", 3) })
		produceN(t, client(t, c, kgo.RequiredAcks(kgo.AllISRAcks())), "strict", 1)
	})
}

// TestSilentFollower has an in-sync replica that does not follow, and nobody
// who notices until the test says so: acks=all waits for it.
func TestSilentFollower(t *testing.T) {
	c := start(t, func(cfg *embedded.Config) { cfg.Timing.FailureDetection = time.Hour })
	cl := client(t, c)
	adm := kadmOf(cl)
	createTopic(t, adm, "late", 1, 2, map[string]*string{"min.insync.replicas": kadm.StringPtr("2")})
	p := metadataNow(t, cl, "late").parts["late"][0]
	follower := p.Replicas[1]
	expect := func(what string, code int16, want *kerr.Error) {
		t.Helper()
		if code != want.Code {
			t.Errorf("%s: %v, want %v", what, kerr.ErrorForCode(code), want)
		}
	}
	if code := rawProduce(t, cl, p.Leader, "late", 0, time.Minute); code != 0 {
		t.Fatal(kerr.ErrorForCode(code))
	}
	if err := c.Kill(follower); err != nil {
		t.Fatal(err)
	}
	expect("short of time", rawProduce(t, cl, p.Leader, "late", 0, 10*time.Millisecond), kerr.RequestTimedOut)
	answer := make(chan int16, 1)
	direct := clientTo(t, c.Addrs()[p.Leader-1])
	go func() { answer <- rawProduce(t, direct, p.Leader, "late", 0, time.Minute) }()
	eventually(t, "the record is appended", func() error {
		resp, err := adm.ListEndOffsets(ctx(t), "late")
		if err != nil {
			return err
		}
		if o, _ := resp.Lookup("late", 0); o.Offset < 3 {
			return fmt.Errorf("end offset %d", o.Offset)
		}
		return nil
	})
	select {
	case code := <-answer:
		t.Fatalf("acknowledged with a silent follower: %v", kerr.ErrorForCode(code))
	default:
	}
	if err := c.StartBroker(follower); err != nil { // it registers anew, which fences what it was
		t.Fatal(err)
	}
	expect("the in-sync set shrank", <-answer, kerr.NotEnoughReplicasAfterAppend)
	eventually(t, "ISR full again", func() error { return isrIs(cl.Broker(int(p.Leader)), "late", 2) })
	if code := rawProduce(t, cl, p.Leader, "late", 0, time.Minute); code != 0 {
		t.Errorf("with both in sync: %v", kerr.ErrorForCode(code))
	}
}
