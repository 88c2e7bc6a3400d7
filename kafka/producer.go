package kafka

import (
	"context"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Producer writes records. It comes from [Cluster.Producer], which refuses on a
// read-only context. It is safe for concurrent use. Close it.
type Producer struct {
	c         *Cluster
	client    *kgo.Client
	deadlines deadlines
	unasked   bool // acks none: the broker does not say where a record went
	insync    bool // acks all: the broker wants min.insync.replicas
}

// ProducerOptions say how to write.
type ProducerOptions struct {
	// Acks is "all" (also if empty), "leader" or "none".
	Acks string
	// Compression is none, gzip, snappy, lz4 or zstd; empty: the client's own choice.
	Compression string
	// Linger is how long to wait for more records of a batch.
	Linger time.Duration
	// Limit is how long a record may take from Produce or Send until it fails; 10 s
	// if not positive. Its own timestamp, which may be old, does not count. A
	// record of an idempotent producer (acks "all") that is under way to a broker
	// that went silent fails when that request does.
	Limit time.Duration
	// Client are further options of the client library.
	Client []kgo.Opt
}

// NewRecord is a record to write.
type NewRecord struct {
	Topic     string
	Partition int32 // negative: by the key, as Java clients do it; without a key any
	Key       []byte
	Value     []byte
	Headers   []Header
	Timestamp time.Time // zero: now
}

// Produced is how writing one record went.
type Produced struct {
	Partition int32
	Offset    int64 // [Unknown] with acks "none"
	Timestamp time.Time
	Err       error
}

// Producer returns what can write records, or an error of kind [Refused] that
// wraps [ErrReadOnly].
func (c *Cluster) Producer(opts ProducerOptions) (*Producer, error) {
	if err := c.writable("write to"); err != nil {
		return nil, err
	}
	if opts.Limit <= 0 {
		opts.Limit = 10 * time.Second
	}
	kopts := []kgo.Opt{
		kgo.RecordPartitioner(ownPartition{kgo.StickyKeyPartitioner(nil)}), kgo.ProducerLinger(opts.Linger),
		kgo.ProduceRequestTimeout(requestLimit),
	}
	switch opts.Acks {
	case "", "all":
	case "leader":
		kopts = append(kopts, kgo.RequiredAcks(kgo.LeaderAck()), kgo.DisableIdempotentWrite())
	case "none":
		kopts = append(kopts, kgo.RequiredAcks(kgo.NoAck()), kgo.DisableIdempotentWrite())
	default:
		return nil, &Error{What: "cannot produce", Why: "acks cannot be " + opts.Acks, Do: "use all, leader or none", Kind: Invalid}
	}
	codecs := map[string]kgo.CompressionCodec{
		"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(),
		"lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
	}
	if opts.Compression != "" {
		codec, ok := codecs[opts.Compression]
		if !ok {
			return nil, &Error{What: "cannot produce", Why: "compression cannot be " + opts.Compression, Do: "use none, gzip, snappy, lz4 or zstd", Kind: Invalid}
		}
		kopts = append(kopts, kgo.ProducerBatchCompression(codec))
	}
	client, err := c.NewClient(append(kopts, opts.Client...)...)
	if err != nil {
		return nil, err
	}
	return &Producer{c: c, client: client, deadlines: deadlines{limit: opts.Limit}, unasked: opts.Acks == "none", insync: opts.Acks == "" || opts.Acks == "all"}, nil
}

// ownPartition takes a record's own partition where it has one, else the one
// that Java clients would choose for its key.
type ownPartition struct{ kgo.Partitioner }

func (p ownPartition) ForTopic(topic string) kgo.TopicPartitioner {
	return ownTopicPartition{p.Partitioner.ForTopic(topic)}
}

type ownTopicPartition struct{ kgo.TopicPartitioner }

func (p ownTopicPartition) RequiresConsistency(r *kgo.Record) bool {
	return r.Partition >= 0 || p.TopicPartitioner.RequiresConsistency(r)
}

func (p ownTopicPartition) Partition(r *kgo.Record, n int) int {
	if r.Partition >= 0 {
		return int(r.Partition)
	}
	return p.TopicPartitioner.Partition(r, n)
}

// OnNewBatch lets records without a key go to another partition with each batch.
func (p ownTopicPartition) OnNewBatch() {
	if batched, ok := p.TopicPartitioner.(kgo.TopicPartitionerOnNewBatch); ok {
		batched.OnNewBatch()
	}
}

// Produce writes records and waits for all of them. Each has its own result, in
// the order of the records.
func (p *Producer) Produce(ctx context.Context, records ...NewRecord) []Produced {
	start := time.Now()
	out := make([]Produced, len(records))
	done := make(chan struct{}, len(records))
	for i := range records {
		p.send(ctx, &records[i], func(r Produced) {
			out[i] = r
			done <- struct{}{}
		}, start)
	}
	for range records {
		<-done
	}
	p.refused(ctx, records, out)
	return out
}

// Send writes a record without waiting: done is called when it is written or has
// failed, from one goroutine. It waits only while too much is on its way.
func (p *Producer) Send(ctx context.Context, r *NewRecord, done func(Produced)) {
	p.send(ctx, r, done, time.Now())
}

func (p *Producer) send(ctx context.Context, r *NewRecord, done func(Produced), start time.Time) {
	rec := &kgo.Record{Topic: r.Topic, Partition: r.Partition, Key: r.Key, Value: r.Value, Timestamp: r.Timestamp}
	if len(r.Headers) > 0 {
		rec.Headers = make([]kgo.RecordHeader, 0, len(r.Headers))
	}
	for _, h := range r.Headers {
		rec.Headers = append(rec.Headers, kgo.RecordHeader{Key: h.Key, Value: h.Value})
	}
	p.client.Produce(p.deadlines.of(ctx, start), rec, func(rec *kgo.Record, err error) {
		if p.unasked {
			rec.Offset = Unknown
		}
		if err != nil {
			k := &call{c: p.c, what: "cannot write to topic " + rec.Topic, start: start, outer: ctx}
			k.asked.Store(&asked{kmsg.Produce, rec.Topic, true})
			err = k.fail(err)
		}
		done(Produced{Partition: rec.Partition, Offset: rec.Offset, Timestamp: rec.Timestamp, Err: err})
	})
}

// Flush waits until everything sent has been written or has failed.
func (p *Producer) Flush(ctx context.Context) error {
	k := &call{c: p.c, what: "cannot write all records", start: time.Now(), outer: ctx}
	return k.fail(p.client.Flush(ctx))
}

// Close fails what has not been written and ends the connections.
func (p *Producer) Close() { p.client.Close() }
