package uitest

import (
	"fmt"
	"time"

	"kconsole/kafka"
	"kconsole/kafka/poll"
)

// Snapshot is a small shop's cluster at [Now]: three brokers of which one is
// down, topics that are well and not, groups with and without lag.
func Snapshot() *poll.Snapshot {
	at := Now.Add(-time.Second)
	s := &poll.Snapshot{Seq: 1, At: Now}
	s.Topics = poll.Part[kafka.Topic]{At: at, Rows: []kafka.Topic{
		Topic("__consumer_offsets", 3, 1200, nil),
		Topic("orders", 6, 1_820_000, nil),
		Topic("orders.dead-letter", 3, 12, nil),
		Topic("orders.enriched", 6, 1_810_000, []int32{1, 4}),
		Topic("payments", 3, 88_201, nil),
		Topic("users.registered", 3, 4711, nil),
	}}
	s.Topics.Rows[0].Internal = true
	s.Topics.Rows[1].Schema, s.Topics.Rows[3].Schema = "avro v3", "avro v1"
	s.Topics.Rows[3].Partitions[5].Leader = kafka.NoLeader
	s.Cluster = kafka.ClusterInfo{ID: "rkdvVqKtQmqs9P8YyJVMXQ", Controller: 1, Brokers: []kafka.Broker{
		{ID: 1, Host: "127.0.0.1", Port: 19092, Rack: "a", Up: true, Controller: true, Leaders: 12, Replicas: 24, InSync: 24, LogBytes: 820_000_000},
		{ID: 2, Rack: "b", Leaders: 0, Replicas: 24, InSync: 22, LogBytes: kafka.Unknown},
		{ID: 3, Host: "127.0.0.1", Port: 19094, Rack: "c", Up: true, Leaders: 11, Replicas: 24, InSync: 24, LogBytes: 812_000_000},
	}}
	s.Groups = poll.Part[kafka.Group]{At: at, Rows: []kafka.Group{
		{ID: "audit", Type: kafka.GroupConsumer, State: "Stable", Assignor: "uniform", Coordinator: 1, Members: []kafka.Member{{
			ID: "audit-1-uuid", ClientID: "audit-1", Host: "/127.0.0.1", Assigned: []kafka.TopicPartition{{Topic: "payments", Partition: 0}, {Topic: "payments", Partition: 1}, {Topic: "payments", Partition: 2}},
		}}, Offsets: offsets("payments", "audit-1-uuid", "audit-1", 0, 0, 0)},
		{ID: "billing", Type: kafka.GroupClassic, State: "Stable", Assignor: "range", Coordinator: 3, Members: []kafka.Member{
			{ID: "php-1-uuid", ClientID: "php-1", Host: "/10.0.0.11", Assigned: parts("orders", 0, 1, 2)},
			{ID: "php-2-uuid", ClientID: "php-2", Host: "/10.0.0.12", Assigned: parts("orders", 3, 4, 5)},
			{ID: "php-3-uuid", ClientID: "php-3", Host: "/10.0.0.13"},
		}, Offsets: append(offsets("orders", "php-1-uuid", "php-1", 18, 0, 0), shift(offsets("orders", "php-2-uuid", "php-2", 2, 18_384, 0), 3)...)},
		{ID: "nightly-report", Type: kafka.GroupClassic, State: "Empty", Coordinator: 1, Offsets: offsets("users.registered", "", "", 1200, 40, 0)},
	}}
	s.ACLs = poll.Part[kafka.ACL]{At: at, Rows: []kafka.ACL{
		{Principal: "User:app", Host: "*", ResourceType: "GROUP", Resource: "billing", Pattern: "LITERAL", Operation: "READ", Permission: "ALLOW"},
		{Principal: "User:app", Host: "*", ResourceType: "TOPIC", Resource: "orders", Pattern: "PREFIXED", Operation: "READ", Permission: "ALLOW"},
		{Principal: "User:app", Host: "*", ResourceType: "TOPIC", Resource: "orders", Pattern: "PREFIXED", Operation: "WRITE", Permission: "ALLOW"},
		{Principal: "User:guest", Host: "10.0.0.0/8", ResourceType: "TOPIC", Resource: "payments", Pattern: "LITERAL", Operation: "READ", Permission: "DENY"},
	}}
	s.Subjects = poll.Part[kafka.Subject]{At: at, Rows: []kafka.Subject{
		{Name: "orders-value", Versions: []int{1, 2, 3}, ID: 17, Type: "AVRO", Level: "BACKWARD"},
		{Name: "orders.enriched-value", Versions: []int{1}, ID: 18, Type: "AVRO", Level: "NONE"},
		{Name: "users.registered-value", Versions: []int{1, 3}, ID: 21, Type: "PROTOBUF", Level: "FULL_TRANSITIVE"},
	}}
	return s
}

