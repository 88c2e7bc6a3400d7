package kafka_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"kconsole/kafka"
	"kconsole/kafka/config"
	"kconsole/kafka/kafkatest"
)

// allowance is one thing that a user may be denied.
type allowance struct {
	name string
	do   func(ctx context.Context, c *kafka.Cluster, a *kafka.Admin) error
}

// applied carries a plan out.
func applied(ctx context.Context, p *kafka.Plan, err error) error {
	if err != nil {
		return err
	}
	_, err = p.Apply(ctx)
	return err
}

func allowances(topic, group, made string) []allowance {
	one := []kafka.TopicPartition{{Topic: topic, Partition: 0}}
	topics := func(ctx context.Context, c *kafka.Cluster, read func([]kafka.Topic) error) error {
		ts, err := c.TopicMetadata(ctx, topic)
		if err == nil && ts[0].Err != nil {
			err = ts[0].Err
		}
		if err != nil {
			return err
		}
		return read(ts)
	}
	on := func(read func(ctx context.Context, c *kafka.Cluster) error) func(context.Context, *kafka.Cluster, *kafka.Admin) error {
		return func(ctx context.Context, c *kafka.Cluster, _ *kafka.Admin) error { return read(ctx, c) }
	}
	plan := func(prepare func(ctx context.Context, a *kafka.Admin) (*kafka.Plan, error)) func(context.Context, *kafka.Cluster, *kafka.Admin) error {
		return func(ctx context.Context, _ *kafka.Cluster, a *kafka.Admin) error {
			p, err := prepare(ctx, a)
			return applied(ctx, p, err)
		}
	}
	return []allowance{
		{"offsets", on(func(ctx context.Context, c *kafka.Cluster) error {
			return topics(ctx, c, func(ts []kafka.Topic) error { return c.Offsets(ctx, ts) })
		})},
		{"producers", on(func(ctx context.Context, c *kafka.Cluster) error {
			return topics(ctx, c, func(ts []kafka.Topic) error { _, err := c.Producers(ctx, ts); return err })
		})},
		{"topic configs", on(func(ctx context.Context, c *kafka.Cluster) error { _, err := c.TopicConfigs(ctx, topic); return err })},
		{"broker configs", on(func(ctx context.Context, c *kafka.Cluster) error { _, err := c.BrokerConfigs(ctx, 1); return err })},
		{"group", on(func(ctx context.Context, c *kafka.Cluster) error { _, err := c.SomeGroups(ctx, group); return err })},
		{"log dirs", on(func(ctx context.Context, c *kafka.Cluster) error { _, err := c.LogDirs(ctx); return err })},
		{"quorum", on(func(ctx context.Context, c *kafka.Cluster) error { _, err := c.Quorum(ctx); return err })},
		{"quotas", on(func(ctx context.Context, c *kafka.Cluster) error { _, err := c.Quotas(ctx); return err })},
		{"users", on(func(ctx context.Context, c *kafka.Cluster) error { _, err := c.SCRAMUsers(ctx); return err })},
		{"acls", on(func(ctx context.Context, c *kafka.Cluster) error { _, err := c.ACLs(ctx); return err })},
		{"reassignments", on(func(ctx context.Context, c *kafka.Cluster) error { _, err := c.Reassignments(ctx); return err })},
		{"produce", on(func(ctx context.Context, c *kafka.Cluster) error {
			p, err := c.Producer(kafka.ProducerOptions{})
			if err != nil {
				return err
			}
			defer p.Close()
			return p.Produce(ctx, kafka.NewRecord{Topic: topic, Partition: -1, Value: []byte("x")})[0].Err
		})},
		{"create a topic", plan(func(ctx context.Context, a *kafka.Admin) (*kafka.Plan, error) {
			return a.CreateTopics(ctx, kafka.NewTopic{Name: made, Partitions: 1, Replicas: 1})
		})},
		{"alter a topic", plan(func(ctx context.Context, a *kafka.Admin) (*kafka.Plan, error) {
			return a.AlterTopicConfigs(ctx, topic, kafka.ConfigChange{Set: map[string]string{"segment.ms": "70000"}})
		})},
		{"add partitions", plan(func(ctx context.Context, a *kafka.Admin) (*kafka.Plan, error) { return a.AddPartitions(ctx, topic, 2) })},
		{"delete records", plan(func(ctx context.Context, a *kafka.Admin) (*kafka.Plan, error) { return a.Purge(ctx, topic) })},
		{"elect leaders", plan(func(ctx context.Context, a *kafka.Admin) (*kafka.Plan, error) { return a.ElectLeaders(ctx, one, false) })},
		{"reassign", plan(func(ctx context.Context, a *kafka.Admin) (*kafka.Plan, error) {
			return a.Reassign(ctx, map[kafka.TopicPartition][]int32{one[0]: {2, 3}})
		})},
		{"reset offsets", plan(func(ctx context.Context, a *kafka.Admin) (*kafka.Plan, error) {
			return a.ResetOffsets(ctx, group, []string{topic}, nil, kafka.ResetTo{Kind: kafka.ResetStart})
		})},
		{"delete offsets", plan(func(ctx context.Context, a *kafka.Admin) (*kafka.Plan, error) {
			return a.DeleteOffsets(ctx, group, topic, nil)
		})},
		{"delete a group", plan(func(ctx context.Context, a *kafka.Admin) (*kafka.Plan, error) { return a.DeleteGroups(ctx, group) })},
		{"alter quotas", plan(func(ctx context.Context, a *kafka.Admin) (*kafka.Plan, error) {
			return a.AlterQuotas(ctx, kafka.QuotaEntity{Client: &made}, map[string]float64{"producer_byte_rate": 1e9}, nil)
		})},
		{"delete a topic", plan(func(ctx context.Context, a *kafka.Admin) (*kafka.Plan, error) { return a.DeleteTopics(ctx, made) })},
	}
}

