package kafka

import (
	"context"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// describe fills in state, assignor and members of the groups, with one request
// per coordinator and kind of group.
func (k *call) describe(ctx context.Context, groups []Group, failed *partial) {
	names := newInterner()
	d := describer{k: k, groups: groups, failed: failed, names: names}
	d.run(ctx, GroupClassic, func(ids []string) kmsg.Request {
		req := kmsg.NewPtrDescribeGroupsRequest()
		req.Groups = ids
		return req
	})
	d.run(ctx, GroupConsumer, func(ids []string) kmsg.Request {
		req := kmsg.NewPtrConsumerGroupDescribeRequest()
		req.Groups = ids
		return req
	})
	d.run(ctx, GroupShare, func(ids []string) kmsg.Request {
		req := kmsg.NewPtrShareGroupDescribeRequest()
		req.GroupIDs = ids
		return req
	})
	d.run(ctx, GroupStreams, func(ids []string) kmsg.Request {
		req := kmsg.NewPtrStreamsGroupDescribeRequest()
		req.Groups = ids
		return req
	})
}

// stateDead is the state of a group that does not exist (any more).
const stateDead = "Dead"

type describer struct {
	k      *call
	groups []Group // sorted by id
	failed *partial
	names  interner
}

// run describes the groups of one kind; nothing is sent if there are none.
func (d *describer) run(ctx context.Context, kind GroupType, request func(ids []string) kmsg.Request) {
	byBroker := make(map[int32][]string)
	for i := range d.groups {
		if g := &d.groups[i]; g.Type == kind {
			byBroker[g.Coordinator] = append(byBroker[g.Coordinator], g.ID)
		}
	}
	reqs := make(map[int32]kmsg.Request, len(byBroker))
	for broker, ids := range byBroker {
		reqs[broker] = request(ids)
	}
	fan(ctx, d.k, reqs, func(a answer[kmsg.Response]) {
		if a.err != nil {
			for _, id := range byBroker[a.broker] {
				d.fail(findGroup(d.groups, id), a.err)
			}
			return
		}
		switch resp := a.resp.(type) {
		case *kmsg.DescribeGroupsResponse:
			d.classic(resp)
		case *kmsg.ConsumerGroupDescribeResponse:
			d.consumer(resp)
		case *kmsg.ShareGroupDescribeResponse:
			d.share(resp)
		case *kmsg.StreamsGroupDescribeResponse:
			d.streams(resp)
		}
	})
}

func (d *describer) fail(g *Group, err error) {
	if g == nil || err == nil {
		return
	}
	g.Err = err
	d.failed.add(1, err)
}

// begin finds the group of a description and handles its error; nil if there
// is nothing to describe.
func (d *describer) begin(id string, code int16, message *string) *Group {
	g := findGroup(d.groups, id)
	if code == kerr.GroupIDNotFound.Code && g != nil {
		g.State = stateDead // it went away after it was listed
		return nil
	}
	if err := codeError(code, message); err != nil {
		d.fail(g, d.k.failOn(id, err))
		return nil
	}
	return g
}

func (d *describer) classic(resp *kmsg.DescribeGroupsResponse) {
	for i := range resp.Groups {
		rg := &resp.Groups[i]
		g := d.begin(rg.Group, rg.ErrorCode, rg.ErrorMessage)
		if g == nil {
			continue
		}
		g.State, g.Assignor, g.Protocol = rg.State, rg.Protocol, rg.ProtocolType
		members(g, rg.Members, func(rm *kmsg.DescribeGroupsResponseGroupMember) Member {
			m := Member{ID: rm.MemberID, ClientID: rm.ClientID, InstanceID: deref(rm.InstanceID), Host: rm.ClientHost}
			if rg.ProtocolType == "consumer" {
				m.Assigned, m.Subscribed = d.assignment(rm.MemberAssignment), d.subscription(rm.ProtocolMetadata)
			}
			return m
		})
	}
}

// members fills in the members of a group.
func members[M any](g *Group, of []M, member func(*M) Member) {
	g.Members = make([]Member, 0, len(of))
	for i := range of {
		m := member(&of[i])
		sortAssigned(m.Assigned)
		slices.Sort(m.Subscribed)
		g.Members = append(g.Members, m)
	}
	sortMembers(g.Members)
}

// assignment decodes what a classic consumer was given. The bytes were written
// by a group's leader, so by anybody: what cannot be decoded is left out.
func (d *describer) assignment(raw []byte) []TopicPartition {
	var a kmsg.ConsumerMemberAssignment
	if len(raw) == 0 || a.ReadFrom(raw) != nil {
		return nil
	}
	var out []TopicPartition
	for i := range a.Topics {
		out = d.assign(out, a.Topics[i].Topic, a.Topics[i].Partitions)
	}
	return out
}

// subscription decodes what a classic consumer asks for; it wrote that itself.
func (d *describer) subscription(raw []byte) []string {
	var m kmsg.ConsumerMemberMetadata
	if len(raw) == 0 || m.ReadFrom(raw) != nil {
		return nil
	}
	return d.internAll(m.Topics)
}

func (d *describer) consumer(resp *kmsg.ConsumerGroupDescribeResponse) {
	for i := range resp.Groups {
		rg := &resp.Groups[i]
		g := d.begin(rg.Group, rg.ErrorCode, rg.ErrorMessage)
		if g == nil {
			continue
		}
		g.State, g.Assignor = rg.State, rg.AssignorName
		members(g, rg.Members, func(rm *kmsg.ConsumerGroupDescribeResponseGroupMember) Member {
			m := Member{
				ID: rm.MemberID, ClientID: rm.ClientID, InstanceID: deref(rm.InstanceID), Host: rm.ClientHost, Subscribed: d.internAll(rm.SubscribedTopics),
			}
			for l := range rm.Assignment.TopicPartitions {
				m.Assigned = d.assign(m.Assigned, rm.Assignment.TopicPartitions[l].Topic, rm.Assignment.TopicPartitions[l].Partitions)
			}
			return m
		})
	}
}

func (d *describer) share(resp *kmsg.ShareGroupDescribeResponse) {
	for i := range resp.Groups {
		rg := &resp.Groups[i]
		g := d.begin(rg.GroupID, rg.ErrorCode, rg.ErrorMessage)
		if g == nil {
			continue
		}
		g.State, g.Assignor = rg.GroupState, rg.Assignor
		members(g, rg.Members, func(rm *kmsg.ShareGroupDescribeResponseGroupMember) Member {
			m := Member{ID: rm.MemberID, ClientID: rm.ClientID, Host: rm.ClientHost, Subscribed: d.internAll(rm.SubscribedTopicNames)}
			for l := range rm.Assignment.TopicPartitions {
				m.Assigned = d.assign(m.Assigned, rm.Assignment.TopicPartitions[l].Topic, rm.Assignment.TopicPartitions[l].Partitions)
			}
			return m
		})
	}
}

// streams describes members without tasks: those name subtopologies, and only
// the group's topology maps them to partitions.
func (d *describer) streams(resp *kmsg.StreamsGroupDescribeResponse) {
	for i := range resp.Groups {
		rg := &resp.Groups[i]
		g := d.begin(rg.Group, rg.ErrorCode, rg.ErrorMessage)
		if g == nil {
			continue
		}
		g.State, g.Assignor = rg.State, deref(rg.AssignorName)
		members(g, rg.Members, func(rm *kmsg.StreamsGroupDescribeResponseGroupMember) Member {
			return Member{ID: rm.MemberID, ClientID: rm.ClientID, InstanceID: deref(rm.InstanceID), Host: rm.ClientHost}
		})
	}
}

func (d *describer) internAll(names []string) []string {
	if len(names) == 0 {
		return nil
	}
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = d.names.intern(name)
	}
	return out
}

func (d *describer) assign(to []TopicPartition, topic string, partitions []int32) []TopicPartition {
	topic = d.names.intern(topic)
	for _, p := range partitions {
		to = append(to, TopicPartition{Topic: topic, Partition: p})
	}
	return to
}

func sortMembers(ms []Member) {
	slices.SortFunc(ms, func(a, b Member) int { return strings.Compare(a.ID, b.ID) })
}

func sortAssigned(tps []TopicPartition) { slices.SortFunc(tps, compareTP) }

func compareTP(a, b TopicPartition) int {
	if c := strings.Compare(a.Topic, b.Topic); c != 0 {
		return c
	}
	return int(a.Partition) - int(b.Partition)
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// interner keeps one copy of each topic name: thousands of groups name the same
// few topics, and each response brings copies of its own.
type interner map[string]string

func newInterner() interner { return make(interner) }

func (in interner) intern(s string) string {
	if known, ok := in[s]; ok {
		return known
	}
	in[s] = s
	return s
}
