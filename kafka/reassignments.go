package kafka

import (
	"context"
	"slices"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// Reassignment is a partition whose replicas are being moved.
type Reassignment struct {
	Topic     string  `json:"topic"`
	Partition int32   `json:"partition"`
	Replicas  []int32 `json:"replicas"` // all of them now: old and new
	Adding    []int32 `json:"adding"`
	Removing  []int32 `json:"removing"`
}

// Reassignments reads the reassignments in progress, sorted by topic and
// partition. It needs DESCRIBE on the cluster.
//
// Kafka API: ListPartitionReassignments (KIP-455).
func (c *Cluster) Reassignments(ctx context.Context) ([]Reassignment, error) {
	ctx, k, done := c.begin(ctx, "cannot read the reassignments")
	defer done()
	req := kmsg.NewPtrListPartitionReassignmentsRequest()
	req.TimeoutMillis = int32(requestLimit.Milliseconds())
	req.Topics = nil // all
	resp, err := request[*kmsg.ListPartitionReassignmentsResponse](ctx, k, req)
	if err != nil {
		return nil, err
	}
	if err := k.fail(codeError(resp.ErrorCode, resp.ErrorMessage)); err != nil {
		return nil, err
	}
	var out []Reassignment
	for i := range resp.Topics {
		rt := &resp.Topics[i]
		for _, p := range rt.Partitions {
			out = append(out, Reassignment{
				Topic: rt.Topic, Partition: p.Partition, Replicas: p.Replicas, Adding: p.AddingReplicas, Removing: p.RemovingReplicas,
			})
		}
	}
	slices.SortFunc(out, func(a, b Reassignment) int {
		return compareTP(TopicPartition{a.Topic, a.Partition}, TopicPartition{b.Topic, b.Partition})
	})
	return out, nil
}
