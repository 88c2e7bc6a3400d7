package kafkatest

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
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
	adm := kadm.NewClient(client)
	for i := range LargeGroupCount {
		var offsets kadm.Offsets
		for j := range 5 {
			for p := range int32(6) {
				offsets.AddOffset(largeTopic((i*5+j)%3500, 6), p, 0, -1)
			}
		}
		if err := adm.CommitAllOffsets(ctx, fmt.Sprintf("group-%04d", i), offsets); err != nil {
			return err
		}
	}
	return nil
}
