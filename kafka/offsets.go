package kafka

import (
	"context"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kconsole/kafka/heavy"
)

// OffsetKind is one of the offsets of a partition that [Cluster.Offsets] reads.
type OffsetKind uint8

// The offsets of a partition. Each costs one request to each broker.
const (
	StartOffset  OffsetKind = iota // log start offset
	EndOffset                      // high watermark
	StableOffset                   // last stable offset
)

// The timestamps with a meaning of their own in ListOffsets.
const (
	atLatest   int64 = -1
	atEarliest int64 = -2
)

// Offsets fills in Start, End and Stable of all partitions that have a leader,
// or only those kinds that are named. It asks each leader once per kind, all at
// the same time. What a leader did not tell stays as it was, with the reason in
// the partition's Err, and is summed up in the error.
//
// Kafka API: ListOffsets, isolation level read_committed for [StableOffset].
func (c *Cluster) Offsets(ctx context.Context, topics []Topic, kinds ...OffsetKind) error {
	if len(kinds) == 0 {
		kinds = []OffsetKind{StartOffset, EndOffset, StableOffset}
	}
	ctx, k, done := c.begin(ctx, "cannot read the offsets")
	defer done()
	var index topicIndex
	heavy.Do(func() { index = indexTopics(topics) })
	var failed partial
	results := make(chan func())
	for _, kind := range kinds {
		timestamp := atLatest
		if kind == StartOffset {
			timestamp = atEarliest
		}
		var reqs map[int32]kmsg.Request
		heavy.Do(func() { reqs = listOffsets(topics, timestamp, kind == StableOffset) })
		go func() {
			fan(ctx, k, reqs, func(a answer[*kmsg.ListOffsetsResponse]) {
				results <- func() { mergeOffsets(k, kind, topics, index, a, &failed) }
			})
			results <- nil
		}()
	}
	for open := len(kinds); open > 0; {
		if merge := <-results; merge != nil {
			heavy.Do(merge)
		} else {
			open--
		}
	}
	return failed.err(k.what, "partitions")
}

// OffsetsAt tells, for each partition that has a leader, the offset of its first
// record with a timestamp of at or later; partitions without one are not in the
// map. It asks each leader once. What could not be read is in the error.
//
// Kafka API: ListOffsets.
func (c *Cluster) OffsetsAt(ctx context.Context, topics []Topic, at time.Time) (map[TopicPartition]int64, error) {
	ctx, k, done := c.begin(ctx, "cannot find the offsets of "+at.UTC().Format(time.RFC3339))
	defer done()
	offsets := make(map[TopicPartition]int64)
	var failed partial
	fan(ctx, k, listOffsets(topics, max(at.UnixMilli(), 0), false), func(a answer[*kmsg.ListOffsetsResponse]) {
		if a.err != nil {
			failed.add(1, a.err)
			return
		}
		for i := range a.resp.Topics {
			rt := &a.resp.Topics[i]
			for j := range rt.Partitions {
				rp := &rt.Partitions[j]
				if err := codeError(rp.ErrorCode, nil); err != nil {
					failed.add(1, k.failOn(rt.Topic, err))
				} else if rp.Offset >= 0 {
					offsets[TopicPartition{rt.Topic, rp.Partition}] = rp.Offset
				}
			}
		}
	})
	return offsets, failed.err(k.what, "partitions")
}

// listOffsets makes one request per leader. Committed asks for the last stable
// offset where the timestamp asks for the end.
func listOffsets(topics []Topic, timestamp int64, committed bool) map[int32]kmsg.Request {
	byLeader := make(map[int32]*kmsg.ListOffsetsRequest)
	for i := range topics {
		t := &topics[i]
		for j := range t.Partitions {
			p := &t.Partitions[j]
			if p.Leader < 0 {
				continue
			}
			req := byLeader[p.Leader]
			if req == nil {
				req = kmsg.NewPtrListOffsetsRequest()
				req.ReplicaID = -1
				req.TimeoutMillis = int32(requestLimit.Milliseconds())
				if committed {
					req.IsolationLevel = 1
				}
				byLeader[p.Leader] = req
			}
			if n := len(req.Topics); n == 0 || req.Topics[n-1].Topic != t.Name {
				rt := kmsg.NewListOffsetsRequestTopic()
				rt.Topic = t.Name
				req.Topics = append(req.Topics, rt)
			}
			rp := kmsg.NewListOffsetsRequestTopicPartition()
			rp.Partition, rp.CurrentLeaderEpoch, rp.Timestamp = p.ID, -1, timestamp
			last := &req.Topics[len(req.Topics)-1]
			last.Partitions = append(last.Partitions, rp)
		}
	}
	reqs := make(map[int32]kmsg.Request, len(byLeader))
	for leader, req := range byLeader {
		reqs[leader] = req
	}
	return reqs
}

func mergeOffsets(k *call, kind OffsetKind, topics []Topic, index topicIndex, a answer[*kmsg.ListOffsetsResponse], failed *partial) {
	if a.err != nil {
		asked := a.req.(*kmsg.ListOffsetsRequest) //nolint:forcetypeassert // made by listOffsets
		n := 0
		for i := range asked.Topics {
			for j := range asked.Topics[i].Partitions {
				if p := index.partition(topics, asked.Topics[i].Topic, asked.Topics[i].Partitions[j].Partition); p != nil {
					p.Err = a.err
					n++
				}
			}
		}
		failed.add(n, a.err)
		return
	}
	for i := range a.resp.Topics {
		rt := &a.resp.Topics[i]
		t := index.topic(topics, rt.Topic)
		if t == nil {
			continue
		}
		for j := range rt.Partitions {
			rp := &rt.Partitions[j]
			p := t.Partition(rp.Partition)
			if p == nil {
				continue
			}
			if err := codeError(rp.ErrorCode, nil); err != nil {
				p.Err = k.failOn(rt.Topic, err)
				failed.add(1, p.Err)
				continue
			}
			switch kind {
			case StartOffset:
				p.Start = rp.Offset
			case EndOffset:
				p.End = rp.Offset
			case StableOffset:
				p.Stable = rp.Offset
			}
		}
	}
}

// topicIndex finds topics of one slice by name.
type topicIndex map[string]int

func indexTopics(topics []Topic) topicIndex {
	index := make(topicIndex, len(topics))
	for i := range topics {
		index[topics[i].Name] = i
	}
	return index
}

func (x topicIndex) topic(topics []Topic, name string) *Topic {
	if i, ok := x[name]; ok {
		return &topics[i]
	}
	return nil
}

// partition finds a partition; nil if there is none. Partitions are numbered
// from 0 without gaps, except where Metadata left one out.
func (x topicIndex) partition(topics []Topic, name string, id int32) *Partition {
	t := x.topic(topics, name)
	if t == nil {
		return nil
	}
	return t.Partition(id)
}
