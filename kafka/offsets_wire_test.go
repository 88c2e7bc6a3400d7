package kafka

import (
	"bytes"
	"fmt"
	"reflect"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// placed are topics with 0 to 4 partitions, led by brokers 0 and 1 or by nobody.
func placed() []Topic {
	topics := make([]Topic, 50)
	for i := range topics {
		topics[i].Name = fmt.Sprintf("a-rather-long-name-of-a-topic-%03d", i)
		for j := range int32(i % 5) {
			topics[i].Partitions = append(topics[i].Partitions, Partition{Topic: topics[i].Name, ID: j, Leader: (int32(i)+j)%3 - 1})
		}
	}
	return topics
}

// TestOffsetsAreAskedForAsTheLibraryDoes holds what we write against what the
// library writes, in each version.
func TestOffsetsAreAskedForAsTheLibraryDoes(t *testing.T) {
	topics := placed()
	led := ledBy(topics)
	total := 0
	for leader, req := range listOffsets(topics, indexTopics(topics), led, 7, true) {
		q := req.(*offsetsQuery) //nolint:forcetypeassert // it is
		full := q.inFull()
		for i := range full.Topics {
			for _, p := range full.Topics[i].Partitions {
				total++
				if got := topics[indexTopics(topics)[full.Topics[i].Topic]].Partition(p.Partition).Leader; got != leader || p.Timestamp != 7 {
					t.Fatalf("broker %d is asked for what %d leads: %+v", leader, got, p)
				}
			}
		}
		for version := int16(1); version <= q.MaxVersion(); version++ {
			q.SetVersion(version)
			full.SetVersion(version)
			if got, want := q.AppendTo([]byte("head")), full.AppendTo([]byte("head")); !bytes.Equal(got, want) {
				t.Fatalf("version %d: %x, want %x", version, got, want)
			}
		}
	}
	want := 0
	for i := range topics {
		want += len(topics[i].Partitions) - topics[i].Offline()
	}
	if len(led) != 2 || total != want {
		t.Errorf("%d brokers are asked for %d partitions, %d have a leader", len(led), total, want)
	}
}

// TestOffsetsAreReadAsTheLibraryReadsThem holds our reading of the answer against
// the library's, in each version.
func TestOffsetsAreReadAsTheLibraryReadsThem(t *testing.T) {
	topics := placed()
	resp := kmsg.NewPtrListOffsetsResponse()
	resp.ThrottleMillis = 9
	var want []toldOffset
	for i := range int32(60) { // the last ones are not ours
		rt := kmsg.NewListOffsetsResponseTopic()
		rt.Topic = fmt.Sprintf("a-rather-long-name-of-a-topic-%03d", 59-i)
		for j := range 1 + i%3 {
			rp := kmsg.NewListOffsetsResponseTopicPartition()
			rp.Partition, rp.Offset, rp.Timestamp, rp.LeaderEpoch = j, int64(i)<<33, int64(j)<<34, 5
			if j == 2 {
				rp.ErrorCode, rp.Offset = 6, -1
				rp.UnknownTags.Set(3, []byte("more"))
			}
			rt.Partitions = append(rt.Partitions, rp)
			if 59-i < 50 {
				want = append(want, toldOffset{rp.Offset, rp.Timestamp, 59 - i, j, rp.ErrorCode})
			}
		}
		rt.UnknownTags.Set(1, []byte{1})
		resp.Topics = append(resp.Topics, rt)
	}
	q := &offsetsQuery{ListOffsetsRequest: kmsg.NewPtrListOffsetsRequest(), index: indexTopics(topics)}
	for version := int16(1); version <= q.MaxVersion(); version++ {
		q.SetVersion(version)
		resp.Version = version
		wire := resp.AppendTo(nil)
		ours := q.ResponseKind().(*offsetsAnswer) //nolint:forcetypeassert // it is
		if err := ours.ReadFrom(wire); err != nil || !reflect.DeepEqual(ours.told, want) {
			t.Fatalf("version %d: %v, %+v, want %+v", version, err, ours.told, want)
		}
		if millis, _ := ours.Throttle(); version >= 2 && millis != 9 {
			t.Errorf("version %d: throttled for %d ms", version, millis)
		}
		readsWhole(t, version, wire, q.ResponseKind)
	}
}

// TestSizesAreReadAsTheLibraryReadsThem is the same for the log dirs.
func TestSizesAreReadAsTheLibraryReadsThem(t *testing.T) {
	topics := placed()
	resp := kmsg.NewPtrDescribeLogDirsResponse()
	resp.ThrottleMillis = 9
	var want []toldSize
	var total int64
	for dir := range int32(3) {
		rd := kmsg.NewDescribeLogDirsResponseDir()
		rd.Dir, rd.TotalBytes, rd.UsableBytes, rd.IsCordoned = "/data", 1<<40, 1<<39, dir == 1
		rd.UnknownTags.Set(2, []byte("dir"))
		if dir == 2 {
			rd.ErrorCode = 56
			resp.Dirs = append(resp.Dirs, rd)
			continue
		}
		for i := range int32(60) {
			rt := kmsg.NewDescribeLogDirsResponseDirTopic()
			rt.Topic = fmt.Sprintf("a-rather-long-name-of-a-topic-%03d", 59-i)
			rt.UnknownTags.Set(1, []byte{1})
			for j := range 1 + i%3 {
				rp := kmsg.NewDescribeLogDirsResponseDirTopicPartition()
				rp.Partition, rp.Size, rp.OffsetLag, rp.IsFuture = j, int64(i+j+dir)<<32, 3, j == 1
				rp.UnknownTags.Set(3, []byte("more"))
				rt.Partitions = append(rt.Partitions, rp)
				total += rp.Size
				if 59-i < 50 && j != 1 {
					want = append(want, toldSize{rp.Size, 59 - i, j})
				}
			}
			rd.Topics = append(rd.Topics, rt)
		}
		resp.Dirs = append(resp.Dirs, rd)
	}
	q := &sizesQuery{DescribeLogDirsRequest: kmsg.NewPtrDescribeLogDirsRequest(), index: indexTopics(topics)}
	for version := int16(0); version <= q.MaxVersion(); version++ {
		q.SetVersion(version)
		resp.Version = version
		resp.ErrorCode = 0
		if version >= 3 {
			resp.ErrorCode = 31
		}
		wire := resp.AppendTo(nil)
		ours := q.ResponseKind().(*sizesAnswer) //nolint:forcetypeassert // it is
		if err := ours.ReadFrom(wire); err != nil || !reflect.DeepEqual(ours.told, want) || ours.total != total {
			t.Fatalf("version %d: %v, %d bytes in %+v, want %d in %+v", version, err, ours.total, ours.told, total, want)
		}
		if millis, _ := ours.Throttle(); millis != 9 || ours.ErrorCode != resp.ErrorCode || !reflect.DeepEqual(ours.codes, []int16{0, 0, 56}) {
			t.Errorf("version %d: throttled for %d ms, code %d, of the dirs %v", version, millis, ours.ErrorCode, ours.codes)
		}
		readsWhole(t, version, wire, q.ResponseKind)
	}
}

// readsWhole demands an error for every answer that is cut off.
func readsWhole(t *testing.T, version int16, wire []byte, answer func() kmsg.Response) {
	t.Helper()
	for cut := range wire {
		if cut > 300 && cut < len(wire)-100 {
			continue
		}
		if err := answer().ReadFrom(wire[:cut]); err == nil {
			t.Fatalf("version %d: %d of %d bytes are read without an error", version, cut, len(wire))
		}
	}
}
