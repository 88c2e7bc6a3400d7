package views

import (
	"context"
	"fmt"

	"kconsole/kafka"
	"kconsole/ui/dialog"
	"kconsole/ui/page"
	"kconsole/ui/resource"
)

// notOpen is why nothing can be aborted.
const notOpen = "it has no open transaction"

// txWrites are the actions that change transactions.
func txWrites() []resource.Action[txRow] {
	return []resource.Action[txRow]{
		{
			Key: "ctrl-d", Label: "abort", Help: "Abort the open transaction on all of its partitions, so that read_committed consumers get past it.", Danger: true, Writes: true,
			Disabled: func(_ page.Host, t txRow) string {
				if t.Started.IsZero() || len(t.Partitions) == 0 {
					return notOpen
				}
				return ""
			},
			Do: func(h page.Host, _ page.Target, rows []txRow) {
				abort(h, "abort the open transaction of "+rows[0].ID, rows[0].ProducerID, rows[0].Partitions)
			},
			Command: func(_ page.Target, t txRow) string {
				if len(t.Partitions) == 0 {
					return ""
				}
				return abortCommand(t.Partitions[0].Topic, t.Partitions[0].Partition, t.ProducerID)
			},
		},
		{
			Key: "h", Label: "hanging", Help: "Show the transactions that nothing will ever end.", NoRow: true,
			Do: func(h page.Host, _ page.Target, _ []txRow) { h.Open(page.Target{View: "hanging"}) },
		},
	}
}

// producerWrites are the actions that change what producers have begun.
func producerWrites() []resource.Action[producerRow] {
	return []resource.Action[producerRow]{{
		Key: "ctrl-d", Label: "abort", Help: "Abort the producer's open transaction on this partition.", Danger: true, Writes: true,
		Disabled: func(_ page.Host, p producerRow) string {
			if p.TxnStart < 0 {
				return notOpen
			}
			return ""
		},
		Do: func(h page.Host, _ page.Target, rows []producerRow) {
			p := rows[0]
			abort(h, fmt.Sprintf("abort the transaction of producer %d", p.ProducerID), p.ProducerID, []kafka.TopicPartition{{Topic: p.Topic, Partition: p.Partition}})
		},
		Command: func(_ page.Target, p producerRow) string { return abortCommand(p.Topic, p.Partition, p.ProducerID) },
	}}
}

func abortCommand(topic string, partition int32, producer int64) string {
	return command("abort", "transaction", fmt.Sprintf("%s:%d", topic, partition), fmt.Sprint(producer))
}

// abort reviews the abortion of a producer's transaction on its partitions.
func abort(h page.Host, title string, producer int64, on []kafka.TopicPartition) {
	dialog.Review(h, withAdmin(h.Session(), func(ctx context.Context, c *kafka.Cluster, a *kafka.Admin) (*dialog.Plan, error) {
		plans := make([]*kafka.Plan, len(on))
		for i, tp := range on {
			var err error
			if plans[i], err = a.AbortTransaction(ctx, tp.Topic, tp.Partition, producer); err != nil {
				return nil, err
			}
		}
		return dialog.Together(ctx, c, title, plans...), nil
	}), h.Refresh)
}
