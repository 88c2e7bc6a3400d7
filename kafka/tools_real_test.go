package kafka_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"kconsole/kafka"
	"kconsole/kafka/kafkatest"
)

// TestRealReadsAsTheTools holds what we read of real Kafka against what its own
// tools print about the same things. Each start of a tool takes seconds, so each
// is asked once, for as much as it tells.
func TestRealReadsAsTheTools(t *testing.T) {
	stack := kafkatest.Real(t)
	c := connect(t, stack.Config)
	ctx := context.Background()
	topic := stack.Topic(t, 3, 3, "retention.ms", "7200000", "segment.ms", "3600000")
	newest := produceAt(t, c, topic, 3)
	topics, err := c.TopicMetadata(ctx, topic)
	if err != nil || topics[0].Err != nil {
		t.Fatal(err, topics)
	}

	t.Run("offsets by time", func(t *testing.T) {
		middle := newest.Add(-5 * time.Second)
		at, err := c.OffsetsAt(ctx, topics, middle)
		if err != nil || len(at) != 3 {
			t.Fatalf("%v, %v", at, err)
		}
		out := stack.Tool(t, "GetOffsetShell", "--topic", topic, "--time", fmt.Sprint(middle.UnixMilli()))
		for tp, offset := range at {
			says(t, "GetOffsetShell", out, fmt.Sprintf("%s:%d:%d", topic, tp.Partition, offset))
		}
		if err := c.LastProduced(ctx, topics); err != nil || !topics[0].Last.Equal(newest) {
			t.Errorf("last produced %v, want %v; %v", topics[0].Last, newest, err)
		}
		if at, err = c.OffsetsAt(ctx, topics, newest); err != nil {
			t.Fatal(err)
		}
		out = stack.Tool(t, "GetOffsetShell", "--topic", topic, "--time", "max-timestamp")
		for tp, offset := range at {
			says(t, "GetOffsetShell", out, fmt.Sprintf("%s:%d:%d", topic, tp.Partition, offset))
		}
	})

	t.Run("log dirs", func(t *testing.T) {
		dirs, err := c.LogDirs(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Sizes(ctx, nil, topics); err != nil {
			t.Fatal(err)
		}
		type replica struct {
			broker int32
			name   string
		}
		ours := map[replica]int64{}
		for _, d := range dirs {
			for _, r := range d.Replicas {
				if r.Topic == topic {
					ours[replica{d.Broker, fmt.Sprintf("%s-%d", r.Topic, r.Partition)}] = r.Bytes
				}
			}
		}
		out := stack.Tool(t, "LogDirsCommand", "--describe", "--topic-list", topic)
		var theirs struct {
			Brokers []struct {
				Broker  int32
				LogDirs []struct {
					LogDir     string
					Partitions []struct {
						Partition string
						Size      int64
					}
				}
			}
		}
		if err := json.Unmarshal([]byte(out[strings.Index(out, "{"):]), &theirs); err != nil {
			t.Fatalf("%v:\n%s", err, out)
		}
		n := 0
		for _, b := range theirs.Brokers {
			for _, d := range b.LogDirs {
				for _, p := range d.Partitions {
					n++
					if got := ours[replica{b.Broker, p.Partition}]; got != p.Size || got <= 0 {
						t.Errorf("%s on broker %d: %d bytes, LogDirsCommand says %d", p.Partition, b.Broker, got, p.Size)
					}
				}
			}
		}
		if n != 9 || len(ours) != 9 {
			t.Errorf("%d replicas, LogDirsCommand says %d", len(ours), n)
		}
		for _, p := range topics[0].Partitions {
			if want := ours[replica{p.Leader, fmt.Sprintf("%s-%d", topic, p.ID)}]; p.Bytes != want {
				t.Errorf("partition %d: %d bytes, its leader has %d", p.ID, p.Bytes, want)
			}
		}
	})

	t.Run("quorum", func(t *testing.T) {
		q, err := c.Quorum(ctx)
		if err != nil || len(q.Voters) != 1 || len(q.Observers) != 3 {
			t.Fatalf("%+v, %v", q, err)
		}
		out := squeezed(stack.Tool(t, "MetadataQuorumCommand", "describe", "--status"))
		says(t, "MetadataQuorumCommand", out, fmt.Sprintf("LeaderId: %d LeaderEpoch: %d ", q.Leader, q.Epoch))
		says(t, "MetadataQuorumCommand", out, fmt.Sprintf(`CurrentVoters: [{"id": %d, "endpoints": [%q]}]`, q.Voters[0].ID, q.Voters[0].Endpoints[0]))
		for _, o := range q.Observers {
			says(t, "MetadataQuorumCommand", out, fmt.Sprintf(`{"id": %d, "directoryId"`, o.ID))
		}
	})

	t.Run("versions", func(t *testing.T) {
		brokers, err := c.Versions(ctx)
		if err != nil || len(brokers) != 3 {
			t.Fatalf("%+v, %v", brokers, err)
		}
		out := stack.Tool(t, "BrokerApiVersionsCommand")
		for _, b := range brokers {
			_, part, _ := strings.Cut(out, fmt.Sprintf("(id: %d ", b.Broker))
			part, _, _ = strings.Cut(part, "\n)")
			// It lists what only itself knows, too.
			if got := strings.Count(part, "): ") - strings.Count(part, "): UNSUPPORTED"); got != len(b.APIs) {
				t.Errorf("broker %d: %d APIs, BrokerApiVersionsCommand says %d", b.Broker, len(b.APIs), got)
			}
			for _, api := range b.APIs {
				want := fmt.Sprintf("(%d): %d to %d ", api.Key, api.Min, api.Max)
				if api.Min == api.Max {
					want = fmt.Sprintf("(%d): %d ", api.Key, api.Min)
				}
				says(t, "BrokerApiVersionsCommand", part, want)
			}
		}
	})

	t.Run("features", func(t *testing.T) {
		features, err := c.Features(ctx)
		if err != nil || len(features) < 5 {
			t.Fatalf("%+v, %v", features, err)
		}
		out := squeezed(stack.Tool(t, "FeatureCommand", "describe"))
		for _, f := range features {
			if f.Name == "metadata.version" { // the tool writes its levels as releases
				says(t, "FeatureCommand", out, "Feature: metadata.version SupportedMinVersion: ")
				continue
			}
			says(t, "FeatureCommand", out, fmt.Sprintf("Feature: %s SupportedMinVersion: %d SupportedMaxVersion: %d FinalizedVersionLevel: %d ", f.Name, f.Min, f.Max, f.Finalized))
		}
	})

	t.Run("configs of topics", func(t *testing.T) {
		configs, err := c.TopicConfigs(ctx, topic)
		if err != nil || len(configs[0].Entries) < 20 {
			t.Fatalf("%+v, %v", configs, err)
		}
		sameConfigs(t, configs[0], stack.Tool(t, "ConfigCommand", "--describe", "--all", "--entity-type", "topics", "--entity-name", topic))
		some, err := c.TopicConfigsOf(ctx, []string{topic}, []string{"retention.ms"})
		if err != nil || len(some[0].Entries) != 1 || some[0].Entries[0].Value != "7200000" {
			t.Errorf("one of them: %+v, %v", some, err)
		}
	})

	t.Run("configs of brokers", func(t *testing.T) {
		configs, err := c.BrokerConfigs(ctx, 2)
		if err != nil || len(configs[0].Entries) < 100 {
			t.Fatalf("%d, %v", len(configs[0].Entries), err)
		}
		sameConfigs(t, configs[0], stack.Tool(t, "ConfigCommand", "--describe", "--all", "--entity-type", "brokers", "--entity-name", "2"))
	})

	t.Run("transactions and producers", func(t *testing.T) {
		id := kafkatest.Name(t)
		id = id[strings.LastIndex(id, "-")+1:] // one that no column is too narrow for
		tx, err := c.NewClient(kgo.TransactionalID(id), kgo.RecordPartitioner(kgo.ManualPartitioner()))
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Close()
		if err := tx.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		if err := tx.ProduceSync(ctx, &kgo.Record{Topic: topic, Partition: 1, Value: []byte("open")}).FirstErr(); err != nil {
			t.Fatal(err)
		}
		var ours *kafka.Transaction
		eventually(t, "the transaction", func() bool {
			all, err := c.Transactions(ctx)
			for i := range all {
				if all[i].ID == id && all[i].State == "Ongoing" {
					ours = &all[i]
				}
			}
			return err == nil && ours != nil
		})
		says(t, "TransactionsCommand list", squeezed(stack.Tool(t, "TransactionsCommand", "list")),
			fmt.Sprintf("%s %d %d Ongoing", id, ours.Coordinator, ours.ProducerID))
		producers, err := c.Producers(ctx, topics)
		if err != nil {
			t.Fatal(err)
		}
		out := squeezed(stack.Tool(t, "TransactionsCommand", "describe-producers", "--topic", topic, "--partition", "1"))
		n := 0
		for _, p := range producers {
			if p.Partition != 1 {
				continue
			}
			n++
			start := "None"
			if p.TxnStart >= 0 {
				start = fmt.Sprint(p.TxnStart)
			}
			says(t, "TransactionsCommand describe-producers", out,
				fmt.Sprintf("%d %d %d %d %d %s", p.ProducerID, p.Epoch, p.CoordinatorEpoch, p.LastSequence, p.LastWrite.UnixMilli(), start))
		}
		if n != 2 { // the one that has filled the topic, and this one
			t.Errorf("%d producers: %+v", n, producers)
		}
		if err := tx.EndTransaction(ctx, kgo.TryAbort); err != nil {
			t.Fatal(err)
		}
	})
}

// produceAt writes ten records a second apart to each partition, and returns the
// time of the last.
func produceAt(t *testing.T, c *kafka.Cluster, topic string, partitions int32) time.Time {
	t.Helper()
	client, err := c.NewClient(kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	newest := time.UnixMilli(time.Now().UnixMilli())
	var records []*kgo.Record
	for p := range partitions {
		for i := range 10 {
			records = append(records, &kgo.Record{Topic: topic, Partition: p, Value: []byte("v"), Timestamp: newest.Add(time.Duration(i-9) * time.Second)})
		}
	}
	if err := client.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
	return newest
}

// sameConfigs compares with what ConfigCommand prints, a line each:
//
//	name=value sensitive=false synonyms={...}
func sameConfigs(t *testing.T, ours kafka.Configs, out string) {
	t.Helper()
	n := 0
	for line := range strings.Lines(out) {
		setting, _, ok := strings.Cut(line, " sensitive=")
		name, value, pair := strings.Cut(strings.TrimSpace(setting), "=")
		if !ok || !pair {
			continue
		}
		n++
		e := ours.Get(name)
		switch {
		case e == nil:
			t.Errorf("ConfigCommand has %s=%s, which we do not", name, value)
		case value == "null" != (e.Null || e.Sensitive):
			t.Errorf("%s: %+v, ConfigCommand says %s", name, e, value)
		case value != "null" && value != e.Value:
			t.Errorf("%s: %q, ConfigCommand says %q", name, e.Value, value)
		}
	}
	if n != len(ours.Entries) {
		t.Errorf("%d entries, ConfigCommand has %d", len(ours.Entries), n)
	}
}

// squeezed is a text with each run of white space as one blank.
func squeezed(text string) string { return strings.Join(strings.Fields(text), " ") }

func says(t *testing.T, tool, out, want string) {
	t.Helper()
	if !strings.Contains(out, want) {
		t.Errorf("%s does not say %q:\n%.3000s", tool, want, out)
	}
}
