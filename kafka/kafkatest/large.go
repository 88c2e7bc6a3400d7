package kafkatest

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// The large cluster that a console has to cope with: 10,000 topics with 39,000
// partitions, and 2,000 groups that have each committed in five topics.
const (
	LargeTopicCount     = 10_000
	LargePartitionCount = 39_000
	LargeGroupCount     = 2000
)

// LargeTopics are the large cluster's topics, by their number of partitions.
func LargeTopics() map[int32][]string {
	topics := make(map[int32][]string)
	for parts, n := range map[int32]int{1: 2000, 3: 4000, 6: 3500, 8: 500} {
		for i := range n {
			topics[parts] = append(topics[parts], largeTopic(i, parts))
		}
	}
	return topics
}

func largeTopic(i int, partitions int32) string {
	return fmt.Sprintf("team-%02d.service-%04d.events-%d", i%40, i, partitions)
}

// CommitLarge makes the large cluster's groups on a broker that has its topics.
// None has members; each has committed offset 0 of every partition.
func CommitLarge(ctx context.Context, client *kgo.Client) error {
	for i := range LargeGroupCount {
		req := kmsg.NewPtrOffsetCommitRequest()
		req.Group, req.Generation = fmt.Sprintf("group-%04d", i), -1
		for j := range 5 {
			rt := kmsg.NewOffsetCommitRequestTopic()
			rt.Topic = largeTopic((i*5+j)%3500, 6)
			for p := range int32(6) {
				rp := kmsg.NewOffsetCommitRequestTopicPartition()
				rp.Partition = p
				rt.Partitions = append(rt.Partitions, rp)
			}
			req.Topics = append(req.Topics, rt)
		}
		resp, err := req.RequestWith(ctx, client)
		if err != nil {
			return err
		}
		for _, rt := range resp.Topics {
			for _, rp := range rt.Partitions {
				if err := kerr.ErrorForCode(rp.ErrorCode); err != nil {
					return fmt.Errorf("committing for %s in %s: %w", req.Group, rt.Topic, err)
				}
			}
		}
	}
	return nil
}
