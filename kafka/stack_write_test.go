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
	"kconsole/kafka"
	"kconsole/kafka/config"
	"kconsole/kafka/kafkatest"
)

func TestStackTopicWrites(t *testing.T) { kafkatest.Each(t, stackTopicWrites) }

func stackTopicWrites(t *testing.T, stack *kafkatest.Cluster) {
	c := connect(t, stack.Config)
	a, ctx := admin(t, c), context.Background()
	name := kafkatest.Name(t)
	t.Cleanup(func() {
		if p, err := a.DeleteTopics(ctx, name, name+"-copy"); err == nil {
			_, _ = p.Apply(ctx)
		}
	})
	spec := kafka.NewTopic{Name: name, Partitions: 3, Replicas: 2, Configs: map[string]string{"retention.ms": "60000"}}
	p, err := a.CreateTopics(ctx, spec, kafka.NewTopic{Name: name + "-bad", Partitions: 1, Replicas: 9}, kafka.NewTopic{Name: "no spaces"})
	if err != nil || p.Changes[3].Err == nil || kafka.KindOf(p.Changes[3].Err) != kafka.Invalid || p.Changes[4].Err == nil {
		t.Fatalf("%s, %v", p, err)
	}
	if r, err := p.Apply(ctx); err == nil || r.Failed() != 2 {
		t.Errorf("%+v, %v", r, err)
	}
	settled := func(what string, ok func(tp kafka.Topic) bool) kafka.Topic {
		t.Helper()
		var topic kafka.Topic
		// Brokers learn of a change one after the other and any of them may be
		// asked: only many answers in a row are the answer of all.
		inRow := 0
		eventually(t, what, func() bool {
			topics, err := c.TopicMetadata(ctx, name)
			if err != nil || topics[0].Err != nil || !ok(topics[0]) {
				inRow = 0
				return false
			}
			topic = topics[0]
			inRow++
			return inRow >= 10
		})
		return topic
	}
	settled("the topic", func(x kafka.Topic) bool { return len(x.Partitions) == 3 && x.Offline() == 0 })
	if out := stack.Tool(t, "TopicCommand", "--describe", "--topic", name); !strings.Contains(out, "PartitionCount: 3\tReplicationFactor: 2\tConfigs: ") || !strings.Contains(out, "retention.ms=60000") {
		t.Errorf("TopicCommand says\n%s", out)
	}
	if _, err := a.AlterTopicConfigs(ctx, name, kafka.ConfigChange{Set: map[string]string{"retention.ms": "soon"}}); kafka.KindOf(err) != kafka.Invalid {
		t.Errorf("a value that is no number: %v, want invalid", err)
	}
	p, err = a.AlterTopicConfigs(ctx, name, kafka.ConfigChange{Set: map[string]string{"segment.ms": "70000"}, Remove: []string{"retention.ms"}})
	apply(t, p, err)
	p, err = a.AddPartitions(ctx, name, 4)
	apply(t, p, err)
	settled("four partitions", func(x kafka.Topic) bool { return len(x.Partitions) == 4 && x.Offline() == 0 })
	p, err = a.CloneTopic(ctx, name, name+"-copy")
	apply(t, p, err)
	if out := stack.Tool(t, "TopicCommand", "--describe", "--topic", name+"-copy"); !strings.Contains(out, "PartitionCount: 4\tReplicationFactor: 2") || !strings.Contains(out, "segment.ms=70000") || strings.Contains(out, "retention.ms=60000") {
		t.Errorf("the clone, by TopicCommand:\n%s", out)
	}

	produce(t, c, name, 4, 10)
	p, err = a.DeleteRecords(ctx, name, map[int32]int64{0: 3, 1: -1})
	apply(t, p, err)
	out := stack.Tool(t, "GetOffsetShell", "--topic", name, "--time", "earliest")
	for _, want := range []string{name + ":0:3", name + ":1:10", name + ":2:0"} {
		if !strings.Contains(out, want) {
			t.Errorf("GetOffsetShell does not say %q:\n%s", want, out)
		}
	}

	// From two replicas to three, and the leaders spread.
	topic := settled("the topic", func(kafka.Topic) bool { return true })
	to, err := kafka.SpreadReplicas(topic, []int32{1, 2, 3}, 3)
	if err != nil {
		t.Fatal(err)
	}
	p, err = a.Reassign(ctx, to)
	apply(t, p, err)
	eventually(t, "no reassignment left", func() bool {
		left, err := c.Reassignments(ctx)
		return err == nil && !slices.ContainsFunc(left, func(r kafka.Reassignment) bool { return r.Topic == name })
	})
	settled("three replicas in sync", func(x kafka.Topic) bool { return x.ReplicationFactor() == 3 && x.UnderReplicated() == 0 })
	var all []kafka.TopicPartition
	for id := range int32(4) {
		all = append(all, kafka.TopicPartition{Topic: name, Partition: id})
	}
	p, err = a.ElectLeaders(ctx, all, false)
	apply(t, p, err)
	settled("preferred leaders", func(x kafka.Topic) bool {
		return !slices.ContainsFunc(x.Partitions, func(q kafka.Partition) bool { return q.Leader != q.Replicas[0] })
	})
	topic = settled("the topic", func(kafka.Topic) bool { return true })
	out = stack.Tool(t, "TopicCommand", "--describe", "--topic", name)
	for _, q := range topic.Partitions {
		if want := fmt.Sprintf("Partition: %d\tLeader: %d\tReplicas: %s", q.ID, q.Replicas[0], join(to[kafka.TopicPartition{Topic: name, Partition: q.ID}])); !strings.Contains(out, want) {
			t.Errorf("TopicCommand does not say %q:\n%s", want, out)
		}
	}
	if p, err := a.Reassign(ctx, map[kafka.TopicPartition][]int32{{Topic: name, Partition: 0}: {1, 77}}); err != nil || p.Changes[0].Err == nil {
		t.Errorf("a broker that is not there: %v, %v", p, err)
	}

	eventually(t, "a glance at the copy", func() bool {
		info, topics, err := c.Glance(ctx, name+"-copy")
		return err == nil && len(info.Brokers) == 3 && len(topics) == 1 && topics[0].Err == nil && topics[0].Name == name+"-copy"
	})
	p, err = a.DeleteTopics(ctx, name)
	apply(t, p, err)
	eventually(t, "the topic to be gone", func() bool {
		topics, err := c.TopicOnEach(ctx, name)
		return err == nil && len(topics) == 3 && !slices.ContainsFunc(topics, func(t kafka.Topic) bool { return kafka.KindOf(t.Err) != kafka.NotFound })
	})
	eventually(t, "the copy alone, by TopicCommand", func() bool { // it may ask a broker that does not know yet
		listed := strings.Fields(stack.Tool(t, "TopicCommand", "--list"))
		return slices.Contains(listed, name+"-copy") && !slices.Contains(listed, name)
	})
}

