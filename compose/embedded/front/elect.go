package front

import (
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kconsole/compose/embedded/shape"
	"kconsole/compose/embedded/wire"
)

func init() {
	handlers[kmsg.ElectLeaders] = electLeaders
	handlers[kmsg.AlterPartitionAssignments] = alterPartitionAssignments
	handlers[kmsg.ListPartitionReassignments] = listPartitionReassignments
}

// mayAlterCluster asks the engine whether this client may ALTER the cluster,
// by a request that changes nothing. 0 means that it may.
func (c *conn) mayAlterCluster(r *wire.Request) (int16, error) {
	resp, err := ask[*kmsg.AlterPartitionAssignmentsResponse](c, r, kmsg.NewPtrAlterPartitionAssignmentsRequest())
	if err != nil {
		return 0, err
	}
	return resp.ErrorCode, nil
}

// mayDescribeCluster is the same for DESCRIBE.
func (c *conn) mayDescribeCluster(r *wire.Request) (int16, error) {
	resp, err := ask[*kmsg.ListPartitionReassignmentsResponse](c, r, kmsg.NewPtrListPartitionReassignmentsRequest())
	if err != nil {
		return 0, err
	}
	return resp.ErrorCode, nil
}

// electLeaders elects preferred (type 0) or unclean (type 1) leaders. Without
// topics it is about all partitions, and silent about those that need nothing.
func electLeaders(c *conn, r *wire.Request, req kmsg.Request) ([]byte, error) {
	q := req.(*kmsg.ElectLeadersRequest)
	resp := q.ResponseKind().(*kmsg.ElectLeadersResponse)
	code, err := c.mayAlterCluster(r)
	if err != nil {
		return nil, err
	}
	if code != 0 {
		resp.ErrorCode = code
		return answer(r, resp), nil
	}
	elect := c.srv.cfg.Shape.ElectPreferred
	if q.ElectionType == 1 {
		elect = c.srv.cfg.Shape.ElectUnclean
	}
	all := q.Topics == nil
	if all {
		q.Topics = c.srv.allPartitions()
	}
	for _, rt := range q.Topics {
		t := kmsg.NewElectLeadersResponseTopic()
		t.Topic = rt.Topic
		for _, index := range rt.Partitions {
			p := kmsg.NewElectLeadersResponseTopicPartition()
			p.Partition = index
			if e := elect(rt.Topic, index); e != nil {
				if all && e == kerr.ElectionNotNeeded {
					continue
				}
				p.ErrorCode, p.ErrorMessage = e.Code, kmsg.StringPtr(e.Description)
			}
			t.Partitions = append(t.Partitions, p)
		}
		if len(t.Partitions) > 0 {
			resp.Topics = append(resp.Topics, t)
		}
	}
	return answer(r, resp), nil
}

func (s *Server) allPartitions() []kmsg.ElectLeadersRequestTopic {
	var out []kmsg.ElectLeadersRequestTopic
	s.cfg.Shape.View(func(v shape.View) {
		for _, name := range v.Topics() {
			info, _ := v.Topic(name)
			t := kmsg.NewElectLeadersRequestTopic()
			t.Topic = name
			for i := range info.Partitions {
				t.Partitions = append(t.Partitions, int32(i))
			}
			out = append(out, t)
		}
	})
	return out
}

// alterPartitionAssignments starts, replaces or (with null replicas) cancels
// reassignments.
func alterPartitionAssignments(c *conn, r *wire.Request, req kmsg.Request) ([]byte, error) {
	q := req.(*kmsg.AlterPartitionAssignmentsRequest)
	resp := q.ResponseKind().(*kmsg.AlterPartitionAssignmentsResponse)
	code, err := c.mayAlterCluster(r)
	if err != nil {
		return nil, err
	}
	if code != 0 {
		resp.ErrorCode = code
		return answer(r, resp), nil
	}
	for _, rt := range q.Topics {
		t := kmsg.NewAlterPartitionAssignmentsResponseTopic()
		t.Topic = rt.Topic
		for _, rp := range rt.Partitions {
			p := kmsg.NewAlterPartitionAssignmentsResponseTopicPartition()
			p.Partition = rp.Partition
			var e *kerr.Error
			var msg string
			switch {
			case rp.Replicas == nil:
				e = c.srv.cfg.Shape.CancelReassign(rt.Topic, rp.Partition)
			case q.Version >= 1 && !q.AllowReplicationFactorChange && !c.srv.sameFactor(rt.Topic, rp.Partition, len(rp.Replicas)):
				e, msg = kerr.InvalidReplicationFactor, "the replication factor would change, which the request does not allow"
			default:
				e, msg = c.srv.cfg.Shape.Reassign(rt.Topic, rp.Partition, rp.Replicas)
			}
			if e != nil {
				if msg == "" {
					msg = e.Description
				}
				p.ErrorCode, p.ErrorMessage = e.Code, &msg
			}
			t.Partitions = append(t.Partitions, p)
		}
		resp.Topics = append(resp.Topics, t)
	}
	return answer(r, resp), nil
}

func (s *Server) sameFactor(topic string, index int32, replicas int) (same bool) {
	s.cfg.Shape.View(func(v shape.View) {
		p, ok := v.Partition(topic, index)
		same = !ok || len(p.Replicas)-len(p.Adding) == replicas
	})
	return same
}

// listPartitionReassignments lists what is on the move; without topics, all.
func listPartitionReassignments(c *conn, r *wire.Request, req kmsg.Request) ([]byte, error) {
	q := req.(*kmsg.ListPartitionReassignmentsRequest)
	resp := q.ResponseKind().(*kmsg.ListPartitionReassignmentsResponse)
	code, err := c.mayDescribeCluster(r)
	if err != nil {
		return nil, err
	}
	if code != 0 {
		resp.ErrorCode = code
		return answer(r, resp), nil
	}
	wanted := q.Topics
	if wanted == nil {
		for _, t := range c.srv.allPartitions() {
			wanted = append(wanted, kmsg.ListPartitionReassignmentsRequestTopic{Topic: t.Topic, Partitions: t.Partitions})
		}
	}
	c.srv.cfg.Shape.View(func(v shape.View) {
		for _, rt := range wanted {
			t := kmsg.NewListPartitionReassignmentsResponseTopic()
			t.Topic = rt.Topic
			for _, index := range rt.Partitions {
				sp, ok := v.Partition(rt.Topic, index)
				if !ok || len(sp.Adding)+len(sp.Removing) == 0 {
					continue
				}
				p := kmsg.NewListPartitionReassignmentsResponseTopicPartition()
				p.Partition, p.Replicas, p.AddingReplicas, p.RemovingReplicas = index, sp.Replicas, sp.Adding, sp.Removing
				t.Partitions = append(t.Partitions, p)
			}
			if len(t.Partitions) > 0 {
				resp.Topics = append(resp.Topics, t)
			}
		}
	})
	return answer(r, resp), nil
}
