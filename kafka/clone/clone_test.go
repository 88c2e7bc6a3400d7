package clone_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"kconsole/compose"
	"kconsole/kafka"
	"kconsole/kafka/clone"
	"kconsole/kafka/config"
	"kconsole/kafka/kafkatest"
	"kconsole/kafka/tail"
)

func TestMain(m *testing.M) { kafkatest.Main(m) }

func connect(t *testing.T, cl config.Cluster) *kafka.Cluster {
	t.Helper()
	c, err := kafka.Connect(cl)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// cloned is the name of a copy, deleted when the test ends.
func cloned(t *testing.T, k *kafkatest.Cluster, from string) string {
	t.Helper()
	to := from + "-copy"
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		_, _ = k.Admin(t).DeleteTopics(ctx, to) // there may be none
	})
	return to
}

// awkward are records that a careless copy changes.
func awkward(topic string) (out []*kgo.Record) {
	value := bytes.Repeat([]byte{0, 1, 2, 0xff}, 2000)
	at := time.UnixMilli(1_700_000_000_123)
	for i, r := range []kgo.Record{
		{Key: nil, Value: []byte("no key")},
		{Key: []byte{}, Value: []byte("an empty key")},
		{Key: []byte("deleted"), Value: nil},
		{Key: []byte("empty"), Value: []byte{}},
		{Key: []byte{0xff, 0xfe, 0}, Value: value},
		{Key: []byte("headers"), Value: []byte("v"), Headers: []kgo.RecordHeader{
			{Key: "a", Value: []byte("1")}, {Key: "a", Value: []byte("2")}, {Key: "null"}, {Key: "empty", Value: []byte{}}, {Key: "", Value: []byte{0, 0xff}},
		}},
	} {
		r.Topic, r.Partition = topic, int32(i%2)
		r.Timestamp = at.Add(-time.Duration(i) * time.Hour) // each older than the one before
		out = append(out, &r)
	}
	for i := range 3000 {
		out = append(out, &kgo.Record{
			Topic: topic, Partition: int32(i % 2), Key: fmt.Appendf(nil, "k%d", i%7), Value: value[:i], Timestamp: at.Add(time.Duration(i) * time.Millisecond),
		})
	}
	return out
}

// contents reads a topic as a consumer would, one text a record that tells all
// but its offset.
func contents(t *testing.T, c *kafka.Cluster, topic string) map[int32][]string {
	t.Helper()
	r, err := tail.Open(t.Context(), c, tail.Options{Topic: topic, From: tail.Position{Kind: tail.Start}, Until: tail.Position{Kind: tail.End}})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	out := map[int32][]string{}
	for {
		records, err := r.Next(t.Context())
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, rec := range records {
			if len(rec.Headers) == 0 {
				rec.Headers = nil
			}
			out[rec.Partition] = append(out[rec.Partition], fmt.Sprintf("%d %#v %#v %#v", rec.Timestamp.UnixMilli(), rec.Key, rec.Value, rec.Headers))
		}
	}
}

func same(t *testing.T, want, got map[int32][]string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("records in %d partitions, want %d", len(got), len(want))
	}
	for p := range want {
		if len(got[p]) != len(want[p]) {
			t.Errorf("partition %d: %d records, want %d", p, len(got[p]), len(want[p]))
		}
		for i := range min(len(got[p]), len(want[p])) {
			if got[p][i] != want[p][i] {
				at := 0
				for at < len(got[p][i]) && at < len(want[p][i]) && got[p][i][at] == want[p][i][at] {
					at++
				}
				t.Fatalf("partition %d, record %d differs from %d: %.300s, want %.300s", p, i, at, got[p][i][at:], want[p][i][at:])
			}
		}
	}
}

func change(p *kafka.Plan, what string) string {
	for _, c := range p.Changes {
		if c.What == what {
			return c.To
		}
	}
	return ""
}

