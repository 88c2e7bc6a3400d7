package kafka

import (
	"github.com/twmb/franz-go/pkg/kbin"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// sizesQuery is a DescribeLogDirs request about all replicas, of whose answer
// only the sizes are kept, for the same reason as of an offsetsQuery.
type sizesQuery struct {
	*kmsg.DescribeLogDirsRequest
	index    topicIndex
	replicas int // about how many will be told
}

// sizesFlexible is the first version of DescribeLogDirs in the encoding of
// KIP-482. Brokers before 2.6 do not have it; the library reads theirs.
const sizesFlexible = 2

// ResponseKind makes what the answer is read into.
func (q *sizesQuery) ResponseKind() kmsg.Response {
	resp := kmsg.NewPtrDescribeLogDirsResponse()
	resp.Version = q.Version
	return &sizesAnswer{DescribeLogDirsResponse: resp, query: q}
}

// sizesAnswer is the answer to a sizesQuery.
type sizesAnswer struct {
	*kmsg.DescribeLogDirsResponse
	query *sizesQuery
	codes []int16 // of each log dir
	total int64   // bytes in all of them
	told  []toldSize
}

// toldSize is the size of a replica that is no future one, of a topic in the index.
type toldSize struct {
	bytes     int64
	topic     int32 // its place
	partition int32 // its number
}

// ReadFrom reads the answer.
//
// Kafka API: DescribeLogDirs v2 to v5.
func (a *sizesAnswer) ReadFrom(src []byte) error {
	a.told = make([]toldSize, 0, a.query.replicas)
	if a.Version < sizesFlexible {
		return a.readInFull(src)
	}
	b := kbin.Reader{Src: src}
	a.ThrottleMillis = b.Int32()
	if a.Version >= 3 {
		a.ErrorCode = b.Int16()
	}
	for n := b.CompactArrayLen(); n > 0 && b.Ok(); n-- {
		a.codes = append(a.codes, b.Int16())
		b.UnsafeCompactString() // where it is
		for n := b.CompactArrayLen(); n > 0 && b.Ok(); n-- {
			at, known := a.query.index[b.UnsafeCompactString()]
			for n := b.CompactArrayLen(); n > 0 && b.Ok(); n-- {
				told := toldSize{topic: int32(at), partition: b.Int32(), bytes: b.Int64()}
				b.Int64() // how far it is behind
				future := b.Bool()
				skipTags(&b)
				a.tell(told, known && !future)
			}
			skipTags(&b)
		}
		if a.Version >= 4 {
			b.Int64() // the volume's size
			b.Int64() // and what of it is free
		}
		if a.Version >= 5 {
			b.Bool() // whether it is cordoned
		}
		skipTags(&b)
	}
	skipTags(&b)
	return b.Complete()
}

func (a *sizesAnswer) tell(told toldSize, kept bool) {
	a.total += told.bytes
	if kept {
		a.told = append(a.told, told)
	}
}

func (a *sizesAnswer) readInFull(src []byte) error {
	if err := a.DescribeLogDirsResponse.ReadFrom(src); err != nil {
		return err
	}
	for i := range a.Dirs {
		dir := &a.Dirs[i]
		a.codes = append(a.codes, dir.ErrorCode)
		for j := range dir.Topics {
			at, known := a.query.index[dir.Topics[j].Topic]
			for _, p := range dir.Topics[j].Partitions {
				a.tell(toldSize{topic: int32(at), partition: p.Partition, bytes: p.Size}, known && !p.IsFuture)
			}
		}
	}
	a.Dirs = nil
	return nil
}
