package kafka_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"kconsole/kafka"
	"kconsole/kafka/config"
	"kconsole/kafka/kafkatest"
)

// TestRealWritesAsTheTools holds what we changed on real Kafka against what its
// own tools print. Each tool is asked once: for something made, and something
// made and taken away again.
func TestRealWritesAsTheTools(t *testing.T) {
	stack := kafkatest.Real(t)
	c := connect(t, stack.Config)
	a, ctx := admin(t, c), context.Background()
	do := func(p *kafka.Plan, err error) {
		t.Helper()
		apply(t, p, err)
	}

	t.Run("users and quotas", func(t *testing.T) {
		user := strings.ToLower(kafkatest.Name(t))
		t.Cleanup(func() {
			do(a.DeleteSCRAM(ctx, user, ""))
			do(a.AlterQuotas(ctx, kafka.QuotaEntity{User: &user}, nil, []string{"consumer_byte_rate", "request_percentage"}))
		})
		secret := config.NewSecret("s3cret")
		do(a.SetSCRAM(ctx, user, "SCRAM-SHA-512", secret, 5000))
		do(a.SetSCRAM(ctx, user, "SCRAM-SHA-256", secret, 0))
		do(a.AlterQuotas(ctx, kafka.QuotaEntity{User: &user}, map[string]float64{"consumer_byte_rate": 4096, "producer_byte_rate": 1, "request_percentage": 12.5}, nil))
		eventually(t, "both credentials, all quotas", func() bool { // brokers learn of them one after the other
			users, err := c.SCRAMUsers(ctx, user)
			quotas, errQ := c.Quotas(ctx)
			return err == nil && errQ == nil && len(users) == 1 && len(users[0].Credentials) == 2 &&
				slices.ContainsFunc(quotas, func(q kafka.Quota) bool { return q.Entity.User != nil && *q.Entity.User == user && len(q.Values) == 3 })
		})
		do(a.DeleteSCRAM(ctx, user, "SCRAM-SHA-256"))
		do(a.AlterQuotas(ctx, kafka.QuotaEntity{User: &user}, nil, []string{"producer_byte_rate"}))
		eventually(t, "one credential, two quotas, by ConfigCommand", func() bool {
			out := stack.Tool(t, "ConfigCommand", "--describe", "--entity-type", "users", "--entity-name", user)
			return strings.Contains(out, "SCRAM-SHA-512=iterations=5000") && !strings.Contains(out, "SCRAM-SHA-256") &&
				strings.Contains(out, "consumer_byte_rate=4096.0") && strings.Contains(out, "request_percentage=12.5") && !strings.Contains(out, "producer_byte_rate")
		})
		users, err := c.SCRAMUsers(ctx, user)
		if err != nil || len(users) != 1 || len(users[0].Credentials) != 1 || users[0].Credentials[0].Iterations != 5000 {
			t.Errorf("%+v, %v", users, err)
		}
	})

	t.Run("ACLs", func(t *testing.T) {
		user := "User:" + strings.ToLower(kafkatest.Name(t))
		acl := func(operation string) kafka.ACL {
			return kafka.ACL{Principal: user, Host: "10.0.0.7", ResourceType: "TOPIC", Resource: "tools-", Pattern: "PREFIXED", Operation: operation, Permission: "DENY"}
		}
		t.Cleanup(func() { do(a.DeleteACLs(ctx, acl("READ"))) })
		do(a.CreateACLs(ctx, acl("READ"), acl("WRITE")))
		do(a.DeleteACLs(ctx, acl("WRITE")))
		eventually(t, "one of two ACLs", func() bool {
			n := 0
			for broker := range int32(3) {
				acls, err := c.ACLsOf(ctx, broker+1)
				if err != nil || !slices.Contains(acls, acl("READ")) || slices.Contains(acls, acl("WRITE")) {
					return false
				}
				n++
			}
			return n == 3
		})
		if acls, err := c.ACLs(ctx); err != nil || !slices.Contains(acls, acl("READ")) || slices.Contains(acls, acl("WRITE")) {
			t.Errorf("%v, %v", acls, err)
		}
		out := stack.Tool(t, "AclCommand", "--list", "--principal", user)
		says(t, "AclCommand", out, "resourceType=TOPIC, name=tools-, patternType=PREFIXED")
		says(t, "AclCommand", out, "host=10.0.0.7, operation=READ, permissionType=DENY")
		if strings.Contains(out, "operation=WRITE") {
			t.Errorf("AclCommand still has the ACL that was deleted:\n%s", out)
		}
	})

	t.Run("configs", func(t *testing.T) {
		group := kafkatest.Name(t)
		do(a.AlterGroupConfigs(ctx, group, kafka.ConfigChange{Set: map[string]string{"consumer.session.timeout.ms": "50000", "consumer.heartbeat.interval.ms": "6000"}}))
		do(a.AlterGroupConfigs(ctx, group, kafka.ConfigChange{Remove: []string{"consumer.heartbeat.interval.ms"}}))
		eventually(t, "the group's configuration", func() bool {
			configs, err := c.GroupConfigs(ctx, group)
			if err != nil || configs[0].Err != nil {
				return false
			}
			e, was := configs[0].Get("consumer.session.timeout.ms"), configs[0].Get("consumer.heartbeat.interval.ms")
			return e != nil && e.Value == "50000" && was != nil && was.Value != "6000"
		})
		out := stack.Tool(t, "ConfigCommand", "--describe", "--entity-type", "groups", "--entity-name", group)
		says(t, "ConfigCommand", out, "consumer.session.timeout.ms=50000")
		if strings.Contains(out, "heartbeat") {
			t.Errorf("ConfigCommand still has what was removed:\n%s", out)
		}
		do(a.AlterGroupConfigs(ctx, group, kafka.ConfigChange{Remove: []string{"consumer.session.timeout.ms"}}))

		const setting = "log.cleaner.backoff.ms"
		own := func() *kafka.ConfigEntry {
			configs, err := c.BrokerConfigs(ctx, 1)
			if err != nil || configs[0].Err != nil || configs[0].Get(setting) == nil {
				return &kafka.ConfigEntry{}
			}
			return configs[0].Get(setting)
		}
		brokers := func() string {
			return stack.Tool(t, "ConfigCommand", "--describe", "--entity-type", "brokers", "--entity-name", "1")
		}
		do(a.AlterBrokerConfigs(ctx, 1, kafka.ConfigChange{Set: map[string]string{setting: "16000"}}))
		eventually(t, "the broker's configuration", func() bool { return own().Value == "16000" })
		says(t, "ConfigCommand", brokers(), setting+"=16000")
		do(a.AlterBrokerConfigs(ctx, 1, kafka.ConfigChange{Remove: []string{setting}}))
		eventually(t, "the broker's configuration to be gone", func() bool { return own().Value == "15000" })
		if out := brokers(); strings.Contains(out, setting) {
			t.Errorf("ConfigCommand still has what was removed:\n%s", out)
		}
	})

	t.Run("a move under a bound", func(t *testing.T) { moveUnderBound(t, stack, c, a) })

	t.Run("groups", func(t *testing.T) {
		topic, group, gone := stack.Topic(t, 2, 3), kafkatest.Name(t), kafkatest.Name(t)
		produce(t, c, topic, 2, 20)
		var clients []*kgo.Client
		for _, g := range []string{group, gone} { // static members stay when they are closed
			clients = append(clients, consume(t, c, g, topic, 40, kgo.InstanceID("member-of-"+g), kgo.SessionTimeout(5*time.Minute)))
		}
		members := func(ids ...string) (n int) {
			groups, err := c.SomeGroups(ctx, ids...)
			for i := range groups {
				n += len(groups[i].Members)
			}
			if err != nil {
				return -1
			}
			return n
		}
		if members(group, gone) != 2 {
			t.Fatalf("%d members", members(group, gone))
		}
		for _, client := range clients {
			client.Close()
		}
		if members(group, gone) != 2 {
			t.Fatalf("%d members, once they are closed", members(group, gone))
		}
		do(a.RemoveMembers(ctx, group, nil))
		do(a.RemoveMembers(ctx, gone, nil))
		eventually(t, "two empty groups", func() bool { return members(group, gone) == 0 })
		do(a.DeleteGroups(ctx, gone))
		do(a.ResetOffsets(ctx, group, []string{topic}, nil, kafka.ResetTo{Kind: kafka.ResetOffset, Offset: 7}))
		do(a.DeleteOffsets(ctx, group, topic, []int32{1}))
		out := squeezed(stack.Tool(t, "ConsumerGroupCommand", "--describe", "--group", group, "--offsets"))
		says(t, "ConsumerGroupCommand", out, topic+" 0 7 20 13")
		if strings.Contains(out, topic+" 1 7") {
			t.Errorf("ConsumerGroupCommand still has the offset that was deleted:\n%s", out)
		}
		all, err := c.Groups(ctx, true)
		if err != nil {
			t.Fatal(err)
		}
		out = squeezed(stack.Tool(t, "ConsumerGroupCommand", "--list", "--state"))
		found := false
		for _, g := range all {
			if g.ID == group {
				found = len(g.Offsets) == 1 && g.Offsets[0].Committed == 7 && g.Lag() == 13
				says(t, "ConsumerGroupCommand", out, g.ID+" "+g.State)
			}
			if g.ID == gone {
				t.Error("the group that was deleted is still there")
			}
		}
		if !found || strings.Contains(out, gone) {
			t.Errorf("%+v; ConsumerGroupCommand says\n%s", all, out)
		}
	})

	t.Run("records and leaders", func(t *testing.T) {
		topic := stack.Topic(t, 2, 3)
		p, err := c.Producer(kafka.ProducerOptions{Compression: "zstd"})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		for _, r := range p.Produce(ctx, kafka.NewRecord{
			Topic: topic, Partition: 1, Key: []byte("k"), Value: []byte("v"),
			Headers: []kafka.Header{{Key: "h", Value: []byte("x")}}, Timestamp: time.UnixMilli(1_700_000_000_000),
		}) {
			if r.Err != nil {
				t.Fatal(r.Err)
			}
		}
		out := stack.Tool(t, "ConsoleConsumer", "--topic", topic, "--from-beginning", "--max-messages", "1", "--timeout-ms", "60000",
			"--formatter-property", "print.timestamp=true", "--formatter-property", "print.partition=true", "--formatter-property", "print.headers=true", "--formatter-property", "print.key=true")
		says(t, "ConsoleConsumer", out, "CreateTime:1700000000000\tPartition:1\th:x\tk\tv")
		produce(t, c, topic, 2, 5)
		do(a.Purge(ctx, topic))
		out = stack.Tool(t, "GetOffsetShell", "--topic", topic, "--time", "earliest")
		says(t, "GetOffsetShell", out, topic+":0:5")
		says(t, "GetOffsetShell", out, topic+":1:6")
	})
}