// Topic makes a topic with RF 3 on brokers 1 to 3, of which broker 2 is not in
// the ISR of the listed partitions.
func Topic(name string, partitions int, records int64, under []int32) kafka.Topic {
	t := kafka.Topic{Name: name, InRate: float64(records / 5000)}
	for i := range int32(partitions) {
		first := i % 3
		p := kafka.Partition{
			Topic: name, ID: i, Leader: first + 1, LeaderEpoch: 4, Replicas: []int32{first + 1, (first+1)%3 + 1, (first+2)%3 + 1},
			Start: 0, End: records / int64(partitions), Bytes: records * 118 / int64(partitions),
		}
		p.Stable, p.ISR = p.End, p.Replicas
		for _, u := range under {
			if u == i {
				p.ISR = []int32{1, 3}
				if p.Leader == 2 {
					p.Leader = 3
				}
			}
		}
		t.Partitions = append(t.Partitions, p)
	}
	return t
}

func parts(topic string, ids ...int32) []kafka.TopicPartition {
	out := make([]kafka.TopicPartition, len(ids))
	for i, id := range ids {
		out[i] = kafka.TopicPartition{Topic: topic, Partition: id}
	}
	return out
}

// offsets are committed offsets with these lags, from partition 0.
func offsets(topic, member, client string, lags ...int64) []kafka.GroupOffset {
	out := make([]kafka.GroupOffset, len(lags))
	for i, lag := range lags {
		out[i] = kafka.GroupOffset{Topic: topic, Partition: int32(i), Committed: 302_118 - lag, End: 302_118, Member: member, ClientID: client}
	}
	return out
}

// shift moves offsets to later partitions.
func shift(list []kafka.GroupOffset, by int32) []kafka.GroupOffset {
	for i := range list {
		list[i].Partition += by
	}
	return list
}

// Failed is the same cluster after everything but the last good round failed.
func Failed(err error) *poll.Snapshot {
	s := Snapshot()
	at := Now.Add(-2 * time.Minute)
	s.Topics.At, s.Groups.At, s.ACLs.At, s.Subjects.At = at, at, at, at
	s.Topics.Err, s.Groups.Err, s.ACLs.Err, s.Subjects.Err = err, err, err, err
	for _, scope := range []poll.Scope{poll.Topics, poll.Groups, poll.ACLs, poll.Subjects} {
		s.Problems = append(s.Problems, poll.Problem{Scope: scope, At: Now.Add(-time.Minute), Err: err})
	}
	return s
}

// Never is a cluster that has not answered once.
func Never(err error) *poll.Snapshot {
	s := &poll.Snapshot{Seq: 1, At: Now}
	s.Topics.Err, s.Groups.Err, s.ACLs.Err, s.Subjects.Err = err, err, err, err
	s.Problems = []poll.Problem{{Scope: poll.Topics, At: Now, Err: err}}
	return s
}

// Unreachable is what a cluster that is down says.
func Unreachable() error {
	return &kafka.Error{
		What: "cannot read the topics", Why: "nothing answers at 127.0.0.1:19092, 127.0.0.1:19093 (connection refused)",
		Do: "start the brokers, or correct the addresses under brokers", Kind: kafka.Unreachable,
	}
}

// Large is a cluster with many topics.
func Large(topics int) *poll.Snapshot {
	s := Snapshot()
	s.Topics.Rows = make([]kafka.Topic, topics)
	for i := range s.Topics.Rows {
		s.Topics.Rows[i] = Topic(fmt.Sprintf("team-%02d.service-%03d.events-%05d", i%40, i%250, i), 3, int64(i)*31, nil)
	}
	return s
}
