package kafka

import (
	"context"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// LogDir is one log dir of a broker.
type LogDir struct {
	Broker   int32        `json:"broker"`
	Path     string       `json:"path"`
	Total    int64        `json:"total"`  // bytes of its volume; [Unknown] before Kafka 3.3
	Usable   int64        `json:"usable"` // bytes free on its volume; [Unknown] before Kafka 3.3
	Bytes    int64        `json:"bytes"`  // bytes of all replicas in it
	Cordoned bool         `json:"cordoned,omitempty"`
	Replicas []LogReplica `json:"replicas,omitempty"` // by topic, then partition
	Err      error        `json:"-"`                  // an offline dir, or one that could not be read
}

// LogReplica is one replica in a log dir.
type LogReplica struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Bytes     int64  `json:"bytes"`
	Lag       int64  `json:"lag"`              // offsets behind the high watermark, or, for a future one, behind the current replica
	Future    bool   `json:"future,omitempty"` // is being moved here from another dir
}

// LogDirs reads the log dirs of all live brokers, one request to each, sorted by
// broker and path. It needs DESCRIBE on the cluster.
//
// Kafka API: DescribeLogDirs (KIP-113, sizes of volumes KIP-827).
func (c *Cluster) LogDirs(ctx context.Context) ([]LogDir, error) {
	ctx, k, done := c.begin(ctx, "cannot read the log dirs")
	defer done()
	reqs, err := k.everyBroker(ctx, func(int32) kmsg.Request {
		req := kmsg.NewPtrDescribeLogDirsRequest()
		req.Topics = nil
		return req
	})
	if err != nil {
		return nil, err
	}
	var dirs []LogDir
	var failed partial
	names := newInterner()
	fan(ctx, k, reqs, func(a answer[*kmsg.DescribeLogDirsResponse]) {
		if a.err == nil {
			a.err = k.fail(codeError(a.resp.ErrorCode, nil))
		}
		if a.err != nil {
			failed.add(1, a.err)
			return
		}
		for i := range a.resp.Dirs {
			dirs = append(dirs, k.logDir(a.broker, &a.resp.Dirs[i], names))
		}
	})
	slices.SortFunc(dirs, func(a, b LogDir) int {
		if a.Broker != b.Broker {
			return int(a.Broker) - int(b.Broker)
		}
		return strings.Compare(a.Path, b.Path)
	})
	return dirs, failed.err(k.what, "brokers")
}

func (k *call) logDir(broker int32, rd *kmsg.DescribeLogDirsResponseDir, names interner) LogDir {
	d := LogDir{Broker: broker, Path: rd.Dir, Total: rd.TotalBytes, Usable: rd.UsableBytes, Cordoned: rd.IsCordoned}
	d.Err = k.fail(codeError(rd.ErrorCode, nil))
	for i := range rd.Topics {
		rt := &rd.Topics[i]
		topic := names.intern(rt.Topic)
		for j := range rt.Partitions {
			rp := &rt.Partitions[j]
			d.Bytes += rp.Size
			d.Replicas = append(d.Replicas, LogReplica{
				Topic: topic, Partition: rp.Partition, Bytes: rp.Size, Lag: rp.OffsetLag, Future: rp.IsFuture,
			})
		}
	}
	slices.SortFunc(d.Replicas, func(a, b LogReplica) int {
		return compareTP(TopicPartition{a.Topic, a.Partition}, TopicPartition{b.Topic, b.Partition})
	})
	return d
}
