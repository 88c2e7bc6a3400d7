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
	var index topicIndex
	replicas := make(map[int32]int) // by broker
	heavy.Do(func() {
		index = indexTopics(topics)
		for i := range topics {
			for j := range topics[i].Partitions {
				for _, broker := range topics[i].Partitions[j].Replicas {
					replicas[broker]++
				}
			}
		}
	})
	reqs, err := k.everyBroker(ctx, func(broker int32) kmsg.Request {
		req := kmsg.NewPtrDescribeLogDirsRequest()
		req.Topics = nil // all
		return &sizesQuery{DescribeLogDirsRequest: req, index: index, replicas: replicas[broker]}
	})
	if err != nil {
		return err
	}
	var failed partial
	fan(ctx, k, reqs, func(a answer[*sizesAnswer]) {
		if a.err == nil {
			a.err = k.fail(codeError(a.resp.ErrorCode, nil))
		}
		if a.err != nil {
			failed.add(1, a.err)
			return
		}
		for _, code := range a.resp.codes {
			failed.add(0, k.fail(codeError(code, nil)))
		}
		heavy.Do(func() { mergeSizes(topics, a.broker, a.resp.told) })
		if info == nil {
			return
		}
		for i := range info.Brokers {
			if info.Brokers[i].ID == a.broker {
				info.Brokers[i].LogBytes = a.resp.total
			}
		}
	})
	return failed.err(k.what, "brokers")
}

func mergeSizes(topics []Topic, broker int32, told []toldSize) {
	for _, one := range told {
		p := topics[one.topic].Partition(one.partition)
		if p != nil && (p.Leader == broker || one.bytes > p.Bytes && p.Leader < 0 || p.Bytes < 0) {
			p.Bytes = one.bytes
		}
	}
}
