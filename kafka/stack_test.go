package kafka_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"kconsole/compose"
	"kconsole/compose/labdir"
	"kconsole/kafka"
	"kconsole/kafka/config"
	"kconsole/kafka/kafkatest"
)

func TestStackReads(t *testing.T) { kafkatest.Each(t, stackReads) }

func stackReads(t *testing.T, stack *kafkatest.Cluster) {
	n := &counter{}
	c := connect(t, stack.Config, kafka.WithClientOptions(hook(n)))
	ctx := context.Background()
	other := connect(t, stack.Config) // what it does is not counted
	topic := stack.Topic(t, 6, 3, "retention.ms", "123456")
	produce(t, other, topic, 6, 10)
	group := kafkatest.Name(t)
	consume(t, other, group, topic, 60)

	if _, _, err := c.Metadata(ctx); err != nil {
		t.Fatal(err)
	}
	if got := c.Security(); got != "SCRAM-SHA-512 · TLS 1.3" || c.Principal() != "admin" {
		t.Errorf("%q, %q", got, c.Principal())
	}

	t.Run("topics", func(t *testing.T) {
		info, topics, err := c.Metadata(ctx)
		if err != nil || info.Up() != 3 || info.ID == "" {
			t.Fatalf("%+v, %v", info, err)
		}
		if err := c.Offsets(ctx, topics); err != nil {
			t.Fatal(err)
		}
		if err := c.Sizes(ctx, &info, topics); err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(topics, func(x kafka.Topic) bool { return x.Name == topic })
		if i < 0 || topics[i].Records() != 60 || topics[i].Bytes() <= 0 || topics[i].ReplicationFactor() != 3 || topics[i].UnderReplicated() != 0 {
			t.Fatalf("%+v", topics[i])
		}
		out := stack.Tool(t, "TopicCommand", "--describe", "--topic", topic)
		for _, p := range topics[i].Partitions {
			if want := fmt.Sprintf("Partition: %d\tLeader: %d\tReplicas: %s", p.ID, p.Leader, join(p.Replicas)); !strings.Contains(out, want) {
				t.Errorf("TopicCommand does not say %q:\n%s", want, out)
			}
		}
		for _, b := range info.Brokers {
			if b.LogBytes <= 0 {
				t.Errorf("broker %d: %d bytes", b.ID, b.LogBytes)
			}
		}
	})

	t.Run("groups", func(t *testing.T) {
		g, err := c.Group(ctx, group)
		if err != nil || g.Type != kafka.GroupClassic || g.State != "Stable" || g.Lag() != 0 || len(g.Members) != 1 || len(g.Offsets) != 6 {
			t.Fatalf("%+v, %v", g, err)
		}
		out := stack.Tool(t, "ConsumerGroupCommand", "--describe", "--group", group)
		for _, o := range g.Offsets {
			want := strings.Join([]string{group, topic, fmt.Sprint(o.Partition), fmt.Sprint(o.Committed), fmt.Sprint(o.End), fmt.Sprint(o.Lag())}, " ")
			if !strings.Contains(strings.Join(strings.Fields(out), " "), want) {
				t.Errorf("ConsumerGroupCommand does not say %q:\n%s", want, out)
			}
		}
	})

	t.Run("consumer protocol and share groups", func(t *testing.T) {
		next := kafkatest.Name(t)
		consume(t, other, next, topic, 60, kgo.WithContext(context.WithValue(ctx, "opt_in_kafka_next_gen_balancer_beta", true))) //nolint:staticcheck // the library's own switch
		g, err := c.Group(ctx, next)
		if err != nil || g.Type != kafka.GroupConsumer || g.Lag() != 0 || len(g.Members) != 1 || len(g.Members[0].Assigned) != 6 {
			t.Errorf("consumer protocol: %+v, %v", g, err)
		}
		share := kafkatest.Name(t)
		client, err := other.NewClient(kgo.ShareGroup(share), kgo.ConsumeTopics(topic))
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		poll, stop := context.WithCancel(ctx)
		done := make(chan struct{})
		go func() { defer close(done); client.PollFetches(poll) }()
		defer func() { stop(); <-done }()
		eventually(t, "a share group with a member", func() bool {
			g, err = c.Group(ctx, share)
			return err == nil && g.Type == kafka.GroupShare && len(g.Members) == 1 && len(g.Members[0].Assigned) == 6 && len(g.Offsets) == 6
		})
		if g.Lag() < 0 {
			t.Errorf("share group: %+v", g)
		}
	})

	t.Run("configs", func(t *testing.T) {
		configs, err := c.TopicConfigs(ctx, topic)
		if err != nil {
			t.Fatal(err)
		}
		if e := configs[0].Get("retention.ms"); e == nil || e.Value != "123456" || e.Origin != "DYNAMIC_TOPIC_CONFIG" || !e.Set() || e.Type != "LONG" {
			t.Errorf("retention.ms: %+v", e)
		}
		if e := configs[0].Get("cleanup.policy"); e == nil || e.Value != "delete" || e.Set() || e.Default != "delete" {
			t.Errorf("cleanup.policy: %+v", e)
		}
		brokers, err := c.BrokerConfigs(ctx, 1, 2, 3)
		if err != nil || len(brokers) != 3 {
			t.Fatalf("%d, %v", len(brokers), err)
		}
		if e := brokers[2].Get("node.id"); e == nil || e.Value != "3" || !e.Set() || !e.ReadOnly {
			t.Errorf("node.id: %+v", e)
		}
		for _, b := range brokers {
			for _, e := range b.Entries {
				if e.Sensitive && e.Value != "" {
					t.Errorf("a secret: %s", e.Name)
				}
			}
		}
	})

	t.Run("cluster", func(t *testing.T) {
		q, err := c.Quorum(ctx)
		if err != nil || len(q.Voters) == 0 || q.Leader <= 0 || q.HighWatermark <= 0 {
			t.Errorf("quorum: %+v, %v", q, err)
		}
		versions, err := c.Versions(ctx)
		if err != nil || len(versions) != 3 || len(versions[0].APIs) < 50 || stack.Runtime == compose.Process && !strings.HasPrefix(versions[0].Release, "v4.") {
			t.Errorf("versions: %+v, %v", versions, err)
		}
		features, err := c.Features(ctx)
		if err != nil || !slices.ContainsFunc(features, func(f kafka.Feature) bool { return f.Name == "metadata.version" && f.Finalized > 0 }) {
			t.Errorf("features: %+v, %v", features, err)
		}
		dirs, err := c.LogDirs(ctx)
		if err != nil || len(dirs) < 3 || dirs[0].Total <= 0 || len(dirs[0].Replicas) == 0 {
			t.Errorf("log dirs: %d, %v", len(dirs), err)
		}
		if _, err := c.Reassignments(ctx); err != nil {
			t.Errorf("reassignments: %v", err)
		}
		if _, err := c.ACLs(ctx); err != nil {
			t.Errorf("ACLs: %v", err)
		}
		if _, err := c.Quotas(ctx); err != nil {
			t.Errorf("quotas: %v", err)
		}
		users, err := c.SCRAMUsers(ctx)
		if err != nil || !slices.ContainsFunc(users, func(u kafka.SCRAMUser) bool { return u.Name == "admin" }) {
			t.Errorf("users: %+v, %v", users, err)
		}
		if _, err := c.Tokens(ctx); err != nil && kafka.KindOf(err) != kafka.Invalid {
			t.Errorf("tokens: %v", err)
		} else if stack.Runtime == compose.Embedded && (err == nil || !strings.Contains(err.Error(), "use real brokers: kconsole lab up --runtime process")) {
			t.Errorf("tokens of the embedded lab: %v", err)
		}
	})

	t.Run("transactions", func(t *testing.T) {
		id := kafkatest.Name(t)
		tx, err := other.NewClient(kgo.TransactionalID(id), kgo.RecordPartitioner(kgo.ManualPartitioner()))
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Close()
		if err := tx.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		if err := tx.ProduceSync(ctx, &kgo.Record{Topic: topic, Partition: 2, Value: []byte("open")}).FirstErr(); err != nil {
			t.Fatal(err)
		}
		all, err := c.Transactions(ctx)
		i := slices.IndexFunc(all, func(x kafka.Transaction) bool { return x.ID == id })
		if err != nil || i < 0 || all[i].State != "Ongoing" || all[i].Started.IsZero() || len(all[i].Partitions) != 1 || all[i].Partitions[0].Partition != 2 {
			t.Fatalf("%+v, %v", all, err)
		}
		topics, err := c.TopicMetadata(ctx, topic)
		if err != nil {
			t.Fatal(err)
		}
		producers, err := c.Producers(ctx, topics)
		if err != nil || !slices.ContainsFunc(producers, func(p kafka.ActiveProducer) bool {
			return p.Partition == 2 && p.ProducerID == all[i].ProducerID && p.TxnStart == 10
		}) {
			t.Errorf("producers: %+v, %v", producers, err)
		}
		if hanging, err := c.Hanging(ctx, topics, 0, time.Now().Add(time.Second)); err != nil || len(hanging) != 0 {
			t.Errorf("a healthy transaction counts as hanging: %+v, %v", hanging, err)
		}
		if err := tx.EndTransaction(ctx, kgo.TryAbort); err != nil {
			t.Fatal(err)
		}
	})

	for key := range n.byKey {
		if kafka.Mutating(key) {
			t.Errorf("reading sent a request with key %d", key)
		}
	}
}

