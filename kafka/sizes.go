package kafka

import (
	"context"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kconsole/kafka/heavy"
)

// Sizes fills in the size on disk of each partition (its leader's replica, or
// the largest one known) and, where info is not nil, the bytes in the log dirs
// of each broker. It asks each live broker once. What one did not tell stays as
// it was and is summed up in the error. It needs DESCRIBE on the cluster.
//
// Kafka API: DescribeLogDirs (KIP-113).
func (c *Cluster) Sizes(ctx context.Context, info *ClusterInfo, topics []Topic) error {
	ctx, k, done := c.begin(ctx, "cannot read the sizes")
	defer done()
	reqs, err := k.everyBroker(ctx, func(int32) kmsg.Request {
		req := kmsg.NewPtrDescribeLogDirsRequest()
		req.Topics = nil // all
		return req
	})
	if err != nil {
		return err
	}
	var index topicIndex
	heavy.Do(func() { index = indexTopics(topics) })
	var failed partial
	fan(ctx, k, reqs, func(a answer[*kmsg.DescribeLogDirsResponse]) {
		if a.err == nil {
			a.err = k.fail(codeError(a.resp.ErrorCode, nil))
		}
		if a.err != nil {
			failed.add(1, a.err)
			return
		}
		var bytes int64
		heavy.Do(func() {
			var err error
			bytes, err = mergeSizes(k, topics, index, a.broker, a.resp)
			failed.add(0, err)
		})
		if info == nil {
			return
		}
		for i := range info.Brokers {
			if info.Brokers[i].ID == a.broker {
				info.Brokers[i].LogBytes = bytes
			}
		}
	})
	return failed.err(k.what, "brokers")
}

func mergeSizes(k *call, topics []Topic, index topicIndex, broker int32, resp *kmsg.DescribeLogDirsResponse) (int64, error) {
	var total int64
	var failed error
	for i := range resp.Dirs {
		dir := &resp.Dirs[i]
		if err := codeError(dir.ErrorCode, nil); err != nil {
			failed = k.fail(err)
			continue
		}
		for j := range dir.Topics {
			dt := &dir.Topics[j]
			t := index.topic(topics, dt.Topic)
			for l := range dt.Partitions {
				dp := &dt.Partitions[l]
				total += dp.Size
				if t == nil || dp.IsFuture {
					continue
				}
				if p := t.Partition(dp.Partition); p != nil && (p.Leader == broker || dp.Size > p.Bytes && p.Leader < 0 || p.Bytes < 0) {
					p.Bytes = dp.Size
				}
			}
		}
	}
	return total, failed
}
