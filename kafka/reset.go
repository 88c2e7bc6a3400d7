package kafka

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// ResetTo says where a group's offsets are to go.
type ResetTo struct {
	Kind   ResetKind
	Offset int64                    // [ResetOffset]: the offset; [ResetShift]: how far, negative is back
	At     time.Time                // [ResetTime]
	Ago    time.Duration            // [ResetDuration]: before now
	Group  string                   // [ResetGroup]: the group to copy from
	File   map[TopicPartition]int64 // [ResetFile]: offsets, as a restore file has them
}

// ResetKind is a strategy for a reset.
type ResetKind uint8

// The strategies. An offset that falls out of the log is moved to its nearest end.
const (
	ResetStart    ResetKind = iota // the log start
	ResetEnd                       // the log end
	ResetOffset                    // one offset
	ResetTime                      // the first record of a time
	ResetDuration                  // the same, some time ago
	ResetShift                     // from where it is
	ResetGroup                     // where another group is
	ResetFile                      // what a file says
)

// ResetOffsets plans to move a group's committed offsets. topics limits it to
// some topics, partitions (by topic) to some of their partitions; nil means all
// that the group has offsets for, or that a file names. A partition that was named
// and is not there is in the plan as what cannot be done. A group with members is
// refused: it would commit over it.
//
// Kafka API: OffsetCommit as a group without members, AlterShareGroupOffsets
// for share groups (KIP-932).
func (a *Admin) ResetOffsets(ctx context.Context, group string, topics []string, partitions map[string][]int32, to ResetTo) (*Plan, error) {
	g, err := a.groupOrNew(ctx, group)
	if err != nil {
		return nil, err
	}
	p := a.plan("reset offsets of group %s to %s", group, to)
	if len(g.Members) > 0 {
		return nil, &Error{
			What: "cannot reset the offsets of group " + group, Why: "it has " + plural(len(g.Members), "member") + " that would commit over it",
			Do: "stop its consumers first", Kind: Invalid,
		}
	}
	rows, err := a.resetRows(ctx, g, topics, partitions, to)
	if err != nil {
		return nil, err
	}
	targets, err := a.resetTargets(ctx, rows, to)
	if err != nil {
		return nil, err
	}
	commit := make(map[TopicPartition]int64)
	for i := range rows {
		o := &rows[i]
		tp := TopicPartition{o.Topic, o.Partition}
		if o.Err != nil {
			p.cannot(partitionName(tp), "cannot be reset", o.Err)
			continue
		}
		target, ok := targets[tp]
		if !ok || o.Start < 0 || o.End < 0 {
			continue
		}
		if bounded := min(max(target, o.Start), o.End); bounded != target {
			p.warn("%s: %d is not in the log (%d to %d), so %d", partitionName(tp), target, o.Start, o.End, bounded)
			target = bounded
		}
		from := ""
		if o.Committed >= 0 {
			from = strconv.FormatInt(o.Committed, 10)
			if target < o.Committed {
				p.warn("%s: %s will be read again", partitionName(tp), plural(o.Committed-target, "record"))
			} else if target > o.Committed {
				p.warn("%s: %s will be skipped", partitionName(tp), plural(target-o.Committed, "record"))
			}
		}
		commit[tp] = target
		p.change(partitionName(tp), "offset", from, strconv.FormatInt(target, 10))
	}
	p.apply = func(ctx context.Context) []Item { return a.commit(ctx, g, commit) }
	return p, nil
}

// String names the strategy as the command line does.
func (r ResetTo) String() string {
	switch r.Kind {
	case ResetStart:
		return "start"
	case ResetEnd:
		return "end"
	case ResetOffset:
		return "offset " + strconv.FormatInt(r.Offset, 10)
	case ResetTime:
		return "time " + r.At.Format(time.RFC3339)
	case ResetDuration:
		return r.Ago.String() + " ago"
	case ResetShift:
		return fmt.Sprintf("%+d", r.Offset)
	case ResetGroup:
		return "where group " + r.Group + " is"
	case ResetFile:
		return "what a file says"
	}
	return "?"
}

// groupOrNew reads a group; one that does not exist yet is empty, so offsets can
// be set before its first consumer starts.
func (a *Admin) groupOrNew(ctx context.Context, id string) (Group, error) {
	g, err := a.c.Group(ctx, id)
	if err != nil && KindOf(err) == NotFound {
		return Group{ID: id, Type: GroupClassic, State: "Empty", Coordinator: NoLeader}, nil
	}
	return g, err
}

