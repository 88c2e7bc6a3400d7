package kafka

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// Transaction is a transactional id as its coordinator knows it.
type Transaction struct {
	ID          string           `json:"transactional_id"`
	Coordinator int32            `json:"coordinator"`
	State       string           `json:"state"` // Ongoing, PrepareCommit, CompleteCommit, Empty, ...
	ProducerID  int64            `json:"producer_id"`
	Epoch       int16            `json:"producer_epoch"`
	Timeout     time.Duration    `json:"timeout"`
	Started     time.Time        `json:"started"` // zero while none is open
	Partitions  []TopicPartition `json:"partitions,omitempty"`
	Err         error            `json:"-"`
}

// Transactions reads all transactional ids with their state, one request to each
// broker for the list and one for the descriptions, sorted by id. We see those
// that we may describe.
//
// Kafka API: ListTransactions, DescribeTransactions (KIP-664).
func (c *Cluster) Transactions(ctx context.Context) ([]Transaction, error) {
	ctx, k, done := c.begin(ctx, "cannot read the transactions")
	defer done()
	reqs, err := k.everyBroker(ctx, func(int32) kmsg.Request { return kmsg.NewPtrListTransactionsRequest() })
	if err != nil {
		return nil, err
	}
	var all []Transaction
	var failed partial
	byBroker := make(map[int32][]string)
	fan(ctx, k, reqs, func(a answer[*kmsg.ListTransactionsResponse]) {
		if a.err == nil {
			a.err = k.fail(codeError(a.resp.ErrorCode, nil))
		}
		if a.err != nil {
			failed.add(0, a.err)
			return
		}
		for _, t := range a.resp.TransactionStates {
			all = append(all, Transaction{ID: t.TransactionalID, Coordinator: a.broker, State: t.TransactionState, ProducerID: t.ProducerID})
			byBroker[a.broker] = append(byBroker[a.broker], t.TransactionalID)
		}
	})
	slices.SortFunc(all, func(a, b Transaction) int { return strings.Compare(a.ID, b.ID) })
	all = slices.CompactFunc(all, func(a, b Transaction) bool { return a.ID == b.ID })
	reqs = make(map[int32]kmsg.Request, len(byBroker)) // another map: fan may still range over the first
	for broker, ids := range byBroker {
		req := kmsg.NewPtrDescribeTransactionsRequest()
		req.TransactionalIDs = ids
		reqs[broker] = req
	}
	fan(ctx, k, reqs, func(a answer[*kmsg.DescribeTransactionsResponse]) {
		if a.err != nil {
			for _, id := range byBroker[a.broker] {
				if t := findTransaction(all, id); t != nil {
					t.Err = a.err
				}
			}
			failed.add(len(byBroker[a.broker]), a.err)
			return
		}
		for i := range a.resp.TransactionStates {
			failed.add(k.transaction(all, &a.resp.TransactionStates[i]))
		}
	})
	return all, failed.err(k.what, "transactional ids")
}

func findTransaction(all []Transaction, id string) *Transaction {
	i, found := slices.BinarySearchFunc(all, id, func(t Transaction, id string) int { return strings.Compare(t.ID, id) })
	if !found {
		return nil
	}
	return &all[i]
}

func (k *call) transaction(all []Transaction, rt *kmsg.DescribeTransactionsResponseTransactionState) (int, error) {
	t := findTransaction(all, rt.TransactionalID)
	if t == nil {
		return 0, nil
	}
	if err := codeError(rt.ErrorCode, nil); err != nil {
		t.Err = k.failOn(t.ID, err)
		return 1, t.Err
	}
	t.State, t.ProducerID, t.Epoch = rt.State, rt.ProducerID, rt.ProducerEpoch
	t.Timeout = time.Duration(rt.TimeoutMillis) * time.Millisecond
	if rt.StartTimestamp > 0 {
		t.Started = millis(rt.StartTimestamp)
	}
	for _, topic := range rt.Topics {
		for _, p := range topic.Partitions {
			t.Partitions = append(t.Partitions, TopicPartition{topic.Topic, p})
		}
	}
	sortAssigned(t.Partitions)
	return 0, nil
}
