package kafkatest

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"kconsole/kafka/config"
)

// settled returns when every partition has all its replicas in sync and is led
// by the preferred one.
func (c *Cluster) settled(ctx context.Context) error {
	opts, err := config.KgoOptions(c.Config)
	if err != nil {
		return err
	}
	client, err := kgo.NewClient(append(opts, kgo.DisableClientMetrics())...)
	if err != nil {
		return err
	}
	defer client.Close()
	adm := kadm.NewClient(client)
	for {
		missing := unsettled(ctx, adm)
		if missing == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the cluster is not whole again: %w", missing)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func unsettled(ctx context.Context, adm *kadm.Client) error {
	meta, err := adm.Metadata(kadm.WithAuthorizedOps(ctx)) // so asked, it does not answer from memory
	if err != nil {
		return err
	}
	moved := make(kadm.TopicsSet)
	for _, t := range meta.Topics {
		for _, p := range t.Partitions {
			if len(p.ISR) < len(p.Replicas) {
				return fmt.Errorf("%s/%d has ISR %v of replicas %v", t.Topic, p.Partition, p.ISR, p.Replicas)
			}
			if len(p.Replicas) > 0 && p.Leader != p.Replicas[0] {
				moved.Add(t.Topic, p.Partition)
			}
		}
	}
	if len(moved) == 0 {
		return nil
	}
	if _, err := adm.ElectLeaders(ctx, kadm.ElectPreferredReplica, moved); err != nil {
		return err
	}
	return fmt.Errorf("%d topics are led by others than their preferred replicas", len(moved))
}
