package cmd

import (
	"context"
	"errors"
	"io"
	"runtime"
	"sync"

	"kconsole/kafka"
	"kconsole/kafka/recordfilter"
	"kconsole/kafka/tail"
)

const (
	// maxLanes bounds how many batches are worked on at the same time.
	maxLanes = 8
	// chunkBytes and chunkRecords are how much of a batch a lane hands over at a
	// time: a batch may be large.
	chunkBytes   = 64 << 10
	chunkRecords = 1024
	// lanePause is how many records a lane looks at before it looks whether it
	// shall go on.
	lanePause = 256
)

// lanes pick and decode records, several batches at a time, and hand them over
// in the order in which the batches came. All processors are at work, and the
// output is as if there were one.
type lanes struct {
	ctx    context.Context //nolint:containedctx // it is the life of the goroutines
	cancel context.CancelFunc
	work   sync.WaitGroup
	jobs   chan *laneJob // for whichever lane is free
	order  chan *laneJob // the same jobs, for who takes what they made
	spare  chan *chunk
	each   []*lane
}

// laneJob is a batch on its way, or an error of the reader.
type laneJob struct {
	seq   int64
	batch *tail.Batch
	err   error
	out   chan *chunk // closed when there is no more of the batch
}

// chunk is what became of some records of a batch.
type chunk struct {
	text    []byte         // of records that were written beside each other ...
	ends    []int          // ... and where in it each of them ends
	records []kafka.Record // to be printed one after the other
	err     error          // the batch is corrupt behind them
}

// lane is one worker.
type lane struct {
	pick     *recordfilter.Matcher
	render   renderer // nil: records are handed over as they are
	failedAt int64    // the first batch with records that the filter could not be applied to
}

// newLanes starts lanes over what a reader reads. Close ends them.
func newLanes(ctx context.Context, r *tail.Reader, newLane func() *lane) *lanes {
	n := min(runtime.GOMAXPROCS(0), maxLanes)
	l := &lanes{jobs: make(chan *laneJob, n), order: make(chan *laneJob, 2*n), spare: make(chan *chunk, 3*n)}
	l.ctx, l.cancel = context.WithCancel(ctx)
	l.work.Go(func() { l.deal(r) })
	for range n {
		w := newLane()
		l.each = append(l.each, w)
		l.work.Go(func() {
			for j := range l.jobs {
				l.run(w, j)
			}
		})
	}
	return l
}

// close ends all lanes and waits for them.
func (l *lanes) close() {
	l.cancel()
	l.work.Wait()
}

// deal hands batches to the lanes until the reader has no more.
func (l *lanes) deal(r *tail.Reader) {
	defer close(l.order)
	defer close(l.jobs)
	for seq := int64(0); ; seq++ {
		batch, err := r.NextBatch(l.ctx)
		if errors.Is(err, io.EOF) {
			return
		}
		j := &laneJob{seq: seq, batch: batch, err: err, out: make(chan *chunk, 2)}
		select {
		case l.order <- j:
		case <-l.ctx.Done():
			return
		}
		if err != nil {
			close(j.out)
			if !goesOn(l.ctx, err) {
				return
			}
			continue
		}
		select {
		case l.jobs <- j:
		case <-l.ctx.Done():
			close(j.out) // no lane will
			return
		}
	}
}

// run works on one batch.
func (l *lanes) run(w *lane, j *laneJob) {
	defer close(j.out)
	failed, _ := w.pick.Failed()
	c, n, open := l.chunk(), 0, true
	err := j.batch.Each(func(rec *kafka.Record) bool {
		if n++; n%lanePause == 0 && l.ctx.Err() != nil {
			open = false
			return false
		}
		if !w.pick.Match(l.ctx, rec) {
			return true
		}
		c.add(l.ctx, w.render, rec)
		if len(c.text) < chunkBytes && len(c.records) < chunkRecords {
			return true
		}
		open = l.hand(j, c)
		c = l.chunk()
		return open
	})
	if now, _ := w.pick.Failed(); now > failed && failed == 0 {
		w.failedAt = j.seq
	}
	if c.err = err; open && (err != nil || len(c.ends) > 0 || len(c.records) > 0) {
		l.hand(j, c)
	}
}

func (c *chunk) add(ctx context.Context, render renderer, rec *kafka.Record) {
	if render != nil {
		c.text = render(ctx, c.text, rec)
		c.ends = append(c.ends, len(c.text))
		return
	}
	kept := *rec
	kept.Headers = append([]kafka.Header(nil), rec.Headers...)
	c.records = append(c.records, kept)
}

func (l *lanes) hand(j *laneJob, c *chunk) bool {
	select {
	case j.out <- c:
		return true
	case <-l.ctx.Done():
		return false
	}
}

// chunk is an empty one.
func (l *lanes) chunk() *chunk {
	select {
	case c := <-l.spare:
		return c
	default:
		return &chunk{}
	}
}

// back takes back a chunk that is printed.
func (l *lanes) back(c *chunk) {
	if cap(c.text) > 4*chunkBytes {
		return // one huge record does not stay in memory
	}
	clear(c.records)
	c.text, c.ends, c.records, c.err = c.text[:0], c.ends[:0], c.records[:0], nil
	select {
	case l.spare <- c:
	default:
	}
}

// next is the next chunk of all, in order; nil at the end. Before it waits it
// calls idle. An error is one of the reader: unless it is the last, more may come.
func (l *lanes) next(j **laneJob, idle func() error) (*chunk, error) {
	for {
		if *j == nil {
			next, ok, err := received(l.order, idle)
			if !ok || err != nil {
				return nil, err
			}
			if next.err != nil {
				return nil, next.err
			}
			*j = next
		}
		c, ok, err := received((*j).out, idle)
		if ok || err != nil {
			return c, err
		}
		*j = nil
	}
}

// received takes from a channel; where that takes waiting it calls idle before.
func received[T any](from chan T, idle func() error) (got T, ok bool, err error) {
	select {
	case got, ok = <-from:
		return got, ok, nil
	default:
	}
	if err := idle(); err != nil {
		return got, false, err
	}
	got, ok = <-from
	return got, ok, nil
}

// failed is how many records the filter could not be applied to, and why the
// first of them. The lanes must have ended.
func (l *lanes) failed() (records int64, first error) {
	at := int64(-1)
	for _, w := range l.each {
		n, why := w.pick.Failed()
		if records += n; n > 0 && (at < 0 || w.failedAt < at) {
			at, first = w.failedAt, why
		}
	}
	return records, first
}
