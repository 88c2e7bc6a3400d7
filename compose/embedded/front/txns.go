package front

import (
	"slices"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kconsole/compose/embedded/shape"
	"kconsole/compose/embedded/wire"
)

func init() {
	handlers[kmsg.InitProducerID] = initProducerID
	handlers[kmsg.AddPartitionsToTxn] = addPartitionsToTxn
	handlers[kmsg.AddOffsetsToTxn] = coordinated(txnTopic,
		func(q *kmsg.AddOffsetsToTxnRequest) string { return q.TransactionalID },
		func(q *kmsg.AddOffsetsToTxnRequest) kmsg.Response {
			return respond(q, func(p *kmsg.AddOffsetsToTxnResponse) { p.ErrorCode = notCoordinator })
		})
	handlers[kmsg.EndTxn] = coordinated(txnTopic,
		func(q *kmsg.EndTxnRequest) string { return q.TransactionalID },
		func(q *kmsg.EndTxnRequest) kmsg.Response {
			return respond(q, func(p *kmsg.EndTxnResponse) { p.ErrorCode = notCoordinator })
		})
	handlers[kmsg.TxnOffsetCommit] = coordinated(offsetsTopic,
		func(q *kmsg.TxnOffsetCommitRequest) string { return q.Group }, refuseTxnOffsetCommit)
	handlers[kmsg.DescribeTransactions] = describeTransactions
	handlers[kmsg.ListTransactions] = listTransactions
	handlers[kmsg.WriteTxnMarkers] = writeTxnMarkers
}

// writeTxnMarkers ends transactions on the partitions that this broker leads: for
// administrators who abort one (KIP-664). Coordinators write their markers inside
// the engine.
func writeTxnMarkers(c *conn, r *wire.Request, req kmsg.Request) ([]byte, error) {
	q := req.(*kmsg.WriteTxnMarkersRequest)
	refused := make([]refusals, len(q.Markers)) // a producer may be named twice
	c.srv.cfg.Shape.View(func(v shape.View) {
		for i := range q.Markers {
			for j := range q.Markers[i].Topics {
				t := &q.Markers[i].Topics[j]
				for k := range t.Partitions {
					c.divert(v, &refused[i], t.Topic, &t.Partitions[k])
				}
			}
		}
	})
	resp, err := ask[*kmsg.WriteTxnMarkersResponse](c, r, q)
	if err != nil {
		return nil, err
	}
	for i := range resp.Markers {
		for j := range resp.Markers[i].Topics {
			t := &resp.Markers[i].Topics[j]
			for k := range t.Partitions {
				p := &t.Partitions[k]
				p.Partition, p.ErrorCode, _, _ = refused[i].settle(t.Topic, p.Partition, p.ErrorCode)
			}
		}
	}
	return answer(r, resp), nil
}

// initProducerID is any broker's business for an idempotent producer, and the
// coordinator's for a transactional one.
func initProducerID(c *conn, r *wire.Request, req kmsg.Request) ([]byte, error) {
	q := req.(*kmsg.InitProducerIDRequest)
	if q.TransactionalID != nil && !c.coordinates(txnTopic, *q.TransactionalID) {
		return answer(r, respond(q, func(p *kmsg.InitProducerIDResponse) {
			p.ErrorCode, p.ProducerID, p.ProducerEpoch = notCoordinator, -1, -1
		})), nil
	}
	return c.be.Exchange(r.Frame)
}

// addPartitionsToTxn is about one transaction up to version 3; later versions
// are for brokers, which ask about several.
func addPartitionsToTxn(c *conn, r *wire.Request, req kmsg.Request) ([]byte, error) {
	q := req.(*kmsg.AddPartitionsToTxnRequest)
	if q.Version > 3 || c.coordinates(txnTopic, q.TransactionalID) {
		return c.be.Exchange(r.Frame)
	}
	return answer(r, respond(q, func(resp *kmsg.AddPartitionsToTxnResponse) {
		for _, rt := range q.Topics {
			t := kmsg.NewAddPartitionsToTxnResponseTopic()
			t.Topic = rt.Topic
			for _, index := range rt.Partitions {
				p := kmsg.NewAddPartitionsToTxnResponseTopicPartition()
				p.Partition, p.ErrorCode = index, notCoordinator
				t.Partitions = append(t.Partitions, p)
			}
			resp.Topics = append(resp.Topics, t)
		}
	})), nil
}

func refuseTxnOffsetCommit(q *kmsg.TxnOffsetCommitRequest) kmsg.Response {
	return respond(q, func(resp *kmsg.TxnOffsetCommitResponse) {
		for _, rt := range q.Topics {
			t := kmsg.NewTxnOffsetCommitResponseTopic()
			t.Topic = rt.Topic
			for _, rp := range rt.Partitions {
				p := kmsg.NewTxnOffsetCommitResponseTopicPartition()
				p.Partition, p.ErrorCode = rp.Partition, notCoordinator
				t.Partitions = append(t.Partitions, p)
			}
			resp.Topics = append(resp.Topics, t)
		}
	})
}

func describeTransactions(c *conn, r *wire.Request, req kmsg.Request) ([]byte, error) {
	q := req.(*kmsg.DescribeTransactionsRequest)
	mine, others := here(c, txnTopic, q.TransactionalIDs, itself)
	if len(others) == 0 {
		return c.be.Exchange(r.Frame)
	}
	q.TransactionalIDs = mine
	resp, err := ask[*kmsg.DescribeTransactionsResponse](c, r, q)
	if err != nil {
		return nil, err
	}
	for _, o := range others {
		st := kmsg.NewDescribeTransactionsResponseTransactionState()
		st.TransactionalID, st.ErrorCode = o, notCoordinator
		resp.TransactionStates = append(resp.TransactionStates, st)
	}
	return answer(r, resp), nil
}

// listTransactions lists what this broker coordinates.
func listTransactions(c *conn, r *wire.Request, req kmsg.Request) ([]byte, error) {
	resp, err := ask[*kmsg.ListTransactionsResponse](c, r, req)
	if err != nil {
		return nil, err
	}
	c.srv.cfg.Shape.View(func(v shape.View) {
		resp.TransactionStates = slices.DeleteFunc(resp.TransactionStates, func(s kmsg.ListTransactionsResponseTransactionState) bool {
			return coordinator(v, txnTopic, s.TransactionalID) != c.b.id
		})
	})
	return answer(r, resp), nil
}
