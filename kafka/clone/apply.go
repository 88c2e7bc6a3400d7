package clone

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"
	"time"

	"kconsole/kafka"
	"kconsole/kafka/tail"
)

const (
	stallLimit   = 2 * time.Minute
	settleLimit  = 30 * time.Second
	settleEvery  = 50 * time.Millisecond
	bufferedMost = 48 << 20 // bytes on their way to the brokers; more than a batch
	batchMost    = 32 << 20 // bytes of one batch, whatever the topic takes
	batchLeast   = 1 << 20  // what brokers take unless told otherwise
	largeMost    = 96 << 20 // bytes of a record before it is compressed
	batchLinger  = 5 * time.Millisecond
)

// apply copies, once the topic has been created.
func (w *work) apply(ctx context.Context, done kafka.Result) []kafka.Item {
	if done.Failed() > 0 {
		return nil // there is nothing to copy to
	}
	if w.opts.Stall <= 0 {
		w.opts.Stall = stallLimit
	}
	partitions := len(w.topic.Partitions) // the new topic has these, whatever was added since
	err := w.measure(ctx)
	w.topic.Partitions = w.topic.Partitions[:min(len(w.topic.Partitions), partitions)]
	if err == nil {
		err = w.settle(ctx, partitions)
	}
	if err != nil {
		return []kafka.Item{{Resource: "records of topic " + w.to, Err: err}}
	}
	r := newRun(w)
	report := startReport(w.plan.Progress, r.progress)
	err = r.copy(ctx)
	report.stop()
	return r.items(err)
}

// settle waits until the new topic can be written to: brokers learn of it one
// after the other.
func (w *work) settle(ctx context.Context, partitions int) error {
	ctx, cancel := context.WithTimeout(ctx, settleLimit)
	defer cancel()
	for {
		topics, err := w.c.TopicMetadata(ctx, w.to)
		if err == nil {
			err = topics[0].Err
		}
		if err == nil {
			if len(topics[0].Partitions) == partitions && topics[0].Offline() == 0 {
				return nil
			}
			err = &kafka.Error{What: "cannot copy to topic " + w.to, Why: "not all of its partitions have a leader", Do: "look at its partitions", Kind: kafka.Unreachable}
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(settleEvery):
		}
	}
}

// run is a copy under way.
type run struct {
	w       *work
	total   int64
	mu      sync.Mutex
	parts   map[int32]*part
	failed  int     // partitions that are given up
	written int64   // records
	bytes   int64   // of them
	lost    []error // records that were gone, or damaged, before they could be copied
}

// part is how far one partition is.
type part struct {
	offsets int64 // that are to be copied
	written int64 // records
	bytes   int64 // of them
	at      int64 // offset of what failed first
	err     error
}

func newRun(w *work) *run {
	r := &run{w: w, total: w.offsets(), parts: make(map[int32]*part)}
	for i := range w.topic.Partitions {
		p := &w.topic.Partitions[i]
		r.parts[p.ID] = &part{offsets: p.Stable - p.Start}
	}
	return r
}

// copy reads and writes until all is copied. An error is why it ended before.
func (r *run) copy(ctx context.Context) error {
	w := r.w
	from := tail.Options{
		Topic: w.from, From: tail.Position{Kind: tail.Start}, Until: tail.Position{Kind: tail.End},
		Offsets: make(map[int32]int64), UntilOffsets: make(map[int32]int64),
	}
	for i := range w.topic.Partitions {
		p := &w.topic.Partitions[i]
		from.Partitions = append(from.Partitions, p.ID)
		from.Offsets[p.ID], from.UntilOffsets[p.ID] = p.Start, p.Stable
	}
	reader, err := tail.Open(ctx, w.c, from)
	if err != nil {
		return err
	}
	defer reader.Close()
	out := &writer{w: w}
	defer out.close()
	err = r.pump(ctx, reader, out)
	if flushed := out.flush(ctx); err == nil {
		err = flushed
	}
	return err
}

