package stacktest

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"kconsole/compose"
	"kconsole/kafka/config"
)

// Suite says how to get at the stack under test: three brokers or more.
type Suite struct {
	// Up brings the stack up, or finds it up. It is called once at the start,
	// and again by the tests of restarts and of idempotency. The caller takes
	// the stack down when all is over.
	Up func(t *testing.T) (compose.Stack, config.Cluster)
	// Down stops the whole stack and keeps its data. Nil: it cannot be
	// restarted by the test.
	Down func(t *testing.T)
	// Limit is how long a change may take to be seen; 0: one minute. It is a
	// bound for machines that are slow, not what is expected.
	Limit time.Duration
	// Skip names tests that this runtime cannot pass, each with the reason.
	Skip map[string]string
}

// Run runs the whole suite. Each of its tests leaves the stack whole. To stop and
// start a broker is what takes time, so what needs the same state is proved in
// one test.
func Run(t *testing.T, s Suite) {
	if s.Limit == 0 {
		s.Limit = time.Minute
	}
	b := &bench{suite: s}
	b.up(t)
	t.Cleanup(func() { b.client.Close() })
	for _, one := range []struct {
		name string
		test func(*testing.T, *bench)
	}{
		{"Brokers", testBrokers},
		{"UnknownBroker", testUnknownBroker},
		{"ProduceAndConsume", testProduceAndConsume},
		{"StopEachInTurn", testStopEach},
		{"Kill", testKill},
		{"Pause", testPause},
		{"KillTwoAtOnce", testKillTwo},
		{"LogsAndEvents", testLogsAndEvents},
		{"UpTwice", testUpTwice},
		{"RestartKeepsData", testRestart},
	} {
		t.Run(one.name, func(t *testing.T) {
			if why, skip := s.Skip[one.name]; skip {
				t.Skip(why)
			}
			b.whole(t)
			one.test(t, b)
			b.whole(t)
		})
	}
}

// bench is the stack under test with an admin's connection to it.
type bench struct {
	suite   Suite
	stack   compose.Stack
	cluster config.Cluster
	client  *kgo.Client
	admin   *kadm.Client
}

func (b *bench) up(t *testing.T) {
	t.Helper()
	b.stack, b.cluster = b.suite.Up(t)
	if b.client != nil {
		b.client.Close()
	}
	b.client = b.newClient(t)
	b.admin = kadm.NewClient(b.client)
}

// newClient makes a client that follows changes quickly.
func (b *bench) newClient(t *testing.T, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	base, err := config.KgoOptions(b.cluster)
	if err != nil {
		t.Fatal(err)
	}
	base = append(base,
		kgo.MetadataMinAge(50*time.Millisecond),
		kgo.FetchMaxWait(500*time.Millisecond),
		kgo.RequestTimeoutOverhead(3*time.Second),
		kgo.RetryTimeout(b.suite.Limit),
		kgo.DisableClientMetrics(),
	)
	client, err := kgo.NewClient(append(base, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// producer is a client that writes with acks=all, closed when the test ends.
func (b *bench) producer(t *testing.T, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	client := b.newClient(t, append([]kgo.Opt{
		kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProduceRequestTimeout(3 * time.Second),
	}, opts...)...)
	t.Cleanup(client.Close)
	return client
}

func (b *bench) ids(t *testing.T) []int32 {
	t.Helper()
	brokers, err := b.stack.Brokers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var ids []int32
	for _, broker := range brokers {
		ids = append(ids, broker.ID)
	}
	return ids
}

func (b *bench) broker(t *testing.T, id int32) compose.Broker {
	t.Helper()
	brokers, err := b.stack.Brokers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, broker := range brokers {
		if broker.ID == id {
			return broker
		}
	}
	t.Fatalf("no broker %d in %v", id, brokers)
	return compose.Broker{}
}

// state fails the test unless the stack says that the broker is in a state.
func (b *bench) state(t *testing.T, id int32, want compose.State) {
	t.Helper()
	if got := b.broker(t, id).State; got != want {
		t.Fatalf("broker %d is %s, want %s", id, got, want)
	}
}

// do runs one of the stack's operations, and once more: it is idempotent.
func (b *bench) do(t *testing.T, id int32, what string, op func(context.Context, int32) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*b.suite.Limit)
	defer cancel()
	for range 2 {
		if err := op(ctx, id); err != nil {
			t.Fatalf("%s broker %d: %v", what, id, err)
		}
	}
}

// topic creates a topic that the test deletes, led everywhere. Configs are
// pairs of name and value.
func (b *bench) topic(t *testing.T, partitions int32, replicas int16, configs ...string) string {
	t.Helper()
	_, short, _ := strings.Cut(t.Name(), "/")
	name := strings.ToLower(strings.ReplaceAll(short, "/", "-") + "-" + rand.Text()[:8])
	set := make(map[string]*string)
	for i := 0; i+1 < len(configs); i += 2 {
		set[configs[i]] = &configs[i+1]
	}
	if _, err := b.admin.CreateTopic(t.Context(), partitions, replicas, set, name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), b.suite.Limit)
		defer cancel()
		if _, err := b.admin.DeleteTopics(ctx, name); err != nil {
			t.Errorf("deleting %s: %v", name, err)
		}
	})
	b.partitions(t, name, "all led, all in sync", func(p kadm.PartitionDetail) bool {
		return p.Leader >= 0 && len(p.ISR) == int(replicas)
	})
	return name
}