func join(ids []int32) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(ids), " ", ","), "[]")
}

func TestStackErrors(t *testing.T) { kafkatest.Each(t, stackErrors) }

func stackErrors(t *testing.T, stack *kafkatest.Cluster) {
	ctx := context.Background()
	wrong := stack.Config
	sasl := *wrong.SASL
	sasl.Password, sasl.PasswordFile, sasl.PasswordCommand = config.NewSecret("wrong"), "", nil
	wrong.SASL = &sasl
	noTLS := stack.Config
	noTLS.TLS = nil
	noSASL := stack.Config
	noSASL.SASL = nil
	stranger := stack.Config
	tls := *stranger.TLS
	tls.CA = newAuthority(t, "stranger").file
	stranger.TLS = &tls
	tlsKind := kafka.TLS // a JVM answers with a TLS alert
	if stack.Runtime == compose.Embedded {
		tlsKind = kafka.Unreachable
	}
	for name, test := range map[string]struct {
		cfg  config.Cluster
		kind kafka.Kind
		text string
	}{
		"wrong password": {wrong, kafka.Auth, "of user admin"},
		"no TLS":         {noTLS, tlsKind, "add a tls section"},
		"no sign-in":     {noSASL, kafka.Auth, "add a sasl section"},
		"unknown CA":     {stranger, kafka.TLS, "set tls.ca"},
	} {
		_, _, err := connect(t, test.cfg).Metadata(ctx)
		if kafka.KindOf(err) != test.kind || !strings.Contains(err.Error(), test.text) {
			t.Errorf("%s: %v (%s), want %s and %q", name, err, kafka.KindOf(err), test.kind, test.text)
		}
	}
	guest := connect(t, stack.As(t, labdir.Guest))
	topic := stack.Topic(t, 1, 1)
	if topics, err := guest.TopicMetadata(ctx, topic); err != nil || kafka.KindOf(topics[0].Err) != kafka.Denied {
		t.Errorf("topic as guest: %+v, %v, want denied", topics, err)
	}
	for what, err := range map[string]error{
		"ACLs":  second(guest.ACLs(ctx)),
		"users": second(guest.SCRAMUsers(ctx)),
		"sizes": guest.Sizes(ctx, nil, nil),
	} {
		if kafka.KindOf(err) != kafka.Denied {
			t.Errorf("%s as guest: %v, want denied", what, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }
