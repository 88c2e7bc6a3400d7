package cmd

import (
	"context"
	"strconv"

	"kconsole/kafka"
)

type groupRow struct {
	ID          string   `json:"id"`
	Type        string   `json:"type"`
	State       string   `json:"state"`
	Members     int      `json:"members"`
	Topics      []string `json:"topics"`
	Lag         *int64   `json:"lag"` // null: not readable
	Coordinator int32    `json:"coordinator"`
	Error       string   `json:"error,omitempty"`
}

var groupColumns = []column[groupRow]{
	{name: "group", text: func(r *groupRow) string { return r.ID }},
	{name: "type", text: func(r *groupRow) string { return r.Type }},
	{name: "state", text: func(r *groupRow) string { return r.State }},
	{name: "members", text: func(r *groupRow) string { return strconv.Itoa(r.Members) }, right: true},
	{name: "topics", text: func(r *groupRow) string { return strconv.Itoa(len(r.Topics)) }, right: true},
	{name: "lag", text: func(r *groupRow) string { return orDash(r.Lag) }, right: true},
	{name: "error", text: func(r *groupRow) string { return r.Error }},
}

func (a *app) readGroups(ctx context.Context, c *kafka.Cluster, name string) (listing[groupRow], error) {
	list := listing[groupRow]{columns: groupColumns}
	groups, err := groupsOf(ctx, c, name)
	for i := range groups {
		g := &groups[i]
		list.rows = append(list.rows, groupRow{
			ID: g.ID, Type: string(g.Type), State: g.State, Members: len(g.Members), Topics: append([]string{}, g.Topics()...),
			Lag: known(g.Lag()), Coordinator: g.Coordinator, Error: errText(g.Err),
		})
	}
	return list, err
}

func groupsOf(ctx context.Context, c *kafka.Cluster, name string) ([]kafka.Group, error) {
	groups, err := c.Groups(ctx, true)
	if name == "" {
		return groups, err
	}
	var names []string
	for _, g := range groups {
		if g.ID == name {
			return []kafka.Group{g}, err
		}
		names = append(names, g.ID)
	}
	if err != nil {
		return nil, err
	}
	return nil, notFound("group", name, names)
}

type lagRow struct {
	Group     string `json:"group"`
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Committed *int64 `json:"committed"` // null: nothing committed
	End       *int64 `json:"end"`
	Lag       *int64 `json:"lag"`
	Member    string `json:"member,omitempty"`
	ClientID  string `json:"client_id,omitempty"`
	Error     string `json:"error,omitempty"`
}

var lagColumns = []column[lagRow]{
	{name: "group", text: func(r *lagRow) string { return r.Group }},
	{name: "topic", text: func(r *lagRow) string { return r.Topic }},
	{name: "partition", text: func(r *lagRow) string { return strconv.Itoa(int(r.Partition)) }, right: true},
	{name: "committed", text: func(r *lagRow) string { return orDash(r.Committed) }, right: true},
	{name: "end", text: func(r *lagRow) string { return orDash(r.End) }, right: true},
	{name: "lag", text: func(r *lagRow) string { return orDash(r.Lag) }, right: true},
	{name: "client", text: func(r *lagRow) string { return r.ClientID }},
	{name: "error", text: func(r *lagRow) string { return r.Error }},
}

func (a *app) readLag(ctx context.Context, c *kafka.Cluster, name string) (listing[lagRow], error) {
	list := listing[lagRow]{columns: lagColumns}
	groups, err := groupsOf(ctx, c, name)
	for i := range groups {
		for _, o := range groups[i].Offsets {
			list.rows = append(list.rows, lagRow{
				Group: groups[i].ID, Topic: o.Topic, Partition: o.Partition,
				Committed: known(o.Committed), End: known(o.End), Lag: known(o.Lag()),
				Member: o.Member, ClientID: o.ClientID, Error: errText(o.Err),
			})
		}
	}
	return list, err
}
