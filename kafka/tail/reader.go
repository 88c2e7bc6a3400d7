package tail

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"kconsole/kafka"
)

// Options say what to read.
type Options struct {
	Topic      string
	Partitions []int32 // nil: all, also those that are added while reading
	// From is where to begin; unset means the end. A position outside of the log
	// is moved to its nearest end.
	From Position
	// Until is where to stop, unset: never. End and Last are taken when the
	// reader is opened; an offset or time that is still to come is waited for.
	Until Position
	// Offsets overrides From for the partitions in it.
	Offsets map[int32]int64
	// UntilOffsets overrides Until for the partitions in it.
	UntilOffsets map[int32]int64
	// Limit ends the reader after that many records, if positive.
	Limit int64
	// ReadUncommitted also delivers records of open and aborted transactions.
	ReadUncommitted bool
	// FetchBytes is how much is fetched from a broker at a time; 1 MiB if not
	// positive. About two fetches per broker are in memory at a time. A single
	// batch that is larger is read all the same.
	FetchBytes int32
}

// ErrClosed is what reading from a closed reader wraps.
var ErrClosed = errors.New("the reader is closed")

// Reader reads a topic. Its methods are for one goroutine at a time, except
// [Reader.Close] and [Reader.Stats], which any may call.
type Reader struct {
	opts    Options
	cluster *kafka.Cluster // our own connections
	cancel  context.CancelFunc
	done    chan struct{} // closed when all goroutines have ended

	out    chan []*Batch
	faults chan error // capacity 1: the newest trouble
	end    chan struct{}

	queue []*Batch // taken from out, not yet delivered
	left  int64    // records until Limit; negative: no limit

	closeOnce sync.Once
	stats     counters
}

type counters struct {
	batches, records, bytes, behind atomic.Int64
	partitions                      atomic.Int32
	known                           atomic.Bool
}

// Stats is how far a reader is.
type Stats struct {
	Partitions int   // being read
	Batches    int64 // delivered
	Records    int64 // delivered
	Bytes      int64 // fetched, compressed
	Behind     int64 // offsets between here and where it stops, or the log end; [kafka.Unknown] at first
}

// Open finds the topic and its positions and begins to read. The errors are
// [*kafka.Error]: no such topic or partition, no right to read it, unreachable.
func Open(ctx context.Context, c *kafka.Cluster, opts Options) (*Reader, error) {
	if opts.FetchBytes <= 0 {
		opts.FetchBytes = 1 << 20
	}
	own, err := c.Fork()
	if err != nil {
		return nil, err
	}
	r := &Reader{
		opts: opts, cluster: own, done: make(chan struct{}),
		out: make(chan []*Batch, 1), faults: make(chan error, 1), end: make(chan struct{}), left: -1,
	}
	if opts.Limit > 0 {
		r.left = opts.Limit
	}
	m := newManager(r, time.Now())
	if err := m.open(ctx); err != nil {
		own.Close()
		return nil, err
	}
	run, cancel := context.WithCancel(context.Background())
	r.cancel = cancel
	go func() {
		defer close(r.done)
		m.run(run)
	}()
	return r, nil
}

// Close ends reading and waits until everything has ended. It may be called
// more than once, and while another goroutine reads.
func (r *Reader) Close() {
	r.closeOnce.Do(func() {
		r.cancel()
		r.cluster.Close() // ends fetches that wait for records
	})
	<-r.done
}

// NextBatch waits for the next batch with records to deliver. It returns io.EOF
// at Until. Limit is not applied: it counts records, and these have not been
// decoded. Another error is an [*kafka.Error] about something that goes on
// without this reader's help or does not (a broker down, a corrupt batch that
// was skipped, records deleted before they were read): reading may go on.
func (r *Reader) NextBatch(ctx context.Context) (*Batch, error) {
	for len(r.queue) == 0 {
		if err := r.fill(ctx); err != nil {
			return nil, err
		}
	}
	b := r.queue[0]
	r.queue[0] = nil
	r.queue = r.queue[1:]
	r.stats.batches.Add(1)
	return b, nil
}

