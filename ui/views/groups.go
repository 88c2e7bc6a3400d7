package views

import (
	"strings"

	"kconsole/kafka"
	"kconsole/kafka/poll"
	"kconsole/ui/page"
	"kconsole/ui/resource"
	"kconsole/ui/theme"
	"kconsole/ui/widget/grid"
)

// groupRow is a group with its recent past.
type groupRow struct {
	*kafka.Group
	past *past
}

func groups() *resource.Spec[groupRow] {
	return &resource.Spec[groupRow]{
		Name: "groups", Aliases: []string{"g", "lag"}, Title: "Groups", Doc: "All consumer and share groups: state, members, lag.",
		Scope: poll.Topics | poll.Groups | poll.Lag,
		Rows: func(st page.State, _ page.Target) resource.Result[groupRow] {
			p := &st.Snap.Groups
			rows, past := make([]groupRow, len(p.Rows)), pastOf(st)
			for i := range p.Rows {
				rows[i] = groupRow{&p.Rows[i], past}
			}
			return resource.Result[groupRow]{Rows: rows, At: p.At, Err: p.Err}
		},
		ID:     func(g groupRow) string { return g.ID },
		Steady: true,
		Text:   func(g groupRow) string { return g.ID + " " + strings.Join(g.Topics(), " ") },
		Fault:  groupLevel,
		Empty:  "There are no groups that you may see on this cluster. A group appears with its first consumer.",
		Columns: []resource.Column[groupRow]{
			{
				Column: grid.Column{Title: "GROUP", Min: 16}, Help: "The group's id.",
				Cell: func(g groupRow) grid.Cell { return cell(g.ID) },
			},
			{
				Column: grid.Column{Title: "TYPE", Drop: 4}, Help: "classic, consumer (KIP-848), share (KIP-932) or streams.",
				Cell: func(g groupRow) grid.Cell { return at(theme.Muted, string(g.Type)) },
			},
			{
				Column: grid.Column{Title: "STATE", Max: 20}, Help: "As Kafka names it. Amber: it has work and nobody does it, or it rebalances.",
				Cell: func(g groupRow) grid.Cell {
					if g.Err != nil {
						return at(theme.Act, "unknown")
					}
					return at(groupLevel(g), g.State)
				},
			},
			{
				Column: grid.Column{Title: "MEMBERS", Right: true}, Help: "Consumers in the group.",
				Cell: func(g groupRow) grid.Cell { return number(int64(len(g.Members))) },
				Sort: func(g groupRow) float64 { return float64(len(g.Members)) },
			},
			{
				Column: grid.Column{Title: "TOPICS", Right: true, Drop: 3}, Help: "Topics that it has offsets or assignments for.",
				Cell: func(g groupRow) grid.Cell { return number(int64(len(g.Topics()))) },
				Sort: func(g groupRow) float64 { return float64(len(g.Topics())) },
			},
			{
				Column: grid.Column{Title: "LAG", Right: true}, Help: "Records between the committed offsets and the log ends.",
				Cell: func(g groupRow) grid.Cell { return exact(g.Lag()) },
				Sort: func(g groupRow) float64 { return float64(g.Lag()) },
			},
			{
				Column: grid.Column{Title: "5 MIN", Auto: true, Drop: 5}, Help: "Lag over the last five minutes, scaled to its own highest.",
				Cell: func(g groupRow) grid.Cell { return spark(g.past.history.GroupLags(g.ID, g.past.now)) },
			},
			{
				Column: grid.Column{Title: "COORD", Right: true, Drop: 6}, Help: "The broker that coordinates the group.",
				Cell: func(g groupRow) grid.Cell { return cell(broker(g.Coordinator)) },
				Sort: func(g groupRow) float64 { return float64(g.Coordinator) },
			},
			{
				Column: grid.Column{Title: "ASSIGNOR", Wide: true}, Help: "How partitions are spread over members.",
				Cell: func(g groupRow) grid.Cell { return optional(g.Assignor) },
			},
		},
		Actions: append([]resource.Action[groupRow]{
			{
				Key: "enter", Label: "open", Help: "Show the group's partitions with their lag, and its members.",
				Open:    func(_ page.Target, g groupRow) page.Target { return page.Target{View: "group", Args: []string{g.ID}} },
				Command: func(_ page.Target, g groupRow) string { return command("describe", "group", g.ID) },
			},
		}, groupWrites()...),
	}
}

// groupLevel: a group that has lag and nobody to work on it, or that is not
// settled, is worth a look.
func groupLevel(g groupRow) theme.Level {
	switch {
	case g.Err != nil:
		return theme.Act
	case g.State == "Dead":
		return theme.Muted
	case len(g.Members) == 0 && g.Lag() > 0:
		return theme.Watch
	case g.State == "Empty":
		return theme.Muted
	case g.State != "Stable":
		return theme.Watch
	default:
		return theme.Normal
	}
}
