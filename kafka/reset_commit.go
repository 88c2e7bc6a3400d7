package kafka

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// commit sets offsets of a group that has no members.
func (a *Admin) commit(ctx context.Context, g Group, to map[TopicPartition]int64) []Item {
	if len(to) == 0 {
		return nil
	}
	order := make([]TopicPartition, 0, len(to))
	for tp := range to {
		order = append(order, tp)
	}
	sortAssigned(order)
	if g.Type == GroupShare {
		return a.commitShare(ctx, g, order, to)
	}
	what := "cannot set the offsets of group " + g.ID
	req := kmsg.NewPtrOffsetCommitRequest()
	req.Group, req.Generation = g.ID, -1 // nobody's generation: only an empty group accepts it
	for _, tp := range order {
		if n := len(req.Topics); n == 0 || req.Topics[n-1].Topic != tp.Topic {
			rt := kmsg.NewOffsetCommitRequestTopic()
			rt.Topic = tp.Topic
			req.Topics = append(req.Topics, rt)
		}
		rp := kmsg.NewOffsetCommitRequestTopicPartition()
		rp.Partition, rp.Offset, rp.LeaderEpoch = tp.Partition, to[tp], -1
		last := &req.Topics[len(req.Topics)-1]
		last.Partitions = append(last.Partitions, rp)
	}
	resp, err := control[*kmsg.OffsetCommitResponse](ctx, a, what, req)
	if err != nil {
		return failAll(len(order), func(i int) string { return partitionName(order[i]) }, err)
	}
	var items []Item
	for i := range resp.Topics {
		for _, rp := range resp.Topics[i].Partitions {
			tp := TopicPartition{resp.Topics[i].Topic, rp.Partition}
			items = append(items, Item{
				Resource: partitionName(tp), Detail: "offset " + strconv.FormatInt(to[tp], 10), Err: a.fail(what, kmsg.OffsetCommit, named(rp.ErrorCode, g.ID, tp.Topic), rp.ErrorCode, nil),
			})
		}
	}
	return items
}

func (a *Admin) commitShare(ctx context.Context, g Group, order []TopicPartition, to map[TopicPartition]int64) []Item {
	what := "cannot set the offsets of share group " + g.ID
	req := kmsg.NewPtrAlterShareGroupOffsetsRequest()
	req.GroupID = g.ID
	for _, tp := range order {
		if n := len(req.Topics); n == 0 || req.Topics[n-1].Topic != tp.Topic {
			rt := kmsg.NewAlterShareGroupOffsetsRequestTopic()
			rt.Topic = tp.Topic
			req.Topics = append(req.Topics, rt)
		}
		rp := kmsg.NewAlterShareGroupOffsetsRequestTopicPartition()
		rp.Partition, rp.StartOffset = tp.Partition, to[tp]
		last := &req.Topics[len(req.Topics)-1]
		last.Partitions = append(last.Partitions, rp)
	}
	resp, err := control[*kmsg.AlterShareGroupOffsetsResponse](ctx, a, what, req)
	if err == nil {
		err = a.fail(what, kmsg.AlterShareGroupOffsets, g.ID, resp.ErrorCode, resp.ErrorMessage)
	}
	if err != nil {
		return failAll(len(order), func(i int) string { return partitionName(order[i]) }, err)
	}
	var items []Item
	for i := range resp.Topics {
		for _, rp := range resp.Topics[i].Partitions {
			tp := TopicPartition{resp.Topics[i].Topic, rp.Partition}
			items = append(items, Item{
				Resource: partitionName(tp), Detail: "start offset " + strconv.FormatInt(to[tp], 10),
				Err: a.fail(what, kmsg.AlterShareGroupOffsets, named(rp.ErrorCode, g.ID, tp.Topic), rp.ErrorCode, rp.ErrorMessage),
			})
		}
	}
	return items
}

// WriteOffsets writes a group's committed offsets as lines topic,partition,offset:
// a restore file for [ResetFile], in the format of Kafka's own tool.
func WriteOffsets(w io.Writer, g Group) error {
	for _, o := range g.Offsets {
		if o.Committed < 0 {
			continue
		}
		if _, err := fmt.Fprintf(w, "%s,%d,%d\n", o.Topic, o.Partition, o.Committed); err != nil {
			return err
		}
	}
	return nil
}

// ReadOffsets reads what [WriteOffsets] wrote. Empty lines and lines that begin
// with # are skipped; an error names the line.
func ReadOffsets(r io.Reader) (map[TopicPartition]int64, error) {
	offsets := make(map[TopicPartition]int64)
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Split(line, ",")
		if len(fields) != 3 {
			return nil, fmt.Errorf("line %d: %d fields instead of topic,partition,offset", n, len(fields))
		}
		partition, err := strconv.ParseUint(strings.TrimSpace(fields[1]), 10, 31)
		if err != nil {
			return nil, fmt.Errorf("line %d: %q is no partition", n, fields[1])
		}
		offset, err := strconv.ParseUint(strings.TrimSpace(fields[2]), 10, 63)
		if err != nil {
			return nil, fmt.Errorf("line %d: %q is no offset", n, fields[2])
		}
		offsets[TopicPartition{strings.TrimSpace(fields[0]), int32(partition)}] = int64(offset)
	}
	return offsets, lines.Err()
}