// TestStackMissingACLIsExact has a user without rights try everything. Whatever is
// denied names its ACL, and with just the ACLs that were named it is done.
func TestStackMissingACLIsExact(t *testing.T) { kafkatest.Each(t, stackMissingACL) }

func stackMissingACL(t *testing.T, stack *kafkatest.Cluster) {
	ctx := context.Background()
	super := connect(t, stack.Config)
	root := admin(t, super)
	user := strings.ToLower(kafkatest.Name(t))
	p, err := root.SetSCRAM(ctx, user, "SCRAM-SHA-512", config.NewSecret("s3cret"), 0)
	apply(t, p, err)
	cl := stack.Config
	sasl := *cl.SASL
	sasl.Username, sasl.Password, sasl.PasswordFile, sasl.PasswordCommand = user, config.NewSecret("s3cret"), "", nil
	cl.SASL = &sasl
	c := connect(t, cl)
	kafkatest.Eventually(t, func() string { // the user is known to every broker
		if _, err := c.BrokerConfigs(ctx, 1, 2, 3); kafka.KindOf(err) != kafka.Denied {
			return fmt.Sprint(err)
		}
		return ""
	})
	a := admin(t, c)
	topic, group, made := stack.Topic(t, 1, 2), kafkatest.Name(t), kafkatest.Name(t)
	produce(t, super, topic, 1, 5)
	kafkatest.Eventually(t, func() string { // the coordinator of a fresh cluster has to load first
		p, err := root.ResetOffsets(ctx, group, []string{topic}, nil, kafka.ResetTo{Kind: kafka.ResetEnd})
		if err := applied(ctx, p, err); err != nil {
			return err.Error()
		}
		return ""
	})
	for _, what := range allowances(topic, group, made) {
		var granted []kafka.ACL
		kafkatest.Eventually(t, func() string {
			err := what.do(ctx, c, a)
			if kafka.KindOf(err) == kafka.NotFound && len(granted) > 0 || err == nil {
				return "" // done; or it was done by the try before
			}
			var e *kafka.Error
			if !errors.As(err, &e) || e.Kind != kafka.Denied {
				return fmt.Sprintf("%s: %v, with %v", what.name, err, granted)
			}
			if len(e.Missing) != 1 || e.Missing[0].Principal != "User:"+user || !strings.Contains(e.Do, e.Missing[0].String()) {
				t.Fatalf("%s: %v does not name the ACL: %+v", what.name, err, e)
			}
			acl := e.Missing[0]
			if !slices.Contains(granted, acl) {
				granted = append(granted, acl)
				p, err := root.CreateACLs(ctx, acl)
				apply(t, p, err)
			}
			return fmt.Sprintf("%s: still %v, with %v", what.name, err, granted)
		})
		if len(granted) == 0 {
			t.Errorf("%s was not denied", what.name)
			continue
		}
		t.Logf("%s took %v", what.name, granted)
		p, err := root.DeleteACLs(ctx, granted...)
		apply(t, p, err)
		kafkatest.Eventually(t, func() string { // the next one begins without rights
			for _, id := range []int32{1, 2, 3} {
				acls, err := super.ACLsOf(ctx, id)
				if err != nil || slices.ContainsFunc(acls, func(a kafka.ACL) bool { return a.Principal == "User:"+user }) {
					return fmt.Sprintf("broker %d still has ACLs of %s: %v", id, user, err)
				}
			}
			return ""
		})
	}
	p, err = root.AlterQuotas(ctx, kafka.QuotaEntity{Client: &made}, nil, []string{"producer_byte_rate"})
	apply(t, p, err)
	p, err = root.DeleteSCRAM(ctx, user, "")
	apply(t, p, err)
}