// resetRows are the partitions concerned, with committed, start and end; those
// that were asked for by name and are not there have the reason in Err.
func (a *Admin) resetRows(ctx context.Context, g Group, topics []string, partitions map[string][]int32, to ResetTo) ([]GroupOffset, error) {
	wanted := make(map[TopicPartition]GroupOffset)
	names := make(map[string]struct{})
	for _, o := range g.Offsets {
		if topics == nil && to.Kind != ResetFile || slices.Contains(topics, o.Topic) {
			wanted[TopicPartition{o.Topic, o.Partition}] = o
			names[o.Topic] = struct{}{}
		}
	}
	for _, t := range topics {
		names[t] = struct{}{}
	}
	for tp := range to.File {
		if topics == nil || slices.Contains(topics, tp.Topic) {
			names[tp.Topic] = struct{}{}
		}
	}
	if to.Kind == ResetGroup && topics == nil {
		other, err := a.c.Group(ctx, to.Group)
		if err != nil {
			return nil, err
		}
		for _, name := range other.Topics() {
			names[name] = struct{}{}
		}
	}
	read, err := a.topics(ctx, sortedKeys(names))
	if err != nil {
		return nil, err
	}
	if err := a.c.Offsets(ctx, read, StartOffset, EndOffset); err != nil {
		return nil, err
	}
	var rows []GroupOffset
	for i := range read {
		t := &read[i]
		if t.Err != nil {
			if slices.Contains(topics, t.Name) {
				return nil, t.Err
			}
			for _, id := range namedParts(t.Name, partitions, to) {
				rows = append(rows, GroupOffset{Topic: t.Name, Partition: id, Err: t.Err})
			}
			continue
		}
		for j := range t.Partitions {
			part := &t.Partitions[j]
			tp := TopicPartition{t.Name, part.ID}
			o, had := wanted[tp]
			if only, limited := partitions[t.Name]; limited && !slices.Contains(only, part.ID) {
				continue
			}
			_, inFile := to.File[tp]
			if !had && !slices.Contains(topics, t.Name) && !inFile && to.Kind != ResetGroup {
				continue
			}
			if !had {
				o = GroupOffset{Topic: t.Name, Partition: part.ID, Committed: Unknown}
				for _, c := range g.Offsets {
					if c.Topic == t.Name && c.Partition == part.ID {
						o = c
					}
				}
			}
			o.Start, o.End = part.Start, part.End
			if o.Start < 0 || o.End < 0 {
				o.Err = &Error{What: "cannot reset " + partitionName(tp), Why: "it has no leader", Kind: Unreachable}
			}
			rows = append(rows, o)
		}
		for _, id := range namedParts(t.Name, partitions, to) {
			if t.Partition(id) == nil {
				what := "cannot reset " + partitionName(TopicPartition{t.Name, id})
				rows = append(rows, GroupOffset{Topic: t.Name, Partition: id, Err: &Error{What: what, Why: "there is no such partition", Kind: NotFound}})
			}
		}
	}
	return rows, nil
}

// namedParts are the partitions of a topic that were asked for by their numbers:
// those that it is limited to, else those in the file.
func namedParts(topic string, partitions map[string][]int32, to ResetTo) []int32 {
	ids, limited := partitions[topic]
	if !limited {
		for tp := range to.File {
			if tp.Topic == topic {
				ids = append(ids, tp.Partition)
			}
		}
	}
	return slices.Compact(slices.Sorted(slices.Values(ids)))
}

// resetTargets finds the offset that each row would go to; rows without one stay.
func (a *Admin) resetTargets(ctx context.Context, rows []GroupOffset, to ResetTo) (map[TopicPartition]int64, error) {
	targets := make(map[TopicPartition]int64)
	var at map[TopicPartition]int64
	switch to.Kind {
	case ResetTime, ResetDuration:
		when := to.At
		if to.Kind == ResetDuration {
			when = time.Now().Add(-to.Ago)
		}
		names := make(map[string]struct{})
		for i := range rows {
			if rows[i].Err == nil {
				names[rows[i].Topic] = struct{}{}
			}
		}
		topics, err := a.c.TopicMetadata(ctx, sortedKeys(names)...)
		if err != nil {
			return nil, err
		}
		if at, err = a.c.OffsetsAt(ctx, topics, when); err != nil {
			return nil, err
		}
	case ResetGroup:
		other, err := a.c.Group(ctx, to.Group)
		if err != nil {
			return nil, err
		}
		at = make(map[TopicPartition]int64)
		for _, o := range other.Offsets {
			if o.Committed >= 0 {
				at[TopicPartition{o.Topic, o.Partition}] = o.Committed
			}
		}
	case ResetFile:
		at = to.File
	case ResetStart, ResetEnd, ResetOffset, ResetShift:
	}
	for i := range rows {
		o := &rows[i]
		tp := TopicPartition{o.Topic, o.Partition}
		switch to.Kind {
		case ResetStart:
			targets[tp] = o.Start
		case ResetEnd:
			targets[tp] = o.End
		case ResetOffset:
			targets[tp] = to.Offset
		case ResetShift:
			if o.Committed >= 0 {
				targets[tp] = o.Committed + to.Offset
			}
		case ResetTime, ResetDuration:
			targets[tp] = o.End // no record is as late
			if offset, ok := at[tp]; ok {
				targets[tp] = offset
			}
		case ResetGroup, ResetFile:
			if offset, ok := at[tp]; ok {
				targets[tp] = offset
			}
		}
	}
	return targets, nil
}
