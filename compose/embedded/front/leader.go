package front

import (
	"slices"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kconsole/compose/embedded/shape"
	"kconsole/compose/embedded/wire"
)

// elsewhere marks the number of a partition that this broker does not lead in
// a request to the engine. No partition has such a number, so the engine
// checks the rights and answers UNKNOWN_TOPIC_OR_PARTITION at once; the front
// puts the number back and says what is really the matter. The request stays
// one request: nothing is split and nothing has to be merged.
const elsewhere int32 = 1 << 30

// refusal is why a partition's part of a request is not served here.
type refusal struct {
	code  int16
	where shape.Partition
}

// refusals collects what is refused of one request, by topic and partition.
type refusals map[string]map[int32]refusal

func (f *refusals) add(topic string, partition int32, r refusal) {
	if *f == nil {
		*f = refusals{}
	}
	if (*f)[topic] == nil {
		(*f)[topic] = map[int32]refusal{}
	}
	(*f)[topic][partition] = r
}

// settle undoes the mark on an answered partition: it returns the true number
// and error code, and the refusal, if this partition was refused.
func (f refusals) settle(topic string, partition int32, code int16) (int32, int16, refusal, bool) {
	if partition < elsewhere {
		return partition, code, refusal{}, false
	}
	partition -= elsewhere
	r := f[topic][partition]
	if code == kerr.UnknownTopicOrPartition.Code && r.code != 0 {
		code = r.code
	}
	return partition, code, r, true
}

// notLeader checks that this broker leads a partition. What the shape does not
// know is left to the engine to refuse.
func (c *conn) notLeader(v shape.View, topic string, partition int32) (refusal, bool) {
	p, ok := v.Partition(topic, partition)
	if !ok || p.Leader == c.b.id {
		return refusal{}, false
	}
	return refusal{code: kerr.NotLeaderForPartition.Code, where: p}, true
}

// divert marks a partition of a request that this broker does not lead.
func (c *conn) divert(v shape.View, refused *refusals, topic string, partition *int32) {
	if ref, no := c.notLeader(v, topic, *partition); no {
		refused.add(topic, *partition, ref)
		*partition |= elsewhere
	}
}

// topicName resolves a topic id, "" if there is no such topic.
func (s *Server) topicName(v shape.View, id [16]byte) string {
	t, _ := v.TopicByID(id)
	return t.Name
}

func init() {
	handlers[kmsg.ListOffsets] = listOffsets
	handlers[kmsg.DeleteRecords] = deleteRecords
	handlers[kmsg.DescribeProducers] = describeProducers
	handlers[kmsg.OffsetForLeaderEpoch] = offsetForLeaderEpoch
}

func listOffsets(c *conn, r *wire.Request, req kmsg.Request) ([]byte, error) {
	lr := req.(*kmsg.ListOffsetsRequest)
	var refused refusals
	c.srv.cfg.Shape.View(func(v shape.View) {
		for i := range lr.Topics {
			t := &lr.Topics[i]
			for j := range t.Partitions {
				p := &t.Partitions[j]
				c.divert(v, &refused, t.Topic, &p.Partition)
			}
		}
	})
	if refused == nil {
		return c.be.Exchange(r.Frame)
	}
	resp, err := ask[*kmsg.ListOffsetsResponse](c, r, lr)
	if err != nil {
		return nil, err
	}
	for i := range resp.Topics {
		t := &resp.Topics[i]
		for j := range t.Partitions {
			p := &t.Partitions[j]
			p.Partition, p.ErrorCode, _, _ = refused.settle(t.Topic, p.Partition, p.ErrorCode)
		}
	}
	return answer(r, resp), nil
}

func deleteRecords(c *conn, r *wire.Request, req kmsg.Request) ([]byte, error) {
	dr := req.(*kmsg.DeleteRecordsRequest)
	var refused refusals
	c.srv.cfg.Shape.View(func(v shape.View) {
		for i := range dr.Topics {
			t := &dr.Topics[i]
			for j := range t.Partitions {
				p := &t.Partitions[j]
				c.divert(v, &refused, t.Topic, &p.Partition)
			}
		}
	})
	var topics []string
	for _, t := range dr.Topics {
		topics = append(topics, t.Topic)
	}
	// Both ends are kept before anything goes, and once it is gone.
	if err := c.srv.cfg.Engine.Checkpoint(topics...); err != nil {
		return nil, err
	}
	resp, err := ask[*kmsg.DeleteRecordsResponse](c, r, dr)
	if err != nil {
		return nil, err
	}
	if err := c.srv.cfg.Engine.Checkpoint(topics...); err != nil {
		return nil, err
	}
	for i := range resp.Topics {
		t := &resp.Topics[i]
		for j := range t.Partitions {
			p := &t.Partitions[j]
			p.Partition, p.ErrorCode, _, _ = refused.settle(t.Topic, p.Partition, p.ErrorCode)
		}
	}
	return answer(r, resp), nil
}

