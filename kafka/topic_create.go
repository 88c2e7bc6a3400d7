package kafka

import (
	"context"
	"fmt"
	"strconv"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// NewTopic is a topic to create.
type NewTopic struct {
	Name       string
	Partitions int32             // not positive: the cluster's num.partitions
	Replicas   int16             // not positive: the cluster's default.replication.factor
	Configs    map[string]string // overrides
	Assignment [][]int32         // replicas of each partition; then Partitions and Replicas are not used
}

// CreateTopics plans new topics. The cluster checks the plan (validate only): a
// topic that it would refuse has its reason in the plan.
//
// Kafka API: CreateTopics.
func (a *Admin) CreateTopics(ctx context.Context, topics ...NewTopic) (*Plan, error) {
	p := a.plan("create %s", topicsTitle(len(topics), func(i int) string { return topics[i].Name }))
	checked, err := a.createTopics(ctx, topics, true)
	if err != nil {
		return nil, err
	}
	var good []NewTopic
	for i, t := range topics {
		resource := "topic " + t.Name
		if checked[i].Err != nil {
			p.cannot(resource, "cannot be created", checked[i].Err)
			continue
		}
		good = append(good, t)
		partitions, replicas := t.Partitions, t.Replicas
		if len(t.Assignment) > 0 {
			partitions, replicas = int32(len(t.Assignment)), int16(len(t.Assignment[0]))
		}
		p.change(resource, "partitions", "", orDefault(int64(partitions)))
		p.change(resource, "replication factor", "", orDefault(int64(replicas)))
		for i, replicas := range t.Assignment {
			p.change("partition "+t.Name+"/"+strconv.Itoa(i), "replicas", "", ids(replicas))
		}
		for _, name := range sortedKeys(t.Configs) {
			p.change(resource, name, "", t.Configs[name])
		}
	}
	p.apply = func(ctx context.Context) []Item {
		items, err := a.createTopics(ctx, good, false)
		if err != nil {
			return failAll(len(good), func(i int) string { return "topic " + good[i].Name }, err)
		}
		return items
	}
	return p, nil
}

func orDefault(n int64) string {
	if n <= 0 {
		return "the cluster's default"
	}
	return strconv.FormatInt(n, 10)
}

// createTopics sends the request and returns one item for each topic, in order.
func (a *Admin) createTopics(ctx context.Context, topics []NewTopic, validateOnly bool) ([]Item, error) {
	if len(topics) == 0 {
		return nil, nil
	}
	req := kmsg.NewPtrCreateTopicsRequest()
	req.ValidateOnly, req.TimeoutMillis = validateOnly, controlLimit()
	for _, t := range topics {
		rt := kmsg.NewCreateTopicsRequestTopic()
		rt.Topic, rt.NumPartitions, rt.ReplicationFactor = t.Name, t.Partitions, t.Replicas
		if t.Partitions <= 0 {
			rt.NumPartitions = -1
		}
		if t.Replicas <= 0 {
			rt.ReplicationFactor = -1
		}
		for i, replicas := range t.Assignment {
			ra := kmsg.NewCreateTopicsRequestTopicReplicaAssignment()
			ra.Partition, ra.Replicas = int32(i), replicas
			rt.ReplicaAssignment = append(rt.ReplicaAssignment, ra)
			rt.NumPartitions, rt.ReplicationFactor = -1, -1
		}
		for _, name := range sortedKeys(t.Configs) {
			rc := kmsg.NewCreateTopicsRequestTopicConfig()
			value := t.Configs[name]
			rc.Name, rc.Value = name, &value
			rt.Configs = append(rt.Configs, rc)
		}
		req.Topics = append(req.Topics, rt)
	}
	resp, err := control[*kmsg.CreateTopicsResponse](ctx, a, "cannot create the topics", req)
	if err != nil {
		return nil, err
	}
	answers := make(map[string]Item, len(resp.Topics))
	for i := range resp.Topics {
		rt := &resp.Topics[i]
		item := Item{Resource: "topic " + rt.Topic, Err: a.fail("cannot create topic "+rt.Topic, kmsg.CreateTopics, rt.Topic, rt.ErrorCode, rt.ErrorMessage)}
		if item.Err == nil && rt.NumPartitions > 0 {
			item.Detail = fmt.Sprintf("%s, replication factor %d", plural(int(rt.NumPartitions), "partition"), rt.ReplicationFactor)
		}
		answers[rt.Topic] = item
	}
	return itemsFor(len(topics), func(i int) string { return topics[i].Name }, "topic ", answers), nil
}

// CloneTopic plans a new topic with the partitions, replication factor and
// configuration overrides of another. Records are not copied.
func (a *Admin) CloneTopic(ctx context.Context, from, to string) (*Plan, error) {
	topics, err := a.c.TopicMetadata(ctx, from)
	if err != nil {
		return nil, err
	}
	if len(topics) != 1 || topics[0].Err != nil {
		return nil, topics[0].Err
	}
	configs, err := a.c.TopicConfigs(ctx, from)
	if err != nil {
		return nil, err
	}
	t := NewTopic{
		Name: to, Partitions: int32(len(topics[0].Partitions)), Replicas: int16(topics[0].ReplicationFactor()),
		Configs: make(map[string]string),
	}
	for _, e := range configs[0].Entries {
		if e.Origin == originTopic && !e.Sensitive && !e.Null {
			t.Configs[e.Name] = e.Value
		}
	}
	p, err := a.CreateTopics(ctx, t)
	if p != nil {
		p.Title = "create topic " + to + " like " + from
		p.warn("the records of %s are not copied", from)
	}
	return p, err
}

const originTopic = "DYNAMIC_TOPIC_CONFIG"

// topicsTitle is "topic orders" or "12 topics".
func topicsTitle(n int, name func(int) string) string {
	if n == 1 {
		return "topic " + name(0)
	}
	return plural(n, "topic")
}

// itemsFor puts answers into the order of what was asked, and says so where one
// is missing.
func itemsFor(n int, name func(int) string, prefix string, answers map[string]Item) []Item {
	items := make([]Item, n)
	for i := range items {
		item, ok := answers[name(i)]
		if !ok {
			item = Item{Resource: prefix + name(i), Err: &Error{
				What: "cannot tell what became of " + prefix + name(i), Why: "the cluster did not answer for it", Do: "read it again", Kind: Other,
			}}
		}
		items[i] = item
	}
	return items
}

func failAll(n int, resource func(int) string, err error) []Item {
	items := make([]Item, n)
	for i := range items {
		items[i] = Item{Resource: resource(i), Err: err}
	}
	return items
}

// ids is a list of broker ids as 1,2,3.
func ids(list []int32) string {
	s := ""
	for i, id := range list {
		if i > 0 {
			s += ","
		}
		s += strconv.Itoa(int(id))
	}
	return s
}
