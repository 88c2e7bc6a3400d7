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

// producerRow is a producer of a partition, seen at one time.
type producerRow struct {
	kafka.ActiveProducer
	now time.Time
}

// producers shows the idempotent and transactional producers of one topic.
func producers() *resource.Spec[producerRow] {
	return &resource.Spec[producerRow]{
		Name: "producers", Title: "Producers", Tabs: topicTabs, Doc: "The idempotent and transactional producers that a topic's partitions remember.",
		Args: []page.Arg{page.Topic}, Parent: "topics", Scope: poll.Topics,
		Load: func(ctx context.Context, s *session.Session, st page.State, t page.Target) ([]producerRow, error) {
			topics, err := s.Cluster.TopicMetadata(ctx, t.Arg(0))
			if err != nil {
				return nil, err
			}
			list, err := s.Cluster.Producers(ctx, topics)
			rows := make([]producerRow, len(list))
			for i := range list {
				rows[i] = producerRow{list[i], st.Now}
			}
			return rows, err
		},
		ID:      func(p producerRow) string { return fmt.Sprintf("%d/%d", p.Partition, p.ProducerID) },
		Fault:   producerLevel,
		Missing: func(st page.State, t page.Target) error { return noTopic(st, t.Arg(0)) },
		Empty:   "The partitions remember no producer: nobody wrote with idempotence lately.",
		Columns: []resource.Column[producerRow]{
			{
				Column: grid.Column{Title: "PART", Right: true}, Help: "Partition number.",
				Cell: func(p producerRow) grid.Cell { return exact(int64(p.Partition)) },
			},
			{
				Column: grid.Column{Title: "PRODUCER ID", Right: true}, Help: "The id that the cluster gave the producer.",
				Cell: func(p producerRow) grid.Cell { return cell(fmt.Sprint(p.ProducerID)) },
				Sort: func(p producerRow) float64 { return float64(p.ProducerID) },
			},
			{
				Column: grid.Column{Title: "EPOCH", Right: true}, Help: "Its epoch: rises when an instance fences another.",
				Cell: func(p producerRow) grid.Cell { return exact(int64(p.Epoch)) },
				Sort: func(p producerRow) float64 { return float64(p.Epoch) },
			},
			{
				Column: grid.Column{Title: "SEQUENCE", Right: true, Drop: 3}, Help: "The last sequence number it wrote.",
				Cell: func(p producerRow) grid.Cell { return exact(int64(p.LastSequence)) },
				Sort: func(p producerRow) float64 { return float64(p.LastSequence) },
			},
			{
				Column: grid.Column{Title: "LAST WRITE", Right: true}, Help: "How long ago it wrote.",
				Cell: func(p producerRow) grid.Cell { return cell(units.Age(p.now.Sub(p.LastWrite))) },
				Sort: func(p producerRow) float64 { return -float64(p.LastWrite.Unix()) },
			},
			{
				Column: grid.Column{Title: "OPEN SINCE", Right: true}, Help: "First offset of its open transaction; amber: it holds the last stable offset back.",
				Cell: func(p producerRow) grid.Cell {
					if p.TxnStart < 0 {
						return at(theme.Muted, units.Dash)
					}
					return at(theme.Watch, units.Exact(p.TxnStart))
				},
				Sort: func(p producerRow) float64 { return float64(p.TxnStart) },
			},
		},
		Actions: producerWrites(),
	}
}

func producerLevel(p producerRow) theme.Level {
	if p.TxnStart >= 0 {
		return theme.Watch
	}
	return theme.Normal
}
