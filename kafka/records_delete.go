package kafka

import (
	"context"
	"fmt"
	"strconv"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// DeleteRecords plans to delete the records of a topic before the given offset
// of each partition. An offset of -1 is the high watermark: all there is.
//
// Kafka API: DeleteRecords (KIP-107), sent to the leaders.
func (a *Admin) DeleteRecords(ctx context.Context, topic string, before map[int32]int64) (*Plan, error) {
	t, err := a.topic(ctx, topic)
	if err != nil {
		return nil, err
	}
	topics := []Topic{t}
	if err := a.c.Offsets(ctx, topics, StartOffset, EndOffset); err != nil {
		return nil, err
	}
	p := a.plan("delete records of topic %s", topic)
	to := make(map[int32]int64)
	var lost int64
	for _, id := range sortedKeys(before) {
		resource := "partition " + topic + "/" + strconv.Itoa(int(id))
		offset := before[id]
		part := topics[0].Partition(id)
		switch {
		case part == nil:
			p.cannot(resource, "cannot be cut", &Error{What: "cannot cut " + resource, Why: "there is no such partition", Kind: NotFound})
			continue
		case part.Leader < 0 || part.Start < 0 || part.End < 0:
			p.cannot(resource, "cannot be cut", &Error{What: "cannot cut " + resource, Why: "it has no leader", Kind: Unreachable})
			continue
		case offset < 0:
			offset = part.End
		case offset > part.End:
			p.cannot(resource, "cannot be cut", &Error{
				What: fmt.Sprintf("cannot cut %s at %d", resource, offset), Why: fmt.Sprintf("the log ends at %d", part.End), Kind: Invalid,
			})
			continue
		}
		if offset <= part.Start {
			continue // nothing is before it
		}
		to[id] = offset
		lost += offset - part.Start
		p.change(resource, "log start offset", strconv.FormatInt(part.Start, 10), strconv.FormatInt(offset, 10))
	}
	if len(to) > 0 {
		p.Confirm = topic
		p.warn("%s are lost for good", plural(lost, "record"))
	}
	p.apply = func(ctx context.Context) []Item { return a.deleteRecords(ctx, topics[0], to) }
	return p, nil
}

// Purge plans to delete all records that a topic holds now.
func (a *Admin) Purge(ctx context.Context, topic string) (*Plan, error) {
	t, err := a.topic(ctx, topic)
	if err != nil {
		return nil, err
	}
	all := make(map[int32]int64, len(t.Partitions))
	for i := range t.Partitions {
		all[t.Partitions[i].ID] = -1
	}
	p, err := a.DeleteRecords(ctx, topic, all)
	if p != nil {
		p.Title = "purge topic " + topic
	}
	return p, err
}

func (a *Admin) deleteRecords(ctx context.Context, t Topic, to map[int32]int64) []Item {
	what := "cannot delete records of topic " + t.Name
	resource := func(id int32) string { return "partition " + t.Name + "/" + strconv.Itoa(int(id)) }
	ctx, k, done := a.c.begin(ctx, what)
	defer done()
	byLeader := make(map[int32]kmsg.Request)
	for _, id := range sortedKeys(to) {
		leader := t.Partition(id).Leader
		req, ok := byLeader[leader].(*kmsg.DeleteRecordsRequest)
		if !ok {
			req = kmsg.NewPtrDeleteRecordsRequest()
			req.TimeoutMillis = controlLimit()
			rt := kmsg.NewDeleteRecordsRequestTopic()
			rt.Topic = t.Name
			req.Topics = append(req.Topics, rt)
			byLeader[leader] = req
		}
		rp := kmsg.NewDeleteRecordsRequestTopicPartition()
		rp.Partition, rp.Offset = id, to[id]
		req.Topics[0].Partitions = append(req.Topics[0].Partitions, rp)
	}
	got := make(map[int32]Item)
	fan(ctx, k, byLeader, func(ans answer[*kmsg.DeleteRecordsResponse]) {
		if ans.err != nil {
			asked := ans.req.(*kmsg.DeleteRecordsRequest) //nolint:forcetypeassert // made above
			for _, rp := range asked.Topics[0].Partitions {
				got[rp.Partition] = Item{Resource: resource(rp.Partition), Err: ans.err}
			}
			return
		}
		for i := range ans.resp.Topics {
			for _, rp := range ans.resp.Topics[i].Partitions {
				got[rp.Partition] = Item{
					Resource: resource(rp.Partition), Detail: "starts at " + strconv.FormatInt(rp.LowWatermark, 10),
					Err: a.fail(what, kmsg.DeleteRecords, t.Name, rp.ErrorCode, nil),
				}
			}
		}
	})
	items := make([]Item, 0, len(got))
	for _, id := range sortedKeys(got) {
		items = append(items, got[id])
	}
	return items
}
