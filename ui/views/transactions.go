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

// txRow is a transactional id, seen at one time.
type txRow struct {
	kafka.Transaction
	now time.Time
}

// transactions shows the transactional ids that the coordinators know.
func transactions() *resource.Spec[txRow] {
	return &resource.Spec[txRow]{
		Name: "tx", Aliases: []string{"transactions"}, Title: "Transactions", Doc: "The transactional ids: state, producer, age, partitions.",
		Scope: poll.Topics,
		Load: func(ctx context.Context, s *session.Session, st page.State, _ page.Target) ([]txRow, error) {
			list, err := s.Cluster.Transactions(ctx)
			rows := make([]txRow, len(list))
			for i := range list {
				rows[i] = txRow{list[i], st.Now}
			}
			return rows, err
		},
		ID:    func(t txRow) string { return t.ID },
		Fault: txLevel,
		Empty: "No transactional producer is known to the cluster.",
		Columns: []resource.Column[txRow]{
			{Column: grid.Column{Title: "TRANSACTIONAL ID", Min: 16}, Help: "The producer's transactional.id.", Cell: func(t txRow) grid.Cell { return cell(t.ID) }},
			{
				Column: grid.Column{Title: "STATE", Max: 20}, Help: "As Kafka names it. Amber: open for longer than its own time-out.",
				Cell: func(t txRow) grid.Cell { return at(txLevel(t), t.State) },
			},
			{
				Column: grid.Column{Title: "OPEN", Right: true}, Help: "How long its transaction has been open.",
				Cell: func(t txRow) grid.Cell {
					if t.Started.IsZero() {
						return at(theme.Muted, units.Dash)
					}
					return at(txLevel(t), units.Duration(t.now.Sub(t.Started)))
				},
				Sort: func(t txRow) float64 {
					if t.Started.IsZero() {
						return -1
					}
					return t.now.Sub(t.Started).Seconds()
				},
			},
			{
				Column: grid.Column{Title: "TIME-OUT", Right: true, Drop: 3}, Help: "After which the coordinator aborts it.",
				Cell: func(t txRow) grid.Cell { return cell(units.Duration(t.Timeout)) },
				Sort: func(t txRow) float64 { return t.Timeout.Seconds() },
			},
			{
				Column: grid.Column{Title: "PRODUCER", Right: true, Drop: 4}, Help: "Producer id and epoch.",
				Cell: func(t txRow) grid.Cell { return cell(fmt.Sprintf("%d/%d", t.ProducerID, t.Epoch)) },
				Sort: func(t txRow) float64 { return float64(t.ProducerID) },
			},
			{
				Column: grid.Column{Title: "COORD", Right: true, Drop: 5}, Help: "The broker that coordinates it.",
				Cell: func(t txRow) grid.Cell { return cell(broker(t.Coordinator)) },
				Sort: func(t txRow) float64 { return float64(t.Coordinator) },
			},
			{
				Column: grid.Column{Title: "PARTITIONS", Min: 12, Max: 50, Drop: 2}, Help: "Partitions in its open transaction.",
				Cell: func(t txRow) grid.Cell { return cell(assigned(t.Partitions)) },
				Sort: func(t txRow) float64 { return float64(len(t.Partitions)) },
			},
		},
		Actions: txWrites(),
	}
}

// txLevel: a transaction that is open for longer than its time-out should have
// been aborted.
func txLevel(t txRow) theme.Level {
	switch {
	case t.Err != nil:
		return theme.Act
	case !t.Started.IsZero() && t.Timeout > 0 && t.now.Sub(t.Started) > t.Timeout:
		return theme.Watch
	default:
		return theme.Normal
	}
}
