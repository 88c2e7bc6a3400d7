package front

import (
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kconsole/compose/embedded/shape"
	"kconsole/compose/embedded/wire"
)

// A group's state is the engine's and so survives the move of its coordinator;
// what changes hands is only who answers. Every group API is therefore passed
// on where this broker coordinates the group, and answered NOT_COORDINATOR
// where it does not.

var notCoordinator = kerr.NotCoordinator.Code

// coordinated guards a request about one group or transactional id.
func coordinated[Q kmsg.Request](topic string, key func(Q) string, refuse func(Q) kmsg.Response) handler {
	return func(c *conn, r *wire.Request, req kmsg.Request) ([]byte, error) {
		q := req.(Q)
		if !c.coordinates(topic, key(q)) {
			return answer(r, refuse(q)), nil
		}
		return c.be.Exchange(r.Frame)
	}
}

// respond builds a response of a request's kind and version.
func respond[R kmsg.Response](req kmsg.Request, fill func(R)) kmsg.Response {
	resp := req.ResponseKind().(R)
	fill(resp)
	return resp
}

func init() {
	handlers[kmsg.JoinGroup] = coordinated(offsetsTopic,
		func(q *kmsg.JoinGroupRequest) string { return q.Group },
		func(q *kmsg.JoinGroupRequest) kmsg.Response {
			return respond(q, func(p *kmsg.JoinGroupResponse) {
				p.ErrorCode, p.MemberID, p.Generation = notCoordinator, q.MemberID, -1
			})
		})
	handlers[kmsg.SyncGroup] = coordinated(offsetsTopic,
		func(q *kmsg.SyncGroupRequest) string { return q.Group },
		func(q *kmsg.SyncGroupRequest) kmsg.Response {
			return respond(q, func(p *kmsg.SyncGroupResponse) { p.ErrorCode = notCoordinator })
		})
	handlers[kmsg.Heartbeat] = coordinated(offsetsTopic,
		func(q *kmsg.HeartbeatRequest) string { return q.Group },
		func(q *kmsg.HeartbeatRequest) kmsg.Response {
			return respond(q, func(p *kmsg.HeartbeatResponse) { p.ErrorCode = notCoordinator })
		})
	handlers[kmsg.LeaveGroup] = coordinated(offsetsTopic,
		func(q *kmsg.LeaveGroupRequest) string { return q.Group },
		func(q *kmsg.LeaveGroupRequest) kmsg.Response {
			return respond(q, func(p *kmsg.LeaveGroupResponse) { p.ErrorCode = notCoordinator })
		})
	handlers[kmsg.ConsumerGroupHeartbeat] = coordinated(offsetsTopic,
		func(q *kmsg.ConsumerGroupHeartbeatRequest) string { return q.Group },
		func(q *kmsg.ConsumerGroupHeartbeatRequest) kmsg.Response {
			return respond(q, func(p *kmsg.ConsumerGroupHeartbeatResponse) { p.ErrorCode = notCoordinator })
		})
	handlers[kmsg.ShareGroupHeartbeat] = coordinated(offsetsTopic,
		func(q *kmsg.ShareGroupHeartbeatRequest) string { return q.GroupID },
		func(q *kmsg.ShareGroupHeartbeatRequest) kmsg.Response {
			return respond(q, func(p *kmsg.ShareGroupHeartbeatResponse) { p.ErrorCode = notCoordinator })
		})
	handlers[kmsg.OffsetDelete] = coordinated(offsetsTopic,
		func(q *kmsg.OffsetDeleteRequest) string { return q.Group },
		func(q *kmsg.OffsetDeleteRequest) kmsg.Response {
			return respond(q, func(p *kmsg.OffsetDeleteResponse) { p.ErrorCode = notCoordinator })
		})
	handlers[kmsg.AlterShareGroupOffsets] = coordinated(offsetsTopic,
		func(q *kmsg.AlterShareGroupOffsetsRequest) string { return q.GroupID },
		func(q *kmsg.AlterShareGroupOffsetsRequest) kmsg.Response {
			return respond(q, func(p *kmsg.AlterShareGroupOffsetsResponse) { p.ErrorCode = notCoordinator })
		})
	handlers[kmsg.DeleteShareGroupOffsets] = coordinated(offsetsTopic,
		func(q *kmsg.DeleteShareGroupOffsetsRequest) string { return q.GroupID },
		func(q *kmsg.DeleteShareGroupOffsetsRequest) kmsg.Response {
			return respond(q, func(p *kmsg.DeleteShareGroupOffsetsResponse) { p.ErrorCode = notCoordinator })
		})
	handlers[kmsg.OffsetCommit] = coordinated(offsetsTopic,
		func(q *kmsg.OffsetCommitRequest) string { return q.Group }, refuseOffsetCommit)
	handlers[kmsg.OffsetFetch] = offsetFetch
	handlers[kmsg.ListGroups] = listGroups
	handlers[kmsg.DescribeGroups] = describeGroups
	handlers[kmsg.DeleteGroups] = deleteGroups
	handlers[kmsg.ConsumerGroupDescribe] = consumerGroupDescribe
	handlers[kmsg.ShareGroupDescribe] = shareGroupDescribe
	handlers[kmsg.DescribeShareGroupOffsets] = describeShareGroupOffsets
}