// partitions waits until a condition holds for all partitions of a topic, and
// returns them by number.
func (b *bench) partitions(t *testing.T, topic, what string, ok func(kadm.PartitionDetail) bool) []kadm.PartitionDetail {
	t.Helper()
	var list []kadm.PartitionDetail
	b.eventually(t, func() string {
		meta, err := b.admin.Metadata(b.fresh(t), topic)
		if err != nil {
			return err.Error()
		}
		if err := meta.Topics[topic].Err; err != nil {
			return err.Error()
		}
		list = meta.Topics[topic].Partitions.Sorted()
		for _, p := range list {
			if !ok(p) {
				return fmt.Sprintf("%s/%d is not %s: leader %d, replicas %v, ISR %v", topic, p.Partition, what, p.Leader, p.Replicas, p.ISR)
			}
		}
		return ""
	})
	return list
}

// fresh is a context with which metadata are asked for anew and not taken from
// the client's memory.
func (b *bench) fresh(t *testing.T) context.Context { return kadm.WithAuthorizedOps(t.Context()) }

// whole starts what does not run and waits until every partition of every topic
// has its full ISR.
func (b *bench) whole(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*b.suite.Limit)
	defer cancel()
	ids := b.ids(t)
	for _, id := range ids {
		if b.broker(t, id).State == compose.Paused {
			if err := b.stack.Resume(ctx, id); err != nil {
				t.Fatal(err)
			}
		}
		if err := b.stack.Start(ctx, id); err != nil {
			t.Fatalf("starting broker %d: %v", id, err)
		}
	}
	b.eventually(t, func() string {
		meta, err := b.admin.Metadata(b.fresh(t))
		if err != nil {
			return err.Error()
		}
		live := meta.Brokers.NodeIDs()
		for _, id := range ids {
			if !slices.Contains(live, id) {
				return fmt.Sprintf("the cluster has brokers %v, not %d", live, id)
			}
		}
		for _, topic := range meta.Topics {
			for _, p := range topic.Partitions {
				if len(p.ISR) < len(p.Replicas) || p.Leader < 0 {
					return fmt.Sprintf("%s/%d: leader %d, replicas %v, ISR %v", topic.Topic, p.Partition, p.Leader, p.Replicas, p.ISR)
				}
			}
		}
		return ""
	})
}

// eventually polls until nothing is missing.
func (b *bench) eventually(t *testing.T, missing func() string) {
	t.Helper()
	deadline := time.Now().Add(b.suite.Limit)
	for {
		what := missing()
		if what == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("still after %v: %s", b.suite.Limit, what)
		}
		time.Sleep(20 * time.Millisecond)
	}
}
