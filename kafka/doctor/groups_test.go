package doctor_test

import (
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kconsole/kafka"
	"kconsole/kafka/doctor"
	"kconsole/kafka/kafkatest"
)

func TestStoppedAndSlowConsumers(t *testing.T) {
	c := kafkatest.Embedded(t)
	p := examine(t, c.Config, doctor.Options{NoListeners: true})
	topic, group := c.Topic(t, 1, 3), kafkatest.Name(t)
	client := byHand(t, c)
	produce(t, client, values(topic, 0, 30)...)
	commit(t, c, group, topic, 0, 5)
	p.Look(t.Context())
	p.later(20 * time.Second)
	fine(t, p, "consumer-stopped") // lag alone, without growth, is an old group
	produce(t, client, values(topic, 0, 40)...)
	p.later(5 * time.Second)
	f := found(t, p, "consumer-stopped", doctor.Act, group+" is stopped", "no members (Empty), lag 65", "arrive in "+topic)
	if f.Open.View != "group" || f.Open.Args[0] != group {
		t.Errorf("opens %+v", f.Open)
	}

	// With members it is slow: it commits, but less than arrives.
	reader, _ := member(t, c, group, []string{topic})
	members(t, p, group, 1)
	p = examine(t, c.Config, doctor.Options{NoListeners: true}) // one that saw nothing before
	p.Look(t.Context())
	commitAs(t, reader, topic, 0, 9)
	produce(t, client, values(topic, 0, 40)...)
	p.later(30 * time.Second)
	found(t, p, "consumer-slow", doctor.Watch, group+" is slow: its lag is 101", topic+"/0 lags most")
	fine(t, p, "consumer-stopped")

	// With members that commit nothing for long it is stuck.
	p = examine(t, c.Config, doctor.Options{NoListeners: true})
	p.Look(t.Context())
	produce(t, client, values(topic, 0, 5)...)
	p.later(30 * time.Second)
	found(t, p, "consumer-slow", doctor.Act, group+" makes no progress")
}

func TestOnePartitionLagsByItsKey(t *testing.T) {
	c := kafkatest.Embedded(t)
	p := examine(t, c.Config, doctor.Options{NoListeners: true})
	topic, group := c.Topic(t, 4, 3), kafkatest.Name(t)
	reader, _ := member(t, c, group, []string{topic}, kgo.ClientID("cashier"))
	g := members(t, p, group, 1)
	if len(g.Members[0].Subscribed) != 1 || g.Members[0].Subscribed[0] != topic {
		t.Errorf("the member subscribes to %v", g.Members[0].Subscribed)
	}
	client := byHand(t, c)
	hot := values(topic, 2, 200)
	for _, r := range hot {
		r.Key = []byte("c-4711")
	}
	produce(t, client, hot...)
	for q := range int32(4) {
		produce(t, client, values(topic, q, 5)...)
		if q == 2 {
			commitAs(t, reader, topic, q, 0)
			continue
		}
		commitAs(t, reader, topic, q, 4)
	}
	found(t, p, "partition-lags", doctor.Watch, group+" lags on one partition only: "+topic+"/2", "lag 205 of 208", "read by cashier", `key "c-4711" is`)
	for q := range int32(4) {
		produce(t, client, values(topic, q, 200)...)
	}
	commitAs(t, reader, topic, 2, 205)
	kafkatest.Eventually(t, func() string {
		rep := p.Look(t.Context())
		if check(rep, "partition-lags").Status != doctor.Fine {
			return "an even lag is told of"
		}
		return ""
	})
}

// commitAs commits for a group that has members, as one of them.
func commitAs(t *testing.T, member *kgo.Client, topic string, partition int32, offset int64) {
	t.Helper()
	kafkatest.Eventually(t, func() string {
		missing := ""
		offsets := map[string]map[int32]kgo.EpochOffset{topic: {partition: {Epoch: -1, Offset: offset}}}
		member.CommitOffsetsSync(t.Context(), offsets, func(_ *kgo.Client, _ *kmsg.OffsetCommitRequest, resp *kmsg.OffsetCommitResponse, err error) {
			if err == nil {
				err = kerr.ErrorForCode(resp.Topics[0].Partitions[0].ErrorCode)
			}
			if err != nil {
				missing = err.Error() // the group rebalances, for example
			}
		})
		return missing
	})
}

