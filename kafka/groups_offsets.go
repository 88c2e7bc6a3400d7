package kafka

import (
	"context"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// Committed fills in the committed offsets of groups that [Cluster.Groups] read, with one request per coordinator (and one
// more where it has share groups). Partitions that are assigned to a member but
// have no commit get a row as well. Start and End stay [Unknown]: see [JoinEnds].
//
// Kafka API: OffsetFetch v8+ (KIP-709), DescribeShareGroupOffsets (KIP-932).
func (c *Cluster) Committed(ctx context.Context, groups []Group) error {
	ctx, k, done := c.begin(ctx, "cannot read the committed offsets")
	defer done()
	var failed partial
	names := newInterner()
	find := describer{k: k, groups: groups, failed: &failed, names: names}
	fetches := make(map[int32]*kmsg.OffsetFetchRequest)
	shares := make(map[int32]*kmsg.DescribeShareGroupOffsetsRequest)
	for i := range groups {
		g := &groups[i]
		g.Offsets = nil
		switch {
		case g.Err != nil:
		case g.Type == GroupShare:
			if shares[g.Coordinator] == nil {
				shares[g.Coordinator] = kmsg.NewPtrDescribeShareGroupOffsetsRequest()
			}
			rg := kmsg.NewDescribeShareGroupOffsetsRequestGroup()
			rg.GroupID, rg.Topics = g.ID, nil
			shares[g.Coordinator].Groups = append(shares[g.Coordinator].Groups, rg)
		default:
			if fetches[g.Coordinator] == nil {
				fetches[g.Coordinator] = kmsg.NewPtrOffsetFetchRequest()
			}
			rg := kmsg.NewOffsetFetchRequestGroup()
			rg.Group, rg.Topics = g.ID, nil // nil: all that it committed
			fetches[g.Coordinator].Groups = append(fetches[g.Coordinator].Groups, rg)
		}
	}
	reqs := make(map[int32]kmsg.Request, len(fetches))
	for broker, req := range fetches {
		reqs[broker] = req
	}
	fan(ctx, k, reqs, func(a answer[*kmsg.OffsetFetchResponse]) { find.committed(ctx, a) })
	reqs = make(map[int32]kmsg.Request, len(shares))
	for broker, req := range shares {
		reqs[broker] = req
	}
	fan(ctx, k, reqs, func(a answer[*kmsg.DescribeShareGroupOffsetsResponse]) { find.shareStarts(a) })
	for i := range groups {
		addAssigned(&groups[i])
	}
	return failed.err(k.what, "groups")
}

func (d *describer) committed(ctx context.Context, a answer[*kmsg.OffsetFetchResponse]) {
	asked := a.req.(*kmsg.OffsetFetchRequest) //nolint:forcetypeassert // made by Committed
	if a.err == nil && a.resp.Version < 8 {
		// A broker before 3.0 answers for one group at a time; the client
		// library knows how to split the request.
		a.resp, a.err = request[*kmsg.OffsetFetchResponse](ctx, d.k, asked)
	}
	if a.err != nil {
		for i := range asked.Groups {
			d.fail(findGroup(d.groups, asked.Groups[i].Group), a.err)
		}
		return
	}
	for i := range a.resp.Groups {
		rg := &a.resp.Groups[i]
		g := d.begin(rg.Group, rg.ErrorCode, nil)
		if g == nil {
			continue
		}
		for j := range rg.Topics {
			rt := &rg.Topics[j]
			topic := d.names.intern(rt.Topic)
			for l := range rt.Partitions {
				rp := &rt.Partitions[l]
				o := GroupOffset{Topic: topic, Partition: rp.Partition, Committed: rp.Offset, Start: Unknown, End: Unknown}
				if err := codeError(rp.ErrorCode, nil); err != nil {
					o.Committed, o.Err = Unknown, d.k.failOn(named(rp.ErrorCode, g.ID, topic), err)
					d.failed.add(0, o.Err)
				}
				g.Offsets = append(g.Offsets, o)
			}
		}
		sortOffsets(g.Offsets)
	}
}

// shareStarts reads the share-partition start offsets: everything before them
// has been acknowledged or archived.
func (d *describer) shareStarts(a answer[*kmsg.DescribeShareGroupOffsetsResponse]) {
	if a.err != nil {
		asked := a.req.(*kmsg.DescribeShareGroupOffsetsRequest) //nolint:forcetypeassert // made by Committed
		for i := range asked.Groups {
			d.fail(findGroup(d.groups, asked.Groups[i].GroupID), a.err)
		}
		return
	}
	for i := range a.resp.Groups {
		rg := &a.resp.Groups[i]
		g := d.begin(rg.GroupID, rg.ErrorCode, rg.ErrorMessage)
		if g == nil {
			continue
		}
		for j := range rg.Topics {
			rt := &rg.Topics[j]
			topic := d.names.intern(rt.Topic)
			for l := range rt.Partitions {
				rp := &rt.Partitions[l]
				o := GroupOffset{Topic: topic, Partition: rp.Partition, Committed: rp.StartOffset, Start: Unknown, End: Unknown}
				if err := codeError(rp.ErrorCode, rp.ErrorMessage); err != nil {
					o.Committed, o.Err = Unknown, d.k.failOn(named(rp.ErrorCode, g.ID, topic), err)
					d.failed.add(0, o.Err)
				}
				g.Offsets = append(g.Offsets, o)
			}
		}
		sortOffsets(g.Offsets)
	}
}

// addAssigned names the member of each row, and adds rows for partitions that
// are assigned but were never committed.
func addAssigned(g *Group) {
	if len(g.Members) == 0 || g.Err != nil {
		return
	}
	known := len(g.Offsets) // the sorted part; new rows come behind it
	for i := range g.Members {
		m := &g.Members[i]
		for _, tp := range m.Assigned {
			j, found := slices.BinarySearchFunc(g.Offsets[:known], tp, func(o GroupOffset, tp TopicPartition) int {
				return compareTP(TopicPartition{o.Topic, o.Partition}, tp)
			})
			if found {
				g.Offsets[j].Member, g.Offsets[j].ClientID = m.ID, m.ClientID
				continue
			}
			g.Offsets = append(g.Offsets, GroupOffset{
				Topic: tp.Topic, Partition: tp.Partition, Committed: Unknown, Start: Unknown, End: Unknown,
				Member: m.ID, ClientID: m.ClientID,
			})
		}
	}
	if len(g.Offsets) > known {
		sortOffsets(g.Offsets)
		if g.Type == GroupShare { // several members of a share group read the same partition
			g.Offsets = slices.CompactFunc(g.Offsets, func(a, b GroupOffset) bool {
				return a.Topic == b.Topic && a.Partition == b.Partition
			})
		}
	}
}

func sortOffsets(os []GroupOffset) {
	slices.SortFunc(os, func(a, b GroupOffset) int {
		if c := strings.Compare(a.Topic, b.Topic); c != 0 {
			return c
		}
		return int(a.Partition) - int(b.Partition)
	})
}

// committedTopics picks, out of all topics, copies of those that a group has
// rows for, with just the partitions concerned: what is needed to know the lag.
func committedTopics(groups []Group, topics []Topic) []Topic {
	index := indexTopics(topics)
	needed := make(map[int]map[int32]struct{})
	for i := range groups {
		for j := range groups[i].Offsets {
			o := &groups[i].Offsets[j]
			at, ok := index[o.Topic]
			if !ok {
				continue
			}
			if needed[at] == nil {
				needed[at] = make(map[int32]struct{})
			}
			needed[at][o.Partition] = struct{}{}
		}
	}
	var some []Topic
	for _, at := range sortedKeys(needed) {
		t := topics[at]
		var ps []Partition
		for _, p := range t.Partitions {
			if _, ok := needed[at][p.ID]; ok {
				ps = append(ps, p)
			}
		}
		t.Partitions = ps
		some = append(some, t)
	}
	return some
}

// JoinEnds copies the log start and end offsets of topics, as far as known, into
// the groups' rows. A partition that is not among them keeps what it has.
func JoinEnds(groups []Group, topics []Topic) {
	index := indexTopics(topics)
	for i := range groups {
		offsets := groups[i].Offsets
		var t *Topic
		for j := range offsets {
			o := &offsets[j]
			if t == nil || t.Name != o.Topic { // rows are sorted by topic
				t = index.topic(topics, o.Topic)
			}
			if t == nil {
				continue
			}
			if p := t.Partition(o.Partition); p != nil {
				o.Start, o.End = p.Start, p.End
				if o.Err == nil {
					o.Err = p.Err
				}
			}
		}
	}
}
