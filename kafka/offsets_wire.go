package kafka

import (
	"slices"

	"github.com/twmb/franz-go/pkg/kbin"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// place says where in a slice of topics a partition is.
type place struct{ topic, part int32 }

// ledBy groups the partitions that have a leader by it, in their order.
func ledBy(topics []Topic) map[int32][]place {
	counts := make(map[int32]int)
	for i := range topics {
		for j := range topics[i].Partitions {
			counts[topics[i].Partitions[j].Leader]++
		}
	}
	led := make(map[int32][]place, len(counts))
	for leader, n := range counts {
		if leader >= 0 {
			led[leader] = make([]place, 0, n)
		}
	}
	for i := range topics {
		for j := range topics[i].Partitions {
			if leader := topics[i].Partitions[j].Leader; leader >= 0 {
				led[leader] = append(led[leader], place{int32(i), int32(j)})
			}
		}
	}
	return led
}

// offsetsQuery is a ListOffsets request about the partitions in places. It is
// written straight from the topics, and its answer is read without the
// library's own form, as of Metadata: of tens of thousands of partitions both
// are garbage each time that they are asked for.
type offsetsQuery struct {
	*kmsg.ListOffsetsRequest // all but the topics
	topics                   []Topic
	index                    topicIndex
	places                   []place
	timestamp                int64
}

// offsetsFlexible is the first version of ListOffsets in the encoding of
// KIP-482. Brokers before 2.6 do not have it; the library writes and reads theirs.
const offsetsFlexible = 6

// AppendTo writes the request.
//
// Kafka API: ListOffsets v6 to v11.
func (q *offsetsQuery) AppendTo(dst []byte) []byte {
	if q.Version < offsetsFlexible {
		return q.inFull().AppendTo(dst)
	}
	const forAll, forTopic, forPartition = 32, 8, 17 // bytes at most, beside names
	topics, size := 0, forAll
	for i, p := range q.places {
		size += forPartition
		if i == 0 || q.places[i-1].topic != p.topic {
			topics++
			size += forTopic + len(q.topics[p.topic].Name)
		}
	}
	dst = slices.Grow(dst, size)
	dst = kbin.AppendInt32(dst, q.ReplicaID)
	dst = kbin.AppendInt8(dst, q.IsolationLevel)
	dst = kbin.AppendCompactArrayLen(dst, topics)
	for rest := q.places; len(rest) > 0; {
		of := rest[0].topic
		n := slices.IndexFunc(rest, func(p place) bool { return p.topic != of })
		if n < 0 {
			n = len(rest)
		}
		t := &q.topics[of]
		dst = kbin.AppendCompactString(dst, t.Name)
		dst = kbin.AppendCompactArrayLen(dst, n)
		for _, p := range rest[:n] {
			dst = kbin.AppendInt32(dst, t.Partitions[p.part].ID)
			dst = kbin.AppendInt32(dst, -1) // whatever the leader's epoch is
			dst = kbin.AppendInt64(dst, q.timestamp)
			dst = kbin.AppendUvarint(dst, 0) // tags
		}
		dst = kbin.AppendUvarint(dst, 0)
		rest = rest[n:]
	}
	if q.Version >= 10 {
		dst = kbin.AppendInt32(dst, q.TimeoutMillis)
	}
	return kbin.AppendUvarint(dst, 0)
}

// inFull is the request in the library's form.
func (q *offsetsQuery) inFull() *kmsg.ListOffsetsRequest {
	req := *q.ListOffsetsRequest
	for i, p := range q.places {
		t := &q.topics[p.topic]
		if i == 0 || q.places[i-1].topic != p.topic {
			rt := kmsg.NewListOffsetsRequestTopic()
			rt.Topic = t.Name
			req.Topics = append(req.Topics, rt)
		}
		rp := kmsg.NewListOffsetsRequestTopicPartition()
		rp.Partition, rp.CurrentLeaderEpoch, rp.Timestamp = t.Partitions[p.part].ID, -1, q.timestamp
		last := &req.Topics[len(req.Topics)-1]
		last.Partitions = append(last.Partitions, rp)
	}
	return &req
}

// ResponseKind makes what the answer is read into.
func (q *offsetsQuery) ResponseKind() kmsg.Response {
	resp := kmsg.NewPtrListOffsetsResponse()
	resp.Version = q.Version
	return &offsetsAnswer{ListOffsetsResponse: resp, query: q}
}

// offsetsAnswer is the answer to an offsetsQuery: what was told of topics that
// it was about.
type offsetsAnswer struct {
	*kmsg.ListOffsetsResponse
	query *offsetsQuery
	told  []toldOffset
}

type toldOffset struct {
	offset, timestamp int64
	topic             int32 // its place
	partition         int32 // its number
	code              int16
}

// ReadFrom reads the answer.
//
// Kafka API: ListOffsets v6 to v11.
func (a *offsetsAnswer) ReadFrom(src []byte) error {
	a.told = make([]toldOffset, 0, len(a.query.places))
	if a.Version < offsetsFlexible {
		return a.readInFull(src)
	}
	b := kbin.Reader{Src: src}
	a.ThrottleMillis = b.Int32()
	for n := b.CompactArrayLen(); n > 0 && b.Ok(); n-- {
		at, known := a.query.index[b.UnsafeCompactString()]
		for n := b.CompactArrayLen(); n > 0 && b.Ok(); n-- {
			told := toldOffset{topic: int32(at), partition: b.Int32(), code: b.Int16(), timestamp: b.Int64(), offset: b.Int64()}
			b.Int32() // the leader's epoch
			skipTags(&b)
			if known && b.Ok() {
				a.told = append(a.told, told)
			}
		}
		skipTags(&b)
	}
	skipTags(&b)
	return b.Complete()
}

func (a *offsetsAnswer) readInFull(src []byte) error {
	if err := a.ListOffsetsResponse.ReadFrom(src); err != nil {
		return err
	}
	for i := range a.Topics {
		at, known := a.query.index[a.Topics[i].Topic]
		if !known {
			continue
		}
		for _, p := range a.Topics[i].Partitions {
			a.told = append(a.told, toldOffset{topic: int32(at), partition: p.Partition, code: p.ErrorCode, timestamp: p.Timestamp, offset: p.Offset})
		}
	}
	a.Topics = nil
	return nil
}
