package views

import (
	"fmt"
	"strconv"

	"kconsole/compose"
	"kconsole/kafka"
	"kconsole/kafka/poll"
	"kconsole/ui/page"
	"kconsole/ui/resource"
	"kconsole/ui/theme"
	"kconsole/ui/units"
	"kconsole/ui/widget/grid"
)

// brokerRow is a broker, with the state of its process where that is ours to
// know.
type brokerRow struct {
	*kafka.Broker
	state compose.State // empty: not known
	usage compose.Usage // zero: not known
}

func brokers() *resource.Spec[brokerRow] {
	type node = brokerRow
	return &resource.Spec[node]{
		Name: "brokers", Aliases: []string{"b", "nodes"}, Title: "Brokers", Doc: "The brokers: up or down, leaders, replicas in sync, disk.",
		Scope: poll.Topics | poll.Sizes,
		Rows: func(st page.State, _ page.Target) resource.Result[node] {
			out := resource.Result[node]{At: st.Snap.Topics.At, Err: st.Snap.Topics.Err}
			all := st.Brokers()
			for i := range all {
				b := &all[i]
				out.Rows = append(out.Rows, node{b, st.Processes[b.ID], st.Usage[b.ID]})
			}
			return out
		},
		ID:    func(b node) string { return strconv.Itoa(int(b.ID)) },
		Text:  func(b node) string { return fmt.Sprintf("%d %s:%d %s %s", b.ID, b.Host, b.Port, b.Rack, b.state) },
		Fault: brokerLevel,
		Empty: "The cluster named no brokers.",
		Columns: []resource.Column[node]{
			{
				Column: grid.Column{Title: "ID", Right: true}, Help: "Broker id.",
				Cell: func(b node) grid.Cell { return cell(strconv.Itoa(int(b.ID))) },
			},
			{
				Column: grid.Column{Title: "STATE"}, Help: "Up if the newest metadata names it; stopped, paused and the like as the lab's stack says.",
				Cell: func(b node) grid.Cell {
					switch {
					case b.state == compose.Paused:
						return at(theme.Act, "paused")
					case b.state != "" && b.state != compose.Running:
						return at(theme.Act, string(b.state))
					}
					if !b.Up {
						return at(theme.Act, "down")
					}
					return cell("up")
				},
			},
			{
				Column: grid.Column{Title: "ADDRESS", Min: 14}, Help: "Advertised host and port.",
				Cell: func(b node) grid.Cell {
					if b.Host == "" {
						return at(theme.Muted, units.Dash)
					}
					return cell(fmt.Sprintf("%s:%d", b.Host, b.Port))
				},
			},
			{
				Column: grid.Column{Title: "RACK", Drop: 4, Max: 16}, Help: "broker.rack.",
				Cell: func(b node) grid.Cell { return optional(b.Rack) },
			},
			{
				Column: grid.Column{Title: "CONTROLLER", Drop: 5}, Help: "The broker that takes controller requests. With KRaft it is any live one.",
				Cell: func(b node) grid.Cell {
					if b.Controller {
						return cell("yes")
					}
					return cell("")
				},
			},
			{
				Column: grid.Column{Title: "LEADS", Right: true}, Help: "Partitions that it leads.",
				Cell: func(b node) grid.Cell { return exact(int64(b.Leaders)) },
				Sort: func(b node) float64 { return float64(b.Leaders) },
			},
			{
				Column: grid.Column{Title: "IN SYNC", Right: true}, Help: "Its replicas that are in the ISR, of all it holds.",
				Cell: func(b node) grid.Cell {
					return at(brokerLevel(b), fmt.Sprintf("%d/%d", b.InSync, b.Replicas))
				},
				Sort: func(b node) float64 { return float64(b.InSync - b.Replicas) },
			},
			{
				Column: grid.Column{Title: "DISK", Right: true}, Help: "Bytes in all its log dirs.",
				Cell: func(b node) grid.Cell { return size(b.LogBytes) },
				Sort: func(b node) float64 { return float64(b.LogBytes) },
			},
			{
				Column: grid.Column{Title: "CPU", Right: true, Drop: 6, Auto: true}, Help: "What its program uses of one processor core; over 100 % is more than one.",
				Cell: func(b node) grid.Cell {
					if b.usage.Memory == 0 {
						return cell("")
					}
					return cell(fmt.Sprintf("%.0f %%", 100*b.usage.CPU))
				},
				Sort: func(b node) float64 { return b.usage.CPU },
			},
			{
				Column: grid.Column{Title: "MEMORY", Right: true, Drop: 7, Auto: true}, Help: "Main memory of its program, and what it may use at most.",
				Cell: func(b node) grid.Cell {
					switch u := b.usage; {
					case u.Memory == 0:
						return cell("")
					case u.Limit == 0:
						return cell(units.Bytes(u.Memory))
					default:
						return cell(units.Bytes(u.Memory) + " of " + units.Bytes(u.Limit))
					}
				},
				Sort: func(b node) float64 { return float64(b.usage.Memory) },
			},
		},
		Actions: append([]resource.Action[node]{
			{
				Key: "enter", Label: "config", Help: "Show the broker's configuration.",
				Open: func(_ page.Target, b node) page.Target {
					return page.Target{View: "broker", Args: []string{strconv.Itoa(int(b.ID))}}
				},
				Command: func(_ page.Target, b node) string { return command("describe", "broker", strconv.Itoa(int(b.ID))) },
			},
			{
				Key: "t", Label: "latency", Help: "Show how long the brokers take to answer.",
				Open: func(page.Target, node) page.Target { return page.Target{View: "latency"} },
			},
		}, labActions()...),
	}
}

func brokerLevel(b brokerRow) theme.Level {
	switch {
	case !b.Up, b.state == compose.Paused:
		return theme.Act
	case b.InSync < b.Replicas:
		return theme.Watch
	default:
		return theme.Normal
	}
}
