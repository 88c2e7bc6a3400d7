package views

import (
	"kconsole/kafka"
	"kconsole/kafka/poll"
	"kconsole/ui/page"
	"kconsole/ui/resource"
	"kconsole/ui/theme"
	"kconsole/ui/widget/grid"
)

// consumerRow is a group as a reader of one topic.
type consumerRow struct {
	*kafka.Group
	members    int
	lag        int64
	partitions int
}

// consumers shows the groups that read one topic.
func consumers() *resource.Spec[consumerRow] {
	return &resource.Spec[consumerRow]{
		Name: "consumers", Title: "Consumers", Tabs: topicTabs, Doc: "The groups that read one topic, with their lag on it.",
		Args: []page.Arg{page.Topic}, Parent: "topics", Scope: poll.Topics | poll.Groups | poll.Lag,
		Rows: func(st page.State, t page.Target) resource.Result[consumerRow] {
			out := resource.Result[consumerRow]{At: st.Snap.Groups.At, Err: st.Snap.Groups.Err}
			for i := range st.Snap.Groups.Rows {
				if row, reads := consumerOf(&st.Snap.Groups.Rows[i], t.Arg(0)); reads {
					out.Rows = append(out.Rows, row)
				}
			}
			return out
		},
		ID:      func(c consumerRow) string { return c.ID },
		Fault:   func(c consumerRow) theme.Level { return groupLevel(groupRow{Group: c.Group}) },
		Missing: func(st page.State, t page.Target) error { return noTopic(st, t.Arg(0)) },
		Empty:   "No group has committed offsets of this topic or is assigned to it. Clients that do not commit are not seen here.",
		Columns: []resource.Column[consumerRow]{
			{
				Column: grid.Column{Title: "GROUP", Min: 16}, Help: "The group's id.",
				Cell: func(c consumerRow) grid.Cell { return cell(c.ID) },
			},
			{
				Column: grid.Column{Title: "STATE", Max: 20}, Help: "As Kafka names it.",
				Cell: func(c consumerRow) grid.Cell { return at(groupLevel(groupRow{Group: c.Group}), c.State) },
			},
			{
				Column: grid.Column{Title: "MEMBERS", Right: true}, Help: "Members that read this topic.",
				Cell: func(c consumerRow) grid.Cell { return number(int64(c.members)) },
				Sort: func(c consumerRow) float64 { return float64(c.members) },
			},
			{
				Column: grid.Column{Title: "PART", Right: true}, Help: "Partitions of this topic that it has offsets for.",
				Cell: func(c consumerRow) grid.Cell { return number(int64(c.partitions)) },
				Sort: func(c consumerRow) float64 { return float64(c.partitions) },
			},
			{
				Column: grid.Column{Title: "LAG", Right: true}, Help: "Its lag on this topic.",
				Cell: func(c consumerRow) grid.Cell { return exact(c.lag) },
				Sort: func(c consumerRow) float64 { return float64(c.lag) },
			},
		},
		Actions: []resource.Action[consumerRow]{{
			Key: "enter", Label: "open", Help: "Show the group.",
			Open: func(_ page.Target, c consumerRow) page.Target {
				return page.Target{View: "group", Args: []string{c.ID}}
			},
			Command: func(_ page.Target, c consumerRow) string { return command("describe", "group", c.ID) },
		}},
	}
}

// consumerOf looks for a topic in a group's offsets and assignments.
func consumerOf(g *kafka.Group, topic string) (row consumerRow, reads bool) {
	row = consumerRow{Group: g}
	for i := range g.Offsets {
		if o := &g.Offsets[i]; o.Topic == topic {
			row.partitions++
			row.lag += max(o.Lag(), 0)
		}
	}
	for i := range g.Members {
		for _, tp := range g.Members[i].Assigned {
			if tp.Topic == topic {
				row.members++
				break
			}
		}
	}
	return row, row.partitions > 0 || row.members > 0
}