// fill waits for batches. Records come before faults, and both before the end.
func (r *Reader) fill(ctx context.Context) error {
	var over error
	select {
	case r.queue = <-r.out:
		return nil
	default:
	}
	select {
	case r.queue = <-r.out:
		return nil
	case err := <-r.faults:
		return err
	case <-r.end:
		over = io.EOF
	case <-r.done:
		over = &kafka.Error{What: "cannot read topic " + r.opts.Topic, Why: ErrClosed.Error(), Kind: kafka.Canceled, Err: ErrClosed}
	case <-ctx.Done():
		return kafka.Explain(ctx.Err())
	}
	// What was sent before the end.
	select {
	case r.queue = <-r.out:
		return nil
	default:
	}
	select {
	case err := <-r.faults:
		return err
	case <-r.end:
		return io.EOF
	default:
		return over
	}
}

// Next waits for records and returns those of one batch, in order; partitions
// alternate. It returns io.EOF at Until and at Limit. The records point into
// memory that they keep alive together. See [Reader.NextBatch] for other errors.
func (r *Reader) Next(ctx context.Context) ([]kafka.Record, error) {
	for {
		if r.left == 0 {
			return nil, io.EOF
		}
		b, err := r.NextBatch(ctx)
		if err != nil {
			return nil, err
		}
		records, err := b.Records()
		if err != nil {
			r.fault(err)
		}
		if r.left >= 0 && int64(len(records)) > r.left {
			records = records[:r.left]
		}
		if r.left > 0 {
			r.left -= int64(len(records))
		}
		r.stats.records.Add(int64(len(records)))
		if len(records) > 0 {
			return records, nil
		}
	}
}

// Each calls f for each record until Until, Limit, ctx or an error of f, and
// returns nil at Until and Limit. The record is reused: see [Batch.Each]. It
// allocates nothing per record. Trouble that [Reader.Next] would return goes to
// trouble, which decides by returning an error or nil whether to go on; without
// one, the first trouble ends reading.
func (r *Reader) Each(ctx context.Context, f func(*kafka.Record) error, trouble func(error) error) error {
	var rec kafka.Record
	for r.left != 0 {
		b, err := r.NextBatch(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			var stop error
			if stop, err = r.eachOf(b, &rec, f); stop != nil {
				return stop
			}
		}
		switch {
		case err == nil:
		case trouble == nil || ctx.Err() != nil || errors.Is(err, ErrClosed):
			return err
		default:
			if err := trouble(err); err != nil {
				return err
			}
		}
	}
	return nil
}

// eachOf is Each for one batch. Stop is what f returned.
func (r *Reader) eachOf(b *Batch, rec *kafka.Record, f func(*kafka.Record) error) (stop, err error) {
	n := int64(0)
	err = b.each(rec, func(rec *kafka.Record) bool {
		n++
		stop = f(rec)
		return stop == nil && n != r.left
	})
	r.stats.records.Add(n)
	if r.left > 0 {
		r.left -= n
	}
	return stop, err
}

// Stats tells how far it is.
func (r *Reader) Stats() Stats {
	s := Stats{
		Partitions: int(r.stats.partitions.Load()), Batches: r.stats.batches.Load(), Records: r.stats.records.Load(),
		Bytes: r.stats.bytes.Load(), Behind: kafka.Unknown,
	}
	if r.stats.known.Load() {
		s.Behind = r.stats.behind.Load()
	}
	return s
}

// fault hands an error to whoever reads; a newer one replaces one that nobody took.
func (r *Reader) fault(err error) {
	for {
		select {
		case r.faults <- err:
			return
		default:
		}
		select {
		case <-r.faults: //nolint:errcheck // one that nobody took makes room
		default:
		}
	}
}

func corrupt(b *Batch, err error) error {
	return &kafka.Error{
		What: "cannot read all of partition " + name(b.Topic, b.Partition),
		Why:  "the batch at offset " + itoa(b.BaseOffset) + " is corrupt: " + err.Error(),
		Do:   "its readable records were shown, the rest skipped", Kind: kafka.Other, Err: err,
	}
}

func wants(partitions []int32, id int32) bool {
	return partitions == nil || slices.Contains(partitions, id)
}
