package kafka_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
	"golang.org/x/sync/errgroup"

	"kconsole/kafka"
	"kconsole/kafka/config"
)

// manyTopics names n topics.
func manyTopics(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("topic-%05d", i)
	}
	return names
}

// commitGroups makes n groups that committed offset 0 of five partitions each.
func commitGroups(t testing.TB, c *kafka.Cluster, n int, topics []string) {
	t.Helper()
	g, ctx := errgroup.WithContext(context.Background())
	g.SetLimit(16)
	for i := range n {
		g.Go(func() error {
			req := kmsg.NewPtrOffsetCommitRequest()
			req.Group, req.Generation = fmt.Sprintf("group-%04d", i), -1
			for j := range 5 {
				rt := kmsg.NewOffsetCommitRequestTopic()
				rt.Topic = topics[(5*i+j)%len(topics)]
				rp := kmsg.NewOffsetCommitRequestTopicPartition()
				rt.Partitions = append(rt.Partitions, rp)
				req.Topics = append(req.Topics, rt)
			}
			resp, err := req.RequestWith(ctx, c.Client())
			if err == nil && resp.Topics[0].Partitions[0].ErrorCode != 0 {
				err = fmt.Errorf("commit: error code %d", resp.Topics[0].Partitions[0].ErrorCode)
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
}

func TestRequestsGrowWithBrokersOnly(t *testing.T) {
	const brokers, groups = 3, 2000
	names := manyTopics(5000) // of two partitions: 10,000 in all
	cluster := fakeCluster(t, kfake.NumBrokers(brokers), kfake.SeedTopics(2, names...))
	n := &counter{}
	c := connect(t, config.Cluster{Name: "fake", Brokers: cluster.ListenAddrs()}, kafka.WithClientOptions(hook(n)))
	ctx := context.Background()
	commitGroups(t, c, groups, names)

	n.reset()
	start := time.Now()
	got, err := c.Groups(ctx, true)
	if err != nil {
		t.Fatal(err)
	}
	took := time.Since(start)
	if len(got) != groups {
		t.Errorf("%d groups, want %d", len(got), groups)
	}
	for i := range got {
		if got[i].Lag() != 0 || len(got[i].Offsets) != 5 || got[i].Err != nil {
			t.Fatalf("group %+v", got[i])
		}
	}
	t.Logf("lag of %d groups: %d requests %v in %s", groups, n.total(), n, took.Round(time.Millisecond))
	if most := 4*brokers + 2; n.total() > most {
		t.Errorf("lag took %d requests %v, want at most %d", n.total(), n, most)
	}

	n.reset()
	start = time.Now()
	info, topics, err := c.Metadata(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Offsets(ctx, topics); err != nil {
		t.Fatal(err)
	}
	if err := c.Sizes(ctx, &info, topics); err != nil {
		t.Fatal(err)
	}
	t.Logf("offsets and sizes of %d topics: %d requests %v in %s", len(topics), n.total(), n, time.Since(start).Round(time.Millisecond))
	if most := 4*brokers + 2; n.total() > most {
		t.Errorf("offsets and sizes took %d requests %v, want at most %d", n.total(), n, most)
	}
	for i := range topics {
		if topics[i].Records() != 0 || topics[i].Bytes() < 0 {
			t.Fatalf("topic %+v", topics[i])
		}
	}
}
