package kafka

import (
	"context"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kconsole/kafka/heavy"
)

// Metadata reads the brokers and all topics with leaders, replicas and ISR from
// one broker, never from a cache. Offsets and sizes are [Unknown] afterwards.
// Topics are sorted by name, partitions by number.
//
// Kafka API: Metadata (KIP-4, topic ids of KIP-516).
func (c *Cluster) Metadata(ctx context.Context) (ClusterInfo, []Topic, error) {
	ctx, k, done := c.begin(ctx, "cannot read the topics")
	defer done()
	return k.metadata(ctx, nil) // nil: all
}

// Glance is [Cluster.Metadata] for some topics by name; without names, of the
// brokers only. What it tells of the brokers counts those topics' partitions
// only. A topic that does not exist, or may not be described, is there with its
// Err set.
//
// Kafka API: Metadata.
func (c *Cluster) Glance(ctx context.Context, names ...string) (ClusterInfo, []Topic, error) {
	ctx, k, done := c.begin(ctx, "cannot read the topics")
	defer done()
	return k.metadata(ctx, namedTopics(names))
}

func (k *call) metadata(ctx context.Context, of []kmsg.MetadataRequestTopic) (ClusterInfo, []Topic, error) {
	resp, err := k.askMetadata(ctx, of)
	if err != nil {
		return ClusterInfo{Controller: NoLeader}, nil, err
	}
	k.c.sawBrokers(resp.MetadataResponse)
	if !resp.read {
		topics := topicsOf(k, resp.MetadataResponse)
		return clusterOf(resp.MetadataResponse, topics), topics, nil
	}
	var info ClusterInfo
	var topics []Topic
	heavy.Do(func() {
		for i := range resp.topics {
			t := &resp.topics[i]
			if code := resp.codes[t.Name]; code != 0 {
				t.Err = k.topicError(t.Name, code)
			}
		}
		topics = byName(resp.topics)
		info = clusterOf(resp.MetadataResponse, topics)
	})
	return info, topics, nil
}

func (k *call) topicError(name string, code int16) error {
	return k.c.explainCode("cannot read topic "+name, asked{kmsg.Metadata, name, true}, code, nil)
}

// byName puts topics in the order of their names, and their partitions in that
// of their numbers. Names are sorted by themselves: a topic is many words to move.
func byName(topics []Topic) []Topic {
	type place struct {
		name string
		at   int
	}
	order := make([]place, len(topics))
	for i := range topics {
		order[i] = place{topics[i].Name, i}
		slices.SortFunc(topics[i].Partitions, func(a, b Partition) int { return int(a.ID) - int(b.ID) })
	}
	slices.SortFunc(order, func(a, b place) int { return strings.Compare(a.name, b.name) })
	sorted := make([]Topic, len(topics))
	for i := range order {
		sorted[i] = topics[order[i].at]
	}
	return sorted
}

// namedTopics is never nil, which would stand for all topics.
func namedTopics(names []string) []kmsg.MetadataRequestTopic {
	topics := make([]kmsg.MetadataRequestTopic, 0, len(names))
	for i := range names {
		t := kmsg.NewMetadataRequestTopic()
		t.Topic = &names[i]
		topics = append(topics, t)
	}
	return topics
}

// askMetadata asks a broker about some topics, or all if of is nil; the next one
// if it does not answer. It names the broker: what goes through the library's own
// routing is copied into its cache, which for tens of thousands of partitions
// costs as much as all the rest.
func (k *call) askMetadata(ctx context.Context, of []kmsg.MetadataRequestTopic) (*metadataAnswer, error) {
	brokers, err := k.liveBrokers(ctx)
	if err != nil {
		return nil, err
	}
	first := int(k.c.turn.Add(1)) // not always the same one
	for i := range brokers {
		req := kmsg.NewPtrMetadataRequest()
		req.Topics, req.AllowAutoTopicCreation = of, false
		var resp kmsg.Response
		resp, err = k.ask(ctx, brokers[(first+i)%len(brokers)], metadataQuery{req})
		if err == nil {
			all := resp.(*metadataAnswer) //nolint:forcetypeassert // the answer to it
			return all, k.fail(codeError(all.ErrorCode, nil))
		}
		if ctx.Err() != nil {
			break
		}
	}
	return nil, k.fail(err)
}

