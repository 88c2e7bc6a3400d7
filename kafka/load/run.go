package load

import (
	"context"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/twmb/franz-go/pkg/kgo"

	"kconsole/kafka"
)

// Run writes a load and waits until every record was acknowledged or has failed.
// When ctx ends it stops sending, waits for what is on its way, and returns the
// summary of what was done, with Ended "canceled" and no error. Records that fail
// are in the summary; an error means that there was no load, or that its values
// could not be made. A read-only cluster is refused with [kafka.ErrReadOnly].
//
// Sending waits while 64 MiB or 200,000 records are on their way, so a cluster
// that cannot keep up shows as a rate below the one that was asked for.
func Run(ctx context.Context, c *kafka.Cluster, o Options) (Summary, error) {
	return run(ctx, c, o, wallClock)
}

func run(ctx context.Context, c *kafka.Cluster, o Options, clk clock) (Summary, error) {
	if err := o.complete(); err != nil {
		return Summary{}, err
	}
	values, err := newSource(o.Values, o.Repeat)
	if err != nil {
		return Summary{}, err
	}
	r := &runner{o: o, clock: clk, values: values, keys: newChooser(o.Keys, o.Seed)}
	r.latency = newHistogram()
	r.failures, r.partitions = map[string]int64{}, map[int32]*Partition{}
	p, err := c.Producer(kafka.ProducerOptions{
		Acks: o.Acks, Compression: o.Compression, Linger: o.Linger, Limit: o.Limit,
		Client: []kgo.Opt{
			kgo.ClientID("kconsole-load"), kgo.WithHooks(r),
			kgo.MaxBufferedRecords(bufferRecords), kgo.MaxBufferedBytes(bufferBytes),
		},
	})
	if err != nil {
		return Summary{}, err
	}
	r.close = sync.OnceFunc(p.Close)
	defer r.close()
	// The topic is asked for once, so that it is no part of the first latency.
	topics, err := c.TopicMetadata(ctx, o.Topic)
	if err == nil && len(topics) == 1 {
		err = topics[0].Err
	}
	if err != nil {
		return Summary{}, err
	}
	r.producer = p
	return r.all(ctx)
}

// runner is one load.
type runner struct {
	o        Options
	clock    clock
	producer *kafka.Producer
	close    func()
	values   *source
	keys     *chooser
	start    time.Time

	sent, bytes                    atomic.Int64
	batches, batchBytes, wireBytes atomic.Int64

	mu          sync.Mutex // what acknowledgments change
	latency     *hdrhistogram.Histogram
	acked       int64
	unconfirmed int64
	failed      int64
	failures    map[string]int64
	lastErr     string
	partitions  map[int32]*Partition
}

// OnProduceBatchWritten counts what goes over the wire; it makes the runner a
// hook of the client.
func (r *runner) OnProduceBatchWritten(_ kgo.BrokerMetadata, _ string, _ int32, m kgo.ProduceBatchMetrics) {
	r.batches.Add(1)
	r.batchBytes.Add(int64(m.UncompressedBytes))
	r.wireBytes.Add(int64(m.CompressedBytes))
}

func (r *runner) all(ctx context.Context) (Summary, error) {
	// Records that are under way when ctx ends may be written all the same: they
	// get a moment to be acknowledged, and count as what they are.
	records, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(cancelGrace, cut) })()
	r.start = r.clock.now()
	stop := r.report()
	ended, err := r.send(ctx, records)
	sending := r.clock.now().Sub(r.start)
	// Each record has its own limit; this one is for a broker that is silent.
	flushing, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.o.Limit+flushGrace)
	defer cancel()
	if ferr := r.producer.Flush(flushing); ferr != nil {
		r.close() // fails what is left, so that it is counted
	}
	drain := r.clock.now().Sub(r.start) - sending
	stop()
	if err != nil {
		return Summary{}, err
	}
	return r.summary(ended, sending, drain), nil
}

const (
	// flushGrace is what records may take longer than their limit, for requests
	// under way that cannot be given up.
	flushGrace = 10 * time.Second
	// cancelGrace is what they get when the load is canceled.
	cancelGrace = 3 * time.Second
)

// send is the sending loop. It returns why it ended.
func (r *runner) send(ctx, records context.Context) (string, error) {
	if r.o.Rate == 0 && r.o.Duration > 0 {
		timed, cancel := context.WithTimeout(ctx, r.o.Duration)
		defer cancel()
		return r.flood(ctx, timed, records)
	}
	if r.o.Rate == 0 {
		return r.flood(ctx, ctx, records)
	}
	p, total := pace{r.o.Rate}, r.o.Total()
	for i := int64(0); i < total; {
		elapsed := r.clock.now().Sub(r.start)
		if d := p.wait(elapsed, i); d > 0 {
			r.clock.sleep(d, ctx.Done())
		}
		if ctx.Err() != nil {
			return endedCanceled, nil
		}
		// A load that the cluster holds up for longer than its own duration ends.
		if r.o.Duration > 0 && elapsed > 2*r.o.Duration+r.o.Limit {
			return endedDuration, nil
		}
		for until := min(p.due(r.clock.now().Sub(r.start)), total); i < until && ctx.Err() == nil; i++ {
			if err := r.one(records, r.start.Add(p.at(i))); err != nil {
				return "", err
			}
		}
	}
	// The last record has its share of the time as well.
	if left := p.at(total) - r.clock.now().Sub(r.start); left > 0 {
		r.clock.sleep(left, ctx.Done())
	}
	if r.o.Records > 0 && total == r.o.Records {
		return endedRecords, nil
	}
	return endedDuration, nil
}

