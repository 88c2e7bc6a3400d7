package front

import (
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kconsole/compose/embedded/engine"
	"kconsole/compose/embedded/shape"
	"kconsole/compose/embedded/wire"
)

// dirBytes is the size that every simulated log directory claims to have.
const dirBytes = 64 << 30

func init() {
	handlers[kmsg.DescribeLogDirs] = describeLogDirs
	handlers[kmsg.AlterReplicaLogDirs] = alterReplicaLogDirs
}

// describeLogDirs shows this broker's log directories with the replicas in
// them. A replica in sync is as large as the log; one that is catching up has
// part of it and says how far it is behind.
func describeLogDirs(c *conn, r *wire.Request, req kmsg.Request) ([]byte, error) {
	q := req.(*kmsg.DescribeLogDirsRequest)
	resp := q.ResponseKind().(*kmsg.DescribeLogDirsResponse)
	code, err := c.mayDescribeCluster(r)
	if err != nil {
		return nil, err
	}
	if code != 0 {
		resp.ErrorCode = code
		return answer(r, resp), nil
	}
	wanted := map[string][]int32{}
	if q.Topics == nil {
		for _, t := range c.srv.allPartitions() {
			wanted[t.Topic] = t.Partitions
		}
	}
	for _, t := range q.Topics {
		wanted[t.Topic] = t.Partitions
	}
	logs := map[string][]engine.PartitionState{}
	for name := range wanted {
		logs[name] = c.srv.cfg.Engine.Partitions(name)
	}
	c.srv.cfg.Shape.View(func(v shape.View) {
		b, _ := v.Broker(c.b.id)
		for _, d := range b.LogDirs {
			dir := kmsg.NewDescribeLogDirsResponseDir()
			dir.Dir, dir.TotalBytes = d.Path, dirBytes
			if d.Offline {
				dir.ErrorCode, dir.TotalBytes, dir.UsableBytes = kerr.KafkaStorageError.Code, -1, -1
				resp.Dirs = append(resp.Dirs, dir)
				continue
			}
			used := int64(0)
			for name, indexes := range wanted {
				t := kmsg.NewDescribeLogDirsResponseDirTopic()
				t.Topic = name
				for _, index := range indexes {
					if p, ok := replicaIn(v, d.Path, name, index, c.b.id, logs[name]); ok {
						t.Partitions = append(t.Partitions, p)
						used += p.Size
					}
				}
				if len(t.Partitions) > 0 {
					dir.Topics = append(dir.Topics, t)
				}
			}
			dir.UsableBytes = max(0, dirBytes-used)
			resp.Dirs = append(resp.Dirs, dir)
		}
	})
	return answer(r, resp), nil
}

func replicaIn(v shape.View, dir, topic string, index, broker int32, logs []engine.PartitionState) (kmsg.DescribeLogDirsResponseDirTopicPartition, bool) {
	p := kmsg.NewDescribeLogDirsResponseDirTopicPartition()
	rep, ok := v.Replica(topic, index, broker, time.Now())
	if !ok || rep.Dir != dir || index < 0 || int(index) >= len(logs) {
		return p, false
	}
	log := logs[index]
	p.Partition, p.Size = index, log.Bytes
	if !rep.InSync {
		p.Size = rep.Bytes + int64(rep.Progress*float64(max(0, log.Bytes-rep.Bytes)))
		p.OffsetLag = int64((1 - rep.Progress) * float64(max(0, log.HighWatermark-rep.End)))
	}
	return p, true
}

// alterReplicaLogDirs moves replicas of this broker between its directories,
// at once.
func alterReplicaLogDirs(c *conn, r *wire.Request, req kmsg.Request) ([]byte, error) {
	q := req.(*kmsg.AlterReplicaLogDirsRequest)
	resp := q.ResponseKind().(*kmsg.AlterReplicaLogDirsResponse)
	denied, err := c.mayAlterCluster(r)
	if err != nil {
		return nil, err
	}
	byTopic := map[string]int{}
	for _, d := range q.Dirs {
		for _, rt := range d.Topics {
			i, ok := byTopic[rt.Topic]
			if !ok {
				i = len(resp.Topics)
				byTopic[rt.Topic] = i
				t := kmsg.NewAlterReplicaLogDirsResponseTopic()
				t.Topic = rt.Topic
				resp.Topics = append(resp.Topics, t)
			}
			for _, index := range rt.Partitions {
				p := kmsg.NewAlterReplicaLogDirsResponseTopicPartition()
				p.Partition, p.ErrorCode = index, denied
				if denied == 0 {
					if e := c.srv.cfg.Shape.MoveReplica(rt.Topic, index, c.b.id, d.Dir); e != nil {
						p.ErrorCode = e.Code
					}
				}
				resp.Topics[i].Partitions = append(resp.Topics[i].Partitions, p)
			}
		}
	}
	return answer(r, resp), nil
}
