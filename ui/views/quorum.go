package views

import (
	"context"
	"strings"
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

// quorumRow is one node that follows the metadata log.
type quorumRow struct {
	kafka.QuorumState
	role   string
	leader bool
	epoch  int32
	now    time.Time
}

// behindTooLong is how long a node may be behind the metadata log.
const behindTooLong = 10 * time.Second

// quorum shows the KRaft quorum.
func quorum() *resource.Spec[quorumRow] {
	return &resource.Spec[quorumRow]{
		Name: "quorum", Aliases: []string{"kraft", "controllers"}, Title: "Quorum", Doc: "The KRaft quorum: who keeps the cluster's metadata, and who is behind.",
		Scope: poll.Topics,
		Load: func(ctx context.Context, s *session.Session, st page.State, _ page.Target) ([]quorumRow, error) {
			q, err := s.Cluster.Quorum(ctx)
			var rows []quorumRow
			for _, v := range q.Voters {
				rows = append(rows, quorumRow{v, "voter", v.ID == q.Leader, q.Epoch, st.Now})
			}
			for _, o := range q.Observers {
				rows = append(rows, quorumRow{o, "observer", false, q.Epoch, st.Now})
			}
			return rows, err
		},
		ID:    func(q quorumRow) string { return q.role + " " + broker(q.ID) },
		Fault: quorumLevel,
		Empty: "The cluster told of no quorum.",
		Columns: []resource.Column[quorumRow]{
			{Column: grid.Column{Title: "ROLE"}, Help: "Voters keep the log and elect the leader, observers follow it.", Cell: func(q quorumRow) grid.Cell {
				if q.leader {
					return at(theme.Fine, "leader")
				}
				return at(theme.Muted, q.role)
			}},
			{
				Column: grid.Column{Title: "NODE", Right: true}, Help: "Node id.",
				Cell: func(q quorumRow) grid.Cell { return cell(broker(q.ID)) }, Sort: func(q quorumRow) float64 { return float64(q.ID) },
			},
			{
				Column: grid.Column{Title: "END", Right: true}, Help: "How far it has the metadata log.",
				Cell: func(q quorumRow) grid.Cell { return exact(q.EndOffset) }, Sort: func(q quorumRow) float64 { return float64(q.EndOffset) },
			},
			{
				Column: grid.Column{Title: "LAG", Right: true}, Help: "Offsets behind the leader.",
				Cell: func(q quorumRow) grid.Cell { return at(quorumLevel(q), units.Exact(q.Lag)) }, Sort: func(q quorumRow) float64 { return float64(q.Lag) },
			},
			{
				Column: grid.Column{Title: "CAUGHT UP", Right: true}, Help: "When it last had all of it, by the leader's clock.",
				Cell: func(q quorumRow) grid.Cell {
					if q.CaughtUpAt.IsZero() {
						return at(theme.Muted, units.Dash)
					}
					return at(quorumLevel(q), units.Age(q.now.Sub(q.CaughtUpAt)))
				},
			},
			{
				Column: grid.Column{Title: "EPOCH", Right: true, Drop: 3}, Help: "Epoch of the leader.",
				Cell: func(q quorumRow) grid.Cell { return exact(int64(q.epoch)) },
			},
			{
				Column: grid.Column{Title: "ENDPOINTS", Auto: true, Drop: 4, Min: 12, Max: 50}, Help: "Where a controller listens.",
				Cell: func(q quorumRow) grid.Cell { return cell(strings.Join(q.Endpoints, " ")) },
			},
		},
	}
}

func quorumLevel(q quorumRow) theme.Level {
	if !q.leader && q.Lag > 0 && !q.CaughtUpAt.IsZero() && q.now.Sub(q.CaughtUpAt) > behindTooLong {
		return theme.Watch
	}
	return theme.Normal
}
