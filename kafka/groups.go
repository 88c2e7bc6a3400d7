package kafka

import (
	"context"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Groups reads all groups of all kinds with state and members; with offsets
// also what they committed and, beside it, where the partitions end, so that
// each [GroupOffset] knows its lag. Groups are sorted by id.
//
// It asks each broker for the groups that it coordinates, then once per kind of
// group for their description, once for their offsets, and each leader once for
// log end offsets: a fixed number of requests per broker, whatever the number
// of groups. A group that could not be described has its Err set; a broker that
// did not answer is in the error, and its groups are missing.
//
// Kafka API: ListGroups, DescribeGroups, ConsumerGroupDescribe (KIP-848),
// ShareGroupDescribe (KIP-932), OffsetFetch, DescribeShareGroupOffsets, ListOffsets.
func (c *Cluster) Groups(ctx context.Context, withOffsets bool) ([]Group, error) {
	return c.groups(ctx, withOffsets, nil)
}

// Group reads one group, its committed offsets and its lag. A group that does
// not exist is a [NotFound] error.
func (c *Cluster) Group(ctx context.Context, id string) (Group, error) {
	groups, err := c.SomeGroups(ctx, id)
	if len(groups) == 1 {
		return groups[0], err
	}
	return Group{}, err
}

// SomeGroups reads some groups by id, their committed offsets and their lag. An
// id that does not exist is a [NotFound] error beside the groups that do.
func (c *Cluster) SomeGroups(ctx context.Context, ids ...string) ([]Group, error) {
	groups, err := c.groups(ctx, true, ids)
	for _, id := range ids {
		if err == nil && findGroup(groups, id) == nil {
			err = c.unlisted(ctx, id)
		}
	}
	return groups, err
}

// unlisted says why a group is not in the list: there is none, or we may not
// describe it, and lists leave those out without a word.
//
// Kafka API: FindCoordinator, which tells them apart.
func (c *Cluster) unlisted(ctx context.Context, id string) error {
	what := "cannot read group " + id
	ctx, k, done := c.begin(ctx, what)
	defer done()
	req := kmsg.NewPtrFindCoordinatorRequest()
	req.CoordinatorKey, req.CoordinatorKeys = id, []string{id}
	resp, err := request[*kmsg.FindCoordinatorResponse](ctx, k, req)
	if err == nil {
		code := resp.ErrorCode
		for i := range resp.Coordinators {
			code = resp.Coordinators[i].ErrorCode
		}
		if code == kerr.GroupAuthorizationFailed.Code {
			return c.ExplainCode(what, kmsg.DescribeGroups, id, code)
		}
	}
	return explain(what, kerr.GroupIDNotFound, hints{})
}

// groups reads those in only, or all of them if only is nil.
func (c *Cluster) groups(ctx context.Context, withOffsets bool, only []string) ([]Group, error) {
	const what = "cannot read the groups"
	ctx, k, done := c.begin(ctx, what)
	defer done()
	var failed partial
	groups, err := k.listGroups(ctx, &failed)
	if err != nil {
		return nil, err
	}
	if only != nil {
		groups = slices.DeleteFunc(groups, func(g Group) bool { return !slices.Contains(only, g.ID) })
	}
	k.describe(ctx, groups, &failed)
	if withOffsets && len(groups) > 0 {
		failed.add(0, c.Committed(ctx, groups))
		failed.add(0, c.joinLag(ctx, groups))
	}
	return groups, failed.err(what, "groups")
}

// joinLag reads where the partitions end that the groups have rows for.
func (c *Cluster) joinLag(ctx context.Context, groups []Group) error {
	names := make(map[string]struct{})
	kinds := []OffsetKind{EndOffset}
	for i := range groups {
		for j := range groups[i].Offsets {
			o := &groups[i].Offsets[j]
			names[o.Topic] = struct{}{}
			if o.Committed < 0 && len(kinds) == 1 {
				kinds = append(kinds, StartOffset)
			}
		}
	}
	if len(names) == 0 {
		return nil
	}
	topics, err := c.TopicMetadata(ctx, sortedKeys(names)...)
	if err != nil {
		return err
	}
	topics = committedTopics(groups, topics)
	err = c.Offsets(ctx, topics, kinds...)
	JoinEnds(groups, topics)
	return err
}

func findGroup(groups []Group, id string) *Group {
	i, found := slices.BinarySearchFunc(groups, id, func(g Group, id string) int { return strings.Compare(g.ID, id) })
	if !found {
		return nil
	}
	return &groups[i]
}

// listGroups asks each broker for the groups that it coordinates. Without a
// filter the answer has groups of all types; brokers before 3.8 name no type,
// and have only classic ones.
func (k *call) listGroups(ctx context.Context, failed *partial) ([]Group, error) {
	reqs, err := k.everyBroker(ctx, func(int32) kmsg.Request { return kmsg.NewPtrListGroupsRequest() })
	if err != nil {
		return nil, err
	}
	var groups []Group
	answered := false
	fan(ctx, k, reqs, func(a answer[*kmsg.ListGroupsResponse]) {
		if a.err == nil {
			a.err = k.fail(codeError(a.resp.ErrorCode, nil))
		}
		if a.err != nil {
			failed.add(0, a.err)
			return
		}
		answered = true
		for i := range a.resp.Groups {
			rg := &a.resp.Groups[i]
			g := Group{
				ID: rg.Group, Type: groupType(rg.GroupType), Protocol: rg.ProtocolType,
				State: rg.GroupState, Coordinator: a.broker,
			}
			groups = append(groups, g)
		}
	})
	if !answered {
		return nil, failed.err(k.what, "groups")
	}
	slices.SortFunc(groups, func(a, b Group) int { return strings.Compare(a.ID, b.ID) })
	// While a coordinator moves, two brokers may list the same group.
	groups = slices.CompactFunc(groups, func(a, b Group) bool { return a.ID == b.ID })
	return groups, nil
}

func groupType(name string) GroupType {
	if name == "" {
		return GroupClassic
	}
	return GroupType(strings.ToLower(name))
}
