package tailbox

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"kconsole/avro/decode"
	"kconsole/kafka"
	"kconsole/kafka/config"
	"kconsole/kafka/tail"
)

// Source is where the records come from; [*tail.Reader] is one.
type Source interface {
	// Next waits for records and returns some, io.EOF at the end. After another
	// error it may be called again.
	Next(ctx context.Context) ([]kafka.Record, error)
	Stats() tail.Stats
	Close()
}

// FeedOptions is what a [Feed] works with. Open is required.
type FeedOptions struct {
	// Open begins to read from a position. It may wait, until ctx ends.
	Open func(ctx context.Context, from tail.Position) (Source, error)
	// Decoder decodes records for filters; nil: filters see text only. It may wait
	// for a schema, up to its own limit.
	Decoder *decode.Decoder
	// Mask hides parts of records from filters; nil: nothing.
	Mask *config.Mask
	// Bytes and Count bound what is kept. Defaults: 32 MiB, 100,000 records. A
	// filter's matches are kept beside, in a quarter of that.
	Bytes, Count int
	// Post runs a function on the event loop and draws; nil: nobody watches.
	Post func(func())
	// Go runs work beside the event loop; nil: a goroutine.
	Go func(func())
	// Every is the least time between two frames that records cause. Default 40 ms.
	Every time.Duration
	Now   func() time.Time // nil: time.Now
}

const (
	defaultBytes = 32 << 20
	defaultCount = 100_000
	defaultEvery = 40 * time.Millisecond
	// chunk is how many records are put into the ring, or filtered, between two
	// looks at what else there is to do.
	chunk = 512
	// retryMin and retryMax bound the wait after an error.
	retryMin = 250 * time.Millisecond
	retryMax = 10 * time.Second
	// healed is how long a source must have been quiet for its last error to be
	// taken for over. Requests end within 10 s, one way or the other.
	healed = 15 * time.Second
)

// Feed reads records into a ring in the background. Its methods may be called
// from any goroutine; none of them waits.
type Feed struct {
	o     FeedOptions
	paint *painter
	work  sync.WaitGroup // of all runs

	mu     sync.Mutex
	run    *run
	from   tail.Position
	ring   *tail.Ring
	sieve  sieve
	gen    uint64 // rises when other rows are shown
	seen   int64
	meter  meter
	err    error
	errAt  time.Time
	phase  phase
	parts  int
	hold   uint64 // the first row that must stay
	holds  bool
	held   bool // reading waits for it
	resume chan struct{}
}

// phase is where a run is.
type phase uint8

const (
	stopped phase = iota
	opening
	reading
	ended
)

// run is one reading from a position; Stop and Restart end it.
type run struct {
	ctx    context.Context //nolint:containedctx // it is the run's life
	cancel context.CancelFunc
	ring   *tail.Ring
	sift   chan struct{} // capacity 1: the sieve has something to do
}

// NewFeed makes a feed that does not read yet.
func NewFeed(o FeedOptions) *Feed {
	if o.Bytes <= 0 {
		o.Bytes = defaultBytes
	}
	if o.Count <= 0 {
		o.Count = defaultCount
	}
	if o.Every <= 0 {
		o.Every = defaultEvery
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Go == nil {
		o.Go = func(f func()) { go f() }
	}
	f := &Feed{o: o, paint: newPainter(o.Post, o.Every), resume: make(chan struct{}, 1)}
	f.ring = tail.NewRing(o.Count, o.Bytes)
	return f
}

// Start reads from a position. It ends a run that there is, and its rows.
func (f *Feed) Start(from tail.Position) {
	f.Stop()
	f.mu.Lock()
	defer f.mu.Unlock()
	r := &run{ring: tail.NewRing(f.o.Count, f.o.Bytes), sift: make(chan struct{}, 1)}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	f.run, f.ring, f.from = r, r.ring, from
	f.gen++
	f.seen, f.err, f.phase, f.holds, f.held = 0, nil, opening, false, false
	f.meter = meter{}
	f.sieve.reset(f.o)
	f.paint.start()
	f.work.Add(2)
	f.o.Go(func() { defer f.work.Done(); f.read(r, from) })
	f.o.Go(func() { defer f.work.Done(); f.sifting(r) })
}

// Restart is Start with a position as [tail.ParsePosition] takes it.
func (f *Feed) Restart(position string) error {
	from, err := tail.ParsePosition(position)
	if err != nil {
		return err
	}
	f.Start(from)
	return nil
}

// From is the position that reading began at.
func (f *Feed) From() tail.Position {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.from
}

// Stop ends reading. The rows stay. Use [Feed.Wait] where the end of the
// background work matters.
func (f *Feed) Stop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.run != nil {
		f.run.cancel()
		f.phase = stopped
	}
	f.paint.stop()
}