func TestStackGroupWrites(t *testing.T) { kafkatest.Each(t, stackGroupWrites) }

func stackGroupWrites(t *testing.T, stack *kafkatest.Cluster) {
	c := connect(t, stack.Config)
	a, ctx := admin(t, c), context.Background()
	topic, group := stack.Topic(t, 2, 3), kafkatest.Name(t)
	produce(t, c, topic, 2, 20)
	client := consume(t, c, group, topic, 40)
	if _, err := a.ResetOffsets(ctx, group, nil, nil, kafka.ResetTo{Kind: kafka.ResetStart}); kafka.KindOf(err) != kafka.Invalid {
		t.Errorf("reset under a member: %v, want invalid", err)
	}
	client.Close()
	eventually(t, "an empty group", func() bool {
		g, err := c.Group(ctx, group)
		return err == nil && len(g.Members) == 0
	})
	p, err := a.ResetOffsets(ctx, group, nil, map[string][]int32{topic: {1}}, kafka.ResetTo{Kind: kafka.ResetShift, Offset: -5})
	apply(t, p, err)
	out := strings.Join(strings.Fields(stack.Tool(t, "ConsumerGroupCommand", "--describe", "--group", group)), " ")
	for _, want := range []string{topic + " 0 20 20 0", topic + " 1 15 20 5"} {
		if !strings.Contains(out, want) {
			t.Errorf("ConsumerGroupCommand does not say %q:\n%s", want, out)
		}
	}
	p, err = a.DeleteOffsets(ctx, group, topic, []int32{0})
	apply(t, p, err)
	p, err = a.DeleteGroups(ctx, group)
	apply(t, p, err)
	if _, err := c.Group(ctx, group); kafka.KindOf(err) != kafka.NotFound {
		t.Errorf("deleted: %v", err)
	}

	share := kafkatest.Name(t)
	reader, err := c.NewClient(kgo.ShareGroup(share), kgo.ConsumeTopics(topic))
	if err != nil {
		t.Fatal(err)
	}
	poll, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { defer close(done); reader.PollFetches(poll) }()
	// The embedded cluster forgets a group that its last member leaves before any
	// has fetched; that one has shows in the start offsets. Kafka keeps both.
	read := func(g kafka.Group) bool { return g.Offsets[0].Committed >= 0 && g.Offsets[1].Committed >= 0 }
	eventually(t, "a share group that has begun to read", func() bool {
		g, err := c.Group(ctx, share)
		return err == nil && len(g.Members) == 1 && len(g.Offsets) == 2 && (stack.Runtime != compose.Embedded || read(g))
	})
	stop()
	<-done
	reader.Close()
	eventually(t, "an empty share group", func() bool {
		g, err := c.Group(ctx, share)
		return err == nil && len(g.Members) == 0
	})
	p, err = a.ResetOffsets(ctx, share, nil, nil, kafka.ResetTo{Kind: kafka.ResetOffset, Offset: 7})
	apply(t, p, err)
	eventually(t, "the share group's offsets", func() bool {
		g, err := c.Group(ctx, share)
		return err == nil && len(g.Offsets) == 2 && g.Offsets[0].Committed == 7 && g.Offsets[1].Committed == 7
	})
	if stack.Runtime == compose.Process {
		out := squeezed(stack.Tool(t, "ShareGroupCommand", "--describe", "--group", share, "--offsets"))
		for _, want := range []string{topic + " 0 7", topic + " 1 7"} {
			says(t, "ShareGroupCommand", out, want)
		}
	}
	p, err = a.DeleteGroups(ctx, share)
	apply(t, p, err)
}