func refuseOffsetCommit(q *kmsg.OffsetCommitRequest) kmsg.Response {
	return respond(q, func(resp *kmsg.OffsetCommitResponse) {
		for _, rt := range q.Topics {
			t := kmsg.NewOffsetCommitResponseTopic()
			t.Topic, t.TopicID = rt.Topic, rt.TopicID
			for _, rp := range rt.Partitions {
				p := kmsg.NewOffsetCommitResponseTopicPartition()
				p.Partition, p.ErrorCode = rp.Partition, notCoordinator
				t.Partitions = append(t.Partitions, p)
			}
			resp.Topics = append(resp.Topics, t)
		}
	})
}

// here splits a list into what this broker coordinates and what it does not.
func here[T any](c *conn, topic string, list []T, key func(T) string) (mine, others []T) {
	c.srv.cfg.Shape.View(func(v shape.View) {
		for _, item := range list {
			if coordinator(v, topic, key(item)) == c.b.id {
				mine = append(mine, item)
			} else {
				others = append(others, item)
			}
		}
	})
	return mine, others
}

func itself(s string) string { return s }

// offsetFetch asks for one group up to version 7 and for several from 8 on.
func offsetFetch(c *conn, r *wire.Request, req kmsg.Request) ([]byte, error) {
	q := req.(*kmsg.OffsetFetchRequest)
	if q.Version < 8 {
		if c.coordinates(offsetsTopic, q.Group) {
			return c.be.Exchange(r.Frame)
		}
		return answer(r, respond(q, func(p *kmsg.OffsetFetchResponse) {
			p.ErrorCode = notCoordinator
			if q.Version >= 2 {
				return
			}
			for _, rt := range q.Topics {
				t := kmsg.NewOffsetFetchResponseTopic()
				t.Topic = rt.Topic
				for _, index := range rt.Partitions {
					pp := kmsg.NewOffsetFetchResponseTopicPartition()
					pp.Partition, pp.Offset, pp.ErrorCode = index, -1, notCoordinator
					t.Partitions = append(t.Partitions, pp)
				}
				p.Topics = append(p.Topics, t)
			}
		})), nil
	}
	mine, others := here(c, offsetsTopic, q.Groups, func(g kmsg.OffsetFetchRequestGroup) string { return g.Group })
	if len(others) == 0 {
		return c.be.Exchange(r.Frame)
	}
	resp := q.ResponseKind().(*kmsg.OffsetFetchResponse)
	if q.Groups = mine; len(mine) > 0 {
		var err error
		if resp, err = ask[*kmsg.OffsetFetchResponse](c, r, q); err != nil {
			return nil, err
		}
	}
	for _, o := range others {
		g := kmsg.NewOffsetFetchResponseGroup()
		g.Group, g.ErrorCode = o.Group, notCoordinator
		resp.Groups = append(resp.Groups, g)
	}
	return answer(r, resp), nil
}

// listGroups lists the groups that this broker coordinates: clients ask all
// brokers and put the answers together.
func listGroups(c *conn, r *wire.Request, req kmsg.Request) ([]byte, error) {
	q := req.(*kmsg.ListGroupsRequest)
	for i, typ := range q.TypesFilter {
		q.TypesFilter[i] = strings.ToLower(typ) // Java sends "Classic"
	}
	resp, err := ask[*kmsg.ListGroupsResponse](c, r, q)
	if err != nil {
		return nil, err
	}
	c.srv.cfg.Shape.View(func(v shape.View) {
		resp.Groups = slices.DeleteFunc(resp.Groups, func(g kmsg.ListGroupsResponseGroup) bool {
			return coordinator(v, offsetsTopic, g.Group) != c.b.id
		})
	})
	return answer(r, resp), nil
}

