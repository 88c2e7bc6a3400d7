package front

import (
	"encoding/binary"
	"fmt"
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
	w := produceRun{c: c, r: r, req: req.(*kmsg.ProduceRequest)}
	w.throttle = c.charge(producerRate, r.ClientID, len(r.Frame))
	if err := w.sortOut(); err != nil {
		return nil, err
	}
	untouched := w.refused == nil && w.unknown == nil
	switch w.req.Acks {
	default:
		resp := w.req.ResponseKind().(*kmsg.ProduceResponse)
		for _, t := range append(w.req.Topics, w.unknown...) {
			resp.Topics = append(resp.Topics, failTopic(t, kerr.InvalidRequiredAcks))
		}
		return answer(r, resp), nil
	case 0:
		// No answer: where a broker cannot do what was asked, it hangs up.
		if !untouched {
			return nil, errDrop
		}
		return nil, c.be.Send(r.Frame)
	case -1, 1:
	}
	if untouched {
		frame, err := c.be.Exchange(r.Frame)
		if err != nil || w.throttle == 0 && (w.req.Acks != -1 || !c.srv.anySilent(w.writes)) {
			return frame, err
		}
		resp, err := wire.DecodeResponse(w.req, frame)
		if err != nil {
			return nil, err
		}
		return w.finish(resp.(*kmsg.ProduceResponse))
	}
	resp := w.req.ResponseKind().(*kmsg.ProduceResponse)
	if len(w.req.Topics) > 0 {
		var err error
		if resp, err = ask[*kmsg.ProduceResponse](c, r, w.req); err != nil {
			return nil, err
		}
	}
	return w.finish(resp)
}

// produceRun is one produce request on its way.
type produceRun struct {
	c        *conn
	r        *wire.Request
	req      *kmsg.ProduceRequest
	writes   []written
	refused  refusals
	unknown  []kmsg.ProduceRequestTopic // by ids that no topic has
	brokers  []shape.Broker             // of the moment of refusal
	throttle time.Duration
}

// sortOut marks what is not to be appended here. A partition that is there
// twice, or topics that do not exist, must not reach the engine.
func (w *produceRun) sortOut() error {
	seen := map[written]bool{}
	var err error
	w.c.srv.cfg.Shape.View(func(v shape.View) {
		known := w.req.Topics[:0]
		for _, t := range w.req.Topics {
			name := t.Topic
			if w.req.Version >= 13 {
				if name = w.c.srv.topicName(v, t.TopicID); name == "" {
					w.unknown = append(w.unknown, t)
					continue
				}
			}
			for j := range t.Partitions {
				p := &t.Partitions[j]
				if seen[written{name, p.Partition}] {
					err = fmt.Errorf("%w: %s-%d twice in one produce request", errDrop, name, p.Partition)
				}
				seen[written{name, p.Partition}] = true
				ref, no := w.c.refuseWrite(v, name, p, w.req.Acks)
				if !no {
					w.writes = append(w.writes, written{name, p.Partition})
					continue
				}
				w.refused.add(name, p.Partition, ref)
				p.Partition |= elsewhere
			}
			known = append(known, t)
		}
		w.req.Topics = known
		if w.refused != nil {
			w.brokers = v.Brokers()
		}
	})
	return err
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

// finish turns the engine's answer into this broker's.
func (w *produceRun) finish(resp *kmsg.ProduceResponse) ([]byte, error) {
	resp.ThrottleMillis = int32(w.throttle.Milliseconds())
	var appended []*kmsg.ProduceResponseTopicPartition
	var where []written
	hint := false
	for i := range resp.Topics {
		t := &resp.Topics[i]
		name := t.Topic
		if w.req.Version >= 13 {
			w.c.srv.cfg.Shape.View(func(v shape.View) { name = w.c.srv.topicName(v, t.TopicID) })
		}
		for j := range t.Partitions {
			p := &t.Partitions[j]
			var ref refusal
			var was bool
			p.Partition, p.ErrorCode, ref, was = w.refused.settle(name, p.Partition, p.ErrorCode)
			if was {
				p.ErrorMessage = nil
				if p.ErrorCode == kerr.NotLeaderForPartition.Code {
					p.CurrentLeader.LeaderID, p.CurrentLeader.LeaderEpoch = ref.where.Leader, ref.where.Epoch
					hint = true
				} else if w.req.Version >= 8 {
					p.ErrorMessage = describe(p.ErrorCode)
				}
			} else if p.ErrorCode == 0 {
				appended, where = append(appended, p), append(where, written{name, p.Partition})
			}
		}
	}
	if hint {
		w.nameBrokers(resp)
	}
	for _, t := range w.unknown {
		resp.Topics = append(resp.Topics, failTopic(t, kerr.UnknownTopicID))
	}
	if w.req.Acks == -1 {
		if err := w.c.awaitReplicas(time.Duration(w.req.TimeoutMillis)*time.Millisecond, appended, where); err != nil {
			return nil, err
		}
	}
	return answer(w.r, resp), nil
}

// nameBrokers tells the client where the leaders are that it was sent to.
func (w *produceRun) nameBrokers(resp *kmsg.ProduceResponse) {
	for _, b := range w.brokers {
		if b.Fenced {
			continue
		}
		nb := kmsg.NewProduceResponseBroker()
		nb.NodeID, nb.Rack = b.ID, rackOf(b)
		nb.Host, nb.Port = w.c.srv.endpoint(b.ID)
		resp.Brokers = append(resp.Brokers, nb)
	}
}

// failTopic is the answer to a topic of which nothing was looked at.
func failTopic(t kmsg.ProduceRequestTopic, e *kerr.Error) kmsg.ProduceResponseTopic {
	out := kmsg.NewProduceResponseTopic()
	out.Topic, out.TopicID = t.Topic, t.TopicID
	for _, rp := range t.Partitions {
		p := kmsg.NewProduceResponseTopicPartition()
		p.Partition, p.ErrorCode, p.BaseOffset = rp.Partition&^elsewhere, e.Code, -1
		out.Partitions = append(out.Partitions, p)
	}
	return out
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