func TestStackSecurityWrites(t *testing.T) { kafkatest.Each(t, stackSecurityWrites) }

func stackSecurityWrites(t *testing.T, stack *kafkatest.Cluster) {
	c := connect(t, stack.Config)
	a, ctx := admin(t, c), context.Background()
	user := strings.ToLower(kafkatest.Name(t))

	p, err := a.SetSCRAM(ctx, user, "SCRAM-SHA-512", config.NewSecret("s3cret"), 0)
	apply(t, p, err)
	as := stack.Config
	sasl := *as.SASL
	sasl.Username, sasl.Password, sasl.PasswordFile, sasl.PasswordCommand = user, config.NewSecret("s3cret"), "", nil
	as.SASL = &sasl
	eventually(t, "a sign-in with the new password", func() bool {
		u := connect(t, as)
		defer u.Close()
		_, _, err := u.Metadata(ctx)
		return err == nil
	})
	acls := kafka.ProducerACLs("User:"+user, user+"-", "PREFIXED", user+"-tx")
	p, err = a.CreateACLs(ctx, acls...)
	apply(t, p, err)
	out := stack.Tool(t, "AclCommand", "--list", "--principal", "User:"+user)
	for _, want := range []string{
		"resourceType=TOPIC, name=" + user + "-, patternType=PREFIXED",
		"(principal=User:" + user + ", host=*, operation=WRITE, permissionType=ALLOW)", "resourceType=TRANSACTIONAL_ID",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("AclCommand does not say %q:\n%s", want, out)
		}
	}
	p, err = a.DeleteACLs(ctx, acls...)
	apply(t, p, err)

	p, err = a.AlterQuotas(ctx, kafka.QuotaEntity{User: &user}, map[string]float64{"producer_byte_rate": 1048576}, nil)
	apply(t, p, err)
	eventually(t, "the quota, by ConfigCommand", func() bool {
		return strings.Contains(stack.Tool(t, "ConfigCommand", "--describe", "--entity-type", "users", "--entity-name", user), "producer_byte_rate=1048576")
	})
	if _, err := a.AlterQuotas(ctx, kafka.QuotaEntity{User: &user}, map[string]float64{"no_such_rate": 1}, nil); kafka.KindOf(err) != kafka.Invalid {
		t.Errorf("an unknown quota: %v, want invalid", err)
	}
	p, err = a.AlterQuotas(ctx, kafka.QuotaEntity{User: &user}, nil, []string{"producer_byte_rate"})
	apply(t, p, err)
	// With two mechanisms: a broker takes a user only once in a request.
	p, err = a.SetSCRAM(ctx, user, "SCRAM-SHA-256", config.NewSecret("s3cret"), 0)
	apply(t, p, err)
	eventually(t, "both credentials", func() bool {
		users, err := c.SCRAMUsers(ctx, user)
		return err == nil && len(users) == 1 && len(users[0].Credentials) == 2
	})
	p, err = a.DeleteSCRAM(ctx, user, "")
	apply(t, p, err)
	eventually(t, "that no credential is left", func() bool {
		users, err := c.SCRAMUsers(ctx, user)
		return kafka.KindOf(err) == kafka.NotFound || err == nil && (len(users) == 0 || len(users[0].Credentials) == 0)
	})

	p, err = a.AlterBrokerConfigs(ctx, 1, kafka.ConfigChange{Set: map[string]string{"log.cleaner.threads": "2"}})
	apply(t, p, err)
	eventually(t, "the broker's configuration", func() bool {
		configs, err := c.BrokerConfigs(ctx, 1)
		if err != nil || configs[0].Err != nil {
			return false
		}
		e := configs[0].Get("log.cleaner.threads")
		return e != nil && e.Value == "2" && e.Origin == "DYNAMIC_BROKER_CONFIG" && e.Default == "1"
	})
	p, err = a.AlterBrokerConfigs(ctx, 1, kafka.ConfigChange{Remove: []string{"log.cleaner.threads"}})
	apply(t, p, err)
}

