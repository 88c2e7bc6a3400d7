package front

import (
	"encoding/binary"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kconsole/compose/embedded/shape"
	"kconsole/compose/embedded/wire"
)

func init() {
	handlers[kmsg.Produce] = produce
}

// written is one partition of a produce request that the engine is to append.
type written struct {
	topic string
	index int32
}

// produce appends at the leader only, keeps min.insync.replicas, and answers
// acks=all when every in-sync replica that is taken for alive really is.
func produce(c *conn, r *wire.Request, req kmsg.Request) ([]byte, error) {
	pr := req.(*kmsg.ProduceRequest)
	var refused refusals
	var writes []written
	var leaders []shape.Broker
	throttle := c.charge(producerRate, r.ClientID, len(r.Frame))
	c.srv.cfg.Shape.View(func(v shape.View) {
		for i := range pr.Topics {
			t := &pr.Topics[i]
			name := t.Topic
			if pr.Version >= 13 {
				name = c.srv.topicName(v, t.TopicID)
			}
			for j := range t.Partitions {
				p := &t.Partitions[j]
				ref, no := c.refuseWrite(v, name, p, pr.Acks)
				if !no {
					writes = append(writes, written{name, p.Partition})
					continue
				}
				refused.add(name, p.Partition, ref)
				p.Partition |= elsewhere
			}
		}
		if refused != nil {
			leaders = v.Brokers()
		}
	})
	if pr.Acks == 0 {
		return c.produceUnacknowledged(r, pr, refused)
	}
	if refused == nil {
		frame, err := c.be.Exchange(r.Frame)
		if err != nil || throttle == 0 && (pr.Acks != -1 || !c.srv.anySilent(writes)) {
			return frame, err
		}
		resp, err := wire.DecodeResponse(pr, frame)
		if err != nil {
			return nil, err
		}
		return c.finishProduce(r, pr, resp.(*kmsg.ProduceResponse), refused, leaders, throttle)
	}
	resp, err := ask[*kmsg.ProduceResponse](c, r, pr)
	if err != nil {
		return nil, err
	}
	return c.finishProduce(r, pr, resp, refused, leaders, throttle)
}

// produceUnacknowledged handles acks=0: no answer, and where a broker cannot
// do what was asked it can only hang up.
func (c *conn) produceUnacknowledged(r *wire.Request, pr *kmsg.ProduceRequest, refused refusals) ([]byte, error) {
	if refused != nil {
		return nil, errDrop
	}
	return nil, c.be.Send(r.Frame)
}

// refuseWrite says why a batch may not be appended here and now.
func (c *conn) refuseWrite(v shape.View, topic string, p *kmsg.ProduceRequestTopicPartition, acks int16) (refusal, bool) {
	sp, ok := v.Partition(topic, p.Partition)
	if !ok {
		return refusal{}, false // the engine knows how to say that it does not exist
	}
	if sp.Leader != c.b.id {
		return refusal{code: kerr.NotLeaderForPartition.Code, where: sp}, true
	}
	t, _ := v.Topic(topic)
	switch {
	case t.Internal:
		return refusal{code: kerr.InvalidTopicException.Code}, true
	case !plausibleBatch(p.Records):
		return refusal{code: kerr.InvalidRecord.Code}, true
	case acks == -1 && len(sp.ISR) < t.MinISR:
		return refusal{code: kerr.NotEnoughReplicas.Code}, true
	}
	return refusal{}, false
}

// plausibleBatch rejects a batch header whose record count would turn the log
// backwards; everything else about a batch is checked by the engine.
func plausibleBatch(b []byte) bool {
	const countAt = 57 // of a version 2 record batch
	return len(b) < countAt+4 || int32(binary.BigEndian.Uint32(b[countAt:])) > 0
}

// anySilent reports whether a write has to wait for a follower that does not
// follow.
func (s *Server) anySilent(writes []written) bool {
	silent := false
	s.cfg.Shape.View(func(v shape.View) {
		for _, w := range writes {
			silent = silent || len(v.Silent(w.topic, w.index)) > 0
		}
	})
	return silent
}

func (c *conn) finishProduce(r *wire.Request, pr *kmsg.ProduceRequest, resp *kmsg.ProduceResponse, refused refusals, brokers []shape.Broker, throttle time.Duration) ([]byte, error) {
	resp.ThrottleMillis = int32(throttle.Milliseconds())
	var appended []*kmsg.ProduceResponseTopicPartition
	var where []written
	hint := false
	for i := range resp.Topics {
		t := &resp.Topics[i]
		name := t.Topic
		if pr.Version >= 13 {
			c.srv.cfg.Shape.View(func(v shape.View) { name = c.srv.topicName(v, t.TopicID) })
		}
		for j := range t.Partitions {
			p := &t.Partitions[j]
			var ref refusal
			var was bool
			p.Partition, p.ErrorCode, ref, was = refused.settle(name, p.Partition, p.ErrorCode)
			if was {
				p.ErrorMessage = nil
				if p.ErrorCode == kerr.NotLeaderForPartition.Code {
					p.CurrentLeader.LeaderID, p.CurrentLeader.LeaderEpoch = ref.where.Leader, ref.where.Epoch
					hint = true
				} else if e := kerr.TypedErrorForCode(p.ErrorCode); e != nil && pr.Version >= 8 {
					p.ErrorMessage = kmsg.StringPtr(e.Description)
				}
			} else if p.ErrorCode == 0 {
				appended, where = append(appended, p), append(where, written{name, p.Partition})
			}
		}
	}
	if hint {
		for _, b := range brokers {
			if b.Fenced {
				continue
			}
			nb := kmsg.NewProduceResponseBroker()
			nb.NodeID, nb.Rack = b.ID, rackOf(b)
			nb.Host, nb.Port = c.srv.endpoint(b.ID)
			resp.Brokers = append(resp.Brokers, nb)
		}
	}
	if pr.Acks == -1 {
		if err := c.awaitReplicas(time.Duration(pr.TimeoutMillis)*time.Millisecond, appended, where); err != nil {
			return nil, err
		}
	}
	return answer(r, resp), nil
}

// awaitReplicas holds an acks=all answer until no in-sync replica of what was
// appended is silent: the silent ones answer again or leave the in-sync set.
// What then falls below min.insync.replicas was appended and is not safe
// (error 20); what takes longer than the client waits is a time-out.
func (c *conn) awaitReplicas(limit time.Duration, parts []*kmsg.ProduceResponseTopicPartition, where []written) error {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for timedOut := false; ; {
		changed := c.srv.cfg.Shape.Changed()
		waiting := false
		c.srv.cfg.Shape.View(func(v shape.View) {
			for i, w := range where {
				p, ok := v.Partition(w.topic, w.index)
				t, _ := v.Topic(w.topic)
				switch {
				case !ok || parts[i].ErrorCode != 0:
				case len(v.Silent(w.topic, w.index)) > 0:
					waiting = true
					if timedOut {
						parts[i].ErrorCode = kerr.RequestTimedOut.Code
					}
				case len(p.ISR) < t.MinISR:
					parts[i].ErrorCode = kerr.NotEnoughReplicasAfterAppend.Code
				}
			}
		})
		if !waiting || timedOut {
			return nil
		}
		select {
		case <-changed:
		case <-timer.C:
			timedOut = true
		case <-c.ctx.Done():
			return c.ctx.Err()
		}
	}
}
