package kafka_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"kconsole/kafka"
	"kconsole/kafka/config"
	"kconsole/kafka/kafkatest"
)

func TestMain(m *testing.M) { kafkatest.Main(m) }

// fake starts a broker in memory and connects to it.
func fake(t testing.TB, opts ...kfake.Opt) (*kfake.Cluster, *kafka.Cluster) {
	t.Helper()
	cluster := fakeCluster(t, opts...)
	return cluster, connect(t, config.Cluster{Name: "fake", Brokers: cluster.ListenAddrs()})
}

func fakeCluster(t testing.TB, opts ...kfake.Opt) *kfake.Cluster {
	t.Helper()
	cluster, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(3)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	return cluster
}

func connect(t testing.TB, cfg config.Cluster, opts ...kafka.Option) *kafka.Cluster {
	t.Helper()
	c, err := kafka.Connect(cfg, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// counter counts the requests that leave, without those that set up a connection.
type counter struct {
	mu    sync.Mutex
	byKey map[int16]int
}

func (n *counter) OnBrokerWrite(_ kgo.BrokerMetadata, key int16, _ int, _, _ time.Duration, _ error) {
	switch key {
	case 17, 18, 36:
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.byKey == nil {
		n.byKey = make(map[int16]int)
	}
	n.byKey[key]++
}

func hook(n *counter) kgo.Opt { return kgo.WithHooks(n) }

func (n *counter) total() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	total := 0
	for _, c := range n.byKey {
		total += c
	}
	return total
}

func (n *counter) reset() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.byKey = nil
}

func (n *counter) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return fmt.Sprint(n.byKey)
}

// produce appends n records "v0", "v1", ... to each of the partitions 0 to parts-1.
func produce(t testing.TB, c *kafka.Cluster, topic string, parts int32, n int) {
	t.Helper()
	client, err := c.NewClient(kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	var rs []*kgo.Record
	for p := range parts {
		for i := range n {
			rs = append(rs, &kgo.Record{Topic: topic, Partition: p, Key: fmt.Appendf(nil, "k%d", i), Value: fmt.Appendf(nil, "v%d", i)})
		}
	}
	if err := client.ProduceSync(context.Background(), rs...).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

// eventually polls until ok or a generous limit of time.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("did not happen within 2 min: %s", what)
}
