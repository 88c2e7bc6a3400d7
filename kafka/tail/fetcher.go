package tail

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kconsole/kafka"
)

const (
	// maxWait is how long a broker waits for records before it answers with none.
	maxWait = 500 * time.Millisecond
	// fetchLimit is how long a fetch may take before the broker counts as gone.
	fetchLimit = maxWait + 4*time.Second
)

// fetcher reads the partitions that one broker leads, one fetch after the other.
type fetcher struct {
	m       *manager
	broker  int32
	topicID [16]byte
	until   time.Time // stop each partition at this timestamp; zero: no

	mu    sync.Mutex
	inbox []*part
	ended bool
}

func newFetcher(m *manager, broker int32, topicID [16]byte) *fetcher {
	f := &fetcher{m: m, broker: broker, topicID: topicID}
	if at, ok := m.time(m.r.opts.Until); ok && at.After(m.opened) {
		f.until = at
	}
	return f
}

// give hands over a partition; false if the fetcher has ended, or reads an
// older topic of the same name.
func (f *fetcher) give(p *part, topicID [16]byte) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended || f.topicID != topicID {
		return false
	}
	f.inbox = append(f.inbox, p)
	return true
}

// take moves the inbox to own; false if there is nothing to do (any more).
func (f *fetcher) take(own []*part) ([]*part, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	own = append(own, f.inbox...)
	f.inbox = nil
	f.ended = len(own) == 0
	return own, !f.ended
}

func (f *fetcher) run(ctx context.Context) {
	var own []*part
	for turn := 0; ; turn++ {
		var ok bool
		if own, ok = f.take(own); !ok || ctx.Err() != nil {
			return
		}
		resp, err := f.m.r.cluster.AskBroker(ctx, "cannot read topic "+f.m.r.opts.Topic, f.broker, f.request(own, turn), fetchLimit)
		if err != nil {
			f.back(ctx, own, err)
			own = nil
			continue
		}
		own = f.handle(ctx, own, resp.(*kmsg.FetchResponse)) //nolint:forcetypeassert // the answer to a fetch
	}
}

// request asks for all partitions. Brokers fill an answer in the order of the
// request, so each turn another partition comes first.
func (f *fetcher) request(own []*part, turn int) *kmsg.FetchRequest {
	opts := &f.m.r.opts
	req := kmsg.NewPtrFetchRequest()
	req.MaxWaitMillis = int32(maxWait.Milliseconds())
	req.MinBytes = 1
	req.MaxBytes = opts.FetchBytes
	req.SessionID, req.SessionEpoch = 0, -1 // no session: each request stands alone
	if !opts.ReadUncommitted {
		req.IsolationLevel = 1
	}
	t := kmsg.NewFetchRequestTopic()
	t.Topic, t.TopicID = opts.Topic, f.topicID
	for i := range own {
		p := own[(i+turn)%len(own)]
		rp := kmsg.NewFetchRequestTopicPartition()
		rp.Partition, rp.FetchOffset = p.id, p.next
		rp.CurrentLeaderEpoch, rp.LastFetchedEpoch, rp.LogStartOffset = -1, -1, -1
		rp.PartitionMaxBytes = max(opts.FetchBytes/2, 64<<10)
		t.Partitions = append(t.Partitions, rp)
	}
	req.Topics = append(req.Topics, t)
	return req
}

// handle delivers what came and returns the partitions that are still to be read.
func (f *fetcher) handle(ctx context.Context, own []*part, resp *kmsg.FetchResponse) []*part {
	const what = "cannot read the records"
	if err := f.m.r.cluster.ExplainCode(what, kmsg.Fetch, "", resp.ErrorCode); err != nil {
		f.back(ctx, own, err)
		return nil
	}
	var batches []*Batch
	var done []*part
	failed := make(map[*part]error)
	for i := range resp.Topics {
		for j := range resp.Topics[i].Partitions {
			rp := &resp.Topics[i].Partitions[j]
			at := slices.IndexFunc(own, func(p *part) bool { return p.id == rp.Partition })
			if at < 0 {
				continue
			}
			p := own[at]
			switch rp.ErrorCode {
			case 0:
				var err error
				if batches, err = f.read(p, rp, batches); err != nil {
					failed[p] = err
				} else {
					p.works()
				}
				if p.finished() {
					done = append(done, p)
				}
			case kerr.OffsetOutOfRange.Code:
				p.reset = true
				failed[p] = errMoved
			default:
				failed[p] = f.m.r.cluster.ExplainCode("cannot read partition "+name(f.m.r.opts.Topic, p.id), kmsg.Fetch, f.m.r.opts.Topic, rp.ErrorCode)
			}
		}
	}
	if len(batches) > 0 {
		select {
		case f.m.r.out <- batches:
		case <-ctx.Done():
			return nil
		}
	}
	own = slices.DeleteFunc(own, func(p *part) bool { return failed[p] != nil || slices.Contains(done, p) })
	for p, err := range failed {
		if errors.Is(err, errMoved) {
			err = nil
		}
		f.back(ctx, []*part{p}, err)
	}
	if len(done) > 0 {
		f.back(ctx, done, nil)
	}
	return own
}

// errMoved is a partition that has to be located again.
var errMoved = errors.New("out of the log")

func (f *fetcher) back(ctx context.Context, parts []*part, err error) {
	select {
	case f.m.returned <- handed{parts, err}:
	case <-ctx.Done():
	}
}

// read takes the batches of one partition and moves its position on. What is
// corrupt is reported and skipped; an error is a place that cannot be passed.
func (f *fetcher) read(p *part, rp *kmsg.FetchResponseTopicPartition, to []*Batch) ([]*Batch, error) {
	r := f.m.r
	r.stats.bytes.Add(int64(len(rp.RecordBatches)))
	aborted := newAborted(rp, r.opts.ReadUncommitted)
	for raw := rp.RecordBatches; len(raw) > 0 && !p.finished(); {
		b, rest, err := nextBatch(raw)
		if errors.Is(err, errTruncated) {
			break
		}
		raw = rest
		b.Topic, b.Partition, b.from, b.until = r.opts.Topic, p.id, p.next, p.until
		if err != nil {
			r.fault(corrupt(b, err))
			if b.LastOffset < p.next {
				return to, corrupt(b, err)
			}
			p.next = b.LastOffset + 1
			continue
		}
		if b.LastOffset < p.next {
			continue // the broker sends whole batches, also the part before the offset
		}
		skip := aborted.skips(b)
		p.next = b.LastOffset + 1
		if skip || b.count == 0 || b.BaseOffset >= p.until && p.until >= 0 {
			continue
		}
		if !f.until.IsZero() && b.maxTimestamp >= f.until.UnixMilli() {
			f.stopAt(p, b)
		}
		if err := b.open(); err != nil {
			r.fault(corrupt(b, err))
			continue
		}
		to = append(to, b)
	}
	end := rp.HighWatermark
	if p.closed && len(rp.RecordBatches) == 0 && end >= 0 && end <= p.next {
		p.until = p.next // nothing is left: the log was cut short since the reader was opened
	}
	f.m.lag(p, end)
	return to, nil
}

// stopAt ends a partition before the first record of b whose timestamp is the
// one to stop at or later.
func (f *fetcher) stopAt(p *part, b *Batch) {
	probe := *b
	if probe.open() != nil {
		return
	}
	limit := f.until.UnixMilli()
	_ = probe.Each(func(rec *kafka.Record) bool { // a corrupt record shows itself when b is delivered
		if rec.Timestamp.UnixMilli() < limit {
			return true
		}
		p.until, b.until = rec.Offset, rec.Offset
		return false
	})
}
