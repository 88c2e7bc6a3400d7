package front

import (
	"encoding/binary"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kconsole/compose/embedded/shape"
	"kconsole/compose/embedded/wire"
)

func init() {
	handlers[kmsg.Fetch] = fetch
}

// fetch reads from the leader only. Fetch sessions are declined, as a broker
// with a full session cache declines them: each fetch then names all its
// partitions, and the leader check sees all of them.
func fetch(c *conn, r *wire.Request, req kmsg.Request) ([]byte, error) {
	fr := req.(*kmsg.FetchRequest)
	var refused refusals
	var brokers []shape.Broker
	c.srv.cfg.Shape.View(func(v shape.View) {
		for i := range fr.Topics {
			t := &fr.Topics[i]
			name := t.Topic
			if fr.Version >= 13 {
				name = c.srv.topicName(v, t.TopicID)
			}
			for j := range t.Partitions {
				c.divert(v, &refused, name, &t.Partitions[j].Partition)
			}
		}
		if refused != nil {
			brokers = v.Brokers()
		}
	})
	if refused == nil {
		if err := declineSession(r, fr); err != nil {
			return nil, err
		}
		frame, err := c.be.Exchange(r.Frame)
		if d := c.charge(consumerRate, r.ClientID, len(frame)); d > 0 {
			throttleFetch(frame, fr.IsFlexible(), d)
		}
		return frame, err
	}
	fr.SessionID, fr.SessionEpoch, fr.ForgottenTopics = 0, -1, nil
	resp, err := ask[*kmsg.FetchResponse](c, r, fr)
	if err != nil {
		return nil, err
	}
	for i := range resp.Topics {
		t := &resp.Topics[i]
		name := t.Topic
		if fr.Version >= 13 {
			c.srv.cfg.Shape.View(func(v shape.View) { name = c.srv.topicName(v, t.TopicID) })
		}
		for j := range t.Partitions {
			p := &t.Partitions[j]
			var ref refusal
			var was bool
			p.Partition, p.ErrorCode, ref, was = refused.settle(name, p.Partition, p.ErrorCode)
			if was && p.ErrorCode == kerr.NotLeaderForPartition.Code {
				p.CurrentLeader.LeaderID, p.CurrentLeader.LeaderEpoch = ref.where.Leader, ref.where.Epoch
			}
		}
	}
	for _, b := range brokers {
		if b.Fenced {
			continue
		}
		nb := kmsg.NewFetchResponseBroker()
		nb.NodeID, nb.Rack = b.ID, rackOf(b)
		nb.Host, nb.Port = c.srv.endpoint(b.ID)
		resp.Brokers = append(resp.Brokers, nb)
	}
	return answer(r, resp), nil
}

// declineSession overwrites session id and epoch in the request's bytes, which
// saves encoding it again. Both are at a fixed place: behind the replica id
// (up to version 14), the maximum wait, the two sizes and the isolation level.
func declineSession(r *wire.Request, fr *kmsg.FetchRequest) error {
	if fr.Version < 7 || fr.SessionID == 0 && fr.SessionEpoch == -1 {
		return nil
	}
	body, err := r.Body(fr.IsFlexible())
	if err != nil {
		return err
	}
	at := 4 + 4 + 4 + 1
	if fr.Version <= 14 {
		at += 4
	}
	if len(body) < at+8 {
		return fmt.Errorf("%w: fetch request of %d bytes", wire.ErrMalformed, len(body))
	}
	binary.BigEndian.PutUint32(body[at:], 0)
	binary.BigEndian.PutUint32(body[at+4:], 0xffffffff)
	return nil
}
