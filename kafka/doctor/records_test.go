package doctor_test

import (
	"crypto/tls"
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sr"

	"kconsole/compose/pki"
	"kconsole/kafka"
	"kconsole/kafka/doctor"
	"kconsole/kafka/kafkatest"
)

func serverTLS(leaf *pki.Leaf) *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{leaf.TLS()}, MinVersion: tls.VersionTLS12}
}

// framed is a value in Confluent's wire format.
func framed(id int, payload string) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{0}, uint32(id)), payload...)
}

func TestRecords(t *testing.T) {
	c := kafkatest.Embedded(t)
	p := examine(t, c.Config, doctor.Options{NoListeners: true})
	topic, group := c.Topic(t, 1, 3), kafkatest.Name(t)
	client, reg := byHand(t, c), c.Registry(t)
	made, err := reg.CreateSchema(t.Context(), topic+"-value", avroSchema(`{"name":"a","type":"string"}`))
	if err != nil {
		t.Fatal(err)
	}
	good := &kgo.Record{Topic: topic, Value: framed(made.ID, "\x02x")}
	produce(t, client, good)
	fine(t, p, "poison-record")
	produce(t, client, &kgo.Record{Topic: topic, Value: []byte(`{"a":"x"}`)})
	found(t, p, "poison-record", doctor.Watch, topic+" has records that cannot be decoded", topic+"/0 offset 1: no magic byte", "Unknown magic byte")
	commit(t, c, group, topic, 0, 1)
	f := found(t, p, "poison-record", doctor.Act, group+" stands before a record of "+topic, "-p 0 --from offset:1 -n 1 -o hex")
	if f.Open.View != "tail" || f.Open.Args[0] != topic || f.Lab.Walkthrough != "Stuck on one letter" {
		t.Errorf("%+v", f)
	}
	commit(t, c, group, topic, 0, 2)
	fine(t, p, "schema-unknown")
	produce(t, client, &kgo.Record{Topic: topic, Value: framed(made.ID, "\x08xy")}) // says 4 bytes, has 2
	found(t, p, "poison-record", doctor.Act, "offset 2, where "+group+" stands")
	produce(t, client, &kgo.Record{Topic: topic, Value: framed(987654, "\x02x")})
	found(t, p, "schema-unknown", doctor.Act, topic+" has records of schema 987654, which the registry does not have")
}

