package kafka

import (
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kbin"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kconsole/kafka/heavy"
)

// metadataQuery is a Metadata request whose answer is read straight into topics:
// the library's own form of it is garbage as soon as it is read, and of tens of
// thousands of partitions it is most of what a first screen costs.
type metadataQuery struct{ *kmsg.MetadataRequest }

// ResponseKind makes what the answer is read into.
func (q metadataQuery) ResponseKind() kmsg.Response {
	resp := kmsg.NewPtrMetadataResponse()
	resp.Version = q.Version
	return &metadataAnswer{MetadataResponse: resp}
}

// metadataAnswer is the answer to a metadataQuery. Where read is set, its topics
// are in topics and not in the library's form.
type metadataAnswer struct {
	*kmsg.MetadataResponse
	read   bool
	topics []Topic
	codes  map[string]int16 // why topics could not be described, by name
}

// firstFlexible is the first version of Metadata in the encoding of KIP-482.
// Brokers before 2.4 do not have it; the library reads theirs.
const firstFlexible = 9

// ReadFrom reads the answer from the wire.
//
// Kafka API: Metadata v9 to v13.
func (a *metadataAnswer) ReadFrom(src []byte) (err error) {
	heavy.Do(func() { err = a.readFrom(src) })
	return err
}

func (a *metadataAnswer) readFrom(src []byte) error {
	if a.Version < firstFlexible {
		return a.MetadataResponse.ReadFrom(src)
	}
	a.read = true
	b := kbin.Reader{Src: src}
	a.ThrottleMillis = b.Int32()
	for n := b.CompactArrayLen(); n > 0 && b.Ok(); n-- {
		rb := kmsg.NewMetadataResponseBroker()
		rb.NodeID, rb.Host, rb.Port, rb.Rack = b.Int32(), b.CompactString(), b.Int32(), b.CompactNullableString()
		skipTags(&b)
		a.Brokers = append(a.Brokers, rb)
	}
	a.ClusterID, a.ControllerID = b.CompactNullableString(), b.Int32()
	n := max(b.CompactArrayLen(), 0)
	if !b.Ok() {
		return b.Complete()
	}
	a.topics = make([]Topic, 0, n)
	var store store
	store.names.Grow(int(n) * usualName)
	for ; n > 0 && b.Ok(); n-- {
		a.topic(&b, &store)
	}
	if a.Version <= 10 {
		a.AuthorizedOperations = b.Int32()
	}
	if a.Version >= 13 {
		a.ErrorCode = b.Int16()
	}
	skipTags(&b)
	return b.Complete()
}

func (a *metadataAnswer) topic(b *kbin.Reader, s *store) {
	code := b.Int16()
	var name string
	named := true
	if a.Version < 12 {
		name = b.UnsafeCompactString()
	} else if p := b.UnsafeCompactNullableString(); p != nil {
		name = *p
	} else {
		named = false
	}
	t := Topic{Name: s.name(name), InRate: -1}
	if a.Version >= 10 {
		t.ID = b.Uuid()
	}
	t.Internal = b.Bool()
	t.Partitions = s.partitions(int(max(b.CompactArrayLen(), 0)))
	for i := range t.Partitions {
		if !b.Ok() {
			return
		}
		b.Int16() // the partition's error says no more than its leader and replicas do
		p := Partition{Topic: t.Name, ID: b.Int32(), Leader: b.Int32(), LeaderEpoch: b.Int32(), Start: Unknown, End: Unknown, Stable: Unknown, Bytes: Unknown}
		p.Leader = max(p.Leader, NoLeader)
		p.Replicas = s.list(b, nil)
		p.ISR = s.list(b, p.Replicas)
		p.Offline = s.list(b, nil)
		skipTags(b)
		t.Partitions[i] = p
	}
	b.Int32() // authorized operations
	skipTags(b)
	if !named || !b.Ok() {
		return
	}
	if code != 0 {
		if a.codes == nil {
			a.codes = make(map[string]int16)
		}
		a.codes[t.Name] = code
	}
	a.topics = append(a.topics, t)
}

func skipTags(b *kbin.Reader) {
	for n := b.Uvarint(); n > 0 && b.Ok(); n-- {
		b.Uvarint()
		b.Span(int(b.Uvarint()))
	}
}

// usualName is how long topics' names are taken to be, in bytes.
const usualName = 32

// store is memory for the parts of many topics: a few large blocks of it.
type store struct {
	names strings.Builder
	parts []Partition
	lists []int32
}

// name is a copy of a name that is valid for a moment only.
func (s *store) name(name string) string {
	from := s.names.Len()
	s.names.WriteString(name)
	return s.names.String()[from:]
}

// partitions are so many new ones.
func (s *store) partitions(n int) []Partition {
	const block = 512
	if n > len(s.parts) {
		s.parts = make([]Partition, max(n, block))
	}
	out := s.parts[:n:n]
	s.parts = s.parts[n:]
	return out
}

// list reads a list of broker ids. One that is the same as another shares its
// memory: lists of replicas are never changed.
func (s *store) list(b *kbin.Reader, other []int32) []int32 {
	n := int(b.CompactArrayLen())
	if n <= 0 || !b.Ok() {
		return nil
	}
	const block = 4096
	if n > cap(s.lists)-len(s.lists) {
		s.lists = make([]int32, 0, max(n, block))
	}
	from := len(s.lists)
	for range n {
		s.lists = append(s.lists, b.Int32())
	}
	out := s.lists[from:len(s.lists):len(s.lists)]
	if slices.Equal(out, other) {
		s.lists = s.lists[:from]
		return other
	}
	return out
}
