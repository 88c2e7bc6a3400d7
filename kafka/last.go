package kafka

import (
	"context"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kconsole/kafka/heavy"
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
	var reqs map[int32]kmsg.Request
	heavy.Do(func() { reqs = listOffsets(topics, indexTopics(topics), ledBy(topics), atMaxTimestamp, false) })
	newest := make([]int64, len(topics))
	var failed partial
	fan(ctx, k, reqs, func(a answer[*offsetsAnswer]) {
		if a.err != nil {
			failed.add(1, a.err)
			return
		}
		for _, told := range a.resp.told {
			if err := codeError(told.code, nil); err != nil {
				failed.add(1, k.failOn(topics[told.topic].Name, err))
				continue
			}
			newest[told.topic] = max(newest[told.topic], told.timestamp)
		}
	})
	for i, ms := range newest {
		if ms > 0 {
			topics[i].Last = time.UnixMilli(ms)
		}
	}
	return failed.err(k.what, "partitions")
}
