package kafka_test

import (
	"context"
	"slices"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kconsole/kafka"
	"kconsole/kafka/config"
)

func TestTopicsOffsetsSizes(t *testing.T) {
	_, c := fake(t, kfake.SeedTopics(6, "orders", "a-first"))
	ctx := context.Background()
	produce(t, c, "orders", 2, 7)

	info, topics, err := c.Metadata(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if info.Up() != 3 || len(info.Brokers) != 3 || info.ID == "" {
		t.Errorf("cluster %+v, want three live brokers and an id", info)
	}
	if names := []string{topics[0].Name, topics[1].Name}; !slices.Equal(names, []string{"a-first", "orders"}) {
		t.Errorf("topics %v, want them sorted", names)
	}
	leaders := 0
	for _, b := range info.Brokers {
		leaders += b.Leaders
	}
	if leaders != 12 {
		t.Errorf("brokers lead %d partitions, want 12", leaders)
	}
	if got := topics[1].Records(); got != kafka.Unknown {
		t.Errorf("records %d before the offsets were read, want Unknown", got)
	}
	if err := c.Offsets(ctx, topics); err != nil {
		t.Fatal(err)
	}
	if got := topics[1].Records(); got != 14 {
		t.Errorf("orders has %d records, want 14", got)
	}
	for _, p := range topics[1].Partitions {
		want := int64(0)
		if p.ID < 2 {
			want = 7
		}
		if p.Start != 0 || p.End != want || p.Stable != want {
			t.Errorf("partition %d: start %d, end %d, stable %d, want 0, %d, %d", p.ID, p.Start, p.End, p.Stable, want, want)
		}
	}
	if err := c.Sizes(ctx, &info, topics); err != nil {
		t.Fatal(err)
	}
	if topics[1].Bytes() <= 0 {
		t.Errorf("orders has %d bytes, want some", topics[1].Bytes())
	}
	for _, b := range info.Brokers {
		if b.LogBytes < 0 {
			t.Errorf("broker %d has no size", b.ID)
		}
	}
}

func TestTopicMetadataOfUnknownTopic(t *testing.T) {
	_, c := fake(t, kfake.SeedTopics(1, "orders"))
	topics, err := c.TopicMetadata(context.Background(), "orders", "nope")
	if err != nil {
		t.Fatal(err)
	}
	if len(topics) != 2 || topics[0].Name != "nope" || kafka.KindOf(topics[0].Err) != kafka.NotFound || topics[1].Err != nil {
		t.Errorf("got %+v, want nope as not found and orders", topics)
	}
}

// consume joins a group, reads n records, commits them, and returns the client,
// which stays a member until the test ends.
func consume(t testing.TB, c *kafka.Cluster, group, topic string, n int, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	opts = append([]kgo.Opt{
		kgo.ConsumerGroup(group), kgo.ConsumeTopics(topic), kgo.DisableAutoCommit(),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
	}, opts...)
	client, err := c.NewClient(opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close(); cancel() })
	var rs []*kgo.Record
	eventually(t, "records for group "+group, func() bool {
		poll, stop := context.WithTimeout(ctx, 1e9)
		defer stop()
		rs = append(rs, client.PollRecords(poll, n-len(rs)).Records()...)
		return len(rs) >= n
	})
	if err := client.CommitRecords(ctx, rs...); err != nil {
		t.Fatal(err)
	}
	return client
}

func TestGroupsOfTheClassicProtocol(t *testing.T) {
	_, c := fake(t, kfake.SeedTopics(3, "orders"))
	produce(t, c, "orders", 3, 10)
	consume(t, c, "billing", "orders", 30)
	produce(t, c, "orders", 2, 4)

	groups, err := c.Groups(context.Background(), true)
	if err != nil {
		t.Fatal(err)
	}
	if len(groups) != 1 {
		t.Fatalf("got %d groups, want 1", len(groups))
	}
	g := groups[0]
	if g.ID != "billing" || g.Type != kafka.GroupClassic || g.State != "Stable" || len(g.Members) != 1 || len(g.Offsets) != 3 {
		t.Fatalf("got %+v", g)
	}
	if len(g.Members[0].Assigned) != 3 || g.Offsets[2].Member != g.Members[0].ID || g.Offsets[2].ClientID != "kconsole" {
		t.Errorf("member %+v of row %+v, want it to have all three partitions", g.Members[0], g.Offsets[2])
	}
	if g.Lag() != 8 || g.Offsets[0].Lag() != 4 || g.Offsets[2].Lag() != 0 {
		t.Errorf("lag %d (%+v), want 8: 4, 4, 0", g.Lag(), g.Offsets)
	}
	one, err := c.Group(context.Background(), "billing")
	if err != nil || one.Lag() != 8 {
		t.Errorf("Group: lag %d, %v, want 8", one.Lag(), err)
	}
	if _, err := c.Group(context.Background(), "nope"); kafka.KindOf(err) != kafka.NotFound {
		t.Errorf("unknown group: %v, want NotFound", err)
	}
}

func TestACLs(t *testing.T) {
	cluster := fakeCluster(t, kfake.EnableSASL(), kfake.EnableACLs(), kfake.Superuser("PLAIN", "admin", "secret"),
		kfake.User("PLAIN", "app", "secret", kfake.ACL{
			Resource: kmsg.ACLResourceTypeTopic, Name: "orders", Pattern: kmsg.ACLResourcePatternTypePrefixed,
			Operation: kmsg.ACLOperationRead, Allow: true,
		}))
	c := connect(t, plain(cluster, "admin", "secret"))
	acls, err := c.ACLs(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	want := []kafka.ACL{{
		Principal: "User:app", Host: "*", ResourceType: "TOPIC", Resource: "orders", Pattern: "PREFIXED",
		Operation: "READ", Permission: "ALLOW",
	}}
	if !slices.Equal(acls, want) {
		t.Errorf("got %+v, want %+v", acls, want)
	}
	if _, err := connect(t, plain(cluster, "app", "secret")).ACLs(context.Background()); kafka.KindOf(err) != kafka.Denied {
		t.Errorf("ACLs as app: %v, want denied", err)
	}
}

// plain is a configuration that signs in with SASL PLAIN.
func plain(cluster *kfake.Cluster, user, password string) config.Cluster {
	return config.Cluster{
		Name: "fake", Brokers: cluster.ListenAddrs(),
		SASL: &config.SASL{Mechanism: "PLAIN", Username: user, Password: config.NewSecret(password)},
	}
}
