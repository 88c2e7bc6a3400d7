package kafka

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// metadataAt is an answer of a broker with a bit of everything.
func metadataAt(version int16) *kmsg.MetadataResponse {
	resp := kmsg.NewPtrMetadataResponse()
	resp.Version, resp.ControllerID, resp.ClusterID = version, 2, kmsg.StringPtr("c-1")
	for id := range int32(3) {
		b := kmsg.NewMetadataResponseBroker()
		b.NodeID, b.Host, b.Port = id, "host", 9092+id
		if id == 1 {
			b.Rack = kmsg.StringPtr("west")
			b.UnknownTags.Set(7, []byte("later"))
		}
		resp.Brokers = append(resp.Brokers, b)
	}
	for i := range 700 { // more than a block of partitions, not in the order of their names
		t := kmsg.NewMetadataResponseTopic()
		t.Topic, t.IsInternal = kmsg.StringPtr(fmt.Sprintf("a-rather-long-name-of-a-topic-%03d", (i*37)%700)), i%100 == 0
		if version >= 10 {
			t.TopicID[3] = byte(i)
		}
		t.UnknownTags.Set(1, []byte{1})
		for j := range i % 5 {
			p := kmsg.NewMetadataResponseTopicPartition()
			p.Partition, p.Leader, p.LeaderEpoch = int32(i%5-1-j), int32(j%3)-1, int32(i)
			p.Replicas, p.ISR = []int32{0, 1, 2}, []int32{0, 1, 2}
			if j == 1 {
				p.ErrorCode, p.ISR, p.OfflineReplicas = 9, []int32{2}, []int32{0, 1}
				p.UnknownTags.Set(3, []byte("more"))
			}
			t.Partitions = append(t.Partitions, p)
		}
		resp.Topics = append(resp.Topics, t)
	}
	if version == 13 {
		resp.ErrorCode = 5
	}
	return resp
}

// TestMetadataIsReadAsTheLibraryReadsIt holds our reading of the answer against
// the library's, in each version that we read.
func TestMetadataIsReadAsTheLibraryReadsIt(t *testing.T) {
	for version := int16(firstFlexible); version <= kmsg.NewPtrMetadataResponse().MaxVersion(); version++ {
		wire := metadataAt(version).AppendTo(nil)
		theirs := kmsg.NewPtrMetadataResponse()
		theirs.Version = version
		if err := theirs.ReadFrom(wire); err != nil {
			t.Fatal(err)
		}
		req := kmsg.NewPtrMetadataRequest()
		req.Version = version
		ours := metadataQuery{req}.ResponseKind().(*metadataAnswer) //nolint:forcetypeassert // it is
		if err := ours.ReadFrom(wire); err != nil || !ours.read {
			t.Fatalf("version %d: %v", version, err)
		}
		ours.topics = byName(ours.topics)
		want := topicsOf(nil, theirs)
		if len(ours.topics) != len(want) {
			t.Fatalf("version %d: %d topics, want %d", version, len(ours.topics), len(want))
		}
		for i := range want {
			got := ours.topics[i]
			if len(got.Partitions) == 0 && len(want[i].Partitions) == 0 {
				got.Partitions = want[i].Partitions // nil or empty is the same
			}
			if !reflect.DeepEqual(got, want[i]) {
				t.Fatalf("version %d: %+v, want %+v", version, got, want[i])
			}
		}
		if got, want := clusterOf(ours.MetadataResponse, ours.topics), clusterOf(theirs, want); !reflect.DeepEqual(got, want) || ours.ErrorCode != theirs.ErrorCode {
			t.Errorf("version %d: %+v, want %+v", version, got, want)
		}
		readsWhole(t, version, wire, metadataQuery{req}.ResponseKind)
	}
	coded := kmsg.NewPtrMetadataResponse()
	coded.Version = 12
	for _, code := range []int16{29, 0} {
		topic := kmsg.NewMetadataResponseTopic()
		topic.ErrorCode = code
		if code == 29 {
			topic.Topic = kmsg.StringPtr("secret")
		} // the other one has an id only
		coded.Topics = append(coded.Topics, topic)
	}
	req := kmsg.NewPtrMetadataRequest()
	req.Version = 12
	ours := metadataQuery{req}.ResponseKind().(*metadataAnswer) //nolint:forcetypeassert // it is
	if err := ours.ReadFrom(coded.AppendTo(nil)); err != nil || len(ours.topics) != 1 || ours.codes["secret"] != 29 {
		t.Errorf("%+v, codes %v: %v", ours.topics, ours.codes, err)
	}
}
