// Package brokers is what a lab stack asks real brokers itself: whether they
// are ready, and what happens to their partitions.
package brokers

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"kconsole/kafka/config"
)

// PollEvery is the pause between two questions of something that is starting.
const PollEvery = 50 * time.Millisecond

// NewClient makes a client that gives up soon: who polls asks again anyway.
func NewClient(cl config.Cluster, opts ...kgo.Opt) (*kgo.Client, error) {
	base, err := config.KgoOptions(cl)
	if err != nil {
		return nil, err
	}
	base = append(base,
		kgo.ClientID("kconsole-lab"),
		kgo.RequestTimeoutOverhead(2*time.Second),
		kgo.RetryTimeout(4*time.Second),
		kgo.RequestRetries(1),
		kgo.MetadataMinAge(PollEvery),
		kgo.DisableClientMetrics(),
	)
	return kgo.NewClient(append(base, opts...)...)
}

// Ready is nil when the broker that client is connected to accepts clients and
// says itself that these brokers take part in the cluster.
func Ready(ctx context.Context, client *kgo.Client, ids ...int32) error {
	// So asked, it does not answer from memory.
	meta, err := kadm.NewClient(client).BrokerMetadata(kadm.WithAuthorizedOps(ctx))
	if err != nil {
		return err
	}
	live := meta.Brokers.NodeIDs()
	for _, want := range ids {
		if !slices.Contains(live, want) {
			return fmt.Errorf("broker %d is not in the cluster yet, which has %v", want, live)
		}
	}
	return nil
}