func TestMoreMembersThanPartitions(t *testing.T) {
	c := kafkatest.Embedded(t)
	p := examine(t, c.Config, doctor.Options{NoListeners: true})
	topic, group := c.Topic(t, 2, 3), kafkatest.Name(t)
	for range 2 {
		member(t, c, group, []string{topic})
	}
	members(t, p, group, 2)
	fine(t, p, "members-idle")
	member(t, c, group, []string{topic}, kgo.ClientID("idler"))
	members(t, p, group, 3)
	found(t, p, "members-idle", doctor.Watch, "3 members for 2 partitions, 1 idle", "has no partition")
}

// A partition that one member has given up and the other not yet taken makes
// nobody idle; a member for which there is none is.
func TestNobodyIsIdleWhileAPartitionMoves(t *testing.T) {
	topic := kafka.Topic{Name: "orders", Partitions: []kafka.Partition{{ID: 0}, {ID: 1}}}
	at := func(members ...kafka.Member) doctor.Check {
		facts := doctor.Facts{
			Topics: []kafka.Topic{topic},
			Groups: []kafka.Group{{ID: "g", State: "Stable", Type: kafka.GroupConsumer, Members: members}},
		}
		return check(doctor.Examine(&facts), "members-idle")
	}
	first := kafka.Member{ID: "a", Assigned: []kafka.TopicPartition{{Topic: "orders", Partition: 0}}}
	both := kafka.Member{ID: "a", Assigned: []kafka.TopicPartition{{Topic: "orders", Partition: 0}, {Topic: "orders", Partition: 1}}}
	other := kafka.Member{ID: "b", Subscribed: []string{"orders"}}
	if c := at(first, other); c.Status != doctor.Fine {
		t.Errorf("while partition 1 moves: %+v", c)
	}
	if c := at(both, other, kafka.Member{ID: "c"}); c.Status != doctor.Found {
		t.Errorf("three members for two partitions: %+v", c)
	}
}

func TestRebalanceLoop(t *testing.T) {
	c := kafkatest.Embedded(t)
	p := examine(t, c.Config, doctor.Options{NoListeners: true, NoRecords: true})
	topic, group := c.Topic(t, 1, 3), kafkatest.Name(t)
	member(t, c, group, []string{topic}, kgo.ClientID("stays"))
	members(t, p, group, 1)
	p.Look(t.Context())
	fine(t, p, "rebalance-loop")
	for range 2 {
		_, stop := member(t, c, group, []string{topic}, kgo.ClientID("slow-handler"))
		members(t, p, group, 2)
		p.later(10 * time.Second)
		p.Look(t.Context())
		stop()
		members(t, p, group, 1)
		p.later(10 * time.Second)
		p.Look(t.Context())
	}
	found(t, p, "rebalance-loop", doctor.Act, group+" rebalances again and again", "slow-handler left")
}

func TestUnknownTopicNamesTheNearest(t *testing.T) {
	c := kafkatest.Embedded(t)
	p := examine(t, c.Config, doctor.Options{NoListeners: true, NoRecords: true})
	topic, group := c.Topic(t, 1, 3), kafkatest.Name(t)
	wrong := strings.Replace(topic, "Topic", "Tpoic", 1)
	subscribe(t, c, group, topic, wrong)
	members(t, p, group, 1)
	found(t, p, "unknown-topic", doctor.Watch, "waits for topic "+wrong, "there is a topic "+topic)
	if _, err := c.Admin(t).CreateTopic(t.Context(), 1, 3, nil, wrong); err != nil {
		t.Fatal(err)
	}
	kafkatest.Eventually(t, func() string {
		if rep := p.Look(t.Context()); check(rep, "unknown-topic").Status != doctor.Fine {
			return "it is there now, and still told of"
		}
		return ""
	})
}