// TopicMetadata is [Cluster.Metadata] for some topics by name. A topic that does
// not exist, or may not be described, is there with its Err set.
func (c *Cluster) TopicMetadata(ctx context.Context, names ...string) ([]Topic, error) {
	ctx, k, done := c.begin(ctx, "cannot read the topics")
	defer done()
	req := metadataRequest(names)
	resp, err := request[*kmsg.MetadataResponse](ctx, k, req)
	if err != nil {
		return nil, err
	}
	c.sawBrokers(resp)
	return topicsOf(k, resp), nil
}

// TopicOnEach is one topic as each live broker knows it, in no order. A broker
// learns of what the controller decided a moment later than its neighbours, and a
// freshly started one much later; so a topic is gone when none of them has it. A
// broker that does not answer is left out.
func (c *Cluster) TopicOnEach(ctx context.Context, name string) ([]Topic, error) {
	ctx, k, done := c.begin(ctx, "cannot read the topics")
	defer done()
	brokers, err := k.liveBrokers(ctx)
	if err != nil {
		return nil, err
	}
	var topics []Topic
	for _, broker := range brokers {
		var resp kmsg.Response
		resp, err = k.ask(ctx, broker, metadataRequest([]string{name}))
		if err == nil {
			topics = append(topics, topicsOf(k, resp.(*kmsg.MetadataResponse))...) //nolint:forcetypeassert // the answer to it
		}
	}
	if len(topics) == 0 {
		return nil, k.fail(err)
	}
	return topics, nil
}

// metadataRequest asks for topics by name, and creates none.
func metadataRequest(names []string) *kmsg.MetadataRequest {
	req := kmsg.NewPtrMetadataRequest()
	req.AllowAutoTopicCreation = false
	req.Topics = namedTopics(names)
	return req
}

func topicsOf(k *call, resp *kmsg.MetadataResponse) []Topic {
	topics := make([]Topic, 0, len(resp.Topics))
	total := 0
	for i := range resp.Topics {
		total += len(resp.Topics[i].Partitions)
	}
	all := make([]Partition, total) // one block: tens of thousands of them are common
	for i := range resp.Topics {
		rt := &resp.Topics[i]
		if rt.Topic == nil {
			continue
		}
		t := Topic{Name: *rt.Topic, ID: rt.TopicID, Internal: rt.IsInternal, InRate: -1}
		if rt.ErrorCode != 0 {
			t.Err = k.topicError(t.Name, rt.ErrorCode)
		}
		n := len(rt.Partitions)
		t.Partitions, all = all[:n:n], all[n:]
		for j := range rt.Partitions {
			t.Partitions[j] = partitionOf(t.Name, &rt.Partitions[j])
		}
		topics = append(topics, t)
	}
	return byName(topics)
}

func partitionOf(topic string, rp *kmsg.MetadataResponseTopicPartition) Partition {
	p := Partition{
		Topic: topic, ID: rp.Partition, Leader: rp.Leader, LeaderEpoch: rp.LeaderEpoch,
		Replicas: rp.Replicas, ISR: rp.ISR, Offline: rp.OfflineReplicas,
		Start: Unknown, End: Unknown, Stable: Unknown, Bytes: Unknown,
	}
	if p.Leader < 0 {
		p.Leader = NoLeader
	}
	return p
}

// clusterOf counts, per broker, what the topics' partitions say about it.
func clusterOf(resp *kmsg.MetadataResponse, topics []Topic) ClusterInfo {
	info := ClusterInfo{Controller: resp.ControllerID}
	if resp.ClusterID != nil {
		info.ID = *resp.ClusterID
	}
	brokers := make(map[int32]*Broker, len(resp.Brokers))
	broker := func(id int32) *Broker {
		b := brokers[id]
		if b == nil {
			b = &Broker{ID: id, LogBytes: Unknown}
			brokers[id] = b
		}
		return b
	}
	for i := range resp.Brokers {
		rb := &resp.Brokers[i]
		b := broker(rb.NodeID)
		b.Host, b.Port, b.Up = rb.Host, rb.Port, true
		b.Controller = rb.NodeID == resp.ControllerID
		if rb.Rack != nil {
			b.Rack = *rb.Rack
		}
	}
	for i := range topics {
		for j := range topics[i].Partitions {
			p := &topics[i].Partitions[j]
			if p.Leader >= 0 {
				broker(p.Leader).Leaders++
			}
			for _, r := range p.Replicas {
				broker(r).Replicas++
			}
			for _, r := range p.ISR {
				broker(r).InSync++
			}
		}
	}
	info.Brokers = make([]Broker, 0, len(brokers))
	for _, b := range brokers {
		info.Brokers = append(info.Brokers, *b)
	}
	slices.SortFunc(info.Brokers, func(a, b Broker) int { return int(a.ID) - int(b.ID) })
	return info
}
