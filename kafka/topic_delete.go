package kafka

import (
	"context"
	"strconv"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// DeleteTopics plans to delete topics with all of their records.
//
// Kafka API: DeleteTopics.
func (a *Admin) DeleteTopics(ctx context.Context, names ...string) (*Plan, error) {
	p := a.plan("delete %s", topicsTitle(len(names), func(i int) string { return names[i] }))
	topics, err := a.topics(ctx, names)
	if err != nil {
		return nil, err
	}
	_ = a.c.Offsets(ctx, topics, StartOffset, EndOffset) // only for the text: what is unknown is shown as such
	var good []string
	var records int64
	for i := range topics {
		t := &topics[i]
		resource := "topic " + t.Name
		if t.Err != nil {
			p.cannot(resource, "cannot be deleted", t.Err)
			continue
		}
		good = append(good, t.Name)
		holds := plural(len(t.Partitions), "partition")
		if n := t.Records(); n >= 0 {
			holds += ", " + plural(n, "record")
			records += n
		}
		p.change(resource, "exists", holds, "")
		if t.Internal {
			p.warn("%s is internal: the cluster needs it", t.Name)
		}
	}
	if len(good) > 0 {
		p.Confirm = good[0]
		if len(good) > 1 {
			p.Confirm = strconv.Itoa(len(good)) + " topics"
		}
		p.warn("%s are lost for good", plural(records, "record"))
	}
	p.apply = func(ctx context.Context) []Item { return a.deleteTopics(ctx, good) }
	return p, nil
}

func (a *Admin) deleteTopics(ctx context.Context, names []string) []Item {
	if len(names) == 0 {
		return nil
	}
	req := kmsg.NewPtrDeleteTopicsRequest()
	req.TimeoutMillis, req.TopicNames = controlLimit(), names
	for i := range names {
		rt := kmsg.NewDeleteTopicsRequestTopic()
		rt.Topic = &names[i]
		req.Topics = append(req.Topics, rt)
	}
	resource := func(i int) string { return "topic " + names[i] }
	resp, err := control[*kmsg.DeleteTopicsResponse](ctx, a, "cannot delete the topics", req)
	if err != nil {
		return failAll(len(names), resource, err)
	}
	answers := make(map[string]Item)
	for i := range resp.Topics {
		rt := &resp.Topics[i]
		name := deref(rt.Topic)
		answers[name] = Item{Resource: "topic " + name, Err: a.fail("cannot delete topic "+name, kmsg.DeleteTopics, name, rt.ErrorCode, rt.ErrorMessage)}
	}
	return itemsFor(len(names), func(i int) string { return names[i] }, "topic ", answers)
}

// topics reads the metadata of topics, in the order of names. A topic that does
// not exist is there with its Err.
func (a *Admin) topics(ctx context.Context, names []string) ([]Topic, error) {
	read, err := a.c.TopicMetadata(ctx, names...)
	if err != nil {
		return nil, err
	}
	index := indexTopics(read)
	out := make([]Topic, 0, len(names))
	for _, name := range names {
		if t := index.topic(read, name); t != nil {
			out = append(out, *t)
		} else {
			out = append(out, Topic{Name: name, Err: &Error{What: "cannot read topic " + name, Why: "the cluster did not answer for it"}})
		}
	}
	return out, nil
}

// topic reads the metadata of one topic.
func (a *Admin) topic(ctx context.Context, name string) (Topic, error) {
	topics, err := a.topics(ctx, []string{name})
	if err != nil {
		return Topic{}, err
	}
	return topics[0], topics[0].Err
}
