package kafka

import (
	"context"
	"slices"
	"strconv"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// DeleteGroups plans to delete groups with their committed offsets. A group with
// members is not deleted, and the plan says so.
//
// Kafka API: DeleteGroups (KIP-229).
func (a *Admin) DeleteGroups(ctx context.Context, names ...string) (*Plan, error) {
	p := a.plan("delete %s", groupsTitle(names))
	groups, err := a.c.SomeGroups(ctx, names...)
	if err != nil && KindOf(err) != NotFound {
		return nil, err
	}
	var good []string
	for _, name := range names {
		resource := "group " + name
		g := findGroup(groups, name)
		switch {
		case g == nil:
			p.cannot(resource, "cannot be deleted", &Error{What: "cannot delete " + resource, Why: "there is no such group", Kind: NotFound})
		case len(g.Members) > 0:
			p.cannot(resource, "cannot be deleted", &Error{
				What: "cannot delete " + resource, Why: "it has " + plural(len(g.Members), "member"), Do: "stop its consumers first", Kind: Invalid,
			})
		default:
			good = append(good, name)
			p.change(resource, "exists", plural(len(g.Offsets), "committed offset"), "")
		}
	}
	if len(good) > 0 {
		p.Confirm = good[0]
		if len(good) > 1 {
			p.Confirm = strconv.Itoa(len(good)) + " groups"
		}
		p.warn("their committed offsets are lost: consumers begin again where auto.offset.reset says")
	}
	p.apply = func(ctx context.Context) []Item { return a.deleteGroups(ctx, good) }
	return p, nil
}

func groupsTitle(names []string) string {
	if len(names) == 1 {
		return "group " + names[0]
	}
	return plural(len(names), "group")
}

func (a *Admin) deleteGroups(ctx context.Context, names []string) []Item {
	if len(names) == 0 {
		return nil
	}
	req := kmsg.NewPtrDeleteGroupsRequest()
	req.Groups = names
	resp, err := control[*kmsg.DeleteGroupsResponse](ctx, a, "cannot delete the groups", req)
	if err != nil {
		return failAll(len(names), func(i int) string { return "group " + names[i] }, err)
	}
	answers := make(map[string]Item)
	for i := range resp.Groups {
		rg := &resp.Groups[i]
		answers[rg.Group] = Item{Resource: "group " + rg.Group, Err: a.fail("cannot delete group "+rg.Group, kmsg.DeleteGroups, rg.Group, rg.ErrorCode, rg.ErrorMessage)}
	}
	return itemsFor(len(names), func(i int) string { return names[i] }, "group ", answers)
}

// DeleteOffsets plans to forget a group's committed offsets of a topic; of all of
// its partitions where partitions is nil. A topic that a member is subscribed to
// is refused by the cluster.
//
// Kafka API: OffsetDelete (KIP-496), DeleteShareGroupOffsets (KIP-932).
func (a *Admin) DeleteOffsets(ctx context.Context, group, topic string, partitions []int32) (*Plan, error) {
	g, err := a.c.Group(ctx, group)
	if err != nil {
		return nil, err
	}
	p := a.plan("forget the offsets of group %s for topic %s", group, topic)
	var parts []int32
	for _, o := range g.Offsets {
		if o.Topic != topic || o.Committed < 0 || partitions != nil && !slices.Contains(partitions, o.Partition) {
			continue
		}
		parts = append(parts, o.Partition)
		p.change(partitionName(TopicPartition{topic, o.Partition}), "offset", strconv.FormatInt(o.Committed, 10), "")
	}
	if len(parts) > 0 {
		p.warn("consumers of the group begin again where auto.offset.reset says")
	}
	p.apply = func(ctx context.Context) []Item {
		if g.Type == GroupShare {
			return a.deleteShareOffsets(ctx, group, topic)
		}
		return a.deleteOffsets(ctx, group, topic, parts)
	}
	return p, nil
}

func (a *Admin) deleteOffsets(ctx context.Context, group, topic string, parts []int32) []Item {
	if len(parts) == 0 {
		return nil
	}
	what := "cannot forget the offsets of group " + group
	req := kmsg.NewPtrOffsetDeleteRequest()
	req.Group = group
	rt := kmsg.NewOffsetDeleteRequestTopic()
	rt.Topic = topic
	for _, id := range parts {
		rp := kmsg.NewOffsetDeleteRequestTopicPartition()
		rp.Partition = id
		rt.Partitions = append(rt.Partitions, rp)
	}
	req.Topics = append(req.Topics, rt)
	resource := func(id int32) string { return partitionName(TopicPartition{topic, id}) }
	resp, err := control[*kmsg.OffsetDeleteResponse](ctx, a, what, req)
	if err == nil {
		err = a.fail(what, kmsg.OffsetDelete, group, resp.ErrorCode, nil)
	}
	if err != nil {
		return failAll(len(parts), func(i int) string { return resource(parts[i]) }, err)
	}
	var items []Item
	for i := range resp.Topics {
		for _, rp := range resp.Topics[i].Partitions {
			items = append(items, Item{Resource: resource(rp.Partition), Err: a.fail(what, kmsg.OffsetDelete, named(rp.ErrorCode, group, topic), rp.ErrorCode, nil)})
		}
	}
	return items
}

func (a *Admin) deleteShareOffsets(ctx context.Context, group, topic string) []Item {
	what := "cannot forget the offsets of share group " + group
	req := kmsg.NewPtrDeleteShareGroupOffsetsRequest()
	req.GroupID = group
	rt := kmsg.NewDeleteShareGroupOffsetsRequestTopic()
	rt.Topic = topic
	req.Topics = append(req.Topics, rt)
	resp, err := control[*kmsg.DeleteShareGroupOffsetsResponse](ctx, a, what, req)
	if err == nil {
		err = a.fail(what, kmsg.DeleteShareGroupOffsets, group, resp.ErrorCode, resp.ErrorMessage)
	}
	return []Item{{Resource: "topic " + topic, Err: err}}
}

// RemoveMembers plans to remove members from a classic group by id; all of them
// where members is nil. A consumer that still runs joins again at once.
//
// Kafka API: LeaveGroup v3+ (KIP-345).
func (a *Admin) RemoveMembers(ctx context.Context, group string, members []string) (*Plan, error) {
	g, err := a.c.Group(ctx, group)
	if err != nil {
		return nil, err
	}
	if g.Type != GroupClassic {
		return nil, &Error{
			What: "cannot remove members of group " + group, Why: "it is a " + string(g.Type) + " group: only members themselves can leave it",
			Do: "stop the consumers", Kind: Invalid,
		}
	}
	p := a.plan("remove members of group %s", group)
	var good []Member
	for _, m := range g.Members {
		if members == nil || slices.Contains(members, m.ID) {
			good = append(good, m)
			p.change("member "+m.ID, "exists", m.ClientID+" at "+m.Host, "")
		}
	}
	for _, id := range members {
		if !slices.ContainsFunc(good, func(m Member) bool { return m.ID == id }) {
			p.cannot("member "+id, "cannot be removed", &Error{What: "cannot remove member " + id, Why: "there is no such member", Kind: NotFound})
		}
	}
	if len(good) > 0 {
		p.warn("the group rebalances; a consumer that still runs joins again")
	}
	p.apply = func(ctx context.Context) []Item { return a.removeMembers(ctx, group, good) }
	return p, nil
}

func (a *Admin) removeMembers(ctx context.Context, group string, members []Member) []Item {
	if len(members) == 0 {
		return nil
	}
	what := "cannot remove members of group " + group
	req := kmsg.NewPtrLeaveGroupRequest()
	req.Group = group
	reason := "removed by an administrator"
	for i := range members {
		rm := kmsg.NewLeaveGroupRequestMember()
		rm.MemberID, rm.Reason = members[i].ID, &reason
		if members[i].InstanceID != "" {
			rm.MemberID, rm.InstanceID = "", &members[i].InstanceID
		}
		req.Members = append(req.Members, rm)
	}
	resp, err := control[*kmsg.LeaveGroupResponse](ctx, a, what, req)
	if err == nil {
		err = a.fail(what, kmsg.LeaveGroup, group, resp.ErrorCode, nil)
	}
	if err != nil {
		return failAll(len(members), func(i int) string { return "member " + members[i].ID }, err)
	}
	items := make([]Item, len(members))
	for i := range members {
		items[i].Resource = "member " + members[i].ID
		for _, rm := range resp.Members {
			if rm.MemberID == members[i].ID && rm.MemberID != "" || rm.InstanceID != nil && *rm.InstanceID == members[i].InstanceID {
				items[i].Err = a.fail(what, kmsg.LeaveGroup, group, rm.ErrorCode, nil)
			}
		}
	}
	return items
}
