package embedded_test

import (
	"context"
	"fmt"
	"hash/crc32"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl"
)

// shapeOf is metadata asked for right now, by topic and partition, where kadm's
// own may be seconds old.
type shapeOf struct {
	brokers    map[int32]kmsg.MetadataResponseBroker
	controller int32
	parts      map[string]map[int32]kmsg.MetadataResponseTopicPartition
	codes      map[string]int16
}

// String is the same for the same shape.
func (s shapeOf) String() string {
	var b strings.Builder
	for _, id := range slices.Sorted(maps.Keys(s.brokers)) {
		fmt.Fprintf(&b, "%d=%s:%d ", id, s.brokers[id].Host, s.brokers[id].Port)
	}
	fmt.Fprintf(&b, "controller %d\n", s.controller)
	for _, topic := range slices.Sorted(maps.Keys(s.parts)) {
		for _, index := range slices.Sorted(maps.Keys(s.parts[topic])) {
			p := s.parts[topic][index]
			fmt.Fprintf(&b, "%s-%d %d@%d %v %v %v\n", topic, index, p.Leader, p.LeaderEpoch, p.Replicas, p.ISR, p.OfflineReplicas)
		}
	}
	return b.String()
}

func metadataNow(t testing.TB, cl kmsg.Requestor, topics ...string) shapeOf {
	t.Helper()
	out, err := metadataErr(cl, topics...)
	if err != nil {
		t.Fatalf("metadata: %v", err)
	}
	return out
}

func metadataErr(cl kmsg.Requestor, topics ...string) (shapeOf, error) {
	c, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	req := kmsg.NewPtrMetadataRequest()
	for _, name := range topics {
		rt := kmsg.NewMetadataRequestTopic()
		rt.Topic = kmsg.StringPtr(name)
		req.Topics = append(req.Topics, rt)
	}
	resp, err := req.RequestWith(c, cl)
	if err != nil {
		return shapeOf{}, err
	}
	out := shapeOf{
		brokers: map[int32]kmsg.MetadataResponseBroker{}, controller: resp.ControllerID,
		parts: map[string]map[int32]kmsg.MetadataResponseTopicPartition{}, codes: map[string]int16{},
	}
	for _, b := range resp.Brokers {
		out.brokers[b.NodeID] = b
	}
	for _, rt := range resp.Topics {
		if rt.Topic == nil {
			continue
		}
		out.codes[*rt.Topic] = rt.ErrorCode
		out.parts[*rt.Topic] = map[int32]kmsg.MetadataResponseTopicPartition{}
		for _, p := range rt.Partitions {
			out.parts[*rt.Topic][p.Partition] = p
		}
	}
	return out, nil
}

// isrIs complains unless every partition of the topic has want in-sync replicas.
func isrIs(cl kmsg.Requestor, topic string, want int) error {
	md, err := metadataErr(cl, topic)
	if err != nil {
		return err
	}
	if len(md.parts[topic]) == 0 {
		return fmt.Errorf("no partitions: %w", kerr.ErrorForCode(md.codes[topic]))
	}
	for index, p := range md.parts[topic] {
		if len(p.ISR) != want {
			return fmt.Errorf("partition %d: ISR %v of %v", index, p.ISR, p.Replicas)
		}
	}
	return nil
}

func signIn(t testing.TB, c target, m sasl.Mechanism) error {
	t.Helper()
	cl, err := kgo.NewClient(clientOptsTo(c.Addrs(), m)...)
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	return cl.Ping(ctx(t))
}

func kadmOf(cl *kgo.Client) *kadm.Client { return kadm.NewClient(cl) }

// rawProduce sends one record to a broker in one produce request and returns
// the error code of the answer, where a producer would retry behind the scenes.
// The client's acks apply.
func rawProduce(t testing.TB, cl *kgo.Client, broker int32, topic string, partition int32, timeout time.Duration) int16 {
	t.Helper()
	req := kmsg.NewPtrProduceRequest()
	req.TimeoutMillis = int32(timeout.Milliseconds()) // the acks are the client's
	rt := kmsg.NewProduceRequestTopic()
	rt.Topic = topic
	id, err := topicID(cl, topic)
	if err != nil {
		t.Fatal(err)
	}
	rt.TopicID = id
	rp := kmsg.NewProduceRequestTopicPartition()
	rp.Partition, rp.Records = partition, batch("raw")
	rt.Partitions = append(rt.Partitions, rp)
	req.Topics = append(req.Topics, rt)
	resp, err := cl.Broker(int(broker)).RetriableRequest(ctx(t), req)
	if err != nil {
		t.Fatalf("produce: %v", err)
	}
	return resp.(*kmsg.ProduceResponse).Topics[0].Partitions[0].ErrorCode
}

func topicID(cl *kgo.Client, topic string) ([16]byte, error) {
	md, err := kadmOf(cl).Metadata(context.Background(), topic)
	return md.Topics[topic].ID, err
}

// batch is a record batch of one record.
func batch(value string) []byte {
	rec := kmsg.Record{Value: []byte(value)}
	rec.Length = int32(len(rec.AppendTo(nil)) - 1) // behind its own, one byte long, length
	b := kmsg.RecordBatch{
		PartitionLeaderEpoch: -1, Magic: 2, FirstTimestamp: time.Now().UnixMilli(), MaxTimestamp: time.Now().UnixMilli(),
		ProducerID: -1, ProducerEpoch: -1, FirstSequence: -1, NumRecords: 1, Records: rec.AppendTo(nil),
	}
	raw := b.AppendTo(nil)
	b.Length = int32(len(raw) - 12)
	b.CRC = int32(crc32.Checksum(raw[21:], crc32.MakeTable(crc32.Castagnoli)))
	return b.AppendTo(nil)
}