// pump hands what is read to the producer, which holds it up while too much is
// on its way.
func (r *run) pump(ctx context.Context, reader *tail.Reader, out *writer) error {
	pace := pace{rate: r.w.opts.Throttle}
	var trouble error
	for r.alive() {
		next, cancel := context.WithTimeout(ctx, r.w.opts.Stall)
		records, err := reader.Next(next)
		stalled := next.Err() != nil && ctx.Err() == nil
		cancel()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case ctx.Err() != nil:
			return kafka.Explain(ctx.Err())
		case stalled && trouble != nil:
			return trouble
		case stalled:
			return &kafka.Error{What: "cannot copy topic " + r.w.from, Why: fmt.Sprintf("no record came for %s", r.w.opts.Stall), Do: "look at its partitions and brokers", Kind: kafka.Unreachable}
		case err != nil && kafka.KindOf(err) == kafka.Denied:
			return err
		case err != nil:
			if trouble = err; kafka.KindOf(err) == kafka.Other { // else it passes, or stalls
				r.lost = append(r.lost, err)
			}
			continue
		}
		trouble = nil
		for i := range records {
			size, err := r.send(ctx, out, &records[i])
			if err == nil {
				err = pace.wait(ctx, size)
			}
			if err != nil {
				return kafka.Explain(err)
			}
		}
	}
	return nil
}

// alive tells whether there is a partition that has not been given up.
func (r *run) alive() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failed < len(r.parts) || len(r.parts) == 0
}

// send writes one record to where it was, and returns its size in bytes.
func (r *run) send(ctx context.Context, out *writer, rec *kafka.Record) (int64, error) {
	size := int64(len(rec.Key) + len(rec.Value))
	for _, h := range rec.Headers {
		size += int64(len(h.Key) + len(h.Value))
	}
	r.mu.Lock()
	p := r.parts[rec.Partition]
	givenUp := p.err != nil
	r.mu.Unlock()
	if givenUp { // what follows would be behind a gap
		return 0, nil //nolint:nilerr // its own error is in its item, and ends no other partition
	}
	offset := rec.Offset
	return size, out.send(ctx, rec, size, func(got kafka.Produced) {
		r.mu.Lock()
		defer r.mu.Unlock()
		if got.Err == nil {
			p.written++
			p.bytes += size
			r.written++
			r.bytes += size
		} else if p.err == nil {
			p.at, p.err = offset, got.Err
			r.failed++
		}
	})
}

// progress is how far it is now.
func (r *run) progress() kafka.Progress {
	r.mu.Lock()
	defer r.mu.Unlock()
	return kafka.Progress{Done: r.written, Total: r.total, Bytes: r.bytes}
}

// items tells how each partition went. Early is why the copy ended too early.
func (r *run) items(early error) []kafka.Item {
	items := make([]kafka.Item, 0, len(r.parts))
	for i := range r.w.topic.Partitions {
		id := r.w.topic.Partitions[i].ID
		p := r.parts[id]
		item := kafka.Item{Resource: "partition " + r.w.to + "/" + strconv.Itoa(int(id))}
		item.Detail = fmt.Sprintf("%d records, %d bytes", p.written, p.bytes)
		switch {
		case p.err != nil:
			item.Err = partly(id, r.w, p, fmt.Sprintf("the record at offset %d: ", p.at), p.err)
		case early != nil && p.written < p.offsets:
			item.Err = partly(id, r.w, p, "", early)
		}
		items = append(items, item)
	}
	for _, err := range r.lost {
		items = append(items, kafka.Item{Resource: "topic " + r.w.from, Err: err})
	}
	return items
}

// partly is an error about a partition of which only a part was copied.
func partly(id int32, w *work, p *part, where string, err error) error {
	said := kafka.Error{
		What: fmt.Sprintf("partition %s/%d was not copied whole: %d of at most %d records were", w.from, id, p.written, p.offsets),
		Why:  where + err.Error(), Do: "delete topic " + w.to + " and clone it again", Kind: kafka.KindOf(err), Err: err,
	}
	var k *kafka.Error
	if errors.As(err, &k) {
		said.Why, said.Missing = where+k.Why, k.Missing
		if k.Why == "" {
			said.Why = where + k.What
		}
	}
	return &said
}
