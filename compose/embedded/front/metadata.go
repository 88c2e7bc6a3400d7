package front

import (
	"cmp"
	"slices"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kconsole/compose/embedded/shape"
	"kconsole/compose/embedded/wire"
)

func init() {
	handlers[kmsg.Metadata] = metadata
	handlers[kmsg.DescribeTopicPartitions] = describeTopicPartitions
	handlers[kmsg.DescribeCluster] = describeCluster
}

// metadata lets the engine say which topics exist and may be seen, and shows
// them in the cluster's shape.
func metadata(c *conn, r *wire.Request, req kmsg.Request) ([]byte, error) {
	mr := req.(*kmsg.MetadataRequest)
	create := mr.AllowAutoTopicCreation && c.srv.cfg.Defaults.AutoCreate
	mr.AllowAutoTopicCreation = false // the front places new topics, not the engine
	resp, err := ask[*kmsg.MetadataResponse](c, r, mr)
	if err != nil {
		return nil, err
	}
	if create {
		if err := c.autoCreate(r, resp); err != nil {
			return nil, err
		}
	}
	for i := range resp.Topics {
		if err := c.srv.adoptMetadata(&resp.Topics[i]); err != nil {
			return nil, err
		}
	}
	c.srv.cfg.Shape.View(func(v shape.View) {
		c.srv.shapeBrokers(v, resp)
		for i := range resp.Topics {
			shapeTopic(v, &resp.Topics[i])
		}
	})
	return answer(r, resp), nil
}

// adoptMetadata takes a topic into the shape that the engine has and the shape
// does not: the process may have ended between the two.
func (s *Server) adoptMetadata(t *kmsg.MetadataResponseTopic) error {
	if t.Topic == nil || t.ErrorCode != 0 || len(t.Partitions) == 0 || t.TopicID == [16]byte{} {
		return nil
	}
	if s.cfg.Shape.Knows(*t.Topic, t.TopicID, len(t.Partitions)) {
		return nil
	}
	// Whoever is creating it, or has deleted it since, comes first.
	s.topicsMu.Lock()
	defer s.topicsMu.Unlock()
	if now, ok := s.cfg.Engine.Topic(*t.Topic); !ok || now.ID != t.TopicID {
		return nil
	}
	return s.cfg.Shape.EnsureTopic(*t.Topic, t.TopicID, t.IsInternal, len(t.Partitions))
}

func (s *Server) shapeBrokers(v shape.View, resp *kmsg.MetadataResponse) {
	resp.Brokers = resp.Brokers[:0]
	for _, b := range v.Brokers() {
		if b.Fenced {
			continue
		}
		mb := kmsg.NewMetadataResponseBroker()
		mb.NodeID, mb.Rack = b.ID, rackOf(b)
		mb.Host, mb.Port = s.endpoint(b.ID)
		resp.Brokers = append(resp.Brokers, mb)
	}
	resp.ControllerID, _ = v.Controller()
}

func rackOf(b shape.Broker) *string {
	if b.Rack == "" {
		return nil
	}
	return &b.Rack
}

func shapeTopic(v shape.View, t *kmsg.MetadataResponseTopic) {
	if t.Topic == nil {
		return
	}
	slices.SortFunc(t.Partitions, func(a, b kmsg.MetadataResponseTopicPartition) int { return cmp.Compare(a.Partition, b.Partition) })
	for i := range t.Partitions {
		p := &t.Partitions[i]
		sp, ok := v.Partition(*t.Topic, p.Partition)
		if !ok {
			// Being created or deleted right now.
			p.ErrorCode, p.Leader = kerr.LeaderNotAvailable.Code, shape.NoLeader
			p.Replicas, p.ISR = nil, nil
			continue
		}
		p.Leader, p.LeaderEpoch = sp.Leader, sp.Epoch
		p.Replicas, p.ISR = sp.Replicas, sp.ISR
		p.OfflineReplicas = v.Offline(*t.Topic, p.Partition)
		if sp.Leader == shape.NoLeader {
			p.ErrorCode = kerr.LeaderNotAvailable.Code
		}
	}
}

// describeTopicPartitions is metadata in pages (KIP-966).
func describeTopicPartitions(c *conn, r *wire.Request, req kmsg.Request) ([]byte, error) {
	resp, err := ask[*kmsg.DescribeTopicPartitionsResponse](c, r, req)
	if err != nil {
		return nil, err
	}
	c.srv.cfg.Shape.View(func(v shape.View) {
		for i := range resp.Topics {
			t := &resp.Topics[i]
			if t.Topic == nil {
				continue
			}
			for j := range t.Partitions {
				p := &t.Partitions[j]
				// Clients take null for these lists as an error.
				p.EligibleLeaderReplicas, p.LastKnownELR = []int32{}, []int32{}
				sp, ok := v.Partition(*t.Topic, p.Partition)
				if !ok {
					p.ErrorCode, p.LeaderID = kerr.LeaderNotAvailable.Code, shape.NoLeader
					p.Replicas, p.ISR = nil, nil
					continue
				}
				p.LeaderID, p.LeaderEpoch = sp.Leader, sp.Epoch
				p.Replicas, p.ISR = sp.Replicas, sp.ISR
				p.OfflineReplicas = v.Offline(*t.Topic, p.Partition)
				if sp.Leader == shape.NoLeader {
					p.ErrorCode = kerr.LeaderNotAvailable.Code
				}
			}
		}
	})
	return answer(r, resp), nil
}

// describeCluster lists the brokers; fenced ones only if asked for (KIP-1073).
func describeCluster(c *conn, r *wire.Request, req kmsg.Request) ([]byte, error) {
	dr := req.(*kmsg.DescribeClusterRequest)
	resp, err := ask[*kmsg.DescribeClusterResponse](c, r, dr)
	if err != nil {
		return nil, err
	}
	c.srv.cfg.Shape.View(func(v shape.View) {
		resp.Brokers = resp.Brokers[:0]
		for _, b := range v.Brokers() {
			if b.Fenced && !dr.IncludeFencedBrokers {
				continue
			}
			db := kmsg.NewDescribeClusterResponseBroker()
			db.NodeID, db.Rack, db.IsFenced = b.ID, rackOf(b), b.Fenced
			db.Host, db.Port = c.srv.endpoint(b.ID)
			resp.Brokers = append(resp.Brokers, db)
		}
		resp.ControllerID, _ = v.Controller()
	})
	return answer(r, resp), nil
}
