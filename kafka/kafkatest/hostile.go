package kafkatest

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sr"
)

// HostileGroup is the group that [Cluster.Hostile] makes members of.
const HostileGroup = "hostile-members"

// Hostile puts texts wherever Kafka takes any text: each of them is the key, the
// value and a header of a record of the topic, in this order and on one
// partition, and the id of a group that has committed to it where a group may
// be called so; some are the client ids of a group's members, and all of them
// are in the documentation of the schema of the topic's subject NAME-doc.
func (c *Cluster) Hostile(t testing.TB, topic string, texts []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*limit)
	defer cancel()
	client := c.Client(t)
	records := make([]*kgo.Record, len(texts))
	for i, text := range texts {
		records[i] = &kgo.Record{
			Topic: topic, Key: []byte(text), Value: []byte(text), Timestamp: time.UnixMilli(1_700_000_000_000 + int64(i)),
			Headers: []kgo.RecordHeader{{Key: text, Value: []byte(text)}},
		}
	}
	if err := client.ProduceSync(ctx, records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
	admin := kadm.NewClient(client)
	groups := 0
	for i, text := range texts {
		// Long ids are cut to what a request takes; the rest is up to the broker.
		var at kadm.Offsets
		at.AddOffset(topic, 0, int64(i), -1)
		if err := admin.CommitAllOffsets(ctx, text[:min(len(text), 1000)], at); err == nil {
			groups++
		}
	}
	if groups < len(texts)/2 {
		t.Fatalf("only %d of %d groups could be made", groups, len(texts))
	}
	members := 0
	for i := 0; i < len(texts); i += len(texts)/8 + 1 {
		c.Client(t, kgo.ClientID(strings.ToValidUTF8(texts[i], "?")), kgo.ConsumerGroup(HostileGroup), kgo.ConsumeTopics(topic))
		members++
	}
	Eventually(t, func() string {
		groups, err := admin.DescribeGroups(ctx, HostileGroup)
		if err == nil && len(groups[HostileGroup].Members) == members {
			return ""
		}
		return "not all members are in the group"
	})
	schema, err := json.Marshal(map[string]any{"type": "record", "name": "Hostile", "doc": strings.Join(texts, " "), "fields": []any{map[string]any{"name": "a", "type": "string", "doc": texts[0]}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Registry(t).CreateSchema(ctx, topic+"-doc", sr.Schema{Schema: string(schema)}); err != nil {
		t.Fatal(err)
	}
}
