package cmd

import (
	"context"
	"errors"
	"strconv"

	"kconsole/kafka"
)

type topicRow struct {
	Name              string `json:"name"`
	Partitions        int    `json:"partitions"`
	ReplicationFactor int    `json:"replication_factor"`
	UnderReplicated   int    `json:"under_replicated"`
	Offline           int    `json:"offline"`
	Records           *int64 `json:"records"` // end minus start offsets; null: not readable
	Bytes             *int64 `json:"bytes"`   // one replica of each partition
	Internal          bool   `json:"internal,omitempty"`
	Error             string `json:"error,omitempty"`
}

var topicColumns = []column[topicRow]{
	{name: "name", text: func(r *topicRow) string { return r.Name }},
	{name: "partitions", text: func(r *topicRow) string { return strconv.Itoa(r.Partitions) }, right: true},
	{name: "rf", text: func(r *topicRow) string { return strconv.Itoa(r.ReplicationFactor) }, right: true},
	{name: "under", text: func(r *topicRow) string { return strconv.Itoa(r.UnderReplicated) }, right: true},
	{name: "offline", text: func(r *topicRow) string { return strconv.Itoa(r.Offline) }, right: true},
	{name: "records", text: func(r *topicRow) string { return orDash(r.Records) }, right: true},
	{name: "bytes", text: func(r *topicRow) string { return orDash(r.Bytes) }, right: true},
	{name: "error", text: func(r *topicRow) string { return r.Error }},
}

func orDash(n *int64) string {
	if n == nil {
		return "-"
	}
	return strconv.FormatInt(*n, 10)
}

// readTopics lists the topics; without a name the internal ones are left out.
func (a *app) readTopics(ctx context.Context, c *kafka.Cluster, name string) (listing[topicRow], error) {
	list := listing[topicRow]{columns: topicColumns}
	info, topics, err := c.Metadata(ctx)
	if err != nil {
		return list, err
	}
	if topics, err = onlyTopic(topics, name); err != nil {
		return list, err
	}
	// Offsets and sizes are extras: a topic is listed without them too. Sizes
	// need a right on the cluster that programs seldom have: a dash says enough.
	sizes := c.Sizes(ctx, &info, topics)
	if isDenied(sizes) {
		sizes = nil
	}
	extras := errors.Join(c.Offsets(ctx, topics), sizes)
	for i := range topics {
		t := &topics[i]
		list.rows = append(list.rows, topicRow{
			Name: t.Name, Partitions: len(t.Partitions), ReplicationFactor: t.ReplicationFactor(),
			UnderReplicated: t.UnderReplicated(), Offline: t.Offline(),
			Records: known(t.Records()), Bytes: known(t.Bytes()),
			Internal: t.Internal, Error: errText(t.Err),
		})
	}
	return list, extras
}

func isDenied(err error) bool {
	var k *kafka.Error
	return errors.As(err, &k) && k.Kind == kafka.Denied
}

// onlyTopic keeps the named topic, or all that are not internal.
func onlyTopic(topics []kafka.Topic, name string) ([]kafka.Topic, error) {
	var names []string
	var keep []kafka.Topic
	for _, t := range topics {
		names = append(names, t.Name)
		if t.Name == name || name == "" && !t.Internal {
			keep = append(keep, t)
		}
	}
	if name != "" && len(keep) == 0 {
		return nil, notFound("topic", name, names)
	}
	return keep, nil
}
