package views

import (
	"context"
	"fmt"
	"time"

	"kconsole/kafka"
	"kconsole/kafka/poll"
	"kconsole/ui/page"
	"kconsole/ui/resource"
	"kconsole/ui/session"
	"kconsole/ui/theme"
	"kconsole/ui/units"
	"kconsole/ui/widget/grid"
)

// The least time since the last write of a transaction that is called hanging,
// and the time between two looks, which ask for the producers of all partitions.
const (
	hangingAge   = 15 * time.Minute
	hangingEvery = 30 * time.Second
)

// hanging shows the transactions that their coordinators know nothing of.
func hanging() *resource.Spec[kafka.HangingTransaction] {
	type tx = kafka.HangingTransaction
	return &resource.Spec[tx]{
		Name: "hanging", Title: "Hanging transactions", Doc: "The open transactions that no coordinator will ever end; they hold back read_committed consumers.",
		Parent: "tx", Scope: poll.Topics, Every: hangingEvery,
		Load: func(ctx context.Context, s *session.Session, st page.State, _ page.Target) ([]tx, error) {
			return s.Cluster.Hanging(ctx, st.Snap.Topics.Rows, hangingAge, st.Now)
		},
		ID:    func(t tx) string { return fmt.Sprintf("%s/%d/%d", t.Topic, t.Partition, t.ProducerID) },
		Fault: func(tx) theme.Level { return theme.Watch },
		Empty: "No transaction hangs: each one that is open for more than 15 minutes is known to its coordinator.",
		Columns: []resource.Column[tx]{
			{Column: grid.Column{Title: "TOPIC", Min: 12}, Help: "The topic that it is open on.", Cell: func(t tx) grid.Cell { return cell(t.Topic) }},
			{
				Column: grid.Column{Title: "PART", Right: true}, Help: "Partition number.",
				Cell: func(t tx) grid.Cell { return exact(int64(t.Partition)) }, Sort: func(t tx) float64 { return float64(t.Partition) },
			},
			{
				Column: grid.Column{Title: "PRODUCER", Right: true}, Help: "Producer id and epoch.",
				Cell: func(t tx) grid.Cell { return cell(fmt.Sprintf("%d/%d", t.ProducerID, t.Epoch)) }, Sort: func(t tx) float64 { return float64(t.ProducerID) },
			},
			{
				Column: grid.Column{Title: "SINCE", Right: true}, Help: "First offset of the transaction: consumers of committed records stop there.",
				Cell: func(t tx) grid.Cell { return exact(t.TxnStart) }, Sort: func(t tx) float64 { return float64(t.TxnStart) },
			},
			{
				Column: grid.Column{Title: "AGE", Right: true}, Help: "Since its last write.",
				Cell: func(t tx) grid.Cell { return at(theme.Watch, units.Duration(t.Age)) }, Sort: func(t tx) float64 { return t.Age.Seconds() },
			},
			{Column: grid.Column{Title: "TRANSACTIONAL ID", Min: 10, Max: 30, Drop: 3}, Help: "Empty: none has this producer id any more.", Cell: func(t tx) grid.Cell { return optional(t.TransactionalID) }},
			{Column: grid.Column{Title: "WHY", Min: 16, Drop: 2}, Help: "How it is known to hang.", Cell: func(t tx) grid.Cell { return cell(t.Why) }},
		},
		Actions: []resource.Action[tx]{
			{
				Key: "enter", Label: "producers", Help: "Show the producers of the topic.",
				Open: func(_ page.Target, t tx) page.Target { return page.Target{View: "producers", Args: []string{t.Topic}} },
			},
			{
				Key: "ctrl-d", Label: "abort", Help: "Abort it on this partition, or all marked ones of its producer.", Danger: true, Writes: true,
				Do: func(h page.Host, _ page.Target, rows []tx) {
					var on []kafka.TopicPartition
					for _, t := range rows {
						if t.ProducerID == rows[0].ProducerID {
							on = append(on, kafka.TopicPartition{Topic: t.Topic, Partition: t.Partition})
						}
					}
					abort(h, fmt.Sprintf("abort the hanging transaction of producer %d", rows[0].ProducerID), rows[0].ProducerID, on)
				},
				Command: func(_ page.Target, t tx) string { return abortCommand(t.Topic, t.Partition, t.ProducerID) },
			},
		},
	}
}
