package front

import (
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kconsole/compose/embedded/shape"
	"kconsole/compose/embedded/wire"
)

// metadataTopic is the one partition that a KRaft quorum keeps.
const metadataTopic = "__cluster_metadata"

func init() {
	own[kmsg.DescribeQuorum] = api{min: 0, max: 1, handle: describeQuorum}
}

// describeQuorum shows the simulated KRaft quorum: every broker is a voter,
// the controller leads, and the log end is the count of changes so far.
func describeQuorum(c *conn, r *wire.Request, req kmsg.Request) ([]byte, error) {
	q := req.(*kmsg.DescribeQuorumRequest)
	resp := q.ResponseKind().(*kmsg.DescribeQuorumResponse)
	code, err := c.mayDescribeCluster(r)
	if err != nil {
		return nil, err
	}
	if code != 0 {
		resp.ErrorCode = code
		return answer(r, resp), nil
	}
	now := time.Now()
	c.srv.cfg.Shape.View(func(v shape.View) {
		for _, rt := range q.Topics {
			t := kmsg.NewDescribeQuorumResponseTopic()
			t.Topic = rt.Topic
			for _, rp := range rt.Partitions {
				p := kmsg.NewDescribeQuorumResponseTopicPartition()
				p.Partition = rp.Partition
				if rt.Topic != metadataTopic || rp.Partition != 0 {
					p.ErrorCode = kerr.UnknownTopicOrPartition.Code
				} else {
					quorumState(v, &p, now)
				}
				t.Partitions = append(t.Partitions, p)
			}
			resp.Topics = append(resp.Topics, t)
		}
	})
	return answer(r, resp), nil
}

func quorumState(v shape.View, p *kmsg.DescribeQuorumResponseTopicPartition, now time.Time) {
	p.LeaderID, p.LeaderEpoch = v.Controller()
	p.HighWatermark = v.Version()
	for _, b := range v.Brokers() {
		s := kmsg.NewDescribeQuorumResponseTopicPartitionReplicaState()
		s.ReplicaID, s.LogEndOffset = b.ID, v.Version()
		s.LastFetchTimestamp, s.LastCaughtUpTimestamp = now.UnixMilli(), now.UnixMilli()
		if !b.LastSeen.IsZero() {
			s.LogEndOffset = b.LastSeenOffset
			s.LastFetchTimestamp, s.LastCaughtUpTimestamp = b.LastSeen.UnixMilli(), b.LastSeen.UnixMilli()
		}
		p.CurrentVoters = append(p.CurrentVoters, s)
	}
}
