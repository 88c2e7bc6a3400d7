package kafka

import (
	"context"
	"fmt"
	"strconv"
)

// The configuration that slows replication down while partitions move (KIP-73).
var throttleRates = []string{"leader.replication.throttled.rate", "follower.replication.throttled.rate"}

var throttledReplicas = []string{"leader.replication.throttled.replicas", "follower.replication.throttled.replicas"}

// ThrottleReplication plans to bound the bytes a second that each broker sends
// and receives for replicas of topics that are catching up; zero lifts the
// bound. Remember to lift it: it also slows down replicas that fell behind.
func (a *Admin) ThrottleReplication(ctx context.Context, topics []string, bytesPerSecond int64) (*Plan, error) {
	brokers, err := a.c.brokerIDs(ctx)
	if err != nil {
		return nil, err
	}
	p := a.plan("bound replication to %d bytes/s", bytesPerSecond)
	change := func(names []string, value string) ConfigChange {
		if bytesPerSecond <= 0 {
			return ConfigChange{Remove: names}
		}
		set := make(map[string]string)
		for _, n := range names {
			set[n] = value
		}
		return ConfigChange{Set: set}
	}
	if bytesPerSecond <= 0 {
		p.Title = "lift the bound on replication"
	} else {
		p.warn("lift it when the move is done: replicas that fall behind are slowed down as well")
	}
	var parts []*Plan
	for _, b := range brokers {
		part, err := a.AlterBrokerConfigs(ctx, b, change(throttleRates, strconv.FormatInt(bytesPerSecond, 10)))
		if err != nil {
			return nil, fmt.Errorf("broker %d: %w", b, err)
		}
		parts = append(parts, part)
	}
	for _, t := range topics {
		part, err := a.AlterTopicConfigs(ctx, t, change(throttledReplicas, "*"))
		if err != nil {
			return nil, fmt.Errorf("topic %s: %w", t, err)
		}
		parts = append(parts, part)
	}
	for _, part := range parts {
		p.Changes = append(p.Changes, part.Changes...)
	}
	p.apply = func(ctx context.Context) []Item {
		var items []Item
		for _, part := range parts {
			items = append(items, part.apply(ctx)...)
		}
		return items
	}
	return p, nil
}
