package check

import (
	"context"

	"github.com/twmb/franz-go/pkg/kgo"

	"kconsole/kafka"
	"kconsole/labs"
)

// Writes writes one record with acks=all to each of some partitions, once: without
// the retries behind which clients hide why a write is refused. The answers are in
// the order of the partitions, nil for a record that was taken. It is for what can
// be told in no other way.
func Writes(ctx context.Context, env *labs.Env, topic string, partitions ...int32) (refused []error, err error) {
	p, err := env.Cluster.Producer(kafka.ProducerOptions{Client: []kgo.Opt{kgo.DisableIdempotentWrite(), kgo.RecordRetries(0)}})
	if err != nil {
		return nil, err
	}
	defer p.Close()
	records := make([]kafka.NewRecord, len(partitions))
	for i, partition := range partitions {
		records[i] = labs.Record(topic, "probe", "does a write get through?")
		records[i].Partition = partition
		records[i].Headers = []kafka.Header{{Key: labs.NonceHeader, Value: []byte(env.Nonce)}}
	}
	for _, r := range p.Produce(ctx, records...) {
		refused = append(refused, r.Err)
	}
	return refused, nil
}
