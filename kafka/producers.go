package kafka

import (
	"context"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// ActiveProducer is an idempotent or transactional producer that a partition
// remembers.
type ActiveProducer struct {
	Topic            string    `json:"topic"`
	Partition        int32     `json:"partition"`
	ProducerID       int64     `json:"producer_id"`
	Epoch            int32     `json:"producer_epoch"`
	LastSequence     int32     `json:"last_sequence"`
	LastWrite        time.Time `json:"last_write"`
	CoordinatorEpoch int32     `json:"coordinator_epoch"`
	TxnStart         int64     `json:"transaction_start"` // first offset of its open transaction; [Unknown]: none is open
}

// Producers reads the active producers of the partitions of topics, one request
// to each leader, sorted by topic, partition and producer id.
//
// Kafka API: DescribeProducers (KIP-664).
func (c *Cluster) Producers(ctx context.Context, topics []Topic) ([]ActiveProducer, error) {
	ctx, k, done := c.begin(ctx, "cannot read the producers")
	defer done()
	byLeader := make(map[int32]*kmsg.DescribeProducersRequest)
	for i := range topics {
		for j := range topics[i].Partitions {
			p := &topics[i].Partitions[j]
			if p.Leader < 0 {
				continue
			}
			req := byLeader[p.Leader]
			if req == nil {
				req = kmsg.NewPtrDescribeProducersRequest()
				byLeader[p.Leader] = req
			}
			if n := len(req.Topics); n == 0 || req.Topics[n-1].Topic != topics[i].Name {
				rt := kmsg.NewDescribeProducersRequestTopic()
				rt.Topic = topics[i].Name
				req.Topics = append(req.Topics, rt)
			}
			last := &req.Topics[len(req.Topics)-1]
			last.Partitions = append(last.Partitions, p.ID)
		}
	}
	reqs := make(map[int32]kmsg.Request, len(byLeader))
	for leader, req := range byLeader {
		reqs[leader] = req
	}
	var out []ActiveProducer
	var failed partial
	fan(ctx, k, reqs, func(a answer[*kmsg.DescribeProducersResponse]) {
		if a.err != nil {
			failed.add(0, a.err)
			return
		}
		for i := range a.resp.Topics {
			rt := &a.resp.Topics[i]
			for j := range rt.Partitions {
				rp := &rt.Partitions[j]
				failed.add(1, k.failOn(rt.Topic, codeError(rp.ErrorCode, rp.ErrorMessage)))
				for _, ap := range rp.ActiveProducers {
					out = append(out, ActiveProducer{
						Topic: rt.Topic, Partition: rp.Partition, ProducerID: ap.ProducerID, Epoch: ap.ProducerEpoch,
						LastSequence: ap.LastSequence, LastWrite: millis(ap.LastTimestamp),
						CoordinatorEpoch: ap.CoordinatorEpoch, TxnStart: ap.CurrentTxnStartOffset,
					})
				}
			}
		}
	})
	slices.SortFunc(out, func(a, b ActiveProducer) int {
		if c := compareTP(TopicPartition{a.Topic, a.Partition}, TopicPartition{b.Topic, b.Partition}); c != 0 {
			return c
		}
		return int(a.ProducerID - b.ProducerID)
	})
	return out, failed.err(k.what, "partitions")
}