func TestRecordSizes(t *testing.T) {
	c := kafkatest.Embedded(t)
	p := examine(t, c.Config, doctor.Options{NoListeners: true})
	topic := c.Topic(t, 1, 3, "max.message.bytes", "20000")
	client := byHand(t, c, kgo.ProducerBatchCompression(kgo.NoCompression()))
	produce(t, client, &kgo.Record{Topic: topic, Value: []byte(strings.Repeat("x", 10000))})
	fine(t, p, "record-too-large")
	produce(t, client, &kgo.Record{Topic: topic, Value: []byte(strings.Repeat("x", 19000))})
	found(t, p, "record-too-large", doctor.Watch, topic+" has records of almost max.message.bytes", "the limit is 20000")
	a, err := p.cluster.Admin()
	if err != nil {
		t.Fatal(err)
	}
	plan, err := a.AlterTopicConfigs(t.Context(), topic, kafka.ConfigChange{Set: map[string]string{"max.message.bytes": "5000"}})
	if err == nil {
		_, err = plan.Apply(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	found(t, p, "record-too-large", doctor.Act, topic+" has records larger than max.message.bytes", "before the limit was lowered")
}

func TestTimestamps(t *testing.T) {
	c := kafkatest.Embedded(t)
	p := examine(t, c.Config, doctor.Options{NoListeners: true})
	topic, ahead := c.Topic(t, 1, 3, "retention.ms", "-1"), c.Topic(t, 1, 3)
	client := byHand(t, c)
	produce(t, client, &kgo.Record{Topic: topic, Value: []byte("x")})
	fine(t, p, "timestamp-nonsense")
	produce(t, client, &kgo.Record{Topic: topic, Value: []byte("x"), Timestamp: time.UnixMilli(time.Now().Unix())}) // seconds for milliseconds
	found(t, p, "timestamp-nonsense", doctor.Watch, topic+" has records of 1970", "read as seconds it would be "+time.Now().UTC().Format("2006-"))
	produce(t, client, &kgo.Record{Topic: ahead, Value: []byte("x"), Timestamp: time.Now().Add(50 * time.Minute)})
	found(t, p, "timestamp-nonsense", doctor.Watch, ahead+" has records from the future")
}

func TestSchemas(t *testing.T) {
	c := kafkatest.Embedded(t)
	p := examine(t, c.Config, doctor.Options{NoListeners: true, NoRecords: true})
	topic, reg := c.Topic(t, 1, 3), c.Registry(t)
	value := topic + "-value"
	register := func(subject string, s sr.Schema) {
		t.Helper()
		if _, err := reg.CreateSchema(t.Context(), subject, s); err != nil {
			t.Fatal(err)
		}
	}
	register(value, avroSchema(`{"name":"a","type":"string"}`))
	register(value, avroSchema(`{"name":"a","type":"string"},{"name":"b","type":"int","default":0}`))
	for _, rule := range []string{"schema-incompatible", "subject-naming", "logical-type"} {
		fine(t, p, rule)
	}
	for _, r := range reg.SetCompatibility(t.Context(), sr.SetCompatibility{Level: sr.CompatNone}, value) {
		if r.Err != nil {
			t.Fatal(r.Err)
		}
	}
	register(value, avroSchema(`{"name":"a","type":"string"},{"name":"b","type":"int","default":0},{"name":"total","type":"long"}`))
	f := found(t, p, "schema-incompatible", doctor.Act, value+": version 3 does not get along with version 2", "total", "the subject's level is NONE", "kconsole schema diff")
	if f.Open.View != "diff" || len(f.Open.Args) != 2 || f.Open.Args[1] != "3" {
		t.Errorf("opens %+v", f.Open)
	}

	other := c.Topic(t, 1, 3)
	register(strings.Replace(other, "Schemas", "Shcemas", 1)+"-value", avroSchema(`{"name":"a","type":"string"}`))
	found(t, p, "subject-naming", doctor.Watch, "no topic uses subject", other+"-value is missing")
	register(other+"-value", sr.Schema{Schema: `{"type":"record","name":"L","fields":[{"name":"at","type":"long","logicalType":"timestamp-millis"}]}`})
	found(t, p, "logical-type", doctor.Watch, other+"-value: a logical type has no effect", "logicalType stands beside the type")
}

func TestRecordsOfAnotherSubject(t *testing.T) {
	c := kafkatest.Embedded(t)
	p := examine(t, c.Config, doctor.Options{NoListeners: true})
	topic, reg := c.Topic(t, 1, 3), c.Registry(t)
	made, err := reg.CreateSchema(t.Context(), "legacy-orders-value", avroSchema(`{"name":"a","type":"string"}`))
	if err != nil {
		t.Fatal(err)
	}
	produce(t, byHand(t, c), &kgo.Record{Topic: topic, Value: framed(made.ID, "\x02x")})
	found(t, p, "subject-naming", doctor.Watch, topic+" carries records of subject legacy-orders-value", "which is not registered as "+topic+"-value")
}

func TestUnderReplicatedIsPure(t *testing.T) {
	facts := doctor.Facts{
		Info:   kafka.ClusterInfo{Brokers: []kafka.Broker{{ID: 1, Up: true}, {ID: 2, Up: true}}},
		Topics: []kafka.Topic{{Name: "t", Partitions: []kafka.Partition{{Topic: "t", Leader: 1, Replicas: []int32{1, 2}, ISR: []int32{1}}}}},
	}
	if missing := wants(doctor.Examine(&facts), "under-replicated", doctor.Watch, "t/0 on broker 2 is not in sync"); missing != "" {
		t.Error(missing)
	}
}

func TestOpenAndHangingTransactions(t *testing.T) {
	c := kafkatest.Embedded(t)
	p := examine(t, c.Config, doctor.Options{NoListeners: true, NoRecords: true})
	topic := c.Topic(t, 1, 3)
	fine(t, p, "transaction-hanging")
	tx := c.Client(t, kgo.TransactionalID(kafkatest.Name(t)))
	if err := tx.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	produce(t, tx, &kgo.Record{Topic: topic, Value: []byte("open")})
	fine(t, p, "transaction-hanging") // it has just begun
	p.later(10 * time.Minute)
	found(t, p, "transaction-hanging", doctor.Watch, "a transaction on "+topic+"/0 has been silent for", "the last stable offset is 0, the log ends at 1")
	if err := tx.EndTransaction(t.Context(), kgo.TryAbort); err != nil {
		t.Fatal(err)
	}
	hang := doctor.Facts{Hanging: []kafka.HangingTransaction{{
		ActiveProducer: kafka.ActiveProducer{Topic: topic, ProducerID: 7, TxnStart: 3}, Age: time.Hour, Why: "no transactional id has its producer id",
	}}}
	if missing := wants(doctor.Examine(&hang), "transaction-hanging", doctor.Act, "a transaction hangs on "+topic+"/0", "producer id 7, open since offset 3"); missing != "" {
		t.Error(missing)
	}
}