// TestRecordsAreTheSame copies all that a record can be, of a topic that has lost
// its beginning and holds transactions.
func TestRecordsAreTheSame(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, k *kafkatest.Cluster) {
		c := connect(t, k.Config)
		from := k.Topic(t, 4, 3, "retention.ms", "-1", "compression.type", "producer")
		to := cloned(t, k, from)
		client := k.Client(t, kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchCompression(kgo.ZstdCompression()), kgo.ProducerBatchMaxBytes(8<<20))
		if err := client.ProduceSync(t.Context(), awkward(from)...).FirstErr(); err != nil {
			t.Fatal(err)
		}
		// Larger than a batch may be, but for its compression.
		large := &kgo.Record{Topic: from, Partition: 1, Key: []byte("large"), Value: bytes.Repeat([]byte("large "), 500_000)}
		after := &kgo.Record{Topic: from, Partition: 1, Key: []byte("after it")}
		for _, r := range []*kgo.Record{large, after} {
			if err := client.ProduceSync(t.Context(), r).FirstErr(); err != nil {
				t.Fatal(err)
			}
		}
		tx := k.Client(t, kgo.TransactionalID(from), kgo.RecordPartitioner(kgo.ManualPartitioner()))
		for value, end := range map[string]kgo.TransactionEndTry{"committed": kgo.TryCommit, "aborted": kgo.TryAbort} {
			if err := tx.BeginTransaction(); err != nil {
				t.Fatal(err)
			}
			if err := tx.ProduceSync(t.Context(), &kgo.Record{Topic: from, Partition: 2, Value: []byte(value)}).FirstErr(); err != nil {
				t.Fatal(err)
			}
			if err := tx.EndTransaction(t.Context(), end); err != nil {
				t.Fatal(err)
			}
		}
		if err := tx.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		if err := tx.ProduceSync(t.Context(), &kgo.Record{Topic: from, Partition: 2, Value: []byte("open")}).FirstErr(); err != nil {
			t.Fatal(err)
		}
		a, err := c.Admin()
		if err != nil {
			t.Fatal(err)
		}
		cut, err := a.DeleteRecords(t.Context(), from, map[int32]int64{0: 10})
		if err == nil {
			_, err = cut.Apply(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}

		p, err := clone.Topic(t.Context(), c, from, to, clone.Options{})
		if err != nil {
			t.Fatal(err)
		}
		want := contents(t, c, from)
		records := len(want[0]) + len(want[1]) + len(want[2])
		if records != 3006-10+2+1 {
			t.Fatalf("%d records to copy", records)
		}
		// Partition 2: two records, each with a marker behind it, of which one counts.
		if got := change(p, "records"); got != fmt.Sprint(records+3) || change(p, "bytes of the log") == "" || change(p, "bytes of the log") == "0" {
			t.Errorf("the plan says %q records:\n%s", got, p)
		}
		if text := p.String(); !strings.Contains(text, "1 offsets at the end are not copied") {
			t.Errorf("nothing is said about the open transaction:\n%s", text)
		}
		if topics, err := c.TopicMetadata(t.Context(), to); err != nil || topics[0].Err == nil {
			t.Fatalf("planning made the topic: %v", err)
		}
		var last kafka.Progress
		p.Progress = func(now kafka.Progress) {
			if now.Done < last.Done || now.Total != int64(records+3) {
				t.Errorf("%+v after %+v", now, last)
			}
			last = now
		}
		// What is written after the copy has begun is not part of it: the end is
		// taken when the plan is applied, so this is.
		if err := client.ProduceSync(t.Context(), &kgo.Record{Topic: from, Partition: 0, Value: []byte("later")}).FirstErr(); err != nil {
			t.Fatal(err)
		}
		want, records = contents(t, c, from), records+1
		p.Progress = func(now kafka.Progress) { last = now }
		r, err := p.Apply(t.Context())
		if err != nil {
			t.Fatalf("%v\n%+v", err, r)
		}
		if len(r.Items) != 5 || last.Done != int64(records) || last.Total != int64(records+3) || last.Bytes == 0 {
			t.Errorf("%+v, %+v", r, last)
		}
		if want := fmt.Sprintf("%d records, ", len(want[1])); r.Items[2].Resource != "partition "+to+"/1" || !strings.HasPrefix(r.Items[2].Detail, want) {
			t.Errorf("%+v, want %s", r.Items[2], want)
		}
		same(t, want, contents(t, c, to))
		if k.Runtime == compose.Process {
			out := k.Tool(t, "GetOffsetShell", "--topic", to)
			for p := range int32(4) {
				if want := fmt.Sprintf("%s:%d:%d", to, p, len(want[p])); !strings.Contains(out, want) {
					t.Errorf("GetOffsetShell does not say %q:\n%s", want, out)
				}
			}
		}
		if err := tx.EndTransaction(t.Context(), kgo.TryAbort); err != nil {
			t.Fatal(err)
		}
	})
}

