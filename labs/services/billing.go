package services

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// RunBilling reads [OrdersTopic] as the group [BillingGroup] and commits what
// it read, until ctx ends: the shop's first consumer, so that a group with
// members, offsets and lag can be seen from the start.
func RunBilling(ctx context.Context, options []kgo.Opt) error {
	client, err := kgo.NewClient(append(slices.Clip(options),
		kgo.ClientID("billing-1"),
		kgo.ConsumerGroup(BillingGroup),
		kgo.ConsumeTopics(OrdersTopic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.FetchMaxWait(500*time.Millisecond),
		kgo.MetadataMinAge(250*time.Millisecond),
		kgo.AutoCommitInterval(time.Second),
	)...)
	if err != nil {
		return fmt.Errorf("billing: %w", err)
	}
	defer client.CloseAllowingRebalance()
	for ctx.Err() == nil {
		client.PollFetches(ctx)
	}
	return nil
}
