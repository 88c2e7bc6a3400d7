package kafka

import (
	"context"
	"slices"
	"strconv"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// ElectLeaders plans an election: of the preferred leader where it does not
// lead, or, unclean, of any live replica where there is no leader. An unclean
// election may lose records. partitions nil means all of them.
//
// Kafka API: ElectLeaders (KIP-460).
func (a *Admin) ElectLeaders(ctx context.Context, partitions []TopicPartition, unclean bool) (*Plan, error) {
	_, topics, err := a.c.Metadata(ctx)
	if err != nil {
		return nil, err
	}
	kind := "preferred"
	if unclean {
		kind = "unclean"
	}
	p := a.plan("elect leaders (%s)", kind)
	index := indexTopics(topics)
	if partitions == nil {
		for i := range topics {
			for j := range topics[i].Partitions {
				partitions = append(partitions, TopicPartition{topics[i].Name, topics[i].Partitions[j].ID})
			}
		}
	}
	partitions = slices.Clone(partitions)
	sortAssigned(partitions)
	var good []TopicPartition
	for _, tp := range partitions {
		part := index.partition(topics, tp.Topic, tp.Partition)
		if part == nil {
			p.cannot(partitionName(tp), "has no election", a.noPartition(ctx, "cannot elect a leader of "+partitionName(tp), tp))
			continue
		}
		to, needed := "", false
		if unclean {
			to, needed = "any live replica", part.Leader < 0
		} else if len(part.Replicas) > 0 {
			to, needed = strconv.Itoa(int(part.Replicas[0])), part.Leader != part.Replicas[0]
		}
		if !needed {
			continue
		}
		good = append(good, tp)
		from := "none"
		if part.Leader >= 0 {
			from = strconv.Itoa(int(part.Leader))
		}
		p.change(partitionName(tp), "leader", from, to)
	}
	if unclean && len(good) > 0 {
		p.warn("records that the new leaders do not have are lost for good")
		p.Confirm = "unclean"
	}
	p.apply = func(ctx context.Context) []Item { return a.elect(ctx, good, unclean) }
	return p, nil
}

func (a *Admin) elect(ctx context.Context, order []TopicPartition, unclean bool) []Item {
	if len(order) == 0 {
		return nil
	}
	req := kmsg.NewPtrElectLeadersRequest()
	req.TimeoutMillis = controlLimit()
	if unclean {
		req.ElectionType = 1
	}
	for _, tp := range order {
		if n := len(req.Topics); n == 0 || req.Topics[n-1].Topic != tp.Topic {
			rt := kmsg.NewElectLeadersRequestTopic()
			rt.Topic = tp.Topic
			req.Topics = append(req.Topics, rt)
		}
		last := &req.Topics[len(req.Topics)-1]
		last.Partitions = append(last.Partitions, tp.Partition)
	}
	resp, err := control[*kmsg.ElectLeadersResponse](ctx, a, "cannot elect leaders", req)
	if err == nil {
		err = a.fail("cannot elect leaders", kmsg.ElectLeaders, "", resp.ErrorCode, nil)
	}
	if err != nil {
		return failAll(len(order), func(i int) string { return partitionName(order[i]) }, err)
	}
	var items []Item
	for i := range resp.Topics {
		for _, rp := range resp.Topics[i].Partitions {
			tp := TopicPartition{resp.Topics[i].Topic, rp.Partition}
			item := Item{Resource: partitionName(tp)}
			if rp.ErrorCode == kerr.ElectionNotNeeded.Code {
				item.Detail = "was elected already"
			} else {
				item.Err = a.fail("cannot elect a leader of "+partitionName(tp), kmsg.ElectLeaders, tp.Topic, rp.ErrorCode, rp.ErrorMessage)
			}
			items = append(items, item)
		}
	}
	return items
}

// noPartition says why a partition is not in the metadata: there is none, or we
// may not see its topic, which is left out there without a word.
func (a *Admin) noPartition(ctx context.Context, what string, tp TopicPartition) error {
	topics, err := a.c.TopicMetadata(ctx, tp.Topic)
	if err == nil && len(topics) == 1 && topics[0].Err != nil && KindOf(topics[0].Err) == Denied {
		return topics[0].Err
	}
	return &Error{What: what, Why: "there is no such partition", Kind: NotFound}
}
