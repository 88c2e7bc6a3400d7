package load_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sr"

	"kconsole/avro"
	"kconsole/avro/registry"
	"kconsole/kafka"
	"kconsole/kafka/config"
	"kconsole/kafka/kafkatest"
	"kconsole/kafka/load"
)

const schema = `{"type":"record","name":"Order","fields":[
  {"name":"id","type":"string"},
  {"name":"email","type":"string"},
  {"name":"quantity","type":"int"},
  {"name":"note","type":["null","string"],"default":null},
  {"name":"created_at","type":{"type":"long","logicalType":"timestamp-millis"}}]}`

func connect(t *testing.T, k *kafkatest.Cluster) *kafka.Cluster {
	t.Helper()
	c, err := kafka.Connect(k.Config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// ends are the ends of a topic's partitions.
func ends(t *testing.T, k *kafkatest.Cluster, topic string) (total int64, byPartition map[int32]int64) {
	t.Helper()
	listed, err := k.Admin(t).ListEndOffsets(t.Context(), topic)
	if err != nil {
		t.Fatal(err)
	}
	byPartition = map[int32]int64{}
	for p, o := range listed.Offsets()[topic] {
		byPartition[p] = o.At
		total += o.At
	}
	return total, byPartition
}

func registered(t *testing.T, k *kafkatest.Cluster, subject string) *registry.Schema {
	t.Helper()
	if _, err := k.Registry(t).CreateSchema(t.Context(), subject, sr.Schema{Schema: schema}); err != nil {
		t.Fatal(err)
	}
	http, err := k.Config.Registry.HTTPClient()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(http.CloseIdleConnections)
	r, err := registry.New(registry.Options{URL: k.Config.Registry.URL, HTTP: http})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	s, err := r.Version(t.Context(), subject, registry.Latest)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestAcknowledgedIsOnTheTopic: the counts of the summary are those of the log,
// partition by partition, and each record can be read.
func TestAcknowledgedIsOnTheTopic(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, k *kafkatest.Cluster) {
		c := connect(t, k)
		topic := k.Topic(t, 4, 1)
		s := registered(t, k, topic+"-value")
		makers := map[string]func() (load.Maker, error){
			"avro":  func() (load.Maker, error) { return load.Avro(s, 5) },
			"json":  func() (load.Maker, error) { return load.JSON(s, 5) },
			"bytes": func() (load.Maker, error) { return load.Bytes(150, 5), nil },
		}
		var before int64
		size := map[string]int64{}
		for format, mk := range makers {
			values, err := mk()
			if err != nil {
				t.Fatal(err)
			}
			var last load.Progress
			got, err := load.Run(t.Context(), c, load.Options{
				Topic: topic, Records: 3000, Values: values, Keys: load.Keys{Distribution: load.Hot, Count: 20, HotShare: 0.5},
				Compression: "zstd", Headers: []kafka.Header{{Key: "format", Value: []byte(format)}},
				Progress: func(p load.Progress) { last = p }, Every: time.Millisecond,
			})
			if err != nil {
				t.Fatal(err)
			}
			if got.Format != format || got.Sent != 3000 || got.Acknowledged != 3000 || got.Failed != 0 || got.Ended != "records" {
				t.Errorf("%s: %+v", format, got)
			}
			total, byPartition := ends(t, k, topic)
			if total != before+got.Acknowledged {
				t.Errorf("%s: the topic grew by %d, and %d were acknowledged", format, total-before, got.Acknowledged)
			}
			for _, p := range got.Partitions {
				if p.Last != byPartition[p.Partition]-1 || p.Last-p.First+1 != p.Acknowledged {
					t.Errorf("%s: %+v, and the log ends at %d", format, p, byPartition[p.Partition])
				}
			}
			before, size[format] = total, got.Bytes
			if last.Acknowledged != 3000 || last.Fraction() != 1 {
				t.Errorf("the last progress: %+v", last)
			}
			if got.Keys.Hottest != "key-0" || got.Keys.HottestShare < 0.4 || got.Keys.HottestShare > 0.6 || got.Keys.Distinct != 20 {
				t.Errorf("keys: %+v", got.Keys)
			}
			if l := got.Latency; l.Min <= 0 || l.P50 < l.Min || l.P99 < l.P50 || l.Max < l.P999 {
				t.Errorf("latency: %+v", l)
			}
			if got.WireBytes <= 0 || got.WireBytes >= got.BatchBytes || got.Batches <= 0 {
				t.Errorf("%s: %d bytes in %d batches, compressed %d", format, got.BatchBytes, got.Batches, got.WireBytes)
			}
		}
		if size["avro"] >= size["json"] {
			t.Errorf("the same records take %d bytes as Avro and %d as JSON", size["avro"], size["json"])
		}
		check(t, k, s, topic, before)
	})
}

// check reads everything and holds each value against its format.
func check(t *testing.T, k *kafkatest.Cluster, s *registry.Schema, topic string, n int64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cl := k.Client(t, kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	counts := map[string]int{}
	for read := int64(0); read < n; {
		fetches := cl.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatal(err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			read++
			format, value := string(r.Headers[0].Value), r.Value
			counts[format]++
			if !bytes.HasPrefix(r.Key, []byte("key-")) {
				t.Errorf("a key is %q", r.Key)
			}
			if format == "avro" {
				id, payload, ok := avro.ParseConfluent(value)
				if !ok || id != s.ID {
					t.Fatalf("schema id %d in % x", id, value)
				}
				var err error
				if value, err = s.Avro.AppendJSON(nil, payload, avro.Limits{}); err != nil {
					t.Fatal(err)
				}
			}
			if format != "bytes" {
				if !json.Valid(value) {
					t.Fatalf("not JSON: %s", value)
				}
			} else if len(value) != 150 {
				t.Errorf("%d bytes", len(value))
			}
		})
	}
	if counts["avro"] != 3000 || counts["json"] != 3000 || counts["bytes"] != 3000 {
		t.Errorf("%v", counts)
	}
}

func TestCanceled(t *testing.T) {
	k := kafkatest.Embedded(t)
	c := connect(t, k)
	topic := k.Topic(t, 2, 1)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	got, err := load.Run(ctx, c, load.Options{
		Topic: topic, Rate: 500, Duration: time.Hour, Values: load.Bytes(10, 1),
		Progress: func(p load.Progress) {
			if p.Acknowledged > 0 {
				cancel()
			}
		},
	})
	if err != nil || got.Ended != "canceled" || got.Acknowledged == 0 || got.Sent != got.Acknowledged+got.Failed {
		t.Fatalf("%+v, %v", got, err)
	}
	if total, _ := ends(t, k, topic); total != got.Acknowledged {
		t.Errorf("%d acknowledged, %d on the topic", got.Acknowledged, total)
	}
}

func TestFailuresAreCounted(t *testing.T) {
	k := kafkatest.Embedded(t)
	c := connect(t, k)
	topic := k.Topic(t, 1, 1, "max.message.bytes", "2000")
	got, err := load.Run(t.Context(), c, load.Options{Topic: topic, Records: 5, Values: load.Bytes(5000, 1), Linger: -1})
	if err != nil {
		t.Fatal(err)
	}
	if got.Sent != 5 || got.Failed != 5 || got.Acknowledged != 0 || len(got.Errors) == 0 || got.Errors[0].Records == 0 {
		t.Errorf("%+v", got)
	}
	if total, _ := ends(t, k, topic); total != 0 {
		t.Errorf("%d records are there", total)
	}
	if _, err := load.Run(t.Context(), c, load.Options{Topic: "nowhere", Records: 5}); kafka.KindOf(err) != kafka.NotFound {
		t.Errorf("a topic that is not there: %v", err)
	}
}

func TestAcksNoneIsUnconfirmed(t *testing.T) {
	k := kafkatest.Embedded(t)
	c := connect(t, k)
	topic := k.Topic(t, 1, 1)
	got, err := load.Run(t.Context(), c, load.Options{Topic: topic, Records: 50, Values: load.Bytes(10, 1), Repeat: 3, Acks: "none"})
	if err != nil || got.Unconfirmed != 50 || got.Acknowledged != 0 || got.Repeat != 3 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestRefused(t *testing.T) {
	for _, bad := range []load.Options{{}, {Topic: "t"}, {Topic: "t", Records: -1}, {Topic: "t", Records: 1, Rate: -1}, {Topic: "t", Records: 1, Keys: load.Keys{Distribution: "some"}}} {
		if _, err := load.Run(t.Context(), nil, bad); kafka.KindOf(err) != kafka.Invalid {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	c, err := kafka.Connect(config.Cluster{Name: "prod", Brokers: []string{"127.0.0.1:1"}, ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := load.Run(t.Context(), c, load.Options{Topic: "t", Records: 1}); !errors.Is(err, kafka.ErrReadOnly) {
		t.Errorf("read-only: %v", err)
	}
}