// moveUnderBound lets a move take long, so that it can be looked at, and cancels it.
func moveUnderBound(t *testing.T, stack *kafkatest.Cluster, c *kafka.Cluster, a *kafka.Admin) {
	ctx := context.Background()
	topic := stack.Topic(t, 1, 1)
	topics, err := c.TopicMetadata(ctx, topic)
	if err != nil {
		t.Fatal(err)
	}
	was := topics[0].Partitions[0].Replicas
	to := []int32{was[0], was[0]%3 + 1}
	client := stack.Client(t, kgo.ProducerBatchCompression(kgo.NoCompression()))
	for range 16 { // more than one fetch of a follower takes
		if err := client.ProduceSync(ctx, &kgo.Record{Topic: topic, Value: make([]byte, 900_000)}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	at := kafka.TopicPartition{Topic: topic, Partition: 0}
	p, err := a.ThrottleReplication(ctx, []string{topic}, 1)
	apply(t, p, err)
	lifted := func() {
		p, err := a.ThrottleReplication(ctx, []string{topic}, 0)
		apply(t, p, err)
	}
	t.Cleanup(lifted)
	eventually(t, "the bound on every broker", func() bool {
		configs, err := c.BrokerConfigs(ctx, 1, 2, 3)
		return err == nil && !slices.ContainsFunc(configs, func(x kafka.Configs) bool {
			e := x.Get("leader.replication.throttled.rate")
			return e == nil || e.Value != "1"
		})
	})
	p, err = a.Reassign(ctx, map[kafka.TopicPartition][]int32{at: to})
	apply(t, p, err)
	under := func() *kafka.Reassignment {
		all, err := c.Reassignments(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if i := slices.IndexFunc(all, func(r kafka.Reassignment) bool { return r.Topic == topic }); i >= 0 {
			return &all[i]
		}
		return nil
	}
	r := under()
	if r == nil || !slices.Equal(r.Adding, to[1:]) || len(r.Removing) != 0 || !slices.Contains(r.Replicas, to[1]) {
		t.Fatalf("%+v", r)
	}
	out := stack.Tool(t, "ReassignPartitionsCommand", "--list")
	says(t, "ReassignPartitionsCommand", out, fmt.Sprintf("%s-0: replicas: %s. adding: %s.", topic, join(r.Replicas), join(r.Adding)))
	out = stack.Tool(t, "ConfigCommand", "--describe", "--entity-type", "brokers", "--entity-name", fmt.Sprint(was[0]))
	says(t, "ConfigCommand", out, "leader.replication.throttled.rate=1 ")
	p, err = a.Reassign(ctx, map[kafka.TopicPartition][]int32{at: nil})
	apply(t, p, err)
	eventually(t, "the move to be cancelled", func() bool { return under() == nil })
}
