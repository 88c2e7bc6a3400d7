package kafka

import (
	"context"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// atMaxTimestamp asks ListOffsets for the record with the largest timestamp.
const atMaxTimestamp int64 = -3

// LastProduced fills in Last of each topic that holds records: the largest
// timestamp of any of its records, one request to each leader. Timestamps are
// the producers' unless the topic says otherwise. What could not be read stays as
// it was and is in the error.
//
// Kafka API: ListOffsets v7+ (KIP-734).
func (c *Cluster) LastProduced(ctx context.Context, topics []Topic) error {
	ctx, k, done := c.begin(ctx, "cannot read the newest timestamps")
	defer done()
	index := indexTopics(topics)
	newest := make([]int64, len(topics))
	var failed partial
	fan(ctx, k, listOffsets(topics, atMaxTimestamp, false), func(a answer[*kmsg.ListOffsetsResponse]) {
		if a.err != nil {
			failed.add(1, a.err)
			return
		}
		for i := range a.resp.Topics {
			at, ok := index[a.resp.Topics[i].Topic]
			if !ok {
				continue
			}
			for _, rp := range a.resp.Topics[i].Partitions {
				failed.add(1, k.failOn(a.resp.Topics[i].Topic, codeError(rp.ErrorCode, nil)))
				if rp.ErrorCode == 0 {
					newest[at] = max(newest[at], rp.Timestamp)
				}
			}
		}
	})
	for i, ms := range newest {
		if ms > 0 {
			topics[i].Last = time.UnixMilli(ms)
		}
	}
	return failed.err(k.what, "partitions")
}
