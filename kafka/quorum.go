package kafka

import (
	"context"
	"net"
	"slices"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// Quorum is the KRaft quorum: who keeps the cluster's metadata log.
type Quorum struct {
	Leader        int32         `json:"leader"` // the active controller; [NoLeader] while there is none
	Epoch         int32         `json:"epoch"`
	HighWatermark int64         `json:"high_watermark"`
	Voters        []QuorumState `json:"voters"`    // controllers, by id
	Observers     []QuorumState `json:"observers"` // brokers that follow the log, by id
}

// QuorumState is how far one node is in the metadata log.
type QuorumState struct {
	ID         int32     `json:"id"`
	Endpoints  []string  `json:"endpoints,omitempty"` // listener://host:port of a controller, where known
	EndOffset  int64     `json:"end_offset"`
	Lag        int64     `json:"lag"`        // offsets behind the leader's end
	LastFetch  time.Time `json:"last_fetch"` // by the leader's clock; zero: unknown
	CaughtUpAt time.Time `json:"caught_up"`  // by the leader's clock; zero: unknown
}

// Quorum reads the KRaft quorum. It needs DESCRIBE on the cluster. A cluster
// with ZooKeeper, or without a quorum of its own, answers with [Invalid].
//
// Kafka API: DescribeQuorum (KIP-595, KIP-836).
func (c *Cluster) Quorum(ctx context.Context) (Quorum, error) {
	ctx, k, done := c.begin(ctx, "cannot read the quorum")
	defer done()
	none := Quorum{Leader: NoLeader}
	req := kmsg.NewPtrDescribeQuorumRequest()
	t := kmsg.NewDescribeQuorumRequestTopic()
	t.Topic = "__cluster_metadata"
	t.Partitions = append(t.Partitions, kmsg.NewDescribeQuorumRequestTopicPartition())
	req.Topics = append(req.Topics, t)
	resp, err := request[*kmsg.DescribeQuorumResponse](ctx, k, req)
	if err != nil {
		return none, err
	}
	if err := k.fail(codeError(resp.ErrorCode, resp.ErrorMessage)); err != nil {
		return none, err
	}
	if len(resp.Topics) != 1 || len(resp.Topics[0].Partitions) != 1 {
		return none, &Error{What: k.what, Why: "the cluster told nothing about it", Kind: Invalid}
	}
	p := &resp.Topics[0].Partitions[0]
	if err := k.fail(codeError(p.ErrorCode, p.ErrorMessage)); err != nil {
		return none, err
	}
	endpoints := make(map[int32][]string)
	for i := range resp.Nodes {
		for _, l := range resp.Nodes[i].Listeners {
			endpoints[resp.Nodes[i].NodeID] = append(endpoints[resp.Nodes[i].NodeID],
				l.Name+"://"+net.JoinHostPort(l.Host, strconv.Itoa(int(l.Port))))
		}
	}
	q := Quorum{Leader: p.LeaderID, Epoch: p.LeaderEpoch, HighWatermark: p.HighWatermark}
	end := p.HighWatermark
	for _, s := range p.CurrentVoters {
		if s.ReplicaID == p.LeaderID {
			end = s.LogEndOffset
		}
	}
	state := func(of []kmsg.DescribeQuorumResponseTopicPartitionReplicaState) []QuorumState {
		var out []QuorumState
		for _, s := range of {
			one := QuorumState{
				ID: s.ReplicaID, Endpoints: endpoints[s.ReplicaID], EndOffset: s.LogEndOffset, Lag: max(end-s.LogEndOffset, 0),
				LastFetch: millis(s.LastFetchTimestamp), CaughtUpAt: millis(s.LastCaughtUpTimestamp),
			}
			if s.LogEndOffset < 0 {
				one.Lag = Unknown
			}
			out = append(out, one)
		}
		slices.SortFunc(out, func(a, b QuorumState) int { return int(a.ID) - int(b.ID) })
		return out
	}
	q.Voters, q.Observers = state(p.CurrentVoters), state(p.Observers)
	return q, nil
}

// millis is the time of a timestamp in milliseconds; zero for a negative one.
func millis(ms int64) time.Time {
	if ms < 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}