// Wait returns when what Stop has stopped is over. Never call it on the event loop.
func (f *Feed) Wait() { f.work.Wait() }

// read is the goroutine that reads.
func (f *Feed) read(r *run, from tail.Position) {
	var src Source
	defer func() {
		if src != nil {
			src.Close()
		}
	}()
	history := from.Kind != tail.End && from.Kind != tail.Unset
	for failures := 0; r.ctx.Err() == nil; {
		var err error
		if src == nil {
			if src, err = f.o.Open(r.ctx, from); err != nil {
				src = nil
			} else {
				f.note(r, func() { f.phase, f.err = reading, nil })
				continue
			}
		} else {
			var records []kafka.Record
			if history {
				records, err = gather(r.ctx, src)
				history = false
			} else {
				records, err = src.Next(r.ctx)
			}
			stats := src.Stats()
			f.note(r, func() { f.parts = stats.Partitions })
			if len(records) > 0 {
				f.push(r, records)
				failures = 0
			}
		}
		switch {
		case err == nil:
			continue
		case r.ctx.Err() != nil:
			return
		case errors.Is(err, io.EOF):
			f.note(r, func() { f.phase, f.err = ended, nil })
			return
		}
		f.note(r, func() { f.err, f.errAt = err, f.o.Now() })
		sleep(r.ctx, min(retryMin<<min(failures, 10), retryMax))
		failures++
	}
}

// note changes the state, unless another run has taken over, and asks for a frame.
func (f *Feed) note(r *run, change func()) {
	f.mu.Lock()
	current := f.run == r
	if current {
		change()
	}
	f.mu.Unlock()
	if current {
		f.paint.ask()
	}
}

// push puts records into the ring and lets the sieve see them before they can
// be dropped.
func (f *Feed) push(r *run, records []kafka.Record) {
	for len(records) > 0 && r.ctx.Err() == nil {
		part := records[:min(chunk, len(records))]
		records = records[len(part):]
		f.awaitRoom(r, len(part))
		f.catchUp(r)
		r.ring.Push(part...)
		f.note(r, func() {
			f.seen += int64(len(part))
			f.meter.add(f.o.Now(), len(part))
			f.err = nil
		})
		select {
		case r.sift <- struct{}{}:
		default:
		}
	}
}

// awaitRoom waits while n more records would push rows out that the user looks at.
func (f *Feed) awaitRoom(r *run, n int) {
	for r.ctx.Err() == nil {
		f.mu.Lock()
		ring, count, bytes := f.ring, f.o.Count, f.o.Bytes
		if f.sieve.matched != nil {
			ring, count, bytes = f.sieve.matched, count/4, bytes/4
		}
		first, next := ring.Bounds()
		full := int(next-first)+n > count || ring.Bytes() > bytes/10*9
		// Larger records push out more than their number: twice as many may go.
		wait := f.holds && full && f.hold < first+2*uint64(n)
		f.held = wait
		f.mu.Unlock()
		if !wait {
			return
		}
		f.paint.ask()
		select {
		case <-f.resume:
		case <-r.ctx.Done():
		}
	}
}

// Hold says that the rows from a sequence number on are being looked at and
// must stay: reading waits before it would push them out. on false lets go.
func (f *Feed) Hold(seq uint64, on bool) {
	f.mu.Lock()
	changed := f.hold != seq || f.holds != on
	f.hold, f.holds = seq, on
	held := f.held
	f.mu.Unlock()
	if held && changed {
		select {
		case f.resume <- struct{}{}:
		default:
		}
	}
}

func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
