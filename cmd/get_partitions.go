package cmd

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"kconsole/kafka"
)

type partitionRow struct {
	Topic       string  `json:"topic"`
	Partition   int32   `json:"partition"`
	Leader      *int32  `json:"leader"` // null: none
	LeaderEpoch int32   `json:"leader_epoch"`
	Replicas    []int32 `json:"replicas"`
	ISR         []int32 `json:"isr"`
	Offline     []int32 `json:"offline"`
	Start       *int64  `json:"start"`
	End         *int64  `json:"end"`
	Stable      *int64  `json:"stable"` // last stable offset
	Bytes       *int64  `json:"bytes"`
	Error       string  `json:"error,omitempty"`
}

var partitionColumns = []column[partitionRow]{
	{name: "topic", text: func(r *partitionRow) string { return r.Topic }},
	{name: "partition", text: func(r *partitionRow) string { return strconv.Itoa(int(r.Partition)) }, right: true},
	{name: "leader", text: func(r *partitionRow) string {
		if r.Leader == nil {
			return "none"
		}
		return strconv.Itoa(int(*r.Leader))
	}, right: true},
	{name: "replicas", text: func(r *partitionRow) string { return brokerIDs(r.Replicas) }},
	{name: "isr", text: func(r *partitionRow) string { return brokerIDs(r.ISR) }},
	{name: "start", text: func(r *partitionRow) string { return orDash(r.Start) }, right: true},
	{name: "end", text: func(r *partitionRow) string { return orDash(r.End) }, right: true},
	{name: "stable", text: func(r *partitionRow) string { return orDash(r.Stable) }, right: true},
	{name: "bytes", text: func(r *partitionRow) string { return orDash(r.Bytes) }, right: true},
	{name: "error", text: func(r *partitionRow) string { return r.Error }},
}

// brokerIDs is a list of ids as 1,2,3.
func brokerIDs(list []int32) string {
	texts := make([]string, len(list))
	for i, id := range list {
		texts[i] = strconv.Itoa(int(id))
	}
	return strings.Join(texts, ",")
}

func (a *app) readPartitions(ctx context.Context, c *kafka.Cluster, name string) (listing[partitionRow], error) {
	list := listing[partitionRow]{columns: partitionColumns}
	info, topics, err := c.Metadata(ctx)
	if err != nil {
		return list, err
	}
	if topics, err = onlyTopic(topics, name); err != nil {
		return list, err
	}
	sizes := c.Sizes(ctx, &info, topics)
	if isDenied(sizes) {
		sizes = nil
	}
	extras := errors.Join(c.Offsets(ctx, topics), sizes)
	for i := range topics {
		list.rows = append(list.rows, partitionRows(&topics[i])...)
	}
	return list, extras
}

func partitionRows(t *kafka.Topic) []partitionRow {
	rows := make([]partitionRow, 0, len(t.Partitions))
	for i := range t.Partitions {
		p := &t.Partitions[i]
		row := partitionRow{
			Topic: t.Name, Partition: p.ID, LeaderEpoch: p.LeaderEpoch, Replicas: some(p.Replicas), ISR: some(p.ISR), Offline: some(p.Offline),
			Start: known(p.Start), End: known(p.End), Stable: known(p.Stable), Bytes: known(p.Bytes), Error: errText(p.Err),
		}
		if p.Leader >= 0 {
			row.Leader = &p.Leader
		}
		rows = append(rows, row)
	}
	return rows
}

// some is a list that is [] in JSON, not null, where there is nothing.
func some[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
