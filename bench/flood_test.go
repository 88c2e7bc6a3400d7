package bench

import (
	"context"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kbin"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kconsole/kafka/kafkatest"
)

// The topic of the live tail, and a text in each of its records.
const (
	floodTopic = "flood"
	floodText  = "order of customer"
	floodBatch = 2000 // records; 100 batches a second
)

func waitForEnd() { _, _ = io.Copy(io.Discard, os.Stdin) }

func largeNames() []string {
	var names []string
	for _, some := range kafkatest.LargeTopics() {
		names = append(names, some...)
	}
	slices.Sort(names)
	return names
}

// batchWriter writes batches that are made already, which costs the machine
// little, so that what is measured is who reads them.
type batchWriter struct {
	client *kgo.Client
	topic  string
	id     [16]byte
	leader map[int32]int32
}

func newBatchWriter(ctx context.Context, brokers, topic string) (*batchWriter, error) {
	client, err := kgo.NewClient(kgo.SeedBrokers(strings.Split(brokers, ",")...), kgo.DisableClientMetrics())
	if err != nil {
		return nil, err
	}
	if err := led(ctx, client, topic); err != nil {
		client.Close()
		return nil, err
	}
	w := &batchWriter{client: client, topic: topic, leader: map[int32]int32{}}
	req := kmsg.NewPtrMetadataRequest()
	rt := kmsg.NewMetadataRequestTopic()
	rt.Topic = &topic
	req.Topics = append(req.Topics, rt)
	resp, err := req.RequestWith(ctx, client)
	if err != nil {
		client.Close()
		return nil, err
	}
	w.id = resp.Topics[0].TopicID
	for _, p := range resp.Topics[0].Partitions {
		w.leader[p.Partition] = p.Leader
	}
	return w, nil
}

// led waits until each partition's leader knows that it is, which takes a moment
// with a topic that was just made.
func led(ctx context.Context, client *kgo.Client, topic string) error {
	adm := kadm.NewClient(client)
	for deadline := time.Now().Add(waitLimit); ; time.Sleep(20 * time.Millisecond) {
		ends, err := adm.ListEndOffsets(ctx, topic)
		if err == nil {
			err = ends.Error()
		}
		if err == nil || ctx.Err() != nil {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("topic %s has no leaders: %w", topic, err)
		}
	}
}

func (w *batchWriter) close() { w.client.Close() }

// write writes a batch to each of some partitions of one leader, from the first on.
func (w *batchWriter) write(ctx context.Context, first int32, batches ...[]byte) error {
	req := kmsg.NewPtrProduceRequest()
	req.Acks, req.TimeoutMillis = 1, 10_000
	rt := kmsg.NewProduceRequestTopic()
	rt.Topic, rt.TopicID = w.topic, w.id
	for i, batch := range batches {
		rp := kmsg.NewProduceRequestTopicPartition()
		rp.Partition, rp.Records = first+int32(i), batch
		rt.Partitions = append(rt.Partitions, rp)
	}
	req.Topics = append(req.Topics, rt)
	resp, err := w.client.Broker(int(w.leader[first])).RetriableRequest(ctx, req)
	if err != nil {
		return err
	}
	for _, p := range resp.(*kmsg.ProduceResponse).Topics[0].Partitions {
		if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
			return err
		}
	}
	return nil
}

// floodRecords is a batch of floodBatch records of about 124 bytes.
func floodRecords() []byte {
	return recordBatch(floodBatch, func(i int) (key, value []byte) {
		return fmt.Appendf(nil, "c-%d", i%100),
			fmt.Appendf(nil, `{"text":"order of customer","id":%d,"total":%d.50,"country":"DE","note":"nothing of any length to be said here"}`, i, i%997)
	})
}

// recordBatch is a batch of n records, of record format 2:
// https://kafka.apache.org/documentation/#recordbatch
func recordBatch(n int, record func(i int) (key, value []byte)) []byte {
	now := time.Now().UnixMilli()
	var records, body []byte
	for i := range n {
		key, value := record(i)
		body = kbin.AppendInt8(body[:0], 0)
		body = kbin.AppendVarlong(body, 0)
		body = kbin.AppendVarint(body, int32(i))
		body = kbin.AppendVarintBytes(body, key)
		body = kbin.AppendVarintBytes(body, value)
		body = kbin.AppendVarint(body, 0)
		records = kbin.AppendVarint(records, int32(len(body)))
		records = append(records, body...)
	}
	b := kmsg.RecordBatch{
		PartitionLeaderEpoch: -1, Magic: 2, LastOffsetDelta: int32(n - 1), FirstTimestamp: now, MaxTimestamp: now,
		ProducerID: -1, ProducerEpoch: -1, FirstSequence: -1, NumRecords: int32(n), Records: records,
	}
	const head, crcFrom = 12, 21 // bytes before what Length counts, and before what the CRC covers
	raw := b.AppendTo(nil)
	b.Length = int32(len(raw) - head)
	raw = b.AppendTo(nil)
	b.CRC = int32(crc32.Checksum(raw[crcFrom:], crc32.MakeTable(crc32.Castagnoli)))
	return b.AppendTo(nil)
}