func describeGroups(c *conn, r *wire.Request, req kmsg.Request) ([]byte, error) {
	q := req.(*kmsg.DescribeGroupsRequest)
	mine, others := here(c, offsetsTopic, q.Groups, itself)
	if len(others) == 0 {
		return c.be.Exchange(r.Frame)
	}
	q.Groups = mine
	resp, err := ask[*kmsg.DescribeGroupsResponse](c, r, q)
	if err != nil {
		return nil, err
	}
	for _, o := range others {
		g := kmsg.NewDescribeGroupsResponseGroup()
		g.Group, g.ErrorCode = o, notCoordinator
		resp.Groups = append(resp.Groups, g)
	}
	return answer(r, resp), nil
}

func deleteGroups(c *conn, r *wire.Request, req kmsg.Request) ([]byte, error) {
	q := req.(*kmsg.DeleteGroupsRequest)
	mine, others := here(c, offsetsTopic, q.Groups, itself)
	if len(others) == 0 {
		return c.be.Exchange(r.Frame)
	}
	q.Groups = mine
	resp, err := ask[*kmsg.DeleteGroupsResponse](c, r, q)
	if err != nil {
		return nil, err
	}
	for _, o := range others {
		g := kmsg.NewDeleteGroupsResponseGroup()
		g.Group, g.ErrorCode = o, notCoordinator
		resp.Groups = append(resp.Groups, g)
	}
	return answer(r, resp), nil
}

// consumerGroupDescribe describes KIP-848 groups, with the topic names that
// the engine leaves out.
func consumerGroupDescribe(c *conn, r *wire.Request, req kmsg.Request) ([]byte, error) {
	q := req.(*kmsg.ConsumerGroupDescribeRequest)
	mine, others := here(c, offsetsTopic, q.Groups, itself)
	q.Groups = mine
	resp, err := ask[*kmsg.ConsumerGroupDescribeResponse](c, r, q)
	if err != nil {
		return nil, err
	}
	c.srv.cfg.Shape.View(func(v shape.View) {
		name := func(a *kmsg.Assignment) {
			for i := range a.TopicPartitions {
				tp := &a.TopicPartitions[i]
				if tp.Topic == "" {
					tp.Topic = c.srv.topicName(v, tp.TopicID)
				}
			}
		}
		for i := range resp.Groups {
			for j := range resp.Groups[i].Members {
				m := &resp.Groups[i].Members[j]
				name(&m.Assignment)
				name(&m.TargetAssignment)
			}
		}
	})
	for _, o := range others {
		g := kmsg.NewConsumerGroupDescribeResponseGroup()
		g.Group, g.ErrorCode = o, notCoordinator
		resp.Groups = append(resp.Groups, g)
	}
	return answer(r, resp), nil
}

func shareGroupDescribe(c *conn, r *wire.Request, req kmsg.Request) ([]byte, error) {
	q := req.(*kmsg.ShareGroupDescribeRequest)
	mine, others := here(c, offsetsTopic, q.GroupIDs, itself)
	if len(others) == 0 {
		return c.be.Exchange(r.Frame)
	}
	q.GroupIDs = mine
	resp, err := ask[*kmsg.ShareGroupDescribeResponse](c, r, q)
	if err != nil {
		return nil, err
	}
	for _, o := range others {
		g := kmsg.NewShareGroupDescribeResponseGroup()
		g.GroupID, g.ErrorCode = o, notCoordinator
		resp.Groups = append(resp.Groups, g)
	}
	return answer(r, resp), nil
}

func describeShareGroupOffsets(c *conn, r *wire.Request, req kmsg.Request) ([]byte, error) {
	q := req.(*kmsg.DescribeShareGroupOffsetsRequest)
	mine, others := here(c, offsetsTopic, q.Groups, func(g kmsg.DescribeShareGroupOffsetsRequestGroup) string { return g.GroupID })
	if len(others) == 0 {
		return c.be.Exchange(r.Frame)
	}
	q.Groups = mine
	resp, err := ask[*kmsg.DescribeShareGroupOffsetsResponse](c, r, q)
	if err != nil {
		return nil, err
	}
	for _, o := range others {
		g := kmsg.NewDescribeShareGroupOffsetsResponseGroup()
		g.GroupID, g.ErrorCode = o.GroupID, notCoordinator
		resp.Groups = append(resp.Groups, g)
	}
	return answer(r, resp), nil
}
