package tail

import (
	"cmp"
	"slices"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// aborted tells which batches of a fetch belong to aborted transactions, by the
// list that comes with it (KIP-98): from its first offset on, a producer's
// transactional batches are aborted until its abort marker.
type aborted struct {
	off  bool // read uncommitted: nothing is left out
	next []kmsg.FetchResponseTopicPartitionAbortedTransaction
	open map[int64]struct{} // producers inside of an aborted transaction
}

func newAborted(rp *kmsg.FetchResponseTopicPartition, off bool) *aborted {
	next := rp.AbortedTransactions
	slices.SortFunc(next, func(a, b kmsg.FetchResponseTopicPartitionAbortedTransaction) int {
		return cmp.Compare(a.FirstOffset, b.FirstOffset)
	})
	return &aborted{off: off, next: next}
}

// skips tells whether a batch is not to be delivered: a control batch, or one of
// an aborted transaction. The batches must come in order.
func (a *aborted) skips(b *Batch) bool {
	for len(a.next) > 0 && a.next[0].FirstOffset <= b.LastOffset {
		if a.open == nil {
			a.open = make(map[int64]struct{})
		}
		a.open[a.next[0].ProducerID] = struct{}{}
		a.next = a.next[1:]
	}
	if b.control() {
		if b.abortMarker() {
			delete(a.open, b.ProducerID)
		}
		return true
	}
	if a.off || !b.transactional() {
		return false
	}
	_, skip := a.open[b.ProducerID]
	return skip
}
