package kafka

import (
	"context"
	"strconv"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// AddPartitions plans to raise a topic's number of partitions to count. The
// cluster checks the plan (validate only).
//
// Kafka API: CreatePartitions (KIP-195).
func (a *Admin) AddPartitions(ctx context.Context, topic string, count int32) (*Plan, error) {
	t, err := a.topic(ctx, topic)
	if err != nil {
		return nil, err
	}
	if err := a.createPartitions(ctx, topic, count, true); err != nil {
		return nil, err
	}
	p := a.plan("add partitions to topic %s", topic)
	p.change("topic "+topic, "partitions", strconv.Itoa(len(t.Partitions)), strconv.Itoa(int(count)))
	p.warn("keys map to other partitions from then on: the order of records of one key is not kept across the change")
	p.apply = func(ctx context.Context) []Item {
		return []Item{{Resource: "topic " + topic, Err: a.createPartitions(ctx, topic, count, false)}}
	}
	return p, nil
}

func (a *Admin) createPartitions(ctx context.Context, topic string, count int32, validateOnly bool) error {
	what := "cannot add partitions to topic " + topic
	req := kmsg.NewPtrCreatePartitionsRequest()
	req.ValidateOnly, req.TimeoutMillis = validateOnly, controlLimit()
	rt := kmsg.NewCreatePartitionsRequestTopic()
	rt.Topic, rt.Count = topic, count
	req.Topics = append(req.Topics, rt)
	resp, err := control[*kmsg.CreatePartitionsResponse](ctx, a, what, req)
	if err != nil {
		return err
	}
	for i := range resp.Topics {
		if err := a.fail(what, kmsg.CreatePartitions, topic, resp.Topics[i].ErrorCode, resp.Topics[i].ErrorMessage); err != nil {
			return err
		}
	}
	return nil
}
