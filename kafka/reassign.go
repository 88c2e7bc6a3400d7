package kafka

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// Reassign plans to move partitions to other replicas, the preferred leader
// first. Changing how many there are changes the replication factor. A nil list
// cancels the reassignment in progress; where there is none, nothing is planned. Data is copied in the background:
// [Cluster.Reassignments] shows what is left.
//
// Kafka API: AlterPartitionReassignments, and ListPartitionReassignments to cancel (KIP-455).
func (a *Admin) Reassign(ctx context.Context, to map[TopicPartition][]int32) (*Plan, error) {
	names := make(map[string]struct{})
	for tp := range to {
		names[tp.Topic] = struct{}{}
	}
	topics, err := a.topics(ctx, sortedKeys(names))
	if err != nil {
		return nil, err
	}
	index := indexTopics(topics)
	moving, err := a.movingOf(ctx, to)
	if err != nil {
		return nil, err
	}
	order := make([]TopicPartition, 0, len(to))
	for tp, replicas := range to {
		if replicas != nil || moving[tp] || index.partition(topics, tp.Topic, tp.Partition) == nil {
			order = append(order, tp)
		}
	}
	sortAssigned(order)
	live, err := a.c.brokerIDs(ctx)
	if err != nil {
		return nil, err
	}
	p := a.plan("move %s", plural(len(order), "partition"))
	good := make([]TopicPartition, 0, len(order))
	for _, tp := range order {
		resource := partitionName(tp)
		part := index.partition(topics, tp.Topic, tp.Partition)
		if part == nil {
			p.cannot(resource, "cannot be moved", a.noPartition(ctx, "cannot move "+resource, tp))
			continue
		}
		replicas := to[tp]
		if err := checkReplicas(resource, replicas, live); err != nil {
			p.cannot(resource, "cannot be moved", err)
			continue
		}
		good = append(good, tp)
		target := ids(replicas)
		if replicas == nil {
			target = "as before the reassignment in progress"
		}
		p.change(resource, "replicas", ids(part.Replicas), target)
		if replicas != nil && len(replicas) < len(part.Replicas) {
			p.warn("%s gets a replication factor of %d, less than now", resource, len(replicas))
		}
	}
	p.apply = func(ctx context.Context) []Item { return a.reassign(ctx, good, to) }
	return p, nil
}

// movingOf tells which partitions are being moved, where one is to be cancelled.
func (a *Admin) movingOf(ctx context.Context, to map[TopicPartition][]int32) (map[TopicPartition]bool, error) {
	for _, replicas := range to {
		if replicas != nil {
			continue
		}
		list, err := a.c.Reassignments(ctx)
		moving := make(map[TopicPartition]bool, len(list))
		for i := range list {
			moving[TopicPartition{list[i].Topic, list[i].Partition}] = true
		}
		return moving, err
	}
	return nil, nil
}

func partitionName(tp TopicPartition) string {
	return "partition " + tp.Topic + "/" + strconv.Itoa(int(tp.Partition))
}

func checkReplicas(resource string, replicas, live []int32) error {
	seen := make(map[int32]bool)
	for _, id := range replicas {
		if seen[id] {
			return &Error{What: "cannot move " + resource, Why: fmt.Sprintf("broker %d is named twice", id), Kind: Invalid}
		}
		seen[id] = true
		if !slices.Contains(live, id) {
			return &Error{What: "cannot move " + resource, Why: fmt.Sprintf("broker %d is not there", id), Do: "live brokers are " + ids(live), Kind: Invalid}
		}
	}
	return nil
}

// brokerIDs lists the live brokers.
func (c *Cluster) brokerIDs(ctx context.Context) ([]int32, error) {
	ctx, k, done := c.begin(ctx, "cannot read the brokers")
	defer done()
	return k.liveBrokers(ctx)
}

func (a *Admin) reassign(ctx context.Context, order []TopicPartition, to map[TopicPartition][]int32) []Item {
	if len(order) == 0 {
		return nil
	}
	req := kmsg.NewPtrAlterPartitionAssignmentsRequest()
	req.TimeoutMillis = controlLimit()
	req.AllowReplicationFactorChange = true
	for _, tp := range order {
		if n := len(req.Topics); n == 0 || req.Topics[n-1].Topic != tp.Topic {
			rt := kmsg.NewAlterPartitionAssignmentsRequestTopic()
			rt.Topic = tp.Topic
			req.Topics = append(req.Topics, rt)
		}
		rp := kmsg.NewAlterPartitionAssignmentsRequestTopicPartition()
		rp.Partition, rp.Replicas = tp.Partition, to[tp]
		last := &req.Topics[len(req.Topics)-1]
		last.Partitions = append(last.Partitions, rp)
	}
	resp, err := control[*kmsg.AlterPartitionAssignmentsResponse](ctx, a, "cannot move the partitions", req)
	if err == nil {
		err = a.fail("cannot move the partitions", kmsg.AlterPartitionAssignments, "", resp.ErrorCode, resp.ErrorMessage)
	}
	if err != nil {
		return failAll(len(order), func(i int) string { return partitionName(order[i]) }, err)
	}
	got := make(map[TopicPartition]Item)
	for i := range resp.Topics {
		for _, rp := range resp.Topics[i].Partitions {
			tp := TopicPartition{resp.Topics[i].Topic, rp.Partition}
			got[tp] = Item{Resource: partitionName(tp), Err: a.fail("cannot move "+partitionName(tp), kmsg.AlterPartitionAssignments, tp.Topic, rp.ErrorCode, rp.ErrorMessage)}
		}
	}
	items := make([]Item, len(order))
	for i, tp := range order {
		items[i] = got[tp]
		if items[i].Resource == "" { // brokers leave out what went well in older versions
			items[i].Resource = partitionName(tp)
		}
	}
	return items
}

// SpreadReplicas proposes replicas for all partitions of a topic: factor of
// them each, on the brokers given, leaders and followers spread evenly. What is
// there stays where it can.
func SpreadReplicas(t Topic, brokers []int32, factor int) (map[TopicPartition][]int32, error) {
	if factor < 1 || factor > len(brokers) {
		return nil, &Error{
			What: "cannot spread topic " + t.Name, Why: fmt.Sprintf("a replication factor of %d needs as many brokers, and %d are chosen", factor, len(brokers)),
			Kind: Invalid,
		}
	}
	load, leads := make(map[int32]int), make(map[int32]int)
	out := make(map[TopicPartition][]int32, len(t.Partitions))
	for i := range t.Partitions {
		p := &t.Partitions[i]
		var keep []int32
		for _, id := range p.Replicas {
			if slices.Contains(brokers, id) && len(keep) < factor {
				keep = append(keep, id)
			}
		}
		for len(keep) < factor {
			best, found := int32(0), false
			for _, id := range brokers {
				if !slices.Contains(keep, id) && (!found || load[id] < load[best]) {
					best, found = id, true
				}
			}
			keep = append(keep, best)
		}
		first := slices.IndexFunc(keep, func(id int32) bool {
			return !slices.ContainsFunc(keep, func(other int32) bool { return leads[other] < leads[id] })
		})
		keep[0], keep[first] = keep[first], keep[0]
		leads[keep[0]]++
		for _, id := range keep {
			load[id]++
		}
		out[TopicPartition{t.Name, p.ID}] = keep
	}
	return out, nil
}
