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
	var led map[int32][]place
	heavy.Do(func() { index, led = indexTopics(topics), ledBy(topics) })
	var failed partial
	results := make(chan func())
	for _, kind := range kinds {
		timestamp := atLatest
		if kind == StartOffset {
			timestamp = atEarliest
		}
		reqs := listOffsets(topics, index, led, timestamp, kind == StableOffset)
		go func() {
			fan(ctx, k, reqs, func(a answer[*offsetsAnswer]) {
				results <- func() { mergeOffsets(k, kind, topics, led[a.broker], a, &failed) }
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
	reqs := listOffsets(topics, indexTopics(topics), ledBy(topics), max(at.UnixMilli(), 0), false)
	fan(ctx, k, reqs, func(a answer[*offsetsAnswer]) {
		if a.err != nil {
			failed.add(1, a.err)
			return
		}
		for _, told := range a.resp.told {
			name := topics[told.topic].Name
			if err := codeError(told.code, nil); err != nil {
				failed.add(1, k.failOn(name, err))
			} else if told.offset >= 0 {
				offsets[TopicPartition{name, told.partition}] = told.offset
			}
		}
	})
	return offsets, failed.err(k.what, "partitions")
}

// listOffsets makes one request per leader. Committed asks for the last stable
// offset where the timestamp asks for the end.
func listOffsets(topics []Topic, index topicIndex, led map[int32][]place, timestamp int64, committed bool) map[int32]kmsg.Request {
	reqs := make(map[int32]kmsg.Request, len(led))
	for leader, places := range led {
		req := kmsg.NewPtrListOffsetsRequest()
		req.ReplicaID = -1
		req.TimeoutMillis = int32(requestLimit.Milliseconds())
		if committed {
			req.IsolationLevel = 1
		}
		reqs[leader] = &offsetsQuery{ListOffsetsRequest: req, topics: topics, index: index, places: places, timestamp: timestamp}
	}
	return reqs
}

func mergeOffsets(k *call, kind OffsetKind, topics []Topic, places []place, a answer[*offsetsAnswer], failed *partial) {
	if a.err != nil {
		for _, at := range places {
			topics[at.topic].Partitions[at.part].Err = a.err
		}
		failed.add(len(places), a.err)
		return
	}
	for _, told := range a.resp.told {
		t := &topics[told.topic]
		p := t.Partition(told.partition)
		if p == nil {
			continue
		}
		if err := codeError(told.code, nil); err != nil {
			p.Err = k.failOn(t.Name, err)
			failed.add(1, p.Err)
			continue
		}
		switch kind {
		case StartOffset:
			p.Start = told.offset
		case EndOffset:
			p.End = told.offset
		case StableOffset:
			p.Stable = told.offset
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