// describeProducers answers for every replica on this broker, as Kafka does:
// that is how hanging transactions are looked for, broker by broker. The engine
// asks the coordinator, which does not hear of an administrator's abort; a
// transaction from before the last stable offset has ended here.
func describeProducers(c *conn, r *wire.Request, req kmsg.Request) ([]byte, error) {
	dr := req.(*kmsg.DescribeProducersRequest)
	var refused refusals
	c.srv.cfg.Shape.View(func(v shape.View) {
		for i := range dr.Topics {
			t := &dr.Topics[i]
			for j := range t.Partitions {
				if p, ok := v.Partition(t.Topic, t.Partitions[j]); !ok || !slices.Contains(p.Replicas, c.b.id) {
					c.divert(v, &refused, t.Topic, &t.Partitions[j])
				}
			}
		}
	})
	resp, err := ask[*kmsg.DescribeProducersResponse](c, r, dr)
	if err != nil {
		return nil, err
	}
	for i := range resp.Topics {
		t := &resp.Topics[i]
		for j := range t.Partitions {
			p := &t.Partitions[j]
			p.Partition, p.ErrorCode, _, _ = refused.settle(t.Topic, p.Partition, p.ErrorCode)
			if st, ok := c.srv.cfg.Engine.Partition(t.Topic, p.Partition); ok {
				p.ActiveProducers = slices.DeleteFunc(p.ActiveProducers, func(a kmsg.DescribeProducersResponseTopicPartitionActiveProducer) bool {
					return a.CurrentTxnStartOffset >= 0 && a.CurrentTxnStartOffset < st.LastStable
				})
			}
		}
	}
	return answer(r, resp), nil
}

// offsetForLeaderEpoch tells a consumer whether the log was cut behind its
// back (KIP-320). The engine only remembers epochs under which records were
// written, and answers "no such epoch" or "from the start" after an election
// that nothing was written since; clients take that for data loss and read
// everything again. Nothing was cut: the epoch that the client asks about ends
// where the log ends.
func offsetForLeaderEpoch(c *conn, r *wire.Request, req kmsg.Request) ([]byte, error) {
	er := req.(*kmsg.OffsetForLeaderEpochRequest)
	var refused refusals
	asked := map[string]map[int32]int32{}
	c.srv.cfg.Shape.View(func(v shape.View) {
		for i := range er.Topics {
			t := &er.Topics[i]
			if asked[t.Topic] == nil {
				asked[t.Topic] = map[int32]int32{}
			}
			for j := range t.Partitions {
				p := &t.Partitions[j]
				asked[t.Topic][p.Partition] = p.LeaderEpoch
				c.divert(v, &refused, t.Topic, &p.Partition)
			}
		}
	})
	resp, err := ask[*kmsg.OffsetForLeaderEpochResponse](c, r, er)
	if err != nil {
		return nil, err
	}
	for i := range resp.Topics {
		t := &resp.Topics[i]
		for j := range t.Partitions {
			p := &t.Partitions[j]
			p.Partition, p.ErrorCode, _, _ = refused.settle(t.Topic, p.Partition, p.ErrorCode)
			if p.ErrorCode == 0 {
				c.mendEpochEnd(t.Topic, p, asked[t.Topic][p.Partition])
			}
		}
	}
	return answer(r, resp), nil
}

func (c *conn) mendEpochEnd(topic string, p *kmsg.OffsetForLeaderEpochResponseTopicPartition, asked int32) {
	st, ok := c.srv.cfg.Engine.Partition(topic, p.Partition)
	if !ok || asked > st.Epoch {
		return // a future epoch is unknown indeed
	}
	if unknown := p.EndOffset < 0; unknown || p.EndOffset < st.LogStart {
		if unknown {
			p.EndOffset = st.HighWatermark
		} else {
			p.EndOffset = st.LogStart
		}
		p.LeaderEpoch = asked
	}
	if st.LogStart == st.HighWatermark {
		p.LeaderEpoch, p.EndOffset = asked, st.HighWatermark
	}
}
