package brokers

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"kconsole/kafka/config"
)

const (
	watchMetadata = 400 * time.Millisecond
	metadataLimit = 2 * time.Second // a broker that hangs must not hold the news up for longer
)

type partition struct {
	leader int32
	isr    []int32
}

type partitionKey struct {
	topic string
	id    int32
}

// WatchPartitions looks at how the partitions are now, and returns what tells,
// until ctx ends, how leaders and ISRs change from then on. Kafka's internal
// topics are left out: they would drown the rest.
func WatchPartitions(ctx context.Context, cl config.Cluster, tell func(what string)) (run func(context.Context), err error) {
	client, err := NewClient(cl)
	if err != nil {
		return nil, err
	}
	seen := partitions(ctx, client)
	return func(ctx context.Context) {
		defer client.Close()
		tick := time.NewTicker(watchMetadata)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
			now := partitions(ctx, client)
			if now == nil {
				continue // nobody answers: the brokers' states tell that story
			}
			if seen != nil {
				compare(seen, now, tell)
			}
			seen = now
		}
	}, nil
}

// partitions is nil where the cluster does not tell.
func partitions(ctx context.Context, client *kgo.Client) map[partitionKey]partition {
	ctx, cancel := context.WithTimeout(ctx, metadataLimit)
	defer cancel()
	meta, err := kadm.NewClient(client).Metadata(ctx)
	if err != nil {
		return nil
	}
	out := make(map[partitionKey]partition)
	for _, t := range meta.Topics {
		if t.IsInternal || t.Err != nil {
			continue
		}
		for _, p := range t.Partitions {
			out[partitionKey{t.Topic, p.Partition}] = partition{p.Leader, slices.Sorted(slices.Values(p.ISR))}
		}
	}
	return out
}

func compare(before, now map[partitionKey]partition, tell func(string)) {
	for key, is := range now {
		was, known := before[key]
		if !known {
			continue
		}
		name := fmt.Sprintf("%s/%d", key.topic, key.id)
		if was.leader != is.leader {
			tell(fmt.Sprintf("leader of %s: %s → %s", name, brokerName(was.leader), brokerName(is.leader)))
		}
		if !slices.Equal(was.isr, is.isr) {
			tell(fmt.Sprintf("ISR of %s: %s → %s", name, idList(was.isr), idList(is.isr)))
		}
	}
}

func brokerName(id int32) string {
	if id < 0 {
		return "none"
	}
	return fmt.Sprint(id)
}

func idList(ids []int32) string {
	if len(ids) == 0 {
		return "none"
	}
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(ids), " ", ","), "[]")
}
