package front

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kconsole/compose/embedded/shape"
	"kconsole/compose/embedded/wire"
)

// Share groups (KIP-932). A client has one share session with each leader. The
// engine is one broker and would take those sessions for one and the same, so
// each virtual broker names the member differently to it; nothing that a client
// sees shows that name.

func init() {
	handlers[kmsg.ShareFetch] = shareFetch
	handlers[kmsg.ShareAcknowledge] = shareAcknowledge
}

func (c *conn) sessionMember(member *string) *string {
	if member == nil || *member == "" || len(*member) > 36 {
		return member // the engine says what is wrong with it
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%d/%s", c.b.id, *member))
	name := base64.RawURLEncoding.EncodeToString(sum[:16])
	return &name
}

// strayShares are partitions of a share request that are led elsewhere.
type strayShares map[[16]byte]map[int32]shape.Partition

// sortOut keeps what this broker leads of a list of partitions.
func sortOut[P any](c *conn, v shape.View, strays *strayShares, id [16]byte, parts []P, index func(P) int32) []P {
	name := c.srv.topicName(v, id)
	kept := parts[:0]
	for _, p := range parts {
		ref, no := c.notLeader(v, name, index(p))
		if !no {
			kept = append(kept, p)
			continue
		}
		if *strays == nil {
			*strays = strayShares{}
		}
		if (*strays)[id] == nil {
			(*strays)[id] = map[int32]shape.Partition{}
		}
		(*strays)[id][index(p)] = ref.where
	}
	return kept
}

func shareFetch(c *conn, r *wire.Request, req kmsg.Request) ([]byte, error) {
	q := req.(*kmsg.ShareFetchRequest)
	q.MemberID = c.sessionMember(q.MemberID)
	var strays strayShares
	var brokers []shape.Broker
	c.srv.cfg.Shape.View(func(v shape.View) {
		topics := q.Topics[:0]
		for _, t := range q.Topics {
			t.Partitions = sortOut(c, v, &strays, t.TopicID, t.Partitions, func(p kmsg.ShareFetchRequestTopicPartition) int32 { return p.Partition })
			if len(t.Partitions) > 0 {
				topics = append(topics, t)
			}
		}
		q.Topics = topics
		if strays != nil {
			brokers = v.Brokers()
		}
	})
	resp, err := ask[*kmsg.ShareFetchResponse](c, r, q)
	if err != nil {
		return nil, err
	}
	if resp.ErrorCode != 0 {
		return answer(r, resp), nil
	}
	for id, parts := range strays {
		t := kmsg.NewShareFetchResponseTopic()
		t.TopicID = id
		for index, where := range parts {
			p := kmsg.NewShareFetchResponseTopicPartition()
			p.Partition, p.ErrorCode = index, kerr.NotLeaderForPartition.Code
			p.CurrentLeader.LeaderID, p.CurrentLeader.LeaderEpoch = where.Leader, where.Epoch
			t.Partitions = append(t.Partitions, p)
		}
		resp.Topics = append(resp.Topics, t)
	}
	for i := range resp.Topics {
		for j := range resp.Topics[i].Partitions {
			// None is empty, not null: unlike Fetch's, the schema has no null, and
			// Java's client dies of it.
			if p := &resp.Topics[i].Partitions[j]; p.Records == nil {
				p.Records = []byte{}
			}
		}
	}
	resp.NodeEndpoints = nil
	for _, b := range brokers {
		if !b.Fenced {
			e := kmsg.NewShareFetchResponseNodeEndpoint()
			e.NodeID, e.Rack = b.ID, rackOf(b)
			e.Host, e.Port = c.srv.endpoint(b.ID)
			resp.NodeEndpoints = append(resp.NodeEndpoints, e)
		}
	}
	return answer(r, resp), nil
}

func shareAcknowledge(c *conn, r *wire.Request, req kmsg.Request) ([]byte, error) {
	q := req.(*kmsg.ShareAcknowledgeRequest)
	q.MemberID = c.sessionMember(q.MemberID)
	var strays strayShares
	c.srv.cfg.Shape.View(func(v shape.View) {
		topics := q.Topics[:0]
		for _, t := range q.Topics {
			t.Partitions = sortOut(c, v, &strays, t.TopicID, t.Partitions, func(p kmsg.ShareAcknowledgeRequestTopicPartition) int32 { return p.Partition })
			if len(t.Partitions) > 0 {
				topics = append(topics, t)
			}
		}
		q.Topics = topics
	})
	resp, err := ask[*kmsg.ShareAcknowledgeResponse](c, r, q)
	if err != nil {
		return nil, err
	}
	if resp.ErrorCode != 0 {
		return answer(r, resp), nil
	}
	for id, parts := range strays {
		t := kmsg.NewShareAcknowledgeResponseTopic()
		t.TopicID = id
		for index, where := range parts {
			p := kmsg.NewShareAcknowledgeResponseTopicPartition()
			p.Partition, p.ErrorCode = index, kerr.NotLeaderForPartition.Code
			p.CurrentLeader.LeaderID, p.CurrentLeader.LeaderEpoch = where.Leader, where.Epoch
			t.Partitions = append(t.Partitions, p)
		}
		resp.Topics = append(resp.Topics, t)
	}
	return answer(r, resp), nil
}
