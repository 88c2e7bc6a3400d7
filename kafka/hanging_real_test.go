package kafka_test

import (
	"context"
	"hash/crc32"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"

	"kconsole/kafka"
	"kconsole/kafka/kafkatest"
)

// TestRealHangingTransaction makes what KIP-664 is about: a record of a
// transaction on a partition that its coordinator knows nothing of. Brokers
// refuse that since KIP-890, unless transaction.partition.verification.enable is
// off, and then take it up to version 11 of Produce, in which the producer itself
// adds partitions to its transaction: from version 12 on the broker does.
func TestRealHangingTransaction(t *testing.T) {
	stack := kafkatest.Real(t)
	c := connect(t, stack.Config)
	a, ctx := admin(t, c), context.Background()
	topic, id := stack.Topic(t, 1, 3), kafkatest.Name(t)
	verification := func(change kafka.ConfigChange) {
		t.Helper()
		for broker := range int32(3) {
			p, err := a.AlterBrokerConfigs(ctx, broker+1, change)
			apply(t, p, err)
		}
	}
	const key = "transaction.partition.verification.enable"
	verification(kafka.ConfigChange{Set: map[string]string{key: "false"}})
	t.Cleanup(func() { verification(kafka.ConfigChange{Remove: []string{key}}) })

	topics, err := c.TopicMetadata(ctx, topic)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := c.NewClient(kgo.MaxVersions(kversion.V3_8_0()))
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	var producer *kmsg.InitProducerIDResponse
	eventually(t, "a producer id", func() bool { // its coordinator may just be found
		init := kmsg.NewPtrInitProducerIDRequest()
		init.TransactionalID, init.TransactionTimeoutMillis = &id, 60_000
		producer, err = init.RequestWith(ctx, raw)
		return err == nil && producer.ErrorCode == 0
	})
	eventually(t, "a record that its coordinator knows nothing of", func() bool { // brokers learn of the configuration one after the other
		code := stray(t, raw, topics[0].Partitions[0].Leader, topic, id, producer)
		if code != 0 {
			t.Logf("the leader says %v", kerr.ErrorForCode(code))
		}
		return code == 0
	})

	var hanging []kafka.HangingTransaction
	eventually(t, "a hanging transaction", func() bool {
		hanging, err = c.Hanging(ctx, topics, 0, time.Now().Add(time.Second))
		return err == nil && len(hanging) == 1
	})
	if h := hanging[0]; h.ProducerID != producer.ProducerID || h.TransactionalID != id || h.Topic != topic || h.TxnStart != 0 || !strings.Contains(h.Why, "not part of the transaction") {
		t.Errorf("%+v", h)
	}
	found := strings.Fields(stack.Tool(t, "TransactionsCommand", "find-hanging", "--topic", topic, "--max-transaction-timeout", "0"))
	if at := slices.Index(found, topic); at < 0 || len(found) < at+3 || found[at+1] != "0" || found[at+2] != strconv.FormatInt(producer.ProducerID, 10) {
		t.Errorf("TransactionsCommand says %q", found)
	}

	p, err := a.AbortTransaction(ctx, topic, 0, producer.ProducerID)
	apply(t, p, err)
	eventually(t, "the last stable offset behind the abort marker", func() bool {
		err := c.Offsets(ctx, topics)
		at := &topics[0].Partitions[0]
		return err == nil && at.End == 2 && at.Stable == at.End
	})
	eventually(t, "no hanging transaction", func() bool {
		hanging, err = c.Hanging(ctx, topics, 0, time.Now().Add(time.Second))
		return err == nil && len(hanging) == 0
	})
}

// stray writes one record of a transaction that its coordinator is not told of,
// and returns the error code.
func stray(t *testing.T, raw *kgo.Client, leader int32, topic, id string, of *kmsg.InitProducerIDResponse) int16 {
	t.Helper()
	rec := kmsg.Record{Value: []byte("stray")}
	rec.Length = int32(len(rec.AppendTo(nil)) - 1) // behind its own length, which takes one byte
	b := kmsg.RecordBatch{
		PartitionLeaderEpoch: -1, Magic: 2, Attributes: 0x10, FirstTimestamp: time.Now().UnixMilli(), MaxTimestamp: time.Now().UnixMilli(),
		ProducerID: of.ProducerID, ProducerEpoch: of.ProducerEpoch, FirstSequence: 0, NumRecords: 1, Records: rec.AppendTo(nil),
	}
	b.Length = int32(len(b.AppendTo(nil)) - 12)
	b.CRC = int32(crc32.Checksum(b.AppendTo(nil)[21:], crc32.MakeTable(crc32.Castagnoli)))
	req := kmsg.NewPtrProduceRequest()
	req.Acks, req.TimeoutMillis, req.TransactionID = -1, 10_000, &id
	rt, rp := kmsg.NewProduceRequestTopic(), kmsg.NewProduceRequestTopicPartition()
	rt.Topic, rp.Records = topic, b.AppendTo(nil)
	rt.Partitions = append(rt.Partitions, rp)
	req.Topics = append(req.Topics, rt)
	resp, err := raw.Broker(int(leader)).RetriableRequest(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	return resp.(*kmsg.ProduceResponse).Topics[0].Partitions[0].ErrorCode //nolint:forcetypeassert // the answer to it
}
