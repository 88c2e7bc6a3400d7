package clone

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"kconsole/kafka"
)

// Options say how records are copied.
type Options struct {
	// Throttle is how many bytes of keys, values and headers are copied a second,
	// at most; no bound if not positive.
	Throttle int64
	// Stall is how long the copy may make no progress until it is given up; two
	// minutes if not positive.
	Stall time.Duration
}

// Topic plans a new topic with the partitions, replication factor, configuration
// overrides and records of another one: the records that it holds when the plan
// is applied. How many these are now, and how many bytes their log has, is in the
// plan. The result has an item for each partition; [kafka.Plan.Progress] is told
// how far it is. When ctx ends, the copy ends, and each partition's item says how
// much of it was copied. What has been made is left as it is.
//
// It takes what [kafka.Admin.CloneTopic] takes, READ on the one topic and WRITE
// on the other; without DESCRIBE on the cluster, the bytes are not known.
//
// Kafka API: CreateTopics, ListOffsets, Fetch (read committed), Produce (acks all,
// idempotent).
func Topic(ctx context.Context, c *kafka.Cluster, from, to string, o Options) (*kafka.Plan, error) {
	admin, err := c.Admin()
	if err != nil {
		return nil, err
	}
	p, err := admin.CloneTopic(ctx, from, to)
	if err != nil {
		return nil, err
	}
	p.Title = "create topic " + to + " like " + from + ", with its records"
	p.Warnings = nil // that no records are copied
	w := &work{c: c, from: from, to: to, opts: o, plan: p}
	if err := w.measure(ctx); err != nil {
		return nil, err
	}
	if err := w.configure(ctx); err != nil {
		return nil, err
	}
	w.describe(ctx)
	p.Then(w.apply)
	return p, nil
}

// work is one copy.
type work struct {
	c        *kafka.Cluster
	from, to string
	opts     Options
	plan     *kafka.Plan
	topic    kafka.Topic // the source, with the offsets when it was last measured
	maxBatch int32       // what the new topic takes, in bytes
	codec    string      // empty: the client's own choice
}

// measure takes where the partitions begin and end.
func (w *work) measure(ctx context.Context) error {
	topics, err := w.c.TopicMetadata(ctx, w.from)
	if err != nil {
		return err
	}
	if topics[0].Err != nil {
		return topics[0].Err
	}
	// The log end offset as well: what is behind the last stable offset is not
	// copied, and worth a warning.
	if err := w.c.Offsets(ctx, topics); err != nil {
		return err
	}
	for i := range topics[0].Partitions {
		if p := &topics[0].Partitions[i]; p.Leader < 0 || p.Start < 0 || p.Stable < 0 {
			return &kafka.Error{
				What: "cannot copy partition " + w.from + "/" + strconv.Itoa(int(p.ID)), Why: "it has no leader",
				Do: "start the brokers that hold its replicas", Kind: kafka.Unreachable,
			}
		}
	}
	w.topic = topics[0]
	return nil
}

// offsets is how many offsets are to be copied: as many as records, or more.
func (w *work) offsets() (n int64) {
	for i := range w.topic.Partitions {
		n += w.topic.Partitions[i].Stable - w.topic.Partitions[i].Start
	}
	return n
}

// configure looks at what the configuration makes of records.
func (w *work) configure(ctx context.Context) error {
	configs, err := w.c.TopicConfigs(ctx, w.from)
	if err != nil {
		return err
	}
	if e := configs[0].Get("max.message.bytes"); e != nil {
		n, err := strconv.ParseInt(e.Value, 10, 32)
		if err == nil {
			w.maxBatch = int32(n)
		}
	}
	if e := configs[0].Get("compression.type"); e != nil && e.Value != "producer" {
		if w.codec = e.Value; w.codec == "uncompressed" {
			w.codec = "none"
		}
	}
	if e := configs[0].Get("message.timestamp.type"); e != nil && e.Value == "LogAppendTime" {
		w.warn("the brokers give each record the time when it is copied: message.timestamp.type is LogAppendTime")
	}
	if e := configs[0].Get("cleanup.policy"); e != nil && e.Value != "delete" {
		w.warn("the number of records is an upper bound: compaction leaves offsets without a record")
	}
	return nil
}

// describe adds to the plan what is to be copied.
func (w *work) describe(ctx context.Context) {
	resource := "topic " + w.to
	if slices.ContainsFunc(w.plan.Changes, func(c kafka.Change) bool { return c.Err != nil }) {
		return // it cannot be created
	}
	w.plan.Changes = append(w.plan.Changes, kafka.Change{Resource: resource, What: "records", To: strconv.FormatInt(w.offsets(), 10)})
	topics := []kafka.Topic{w.topic}
	if err := w.c.Sizes(ctx, nil, topics); err != nil {
		w.warn("how many bytes that is cannot be told: %v", err)
	} else if bytes := topics[0].Bytes(); bytes >= 0 {
		w.plan.Changes = append(w.plan.Changes, kafka.Change{Resource: resource, What: "bytes of the log", To: strconv.FormatInt(bytes, 10)})
	}
	var open int64
	for i := range w.topic.Partitions {
		open += max(w.topic.Partitions[i].End-w.topic.Partitions[i].Stable, 0)
	}
	if open > 0 {
		w.warn("%d offsets at the end are not copied: a transaction that began there is still open", open)
	}
}

func (w *work) warn(format string, args ...any) {
	w.plan.Warnings = append(w.plan.Warnings, fmt.Sprintf(format, args...))
}