// subscribe joins a group by hand: franz-go leaves out topics that do not exist,
// where Java's and librdkafka's consumers ask for them all the same.
func subscribe(t *testing.T, c *kafkatest.Cluster, group string, topics ...string) {
	t.Helper()
	client := c.Client(t)
	meta := kmsg.NewConsumerMemberMetadata()
	meta.Version, meta.Topics = 1, topics
	join := kmsg.NewPtrJoinGroupRequest()
	join.Group, join.ProtocolType, join.SessionTimeoutMillis, join.RebalanceTimeoutMillis = group, "consumer", 60_000, 60_000
	protocol := kmsg.NewJoinGroupRequestProtocol()
	protocol.Name, protocol.Metadata = "range", meta.AppendTo(nil)
	join.Protocols = append(join.Protocols, protocol)
	joined, err := join.RequestWith(t.Context(), client)
	if err == nil && joined.ErrorCode == kerr.MemberIDRequired.Code {
		join.MemberID = joined.MemberID
		joined, err = join.RequestWith(t.Context(), client)
	}
	if err != nil || joined.ErrorCode != 0 {
		t.Fatal(err, kerr.ErrorForCode(joined.ErrorCode))
	}
	given := kmsg.NewConsumerMemberAssignment()
	sync := kmsg.NewPtrSyncGroupRequest()
	sync.Group, sync.Generation, sync.MemberID = group, joined.Generation, joined.MemberID
	sync.ProtocolType, sync.Protocol = &join.ProtocolType, &protocol.Name
	assignment := kmsg.NewSyncGroupRequestGroupAssignment()
	assignment.MemberID, assignment.MemberAssignment = joined.MemberID, given.AppendTo(nil)
	sync.GroupAssignment = append(sync.GroupAssignment, assignment)
	synced, err := sync.RequestWith(t.Context(), client)
	if err != nil || synced.ErrorCode != 0 {
		t.Fatal(err, kerr.ErrorForCode(synced.ErrorCode))
	}
}

func TestLostToRetention(t *testing.T) {
	c := kafkatest.Embedded(t)
	p := examine(t, c.Config, doctor.Options{NoListeners: true})
	topic, group := c.Topic(t, 2, 3, "retention.ms", "3600000"), kafkatest.Name(t)
	client := byHand(t, c)
	for q := range int32(2) {
		old := values(topic, q, 10)
		for _, r := range old {
			r.Timestamp = time.Now().Add(-50 * time.Minute)
		}
		produce(t, client, old...)
		commit(t, c, group, topic, q, 3)
	}
	found(t, p, "retention-ahead", doctor.Act, group+" will lose records of "+topic+"/", "to retention in 9 min", "its next record, offset 3", "retention.ms is 60 min")
	fine(t, p, "offset-lost")
	var before kadm.Offsets
	before.AddOffset(topic, 1, 7, -1)
	if _, err := c.Admin(t).DeleteRecords(t.Context(), before); err != nil {
		t.Fatal(err)
	}
	found(t, p, "offset-lost", doctor.Act, group+" lost 4 offsets", topic+"/1: committed 3, the log starts at 7: offsets 3 to 6 are gone", "--to start --topic "+topic+":1")
	for q := range int32(2) {
		commit(t, c, group, topic, q, 10)
	}
	fine(t, p, "offset-lost")
	fine(t, p, "retention-ahead")
}

func TestQuotaHoldsBack(t *testing.T) {
	c := kafkatest.Embedded(t)
	topic, group, client := c.Topic(t, 1, 3), kafkatest.Name(t), kafkatest.Name(t)
	produce(t, byHand(t, c), values(topic, 0, 100)...)
	p := examine(t, c.Config, doctor.Options{NoListeners: true})
	reader, _ := member(t, c, group, []string{topic}, kgo.ClientID(client))
	members(t, p, group, 1)
	commitAs(t, reader, topic, 0, 10)
	p.Look(t.Context())
	quota := func(user *string, id string, rate float64) {
		entity := kadm.ClientQuotaEntity{{Type: "client-id", Name: &id}}
		if user != nil {
			entity = kadm.ClientQuotaEntity{{Type: "user", Name: user}}
		}
		if _, err := c.Admin(t).AlterClientQuotas(t.Context(), []kadm.AlterClientQuotaEntry{{
			Entity: entity, Ops: []kadm.AlterClientQuotaOp{{Key: "consumer_byte_rate", Value: rate}},
		}}); err != nil {
			t.Fatal(err)
		}
	}
	quota(nil, client, 1e9)
	commitAs(t, reader, topic, 0, 60) // 50 records of about 24 bytes in 10 s
	p.later(10 * time.Second)
	fine(t, p, "quota-throttling") // far below it
	quota(nil, client, 100)
	p.later(2 * time.Second)
	found(t, p, "quota-throttling", doctor.Watch, group+" reads as fast as a quota lets it", `client-id "`+client+`"`, "may read 100 bytes/s")

	// And the doctor notices where it is itself held back.
	user := p.cluster.Principal()
	quota(&user, "", 50)
	found(t, p, "quota-throttling", doctor.Watch, "this user", "held back")
}
