package views

import (
	"context"
	"strings"
	"time"

	"kconsole/kafka"
	"kconsole/kafka/access"
	"kconsole/kafka/doctor"
	"kconsole/labs"
	"kconsole/ui/page"
	"kconsole/ui/reader"
	"kconsole/ui/resource"
	"kconsole/ui/session"
)

// Load is what the loads of views come back with, for the golden screens: nil
// rows and nil error wait until the page is closed.
type Load struct {
	Err    error
	Filled bool
	Stale  bool // filled, and the newest read failed
	Now    time.Time
}

// with gives a Spec fixed rows.
func with[T any](s *resource.Spec[T], l Load, rows ...T) page.View {
	s.Load = func(ctx context.Context, _ *session.Session, _ page.State, _ page.Target) ([]T, error) {
		switch {
		case l.Err != nil:
			return nil, l.Err
		case l.Filled:
			return rows, nil
		}
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return s.View()
}

// Loading lists the views that read something themselves, with what they read
// replaced.
func Loading(l Load) []page.View {
	now := l.Now
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	user, client, all := "app", "php-1", ""
	entry := func(name, value, origin, def string) *kafka.ConfigEntry {
		return &kafka.ConfigEntry{Name: name, Value: value, Origin: origin, Default: def, Type: "STRING"}
	}
	return []page.View{
		with(health(), l, doctorRows(doctor.Report{
			Findings: []doctor.Finding{
				{
					Rule: "min-isr", Level: doctor.Act, Resource: "topic orders.enriched", Title: "writes are refused: 3 partitions have 1 in-sync replica, min.insync.replicas is 2",
					Next: doctor.Action{Text: "start broker 2", Command: "kconsole lab broker start 2"}, Open: doctor.Link{View: "topic", Args: []string{"orders.enriched"}}, Lab: doctor.Lab{ID: "09"},
				},
				{Rule: "slow", Level: doctor.Watch, Resource: "group billing", Title: "lags 41 s and grows: member php-2 is slow", Next: doctor.Action{Text: "look at its members"}, Open: doctor.Link{View: "group", Args: []string{"billing"}}},
			},
			Checks: []doctor.Check{{Rule: "a", Name: "in-sync replicas", Status: doctor.Found}, {Rule: "b", Name: "listeners", Status: doctor.Fine}, {Rule: "c", Name: "delegation tokens", Status: doctor.Unknown, Why: "not authorized to describe them"}},
		})...),
		with(configs(), l,
			entry("cleanup.policy", "delete", "DEFAULT_CONFIG", "delete"),
			entry("compression.type", "zstd", "DYNAMIC_TOPIC_CONFIG", "producer"),
			entry("min.insync.replicas", "2", "STATIC_BROKER_CONFIG", "1"),
			&kafka.ConfigEntry{Name: "ssl.key", Sensitive: true, Origin: "STATIC_BROKER_CONFIG"}),
		with(brokerConfigs(), l, entry("auto.create.topics.enable", "false", "STATIC_BROKER_CONFIG", "true"), &kafka.ConfigEntry{Name: "broker.rack", Null: true, Origin: "DEFAULT_CONFIG", ReadOnly: true}),
		with(producers(), l,
			producerRow{kafka.ActiveProducer{Topic: "orders", ProducerID: 4000, Epoch: 1, LastSequence: 88, LastWrite: ago(2 * time.Second), TxnStart: kafka.Unknown}, now},
			producerRow{kafka.ActiveProducer{Topic: "orders", Partition: 1, ProducerID: 4001, LastSequence: 3, LastWrite: ago(2 * time.Hour), TxnStart: 302_000}, now}),
		with(accessMatrix(), l, matrixRows()...),
		with(users(), l,
			kafka.SCRAMUser{Name: "admin", Credentials: []kafka.SCRAMCredential{{Mechanism: "SCRAM-SHA-512", Iterations: 8192}}},
			kafka.SCRAMUser{Name: "app", Credentials: []kafka.SCRAMCredential{{Mechanism: "SCRAM-SHA-256", Iterations: 4096}, {Mechanism: "SCRAM-SHA-512", Iterations: 4096}}}),
		with(quotas(), l,
			kafka.Quota{Entity: kafka.QuotaEntity{User: &all}, Values: map[string]float64{"consumer_byte_rate": 10_000_000}},
			kafka.Quota{Entity: kafka.QuotaEntity{User: &user, Client: &client}, Values: map[string]float64{"producer_byte_rate": 1_048_576, "request_percentage": 12.5}}),
		with(tokens(), l, tokenRow{kafka.Token{ID: "k3xYw", Owner: "User:app", Expires: now.Add(40 * time.Minute), Max: now.Add(100 * time.Hour)}, now}),
		with(transactions(), l,
			txRow{kafka.Transaction{ID: "payments-1", State: "Ongoing", Coordinator: 1, ProducerID: 4001, Timeout: time.Minute, Started: ago(3 * time.Hour), Partitions: []kafka.TopicPartition{{Topic: "payments", Partition: 1}, {Topic: "payments", Partition: 2}}}, now},
			txRow{kafka.Transaction{ID: "payments-2", State: "CompleteCommit", Coordinator: 2, ProducerID: 4002, Epoch: 7, Timeout: time.Minute}, now}),
		with(groupConfigs(), l, entry("consumer.session.timeout.ms", "45000", "DEFAULT_CONFIG", "45000"), entry("consumer.heartbeat.interval.ms", "3000", "DYNAMIC_GROUP_CONFIG", "5000")),
		with(hanging(), l, kafka.HangingTransaction{ActiveProducer: kafka.ActiveProducer{Topic: "payments", Partition: 1, ProducerID: 4001, Epoch: 2, TxnStart: 88_100}, TransactionalID: "payments-1", Age: 3 * time.Hour, Why: "its coordinator is at producer epoch 3"}),
		with(audit(), l,
			auditRow{kafka.AuditRecord{Seq: 0, Time: ago(3 * time.Minute), Took: 2 * time.Second, Cluster: "prod", Principal: "User:root", Title: "reset the offsets of group billing", Items: make([]kafka.AuditItem, 6)}, "13:59:11"},
			auditRow{kafka.AuditRecord{Seq: 1, Time: ago(2 * time.Minute), Took: 40 * time.Millisecond, Cluster: "lab", Principal: "User:admin", Title: "create topics a, b", Failed: 1, Items: make([]kafka.AuditItem, 2)}, "14:00:11"},
			auditRow{kafka.AuditRecord{Seq: 2, Time: ago(time.Minute), Cluster: "lab", Principal: "User:admin", Title: "delete topic orders.old", Open: true}, "14:01:11"}),
		with(logDirs(), l,
			kafka.LogDir{Broker: 1, Path: "/var/lib/kafka/data", Total: 1e12, Usable: 4e11, Bytes: 5e11, Replicas: make([]kafka.LogReplica, 24)},
			kafka.LogDir{Broker: 2, Path: "/var/lib/kafka/data", Total: 1e12, Usable: 3e10, Bytes: 9e11, Replicas: make([]kafka.LogReplica, 24)},
			kafka.LogDir{Broker: 3, Path: "/var/lib/kafka/data", Total: kafka.Unknown, Usable: kafka.Unknown, Bytes: kafka.Unknown, Err: &kafka.Error{What: "the log dir is offline"}}),
		with(quorum(), l,
			quorumRow{kafka.QuorumState{ID: 1, EndOffset: 4711, CaughtUpAt: ago(0)}, "voter", true, 3, now},
			quorumRow{kafka.QuorumState{ID: 2, EndOffset: 4000, Lag: 711, CaughtUpAt: ago(time.Minute)}, "voter", false, 3, now},
			quorumRow{kafka.QuorumState{ID: 3, EndOffset: 4711, CaughtUpAt: ago(time.Second)}, "observer", false, 3, now}),
		with(reassignments(), l, kafka.Reassignment{Topic: "orders", Partition: 3, Replicas: []int32{1, 2, 3}, Adding: []int32{3}, Removing: []int32{1}}),
		with(labList(), l,
			labs.Standing{Lab: &labs.Lab{ID: "01", Title: "From request-response to events: user registration", Summary: "One event, three services that do not wait for each other.", Minutes: 35}, Passed: 7, Required: 7, Started: ago(2 * time.Hour), Finished: ago(time.Hour)},
			labs.Standing{Lab: &labs.Lab{ID: "02", Title: "Kafka's parts, and a cluster of your own", Summary: "Start a cluster, see who does what in it.", Minutes: 30}, Passed: 3, Required: 7, Started: ago(time.Hour)},
			labs.Standing{Lab: &labs.Lab{ID: "11", Title: "Monitoring and a load test", Summary: "Find lag, make it, drain it.", Minutes: 45}, Required: 7, Unable: []string{"this cluster has no Prometheus"}},
			labs.Standing{Lab: &labs.Lab{ID: "w01", Title: "Answers the door", Summary: "Some clients connect and then hang.", Minutes: 15}, Required: 2, Notice: "w01.json is damaged; `kconsole lab reset w01` begins anew"}),
		schemaFrom(func(ctx context.Context, _ *session.Session, _ string, _ int) (reader.Text, error) {
			return text(ctx, l, reader.Text{Head: []string{"AVRO · version 3 · schema id 17"}, Body: indent(`{"type":"record","name":"Order","fields":[{"name":"id","type":"string"}]}`)})
		}),
		schemaDiffFrom(func(ctx context.Context, _ *session.Session, _ string, _ int) (reader.Text, error) {
			return text(ctx, l, reader.Text{Head: []string{"from version 2 to version 3"}, Body: "coupon: added [null, string]\ntotal: type int → long"})
		}),
		compatFrom(func(ctx context.Context, _ *session.Session, _ string) (reader.Text, error) {
			return text(ctx, l, reader.Text{Head: []string{"level BACKWARD (its own)"}, Body: "v1  the first: nothing to get along with\nv2  keeps BACKWARD; would pass NONE, BACKWARD\nv3  does not keep BACKWARD; would pass NONE\n      against v2: total was an int\n      → keep int, or add a field"})
		}),
		with(uses(), l, useRow{"topic", "orders", "the subject is named after it", page.Target{View: "topic", Args: []string{"orders"}}}, useRow{"group", "billing", "reads orders, 2 members there", page.Target{View: "group", Args: []string{"billing"}}}),
		recordsFrom(feeding{open: l.records, now: func() time.Time { return l.Now }}),
		cartOf(l),
		latencyFrom(func(page.Host) []kafka.BrokerLatency { return latenciesOf(l) }),
		logsFrom(func(ctx context.Context, _ *session.Session, _ int32) (reader.Text, error) {
			return text(ctx, l, reader.Text{Body: strings.Repeat("14:02:11 INFO Rolled new log segment \x1b[31m(kafka.log)\n", 60)})
		}),
	}
}

func text(ctx context.Context, l Load, t reader.Text) (reader.Text, error) {
	switch {
	case l.Err != nil:
		return reader.Text{}, l.Err
	case l.Filled:
		return t, nil
	}
	<-ctx.Done()
	return reader.Text{}, ctx.Err()
}

func matrixRows() []accessRow {
	rules := access.Rules{SuperUsers: []string{"User:admin"}, ACLs: []kafka.ACL{
		{Principal: "User:app", Host: "*", ResourceType: "CLUSTER", Resource: access.ClusterName, Pattern: "LITERAL", Operation: "DESCRIBE", Permission: "ALLOW"},
		{Principal: "User:guest", Host: "*", ResourceType: "CLUSTER", Resource: access.ClusterName, Pattern: "LITERAL", Operation: "ALTER", Permission: "DENY"},
	}}
	res := access.Resource{Type: "CLUSTER", Name: access.ClusterName}
	var rows []accessRow
	for _, r := range rules.Matrix(rules.Principals(), []access.Resource{res}, "") {
		rows = append(rows, accessRow{r.Principal, res, r.Cells[0]})
	}
	return rows
}
