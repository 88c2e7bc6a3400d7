package cmd

import (
	"context"
	"strconv"
	"time"

	"kconsole/kafka"
)

type logDirRow struct {
	Broker   int32  `json:"broker"`
	Path     string `json:"path"`
	Replicas int    `json:"replicas"`
	Bytes    int64  `json:"bytes"`
	Usable   *int64 `json:"usable"` // bytes free on its volume; null: not told
	Total    *int64 `json:"total"`
	Error    string `json:"error,omitempty"`
}

var logDirColumns = []column[logDirRow]{
	{name: "broker", text: func(r *logDirRow) string { return strconv.Itoa(int(r.Broker)) }, right: true},
	{name: "path", text: func(r *logDirRow) string { return r.Path }},
	{name: "replicas", text: func(r *logDirRow) string { return strconv.Itoa(r.Replicas) }, right: true},
	{name: "bytes", text: func(r *logDirRow) string { return strconv.FormatInt(r.Bytes, 10) }, right: true},
	{name: "usable", text: func(r *logDirRow) string { return orDash(r.Usable) }, right: true},
	{name: "total", text: func(r *logDirRow) string { return orDash(r.Total) }, right: true},
	{name: "error", text: func(r *logDirRow) string { return r.Error }},
}

// readLogDirs lists log dirs; a name is a broker's id.
func (a *app) readLogDirs(ctx context.Context, c *kafka.Cluster, name string) (listing[logDirRow], error) {
	list := listing[logDirRow]{columns: logDirColumns}
	dirs, err := c.LogDirs(ctx)
	var ids []string
	for i := range dirs {
		d := &dirs[i]
		id := strconv.Itoa(int(d.Broker))
		ids = append(ids, id)
		if name == "" || name == id {
			list.rows = append(list.rows, logDirRow{d.Broker, d.Path, len(d.Replicas), d.Bytes, known(d.Usable), known(d.Total), errText(d.Err)})
		}
	}
	if name != "" && err == nil && len(list.rows) == 0 {
		return list, notFound("broker", name, ids)
	}
	return list, err
}

type reassignmentRow struct {
	Topic     string  `json:"topic"`
	Partition int32   `json:"partition"`
	Replicas  []int32 `json:"replicas"`
	Adding    []int32 `json:"adding"`
	Removing  []int32 `json:"removing"`
	Copied    *int64  `json:"copied"` // bytes that the new replicas have of what the largest one has
	Bytes     *int64  `json:"bytes"`  // what they all have to get
}

var reassignmentColumns = []column[reassignmentRow]{
	{name: "topic", text: func(r *reassignmentRow) string { return r.Topic }},
	{name: "partition", text: func(r *reassignmentRow) string { return strconv.Itoa(int(r.Partition)) }, right: true},
	{name: "replicas", text: func(r *reassignmentRow) string { return brokerIDs(r.Replicas) }},
	{name: "adding", text: func(r *reassignmentRow) string { return brokerIDs(r.Adding) }},
	{name: "removing", text: func(r *reassignmentRow) string { return brokerIDs(r.Removing) }},
	{name: "copied", text: func(r *reassignmentRow) string { return orDash(r.Copied) }, right: true},
	{name: "of bytes", text: func(r *reassignmentRow) string { return orDash(r.Bytes) }, right: true},
}

// readReassignments lists what is being moved, with how far it is where the log
// dirs may be read.
func (a *app) readReassignments(ctx context.Context, c *kafka.Cluster, topic string) (listing[reassignmentRow], error) {
	list := listing[reassignmentRow]{columns: reassignmentColumns}
	moving, err := c.Reassignments(ctx)
	if err == nil && topic != "" {
		err = a.hasTopic(ctx, c, topic) // a wrong name is no topic at rest
	}
	if err != nil || len(moving) == 0 {
		return list, err
	}
	dirs, _ := c.LogDirs(ctx)
	sizes := map[kafka.TopicPartition]map[int32]int64{}
	for i := range dirs {
		for _, r := range dirs[i].Replicas {
			tp := kafka.TopicPartition{Topic: r.Topic, Partition: r.Partition}
			if sizes[tp] == nil {
				sizes[tp] = map[int32]int64{}
			}
			sizes[tp][dirs[i].Broker] = r.Bytes
		}
	}
	for i := range moving {
		m := &moving[i]
		if topic != "" && m.Topic != topic {
			continue
		}
		row := reassignmentRow{Topic: m.Topic, Partition: m.Partition, Replicas: some(m.Replicas), Adding: some(m.Adding), Removing: some(m.Removing)}
		if on := sizes[kafka.TopicPartition{Topic: m.Topic, Partition: m.Partition}]; on != nil {
			var largest, copied int64
			for _, n := range on {
				largest = max(largest, n)
			}
			for _, id := range m.Adding {
				copied += on[id]
			}
			largest *= int64(len(m.Adding))
			row.Copied, row.Bytes = &copied, &largest
		}
		list.rows = append(list.rows, row)
	}
	return list, nil
}

type tokenRow struct {
	ID       string    `json:"id"`
	Owner    string    `json:"owner"`
	Renewers []string  `json:"renewers"`
	Issued   time.Time `json:"issued"`
	Expires  time.Time `json:"expires"`
	Max      time.Time `json:"max"`
}

var tokenColumns = []column[tokenRow]{
	{name: "id", text: func(r *tokenRow) string { return r.ID }},
	{name: "owner", text: func(r *tokenRow) string { return r.Owner }},
	{name: "issued", text: func(r *tokenRow) string { return r.Issued.Local().Format(time.DateTime) }},
	{name: "expires", text: func(r *tokenRow) string { return r.Expires.Local().Format(time.DateTime) }},
	{name: "max", text: func(r *tokenRow) string { return r.Max.Local().Format(time.DateTime) }},
}

func (a *app) readTokens(ctx context.Context, c *kafka.Cluster, owner string) (listing[tokenRow], error) {
	list := listing[tokenRow]{columns: tokenColumns}
	tokens, err := c.Tokens(ctx)
	for i := range tokens {
		t := &tokens[i]
		if owner == "" || t.Owner == principalOf(owner) {
			list.rows = append(list.rows, tokenRow{t.ID, t.Owner, some(t.Renewers), t.Issued, t.Expires, t.Max})
		}
	}
	return list, err
}
