package kafka

import (
	"context"
	"strconv"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// AbortTransaction plans to abort the open transaction of a producer on one
// partition by writing its abort marker. It is meant for hanging transactions
// (see [Cluster.Hanging]): on a healthy one the producer fails at its next step.
//
// Kafka API: WriteTxnMarkers to the partition's leader (KIP-664). It needs
// CLUSTER_ACTION or, since Kafka 4.0, ALTER on the cluster.
func (a *Admin) AbortTransaction(ctx context.Context, topic string, partition int32, producerID int64) (*Plan, error) {
	tp := TopicPartition{topic, partition}
	what := "cannot abort the transaction of producer " + strconv.FormatInt(producerID, 10) + " on " + partitionName(tp)
	t, err := a.topic(ctx, topic)
	if err != nil {
		return nil, err
	}
	producers, err := a.c.Producers(ctx, []Topic{t})
	if err != nil {
		return nil, err
	}
	var found *ActiveProducer
	for i := range producers {
		if q := &producers[i]; q.Partition == partition && q.ProducerID == producerID && q.TxnStart >= 0 {
			found = q
		}
	}
	if found == nil {
		return nil, &Error{What: what, Why: "it has no open transaction there", Do: "list the producers of the topic", Kind: NotFound}
	}
	p := a.plan("abort the transaction of producer %d on %s", producerID, partitionName(tp))
	p.change(partitionName(tp), "open transaction", "from offset "+strconv.FormatInt(found.TxnStart, 10), "")
	p.Confirm = strconv.FormatInt(producerID, 10)
	p.warn("its records since offset %d are never seen by read_committed consumers; if its producer is alive, it fails", found.TxnStart)
	p.apply = func(ctx context.Context) []Item {
		return []Item{{Resource: partitionName(tp), Err: a.writeAbort(ctx, what, t.Partition(partition).Leader, *found)}}
	}
	return p, nil
}

func (a *Admin) writeAbort(ctx context.Context, what string, leader int32, of ActiveProducer) error {
	req := kmsg.NewPtrWriteTxnMarkersRequest()
	m := kmsg.NewWriteTxnMarkersRequestMarker()
	m.ProducerID, m.ProducerEpoch, m.Committed = of.ProducerID, int16(of.Epoch), false
	m.CoordinatorEpoch = max(of.CoordinatorEpoch, 0)
	rt := kmsg.NewWriteTxnMarkersRequestMarkerTopic()
	rt.Topic, rt.Partitions = of.Topic, []int32{of.Partition}
	m.Topics = append(m.Topics, rt)
	req.Markers = append(req.Markers, m)
	resp, err := a.c.AskBroker(ctx, what, leader, req, requestLimit)
	if err != nil {
		return err
	}
	for _, marker := range resp.(*kmsg.WriteTxnMarkersResponse).Markers { //nolint:forcetypeassert // the answer to it
		for _, topic := range marker.Topics {
			for _, part := range topic.Partitions {
				if err := a.fail(what, kmsg.WriteTxnMarkers, "", part.ErrorCode, nil); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
