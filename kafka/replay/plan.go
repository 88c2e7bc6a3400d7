package replay

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"kconsole/kafka"
)

// Target is where records are to go.
type Target struct {
	Topic string // empty: each to the topic that it came from
	// Partitions keeps each record's own partition, where no edit names one;
	// otherwise the key decides.
	Partitions bool
	// Times keeps each record's timestamp; otherwise it is the time of sending.
	Times bool
}

// Plan is what sending would do. It is a dry run: nothing has been written.
type Plan struct {
	Target  Target
	Cluster string // the context that it goes to
	Ready   []Ready
	Refused []Refusal
	// Totals are the records and bytes of each topic, by name.
	Totals []Total
	// limits are the largest records that the topics take.
	limits map[string]int64
}

// Ready is a record that can be sent.
type Ready struct {
	Item   *Item
	Record kafka.NewRecord
}

// Refusal is a record that cannot be sent, and why.
type Refusal struct {
	Item *Item
	Err  error
}

// Total is what goes to one topic.
type Total struct {
	Topic   string
	Records int
	Bytes   int64
}

// topic is what a plan has to know of a topic.
type topic struct {
	partitions int32
	limit      int64 // max.message.bytes; 0: not known
	compacted  bool
	err        error
}

// overhead is what a record takes in a batch beside its key, value and headers.
const overhead = 128

// NewPlan looks at the topics that records would go to and tells which of them
// can go. An error is about the cluster as a whole.
func NewPlan(ctx context.Context, c *kafka.Cluster, items []*Item, to Target) (*Plan, error) {
	p := &Plan{Target: to, Cluster: c.Config().Name, limits: map[string]int64{}}
	names := p.topics(items)
	known, err := look(ctx, c, names)
	if err != nil {
		return nil, err
	}
	totals := map[string]*Total{}
	for _, item := range items {
		rec := p.recordOf(item)
		if err := refuse(&rec, known[rec.Topic], item); err != nil {
			p.Refused = append(p.Refused, Refusal{item, err})
			continue
		}
		p.limits[rec.Topic] = known[rec.Topic].limit
		p.Ready = append(p.Ready, Ready{item, rec})
		if totals[rec.Topic] == nil {
			totals[rec.Topic] = &Total{Topic: rec.Topic}
		}
		totals[rec.Topic].Records++
		totals[rec.Topic].Bytes += item.Size()
	}
	for _, name := range names {
		if t := totals[name]; t != nil {
			p.Totals = append(p.Totals, *t)
		}
	}
	return p, nil
}

// topics are those that records would go to, sorted.
func (p *Plan) topics(items []*Item) []string {
	var names []string
	for _, item := range items {
		names = append(names, p.topicOf(item))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (p *Plan) topicOf(item *Item) string {
	if p.Target.Topic != "" {
		return p.Target.Topic
	}
	return item.Original.Topic
}

func (p *Plan) recordOf(item *Item) kafka.NewRecord {
	rec := kafka.NewRecord{Topic: p.topicOf(item)}
	rec.Key, rec.Value, rec.Headers, rec.Partition = item.Now()
	if rec.Partition < 0 && p.Target.Partitions {
		rec.Partition = item.Original.Partition
	}
	if at := item.Original.Timestamp; p.Target.Times && !at.IsZero() && at.UnixMilli() >= 0 {
		rec.Timestamp = at
	}
	return rec
}

// look reads what has to be known of topics. Configurations that may not be read
// are not known.
func look(ctx context.Context, c *kafka.Cluster, names []string) (map[string]topic, error) {
	list, err := c.TopicMetadata(ctx, names...)
	if err != nil {
		return nil, err
	}
	out := make(map[string]topic, len(list))
	for i := range list {
		out[list[i].Name] = topic{partitions: int32(len(list[i].Partitions)), err: list[i].Err}
	}
	configs, err := c.TopicConfigsOf(ctx, names, []string{"max.message.bytes", "cleanup.policy"})
	if err != nil {
		return out, nil //nolint:nilerr // not allowed to read them: the brokers will say it
	}
	for i := range configs {
		t := out[configs[i].Resource]
		if e := configs[i].Get("max.message.bytes"); e != nil {
			t.limit, _ = strconv.ParseInt(e.Value, 10, 64) // 0: not known
		}
		if e := configs[i].Get("cleanup.policy"); e != nil {
			t.compacted = strings.Contains(e.Value, "compact")
		}
		out[configs[i].Resource] = t
	}
	return out, nil
}

// refuse says why a record cannot go to a topic; nil: it can.
func refuse(rec *kafka.NewRecord, t topic, item *Item) error {
	no := func(why, do string) error {
		return &kafka.Error{What: "it cannot be sent", Why: why, Do: do, Kind: kafka.Invalid}
	}
	switch {
	case t.err != nil:
		return t.err
	case t.partitions == 0:
		return no("there is no topic "+rec.Topic, "create it first")
	case rec.Partition >= t.partitions:
		return no(fmt.Sprintf("topic %s has no partition %d: they go from 0 to %d", rec.Topic, rec.Partition, t.partitions-1), "let the key decide, or edit its partition")
	case rec.Key == nil && t.compacted:
		return no("topic "+rec.Topic+" is compacted and takes no record without a key", "edit its key")
	case rec.Key == nil && rec.Value == nil:
		return no("a tombstone without a key deletes nothing", "edit its key")
	case t.limit > 0 && item.Size()+overhead > t.limit:
		return no(fmt.Sprintf("it has %d bytes, and topic %s takes at most %d", item.Size(), rec.Topic, t.limit), "raise max.message.bytes of the topic")
	}
	return nil
}

// Sent counts the records of the plan that were written before, as their results
// say: sending them again writes them twice.
func (p *Plan) Sent() int {
	n := 0
	for _, r := range p.Ready {
		if was := r.Item.Result; was != nil && was.Err == nil && was.Cluster == p.Cluster && was.Topic == r.Record.Topic {
			n++
		}
	}
	return n
}