// The ways to end.
const (
	endedDuration = "duration"
	endedRecords  = "records"
	endedCanceled = "canceled"
)

// flood sends as fast as the cluster takes it, until timed ends.
func (r *runner) flood(ctx, timed, records context.Context) (string, error) {
	for i := int64(0); r.o.Records == 0 || i < r.o.Records; i++ {
		select {
		case <-timed.Done():
			return whyEnded(ctx), nil
		default:
		}
		if err := r.one(records, r.clock.now()); err != nil {
			return "", err
		}
	}
	return endedRecords, nil
}

// whyEnded tells a cancelled load from one whose time is over.
func whyEnded(ctx context.Context) string {
	if ctx.Err() != nil {
		return endedCanceled
	}
	return endedDuration
}

// one sends a record that was due at that time.
func (r *runner) one(ctx context.Context, due time.Time) error {
	value, err := r.values.next()
	if err != nil {
		return err
	}
	rec := kafka.NewRecord{Topic: r.o.Topic, Partition: -1, Key: r.keys.draw(), Value: value, Headers: r.o.Headers}
	r.sent.Add(1)
	r.bytes.Add(int64(len(rec.Key) + len(value)))
	r.producer.Send(ctx, &rec, func(p kafka.Produced) { r.done(p, due) })
	return nil
}

// mostFailures bounds the different errors that are kept apart.
const mostFailures = 20

// done counts how a record went.
func (r *runner) done(p kafka.Produced, due time.Time) {
	took := r.clock.now().Sub(due)
	r.mu.Lock()
	defer r.mu.Unlock()
	if p.Err != nil {
		r.failed++
		r.lastErr = p.Err.Error()
		if _, known := r.failures[r.lastErr]; !known && len(r.failures) >= mostFailures {
			r.failures["other errors"]++
			return
		}
		r.failures[r.lastErr]++
		return
	}
	if p.Offset < 0 {
		r.unconfirmed++
		return
	}
	r.acked++
	_ = r.latency.RecordValue(min(max(int64(took/time.Microsecond), 1), longest)) // within its bounds: no error
	part := r.partitions[p.Partition]
	if part == nil {
		part = &Partition{Partition: p.Partition, First: p.Offset, Last: p.Offset}
		r.partitions[p.Partition] = part
	}
	part.Acknowledged++
	part.First, part.Last = min(part.First, p.Offset), max(part.Last, p.Offset)
}

// report calls Progress until the returned function is called, which waits for
// its end and reports a last time.
func (r *runner) report() (stop func()) {
	if r.o.Progress == nil {
		return func() {}
	}
	var last Progress
	tell := func() {
		p := r.progress()
		if d := (p.Elapsed - last.Elapsed).Seconds(); d > 0 {
			p.Rate = float64(p.Sent-last.Sent) / d
		}
		last = p
		r.o.Progress(p)
	}
	end, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(r.o.Every)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				tell()
			case <-end:
				return
			}
		}
	}()
	return func() {
		close(end)
		<-done
		tell()
	}
}

func (r *runner) progress() Progress {
	p := Progress{Elapsed: r.clock.now().Sub(r.start), Total: r.o.Total(), Duration: r.o.Duration, Sent: r.sent.Load()}
	r.mu.Lock()
	defer r.mu.Unlock()
	p.Acknowledged, p.Failed, p.LastError = r.acked, r.failed, r.lastErr
	if r.latency.TotalCount() > 0 {
		p.P50 = float64(r.latency.ValueAtPercentile(50)) / 1e3
		p.P99 = float64(r.latency.ValueAtPercentile(99)) / 1e3
	}
	return p
}

func (r *runner) summary(ended string, sending, drain time.Duration) Summary {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := Summary{
		Topic: r.o.Topic, Format: "none", Ended: ended,
		Sent: r.sent.Load(), Acknowledged: r.acked, Unconfirmed: r.unconfirmed, Failed: r.failed,
		AskedRate: r.o.Rate, Seconds: sending.Seconds(), Drain: drain.Seconds(),
		Bytes: r.bytes.Load(), Batches: r.batches.Load(), BatchBytes: r.batchBytes.Load(), WireBytes: r.wireBytes.Load(),
		Latency: latencyOf(r.latency), Errors: byRecords(r.failures),
		Keys: r.keys.summary(),
		Acks: r.o.Acks, Compression: r.o.Compression, Repeat: len(r.values.pool), Partitions: []Partition{},
	}
	if s.Acks == "" {
		s.Acks = "all"
	}
	if r.o.Values != nil {
		s.Format = r.o.Values.Format()
	}
	if sending > 0 {
		s.Rate, s.BytesRate = float64(s.Sent)/s.Seconds, float64(s.Bytes)/s.Seconds
	}
	if r.o.Rate > 0 {
		s.RateError = math.Abs(s.Rate-r.o.Rate) / r.o.Rate
	}
	for _, p := range r.partitions {
		s.Partitions = append(s.Partitions, *p)
	}
	slices.SortFunc(s.Partitions, func(a, b Partition) int { return int(a.Partition - b.Partition) })
	return s
}
