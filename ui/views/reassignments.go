package views

import (
	"context"
	"fmt"

	"kconsole/kafka"
	"kconsole/kafka/poll"
	"kconsole/ui/page"
	"kconsole/ui/resource"
	"kconsole/ui/session"
	"kconsole/ui/theme"
	"kconsole/ui/widget/grid"
)

// reassignments shows the partitions whose replicas are being moved.
func reassignments() *resource.Spec[kafka.Reassignment] {
	type move = kafka.Reassignment
	return &resource.Spec[move]{
		Name: "reassignments", Aliases: []string{"moves"}, Title: "Reassignments", Doc: "The partitions whose replicas are being moved now.",
		Scope: poll.Topics,
		Load: func(ctx context.Context, s *session.Session, _ page.State, _ page.Target) ([]move, error) {
			return s.Cluster.Reassignments(ctx)
		},
		ID:    func(m move) string { return fmt.Sprintf("%s/%d", m.Topic, m.Partition) },
		Fault: func(move) theme.Level { return theme.Watch },
		Empty: "No partition is being moved.",
		Columns: []resource.Column[move]{
			{Column: grid.Column{Title: "TOPIC", Min: 16}, Help: "The topic.", Cell: func(m move) grid.Cell { return cell(m.Topic) }},
			{
				Column: grid.Column{Title: "PART", Right: true}, Help: "Partition number.",
				Cell: func(m move) grid.Cell { return exact(int64(m.Partition)) }, Sort: func(m move) float64 { return float64(m.Partition) },
			},
			{Column: grid.Column{Title: "REPLICAS"}, Help: "All replicas now, old and new.", Cell: func(m move) grid.Cell { return cell(ids(m.Replicas)) }},
			{Column: grid.Column{Title: "ADDING"}, Help: "Brokers that get a replica.", Cell: func(m move) grid.Cell { return at(theme.Fine, ids(m.Adding)) }},
			{Column: grid.Column{Title: "REMOVING"}, Help: "Brokers that lose theirs.", Cell: func(m move) grid.Cell { return at(theme.Watch, ids(m.Removing)) }},
		},
		Actions: append([]resource.Action[move]{{
			Key: "enter", Label: "topic", Help: "Show the topic.",
			Open: func(_ page.Target, m move) page.Target { return page.Target{View: "topic", Args: []string{m.Topic}} },
		}}, moveWrites()...),
	}
}
