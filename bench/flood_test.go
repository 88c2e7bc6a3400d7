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

// batchWriter writes the same batch again and again, which costs the machine
// little, so that what is measured is who reads it.
type batchWriter struct {
	client *kgo.Client
	topic  string
	id     [16]byte
	leader map[int32]int32
	batch  []byte
}

func newBatchWriter(ctx context.Context, brokers, topic string) (*batchWriter, error) {
	client, err := kgo.NewClient(kgo.SeedBrokers(strings.Split(brokers, ",")...), kgo.DisableClientMetrics())
	if err != nil {
		return nil, err
	}
	w := &batchWriter{client: client, topic: topic, leader: map[int32]int32{}, batch: recordBatch()}
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

func (w *batchWriter) close() { w.client.Close() }

func (w *batchWriter) write(ctx context.Context, partition int32) error {
	req := kmsg.NewPtrProduceRequest()
	req.Acks, req.TimeoutMillis = 1, 10_000
	rt := kmsg.NewProduceRequestTopic()
	rt.Topic, rt.TopicID = w.topic, w.id
	rp := kmsg.NewProduceRequestTopicPartition()
	rp.Partition, rp.Records = partition, w.batch
	rt.Partitions = append(rt.Partitions, rp)
	req.Topics = append(req.Topics, rt)
	resp, err := w.client.Broker(int(w.leader[partition])).RetriableRequest(ctx, req)
	if err != nil {
		return err
	}
	return kerr.ErrorForCode(resp.(*kmsg.ProduceResponse).Topics[0].Partitions[0].ErrorCode)
}

// recordBatch is a batch of floodBatch records of about 124 bytes, of record
// format 2: https://kafka.apache.org/documentation/#recordbatch
func recordBatch() []byte {
	now := time.Now().UnixMilli()
	var records []byte
	for i := range floodBatch {
		var body []byte
		body = kbin.AppendInt8(body, 0)
		body = kbin.AppendVarlong(body, 0)
		body = kbin.AppendVarint(body, int32(i))
		body = kbin.AppendVarintBytes(body, fmt.Appendf(nil, "c-%d", i%100))
		body = kbin.AppendVarintBytes(body, fmt.Appendf(nil, `{"text":"order of customer","id":%d,"total":%d.50,"country":"DE","note":"nothing of any length to be said here"}`, i, i%997))
		body = kbin.AppendVarint(body, 0)
		records = kbin.AppendVarint(records, int32(len(body)))
		records = append(records, body...)
	}
	b := kmsg.RecordBatch{
		PartitionLeaderEpoch: -1, Magic: 2, LastOffsetDelta: floodBatch - 1, FirstTimestamp: now, MaxTimestamp: now,
		ProducerID: -1, ProducerEpoch: -1, FirstSequence: -1, NumRecords: floodBatch, Records: records,
	}
	const head, crcFrom = 12, 21 // bytes before what Length counts, and before what the CRC covers
	raw := b.AppendTo(nil)
	b.Length = int32(len(raw) - head)
	raw = b.AppendTo(nil)
	b.CRC = int32(crc32.Checksum(raw[crcFrom:], crc32.MakeTable(crc32.Castagnoli)))
	return b.AppendTo(nil)
}
