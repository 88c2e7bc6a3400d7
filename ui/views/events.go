package views

import (
	"fmt"
	"slices"
	"strconv"

	"kconsole/ui/events"
	"kconsole/ui/page"
	"kconsole/ui/resource"
	"kconsole/ui/theme"
	"kconsole/ui/widget/grid"

	"kconsole/kafka/poll"
)

// eventRow is an event with the clock of its screen.
type eventRow struct {
	events.Event
	when string
}

// eventList shows what happened since the console was opened.
func eventList() *resource.Spec[eventRow] {
	return &resource.Spec[eventRow]{
		Name: "events", Aliases: []string{"e"}, Title: "Events", Doc: "What has changed since the console was opened: brokers, leaders, ISR, topics, groups, clients that stall.",
		Scope: poll.Topics | poll.Offsets | poll.Groups | poll.Lag,
		Rows: func(st page.State, _ page.Target) resource.Result[eventRow] {
			out := resource.Result[eventRow]{At: st.Snap.Topics.At, Err: st.Snap.Topics.Err}
			for _, e := range slices.Backward(st.Events.Events()) { // the newest is first there, and last here
				out.Rows = append(out.Rows, eventRow{e, st.Time(e.At)})
			}
			return out
		},
		ID:    func(e eventRow) string { return strconv.FormatUint(e.Seq, 10) },
		Text:  func(e eventRow) string { return fmt.Sprintf("%s %s %s", e.Kind, e.Name, e.What) },
		Fault: func(e eventRow) theme.Level { return e.Level },
		Desc:  true,
		Empty: "Nothing has changed since the console was opened.",
		Columns: []resource.Column[eventRow]{
			{Column: grid.Column{Title: "TIME"}, Help: "When it was noticed; the newest is first.", Cell: func(e eventRow) grid.Cell { return at(theme.Muted, e.when) }},
			{Column: grid.Column{Title: "KIND", Drop: 2}, Help: "broker, topic, leader, isr, group, writers, readers, lab.", Cell: func(e eventRow) grid.Cell { return at(theme.Muted, string(e.Kind)) }},
			{Column: grid.Column{Title: "NAME", Min: 12, Max: 50}, Help: "What it happened to.", Cell: func(e eventRow) grid.Cell { return cell(e.Name) }},
			{Column: grid.Column{Title: "WHAT", Min: 20}, Help: "What happened.", Cell: func(e eventRow) grid.Cell { return at(e.Level, e.What) }},
		},
		Actions: []resource.Action[eventRow]{{
			Key: "enter", Label: "open", Help: "Show what it happened to.",
			Disabled: func(_ page.Host, e eventRow) string {
				if eventTarget(e).View == "" {
					return "there is nothing more to show"
				}
				return ""
			},
			Open: func(_ page.Target, e eventRow) page.Target { return eventTarget(e) },
		}},
	}
}

func eventTarget(e eventRow) page.Target {
	switch e.Kind {
	case events.Topic, events.Leader, events.ISR, events.Writers:
		if e.Name != "" {
			return page.Target{View: "topic", Args: []string{e.Name}}
		}
		return page.Target{View: "topics"}
	case events.Group, events.Readers:
		return page.Target{View: "group", Args: []string{e.Name}}
	case events.Broker, events.Lab:
		return page.Target{View: "brokers"}
	}
	return page.Target{}
}
