package embedded_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"kconsole/compose/embedded"
)

func inDir(dir string) func(*embedded.Config) {
	return func(c *embedded.Config) { c.Dir = dir }
}

// TestRestart closes a cluster in order and opens it again.
func TestRestart(t *testing.T) {
	dir := t.TempDir()
	first := start(t, inDir(dir))
	cl := client(t, first)
	adm := kadmOf(cl)
	createTopic(t, adm, "kept", 6, 3, map[string]*string{"min.insync.replicas": kadm.StringPtr("2")})
	createTopic(t, adm, "empty", 3, 2, nil)
	createTopic(t, adm, "gone", 3, 2, nil)
	if _, err := adm.DeleteTopic(ctx(t), "gone"); err != nil {
		t.Fatal(err)
	}
	produceN(t, client(t, first), "kept", 200)
	reader := startConsumer(t, first, "kept", "group")
	reader.finish(t, 200)
	if err := reader.cl.CommitUncommittedOffsets(ctx(t)); err != nil {
		t.Fatal(err)
	}
	if _, err := adm.AlterUserSCRAMs(ctx(t), nil, []kadm.UpsertSCRAM{{User: "late", Mechanism: kadm.ScramSha512, Iterations: 4096, Password: "late-secret"}}); err != nil {
		t.Fatal(err)
	}
	if err := first.Stop(3); err != nil {
		t.Fatal(err)
	}
	was := metadataNow(t, cl, "kept", "empty")
	id := first.ClusterID()
	if _, err := embedded.Start(t.Context(), func() embedded.Config { c := testConfig(); c.Dir = dir; return c }()); err == nil {
		t.Fatal("two clusters use one directory")
	}
	cl.Close()
	reader.cl.Close()
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}

	second := start(t, inDir(dir))
	cl = client(t, second)
	adm = kadmOf(cl)
	if second.ClusterID() != id {
		t.Errorf("cluster id %s, was %s", second.ClusterID(), id)
	}
	now := metadataNow(t, cl)
	if _, there := now.parts["gone"]; there {
		t.Error("a deleted topic is back")
	}
	sameShape(t, was, now)
	eventually(t, "broker 3 catches up", func() error { return isrIs(cl, "kept", 3) })
	if got := readAll(t, second, "kept"); len(got) != 200 {
		t.Errorf("%d records", len(got))
	}
	lag, err := adm.Lag(ctx(t), "group")
	if err != nil || lag["group"].Lag.Total() != 0 || len(lag["group"].Lag["kept"]) != 6 {
		t.Errorf("lag: %+v %v", lag, err)
	}
	if err := signIn(t, second, scram.Auth{User: "late", Pass: "late-secret"}.AsSha512Mechanism()); err != nil {
		t.Errorf("a user that was made at run time: %v", err)
	}
	// min.insync.replicas of the topic is in force again.
	for _, id := range []int32{2, 3} {
		if err := second.Stop(id); err != nil {
			t.Fatal(err)
		}
	}
	if code := rawProduce(t, cl, 1, "kept", leaderedBy(t, cl, "kept", 1), time.Second); code != 19 {
		t.Errorf("a write below min ISR: %d", code)
	}
}

// sameShape compares replicas and epochs before and after a restart, which is
// an election: the epoch rises, whatever else may change.
func sameShape(t testing.TB, was, now shapeOf) {
	t.Helper()
	for _, topic := range slices.Sorted(maps.Keys(was.parts)) {
		for index, p := range was.parts[topic] {
			n := now.parts[topic][index]
			if !slices.Equal(n.Replicas, p.Replicas) {
				t.Errorf("%s-%d: replicas %v, were %v", topic, index, n.Replicas, p.Replicas)
			}
			if n.LeaderEpoch <= p.LeaderEpoch {
				t.Errorf("%s-%d: epoch %d, was %d", topic, index, n.LeaderEpoch, p.LeaderEpoch)
			}
		}
	}
}

func leaderedBy(t testing.TB, cl *kgo.Client, topic string, id int32) int32 {
	t.Helper()
	for index, p := range metadataNow(t, cl, topic).parts[topic] {
		if p.Leader == id {
			return index
		}
	}
	t.Fatalf("broker %d leads no partition of %s", id, topic)
	return -1
}

// TestKill ends the whole cluster with kill -9 under load, twice, and opens it
// again on the same ports: producers and consumers carry on.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	k := startChild(t, dir, nil)
	ports := k.ports(t)
	cl := client(t, k)
	createTopic(t, kadmOf(cl), "load", 6, 3, map[string]*string{"min.insync.replicas": kadm.StringPtr("2")})
	l := startLoad(t, k, "load")
	reader := startConsumer(t, k, "load", "readers")
	for round := range 2 {
		l.more(t, 300)
		k.do(t, fmt.Sprintf("stop %d", 1+round))
		l.more(t, 200)
		k.do(t, fmt.Sprintf("start %d", 1+round))
		l.more(t, 100)
		was, committed := metadataNow(t, cl, "load"), committedBy(t, cl, "readers", "load", 6)
		reader.mark()
		k.kill(t)
		k = startChild(t, dir, ports)
		sameShape(t, was, metadataNow(t, cl, "load"))
		from := reader.count()
		l.more(t, 300)
		eventually(t, "the consumer reads on", func() error {
			if n := reader.count() - from; n < 300 {
				return fmt.Errorf("%d records", n)
			}
			return nil
		})
		for index, low := range reader.mark() {
			if low < committed[index] {
				t.Errorf("partition %d: committed %d, and read from %d again", index, committed[index], low)
			}
		}
	}
	acked := l.end(t)
	log := readAll(t, k, "load")
	eventually(t, "the consumer reads everything", func() error {
		if got := reader.count(); got < len(acked) {
			return fmt.Errorf("%d of %d", got, len(acked))
		}
		return nil
	})
	missing, twice := lost(acked, log)
	t.Logf("%d acknowledged, %d in the log, %d doubled by two kills", len(acked), len(log), twice)
	if missing > 0 {
		t.Errorf("%d acknowledged records are lost", missing)
	}
	reader.stop()
	<-reader.done
	cl.Close()
	k.end(t)
}

// committedBy waits until a group has committed something everywhere, and
// returns what.
func committedBy(t testing.TB, cl *kgo.Client, group, topic string, partitions int) map[int32]int64 {
	t.Helper()
	out := map[int32]int64{}
	eventually(t, "offsets are committed", func() error {
		offsets, err := kadmOf(cl).FetchOffsets(ctx(t), group)
		if err != nil {
			return err
		}
		offsets.Each(func(o kadm.OffsetResponse) {
			if o.Topic == topic && o.At > 0 {
				out[o.Partition] = o.At
			}
		})
		if len(out) < partitions {
			return fmt.Errorf("in %d of %d partitions", len(out), partitions)
		}
		return nil
	})
	return out
}

func lost(acked map[string]bool, log []string) (missing, twice int) {
	seen := map[string]int{}
	for _, v := range log {
		seen[v]++
	}
	for v := range acked {
		switch {
		case seen[v] == 0:
			missing++
		case seen[v] > 1:
			twice++
		}
	}
	return missing, twice
}
