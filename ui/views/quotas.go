package views

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"kconsole/kafka"
	"kconsole/kafka/poll"
	"kconsole/ui/page"
	"kconsole/ui/resource"
	"kconsole/ui/session"
	"kconsole/ui/units"
	"kconsole/ui/widget/grid"
)

// quotas shows what clients may use of the cluster.
func quotas() *resource.Spec[kafka.Quota] {
	type quota = kafka.Quota
	column := func(title, key, help string, show func(float64) string) resource.Column[quota] {
		return resource.Column[quota]{
			Column: grid.Column{Title: title, Right: true, Auto: true}, Help: help,
			Cell: func(q quota) grid.Cell {
				if v, ok := q.Values[key]; ok {
					return cell(show(v))
				}
				return cell("")
			},
			Sort: func(q quota) float64 { return q.Values[key] },
		}
	}
	plain := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	rate := func(v float64) string {
		if math.IsNaN(v) || math.Abs(v) >= math.MaxInt64 { // another tool may have set infinity, or no number
			return plain(v)
		}
		return units.Bytes(int64(v)) + "/s"
	}
	return &resource.Spec[quota]{
		Name: "quotas", Aliases: []string{"quota"}, Title: "Quotas", Doc: "What users, clients and addresses may use of the cluster.",
		Scope: poll.Topics,
		Load: func(ctx context.Context, s *session.Session, _ page.State, _ page.Target) ([]quota, error) {
			return s.Cluster.Quotas(ctx)
		},
		ID:    func(q quota) string { return q.Entity.String() },
		Empty: "No quotas are set: every client may use what there is.",
		Columns: []resource.Column[quota]{
			{Column: grid.Column{Title: "ENTITY", Min: 16}, Help: "Whom it is for; <default> is everybody without one of their own.", Cell: func(q quota) grid.Cell { return cell(q.Entity.String()) }},
			column("PRODUCE", "producer_byte_rate", "Bytes a second that may be produced, on each broker.", rate),
			column("CONSUME", "consumer_byte_rate", "Bytes a second that may be consumed, on each broker.", rate),
			column("REQUEST %", "request_percentage", "Percent of a broker's request and network threads.", plain),
			column("MUTATIONS/s", "controller_mutation_rate", "Partitions created or deleted a second.", plain),
			column("CONN/s", "connection_creation_rate", "New connections a second.", plain),
			{
				Column: grid.Column{Title: "ALL", Wide: true}, Help: "Everything that is set, as Kafka names it.",
				Cell: func(q quota) grid.Cell {
					var parts []string
					for _, k := range slices.Sorted(maps.Keys(q.Values)) {
						parts = append(parts, fmt.Sprintf("%s=%s", k, plain(q.Values[k])))
					}
					return cell(strings.Join(parts, " "))
				},
			},
		},
		Actions: quotaWrites(),
	}
}
