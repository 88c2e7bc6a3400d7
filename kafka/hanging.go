package kafka

import (
	"context"
	"fmt"
	"time"
)

// HangingTransaction is an open transaction on a partition that its coordinator
// does not know (any more): nothing will ever end it, and until it is aborted
// no read_committed consumer gets past it.
type HangingTransaction struct {
	ActiveProducer
	TransactionalID string        `json:"transactional_id"` // empty if no transactional id has this producer id
	Age             time.Duration `json:"age"`              // since its last write
	Why             string        `json:"why"`
}

// Hanging finds hanging transactions on the partitions of topics whose last
// write is at least minAge ago: a transaction that just begins may be on a
// partition before its coordinator says so.
//
// It compares what the partitions say (DescribeProducers) with what the
// coordinators say (DescribeTransactions), as KIP-664 describes.
func (c *Cluster) Hanging(ctx context.Context, topics []Topic, minAge time.Duration, now time.Time) ([]HangingTransaction, error) {
	var failed partial
	producers, err := c.Producers(ctx, topics)
	failed.add(0, err)
	var open []ActiveProducer
	for _, p := range producers {
		if p.TxnStart >= 0 && now.Sub(p.LastWrite) >= minAge {
			open = append(open, p)
		}
	}
	if len(open) == 0 {
		return nil, failed.err("cannot look at all partitions", "partitions")
	}
	transactions, err := c.Transactions(ctx)
	if err != nil {
		return nil, err // without all of them, a healthy one might look like hanging
	}
	byProducer := make(map[int64]*Transaction, len(transactions))
	for i := range transactions {
		byProducer[transactions[i].ProducerID] = &transactions[i]
	}
	var out []HangingTransaction
	for _, p := range open {
		h := HangingTransaction{ActiveProducer: p, Age: now.Sub(p.LastWrite)}
		t := byProducer[p.ProducerID]
		switch {
		case t == nil:
			h.Why = "no transactional id has its producer id"
		case int32(t.Epoch) != p.Epoch:
			h.TransactionalID = t.ID
			h.Why = fmt.Sprintf("its coordinator is at producer epoch %d", t.Epoch)
		case !hasPartition(t, p):
			h.TransactionalID = t.ID
			h.Why = "the partition is not part of the transaction that its coordinator knows (" + t.State + ")"
		default:
			continue
		}
		out = append(out, h)
	}
	return out, failed.err("cannot look at all partitions", "partitions")
}

func hasPartition(t *Transaction, p ActiveProducer) bool {
	for _, tp := range t.Partitions {
		if tp.Topic == p.Topic && tp.Partition == p.Partition {
			return true
		}
	}
	return false
}
