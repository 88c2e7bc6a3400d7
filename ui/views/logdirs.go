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
	"kconsole/ui/units"
	"kconsole/ui/widget/grid"
)

// nearlyFull is the share of a volume from which it is worth a look, full the
// one from which somebody has to act.
const nearlyFull, full = 0.85, 0.95

// logDirs shows the log dirs of all brokers, or of one.
func logDirs() *resource.Spec[kafka.LogDir] {
	type dir = kafka.LogDir
	return &resource.Spec[dir]{
		Name: "logdirs", Aliases: []string{"disks"}, Title: "Log dirs", Tabs: brokerTabs, Tab: "log dirs", Doc: "The log dirs of the brokers: size, room, replicas.",
		Args: []page.Arg{page.Broker}, Optional: 1, Scope: poll.Topics,
		Crumb: func(t page.Target) string {
			if id := t.Arg(0); id != "" {
				return "broker " + id
			}
			return "logdirs"
		},
		Load: func(ctx context.Context, s *session.Session, _ page.State, t page.Target) ([]dir, error) {
			all, err := s.Cluster.LogDirs(ctx)
			if t.Arg(0) == "" {
				return all, err
			}
			id, idErr := brokerID(t.Arg(0))
			if idErr != nil {
				return nil, idErr
			}
			var own []dir
			for i := range all {
				if all[i].Broker == id {
					own = append(own, all[i])
				}
			}
			return own, err
		},
		ID:    func(d dir) string { return fmt.Sprintf("%d:%s", d.Broker, d.Path) },
		Fault: dirLevel,
		Empty: "No broker told of a log dir.",
		Columns: []resource.Column[dir]{
			{Column: grid.Column{Title: "BROKER", Right: true}, Help: "Broker id.", Cell: func(d dir) grid.Cell { return cell(broker(d.Broker)) }},
			{
				Column: grid.Column{Title: "PATH", Min: 14}, Help: "The directory on the broker.",
				Cell: func(d dir) grid.Cell { return at(dirLevel(d), d.Path) },
			},
			{
				Column: grid.Column{Title: "REPLICAS", Right: true}, Help: "Replicas in it.",
				Cell: func(d dir) grid.Cell { return number(int64(len(d.Replicas))) }, Sort: func(d dir) float64 { return float64(len(d.Replicas)) },
			},
			{
				Column: grid.Column{Title: "SIZE", Right: true}, Help: "Bytes of all replicas in it.",
				Cell: func(d dir) grid.Cell { return size(d.Bytes) }, Sort: func(d dir) float64 { return float64(d.Bytes) },
			},
			{
				Column: grid.Column{Title: "VOLUME", Right: true, Drop: 3}, Help: "Bytes of its volume.",
				Cell: func(d dir) grid.Cell { return size(d.Total) }, Sort: func(d dir) float64 { return float64(d.Total) },
			},
			{
				Column: grid.Column{Title: "FREE", Right: true}, Help: "Bytes free on its volume. Amber from 85 % used, red from 95 %.",
				Cell: func(d dir) grid.Cell { return at(max(dirLevel(d), size(d.Usable).Level), units.Bytes(d.Usable)) },
				Sort: func(d dir) float64 { return float64(d.Usable) },
			},
			{
				Column: grid.Column{Title: "PROBLEM", Auto: true, Min: 12, Max: 60}, Help: "Why it is offline or could not be read.",
				Cell: func(d dir) grid.Cell {
					switch {
					case d.Err != nil:
						return at(theme.Act, d.Err.Error())
					case d.Cordoned:
						return at(theme.Watch, "cordoned: takes no new replicas")
					default:
						return cell("")
					}
				},
			},
		},
	}
}

func dirLevel(d kafka.LogDir) theme.Level {
	used := 0.0
	if d.Total > 0 && d.Usable >= 0 {
		used = 1 - float64(d.Usable)/float64(d.Total)
	}
	switch {
	case d.Err != nil || used >= full:
		return theme.Act
	case used >= nearlyFull || d.Cordoned:
		return theme.Watch
	default:
		return theme.Normal
	}
}