func TestStackAbortTransaction(t *testing.T) { kafkatest.Each(t, stackAbortTransaction) }

func stackAbortTransaction(t *testing.T, stack *kafkatest.Cluster) {
	c := connect(t, stack.Config)
	a, ctx := admin(t, c), context.Background()
	topic, id := stack.Topic(t, 1, 3), kafkatest.Name(t)
	tx, err := c.NewClient(kgo.TransactionalID(id))
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Close()
	if err := tx.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	if err := tx.ProduceSync(ctx, &kgo.Record{Topic: topic, Value: []byte("open")}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	topics, err := c.TopicMetadata(ctx, topic)
	if err != nil {
		t.Fatal(err)
	}
	producers, err := c.Producers(ctx, topics)
	if err != nil || len(producers) != 1 {
		t.Fatalf("%+v, %v", producers, err)
	}
	if _, err := a.AbortTransaction(ctx, topic, 0, producers[0].ProducerID+1); kafka.KindOf(err) != kafka.NotFound {
		t.Errorf("another producer: %v, want not found", err)
	}
	p, err := a.AbortTransaction(ctx, topic, 0, producers[0].ProducerID)
	if err != nil || p.Confirm != fmt.Sprint(producers[0].ProducerID) {
		t.Fatalf("%v, %v", p, err)
	}
	apply(t, p, nil)
	eventually(t, "a stable offset behind the aborted record", func() bool {
		topics, _ := c.TopicMetadata(ctx, topic)
		return c.Offsets(ctx, topics) == nil && topics[0].Partitions[0].Stable == topics[0].Partitions[0].End && topics[0].Partitions[0].End == 2
	})
	eventually(t, "no open transaction on the partition", func() bool {
		producers, err := c.Producers(ctx, topics)
		return err == nil && !slices.ContainsFunc(producers, func(p kafka.ActiveProducer) bool { return p.TxnStart >= 0 })
	})
	// Its coordinator still has it as ongoing; that ends it in time.
	deadline, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	_ = tx.EndTransaction(deadline, kgo.TryAbort)
}