// TestCopyEndsWhenItIsCancelled: a bound that would take hours, cancelled as soon
// as something was copied. Each partition says how far it came.
func TestCopyEndsWhenItIsCancelled(t *testing.T) {
	k := kafkatest.Embedded(t)
	c := connect(t, k.Config)
	from := k.Topic(t, 3, 3)
	to := cloned(t, k, from)
	client := k.Client(t, kgo.RecordPartitioner(kgo.ManualPartitioner()))
	for i := range 300 {
		client.Produce(t.Context(), &kgo.Record{Topic: from, Partition: int32(i % 3), Value: make([]byte, 1000)}, nil)
	}
	if err := client.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	p, err := clone.Topic(t.Context(), c, from, to, clone.Options{Throttle: 100})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	p.Progress = func(now kafka.Progress) {
		if now.Done > 0 {
			cancel()
		}
	}
	r, err := p.Apply(ctx)
	if kafka.KindOf(err) != kafka.Canceled || len(r.Items) != 4 || r.Items[0].Err != nil || r.Failed() != 3 {
		t.Fatalf("%+v, %v", r, err)
	}
	if text := r.Items[3].Err.Error(); !strings.Contains(text, "was not copied whole: ") || !strings.Contains(text, " of at most 100 records") || !strings.Contains(text, "delete topic "+to) {
		t.Error(text)
	}
}

// TestOnePartitionFails: a record that the new topic does not take ends the copy
// of its partition, not of the others.
func TestOnePartitionFails(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, k *kafkatest.Cluster) {
		c := connect(t, k.Config)
		from := k.Topic(t, 2, 3)
		to := cloned(t, k, from)
		client := k.Client(t, kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchCompression(kgo.NoCompression()))
		noise := make([]byte, 20_000)
		for i := range noise {
			noise[i] = byte(i * i >> 3 * 167)
		}
		for _, r := range []*kgo.Record{{Value: []byte("one")}, {Value: noise}, {Value: []byte("three")}, {Partition: 1, Value: []byte("other")}} {
			r.Topic = from
			if err := client.ProduceSync(t.Context(), r).FirstErr(); err != nil {
				t.Fatal(err)
			}
		}
		a, err := c.Admin()
		if err != nil {
			t.Fatal(err)
		}
		p, err := a.AlterTopicConfigs(t.Context(), from, kafka.ConfigChange{Set: map[string]string{"max.message.bytes": "2000", "compression.type": "uncompressed"}})
		if err == nil {
			_, err = p.Apply(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
		kafkatest.Eventually(t, func() string {
			p, err = clone.Topic(t.Context(), c, from, to, clone.Options{})
			if err == nil && change(p, "max.message.bytes") == "2000" {
				return ""
			}
			return fmt.Sprintf("the change does not show yet: %v", err)
		})
		r, err := p.Apply(t.Context())
		if err == nil || r.Failed() != 1 || len(r.Items) != 3 || r.Items[1].Err == nil {
			t.Fatalf("%+v, %v", r, err)
		}
		if text := r.Items[1].Err.Error(); !strings.Contains(text, "1 of at most 3 records") || !strings.Contains(text, "the record at offset 1") {
			t.Error(text)
		}
		if got := contents(t, c, to); len(got[0]) != 1 || len(got[1]) != 1 {
			t.Errorf("%d and %d records", len(got[0]), len(got[1]))
		}
	})
}

// TestNothingToCopyTo: where the topic cannot be made, nothing is copied.
func TestNothingToCopyTo(t *testing.T) {
	k := kafkatest.Embedded(t)
	c := connect(t, k.Config)
	from, to := k.Topic(t, 2, 3), "taken"
	k.NamedTopic(t, to, 1, 1)
	p, err := clone.Topic(t.Context(), c, from, to, clone.Options{})
	if err != nil || p.Changes[0].Err == nil || change(p, "records") != "" {
		t.Fatalf("%v, %v", p, err)
	}
	if r, err := p.Apply(t.Context()); err == nil || len(r.Items) != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := clone.Topic(t.Context(), c, "no-such-topic", "new", clone.Options{}); kafka.KindOf(err) != kafka.NotFound {
		t.Errorf("no source: %v, want not found", err)
	}
	readOnly := k.Config
	readOnly.ReadOnly = true
	if _, err := clone.Topic(t.Context(), connect(t, readOnly), from, "new", clone.Options{}); kafka.KindOf(err) != kafka.Refused {
		t.Errorf("read-only: %v, want refused", err)
	}
}
