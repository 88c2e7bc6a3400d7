package views

import (
	"time"

	"kconsole/kafka"
	"kconsole/kafka/poll"
	"kconsole/ui/page"
	"kconsole/ui/resource"
	"kconsole/ui/theme"
	"kconsole/ui/units"
	"kconsole/ui/widget/grid"
)

// topicRow is a topic with its recent past.
type topicRow struct {
	*kafka.Topic
	past *past
}

// past is what the rows of a list share of it: a row is made for each of many
// thousand topics, on the event loop.
type past struct {
	history *poll.History
	now     time.Time
}

func pastOf(st page.State) *past { return &past{st.Snap.History, st.Now} }

func topics() *resource.Spec[topicRow] {
	return &resource.Spec[topicRow]{
		Name: "topics", Aliases: []string{"t"}, Title: "Topics", Doc: "All topics: partitions, replicas, records, size, rate.",
		Scope: poll.Topics | poll.Offsets | poll.Sizes | poll.Subjects,
		Rows: func(st page.State, _ page.Target) resource.Result[topicRow] {
			part := &st.Snap.Topics
			rows, past := make([]topicRow, len(part.Rows)), pastOf(st)
			for i := range part.Rows {
				rows[i] = topicRow{&part.Rows[i], past}
			}
			return resource.Result[topicRow]{Rows: rows, At: part.At, Err: part.Err}
		},
		ID:     func(t topicRow) string { return t.Name },
		Topic:  func(t topicRow) string { return t.Name },
		Steady: true,
		Fault:  topicLevel,
		// Kafka's own topics are seldom what is looked for.
		Hidden: func(t topicRow) bool { return t.Internal }, HiddenName: "internal topics",
		Empty: "There are no topics that you may see on this cluster.",
		Columns: []resource.Column[topicRow]{
			{
				Column: grid.Column{Title: "NAME", Min: 20}, Help: "The topic's name.",
				Cell: func(t topicRow) grid.Cell {
					if t.Internal {
						return at(theme.Muted, t.Name)
					}
					return cell(t.Name)
				},
			},
			{
				Column: grid.Column{Title: "PART", Right: true}, Help: "Number of partitions.",
				Cell: func(t topicRow) grid.Cell { return number(int64(len(t.Partitions))) },
				Sort: func(t topicRow) float64 { return float64(len(t.Partitions)) },
			},
			{
				Column: grid.Column{Title: "RF", Right: true, Drop: 3}, Help: "Replication factor: copies of each partition.",
				Cell: func(t topicRow) grid.Cell { return number(int64(t.ReplicationFactor())) },
				Sort: func(t topicRow) float64 { return float64(t.ReplicationFactor()) },
			},
			{
				Column: grid.Column{Title: "UNDER", Right: true}, Help: "Partitions with fewer in-sync replicas than replicas, or without a leader.",
				Cell: func(t topicRow) grid.Cell { return zeroIsFine(t.UnderReplicated(), topicLevel(t)) },
				Sort: func(t topicRow) float64 { return float64(t.Offline()*1_000_000 + t.UnderReplicated()) },
			},
			{
				Column: grid.Column{Title: "RECORDS", Right: true}, Help: "Log end minus log start over all partitions; after compaction there are fewer records.",
				Cell: func(t topicRow) grid.Cell { return number(t.Records()) },
				Sort: func(t topicRow) float64 { return float64(t.Records()) },
			},
			{
				Column: grid.Column{Title: "SIZE", Right: true}, Help: "Bytes on disk of one replica of each partition.",
				Cell: func(t topicRow) grid.Cell { return size(t.Bytes()) },
				Sort: func(t topicRow) float64 { return float64(t.Bytes()) },
			},
			{
				Column: grid.Column{Title: "IN/s", Right: true}, Help: "Records appended a second.",
				Cell: func(t topicRow) grid.Cell { return rate(t.InRate) },
				Sort: func(t topicRow) float64 { return t.InRate },
			},
			{
				Column: grid.Column{Title: "5 MIN", Auto: true, Drop: 5}, Help: "Records a second over the last five minutes, scaled to the topic's own highest.",
				Cell: func(t topicRow) grid.Cell { return spark(t.past.history.TopicRates(t.Name, t.past.now)) },
			},
			{
				Column: grid.Column{Title: "SCHEMA", Drop: 4, Max: 16}, Help: "What the registry has for the topic's values.",
				Cell: func(t topicRow) grid.Cell { return optional(t.Schema) },
			},
		},
		Actions: append([]resource.Action[topicRow]{
			{
				Key: "enter", Label: "open", Help: "Show the topic's partitions.",
				Open:    func(_ page.Target, t topicRow) page.Target { return page.Target{View: "topic", Args: []string{t.Name}} },
				Command: func(_ page.Target, t topicRow) string { return command("describe", "topic", t.Name) },
			},
			{
				Key: "l", Label: "tail", Help: "Read the topic's records as they come.",
				Open:    func(_ page.Target, t topicRow) page.Target { return page.Target{View: "tail", Args: []string{t.Name}} },
				Command: func(_ page.Target, t topicRow) string { return command("tail", t.Name) },
			},
		}, topicWrites()...),
	}
}

func rate(r float64) grid.Cell {
	if r < 0 {
		return at(theme.Muted, units.Dash)
	}
	return grid.Cell{Text: units.Rate(r), Number: r, Numeric: true}
}

func topicLevel(t topicRow) theme.Level {
	switch {
	case t.Err != nil || t.Offline() > 0:
		return theme.Act
	case t.UnderReplicated() > 0:
		return theme.Watch
	default:
		return theme.Normal
	}
}
