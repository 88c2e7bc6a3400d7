package views

import (
	"strconv"

	"kconsole/kafka"
	"kconsole/kafka/poll"
	"kconsole/ui/draw"
	"kconsole/ui/page"
	"kconsole/ui/resource"
	"kconsole/ui/safe"
	"kconsole/ui/theme"
	"kconsole/ui/units"
	"kconsole/ui/widget/grid"
)

// topic shows the partitions of one topic.
func topic() *resource.Spec[*kafka.Partition] {
	type part = *kafka.Partition
	return &resource.Spec[part]{
		Name: "topic", Title: "Partitions", Tabs: topicTabs, Tab: "partitions", Doc: "The partitions of one topic: leader, replicas, ISR, offsets, size.",
		Args: []page.Arg{page.Topic}, Parent: "topics",
		Scope: poll.Topics | poll.Offsets | poll.Sizes | poll.Subjects,
		Rows: func(st page.State, t page.Target) resource.Result[part] {
			out := resource.Result[part]{At: st.Snap.Topics.At, Err: st.Snap.Topics.Err}
			found := st.Snap.Topic(t.Arg(0))
			if found == nil {
				return out
			}
			if found.Err != nil {
				out.Err = found.Err
			}
			for i := range found.Partitions {
				out.Rows = append(out.Rows, &found.Partitions[i])
			}
			return out
		},
		ID:      func(p part) string { return strconv.Itoa(int(p.ID)) },
		Fault:   partitionLevel,
		Head:    topicHead,
		Missing: func(st page.State, t page.Target) error { return noTopic(st, t.Arg(0)) },
		Empty:   "There is no such topic now. It may have been deleted, or you may not describe it.",
		Columns: []resource.Column[part]{
			{
				Column: grid.Column{Title: "PART", Right: true}, Help: "Partition number.",
				Cell: func(p part) grid.Cell { return exact(int64(p.ID)) },
			},
			{
				Column: grid.Column{Title: "LEADER", Right: true}, Help: "The broker that takes reads and writes. Grey: not the preferred one.",
				Cell: func(p part) grid.Cell {
					if p.Leader < 0 {
						return at(theme.Act, "none")
					}
					if len(p.Replicas) > 0 && p.Replicas[0] != p.Leader {
						return at(theme.Watch, broker(p.Leader))
					}
					return cell(broker(p.Leader))
				},
				Sort: func(p part) float64 { return float64(p.Leader) },
			},
			{
				Column: grid.Column{Title: "EPOCH", Right: true, Wide: true}, Help: "Leader epoch: rises with each election.",
				Cell: func(p part) grid.Cell { return exact(int64(p.LeaderEpoch)) },
				Sort: func(p part) float64 { return float64(p.LeaderEpoch) },
			},
			{
				Column: grid.Column{Title: "REPLICAS", Min: 5}, Help: "Brokers with a copy; the first is the preferred leader.",
				Cell: func(p part) grid.Cell { return cell(ids(p.Replicas)) },
			},
			{
				Column: grid.Column{Title: "ISR", Min: 5}, Help: "Replicas that are in sync with the leader.",
				Cell: func(p part) grid.Cell { return at(partitionLevel(p), ids(p.ISR)) },
				Sort: func(p part) float64 { return float64(len(p.ISR)) },
			},
			{
				Column: grid.Column{Title: "START", Right: true}, Help: "Log start offset: the oldest that can be read.",
				Cell: func(p part) grid.Cell { return exact(p.Start) },
				Sort: func(p part) float64 { return float64(p.Start) },
			},
			{
				Column: grid.Column{Title: "END", Right: true}, Help: "High watermark: the offset that the next record is read at.",
				Cell: func(p part) grid.Cell { return exact(p.End) },
				Sort: func(p part) float64 { return float64(p.End) },
			},
			{
				Column: grid.Column{Title: "STABLE", Right: true, Drop: 2}, Help: "Last stable offset: where read_committed consumers stop. Amber: a transaction holds it back.",
				Cell: func(p part) grid.Cell {
					if p.Stable >= 0 && p.Stable < p.End {
						return at(theme.Watch, units.Exact(p.Stable))
					}
					return exact(p.Stable)
				},
				Sort: func(p part) float64 { return float64(p.End - p.Stable) },
			},
			{
				Column: grid.Column{Title: "RECORDS", Right: true, Drop: 3}, Help: "End minus start.",
				Cell: func(p part) grid.Cell { return number(p.Records()) },
				Sort: func(p part) float64 { return float64(p.Records()) },
			},
			{
				Column: grid.Column{Title: "SIZE", Right: true}, Help: "Bytes on disk of the leader's replica.",
				Cell: func(p part) grid.Cell { return size(p.Bytes) },
				Sort: func(p part) float64 { return float64(p.Bytes) },
			},
		},
		Actions: append([]resource.Action[part]{
			{
				Key: "enter", Label: "tail it", Help: "Read the records of this partition as they come.",
				Open: func(t page.Target, p part) page.Target {
					return page.Target{View: "tail", Args: []string{t.Arg(0), strconv.Itoa(int(p.ID))}}
				},
				Command: func(t page.Target, p part) string {
					return command("tail", t.Arg(0), "-p", strconv.Itoa(int(p.ID)))
				},
			},
			{
				Key: "l", Label: "tail all", Help: "Read the records of all partitions as they come.", NoRow: true,
				Do: func(h page.Host, t page.Target, _ []part) {
					h.Open(page.Target{View: "tail", Args: []string{t.Arg(0)}})
				},
				Command: func(t page.Target, _ part) string { return command("tail", t.Arg(0)) },
			},
		}, partitionWrites()...),
	}
}

// topicHead sums a topic up in one line.
func topicHead(st page.State, t page.Target, th *theme.Theme) [][]draw.Span {
	found := st.Snap.Topic(t.Arg(0))
	if found == nil {
		return nil
	}
	line := []draw.Span{
		{Text: safe.Line(found.Name, 60), Style: th.Strong},
		{Text: "  " + units.Plural(len(found.Partitions), "partition") + " × RF " + strconv.Itoa(found.ReplicationFactor()), Style: th.Dim},
		{Text: "  " + units.Count(found.Records()) + " records", Style: th.Text},
		{Text: "  " + units.Bytes(found.Bytes()), Style: th.Text},
	}
	if found.InRate >= 0 {
		line = append(line, draw.Span{Text: "  " + units.Rate(found.InRate) + "/s in", Style: th.Text})
	}
	if found.Schema != "" {
		line = append(line, draw.Span{Text: "  " + safe.Line(found.Schema, 20), Style: th.Text})
	}
	return [][]draw.Span{line}
}
