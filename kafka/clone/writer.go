package clone

import (
	"context"
	"sync"

	"github.com/twmb/franz-go/pkg/kgo"

	"kconsole/kafka"
)

// perRecord bounds what a record takes in a batch beside its key, value and
// headers, together with the batch's own header, as long as it has few headers.
const perRecord = 1 << 10

// writer writes the copies. Records that are too large for a batch before it is
// compressed, and were small enough after it, go through a producer of their own,
// one at a time: the other would put many of them together.
type writer struct {
	w             *work
	normal, large *kafka.Producer
	sent          sync.WaitGroup
}

// most is how many bytes a batch may have that is not compressed.
func (o *writer) most() int32 {
	if o.w.maxBatch <= 0 {
		return batchLeast
	}
	return min(o.w.maxBatch, batchMost)
}

// send writes one record without waiting for it, except where too much is on its
// way; told is called once.
func (o *writer) send(ctx context.Context, rec *kafka.Record, size int64, told func(kafka.Produced)) error {
	large := size+perRecord > int64(o.most())
	producer, err := o.producer(large)
	if err != nil {
		return err
	}
	if large && o.normal != nil { // what comes before it in its partition
		if err := o.normal.Flush(ctx); err != nil {
			return err
		}
	}
	o.sent.Add(1)
	producer.Send(ctx, &kafka.NewRecord{
		Topic: o.w.to, Partition: rec.Partition, Key: rec.Key, Value: rec.Value, Headers: rec.Headers, Timestamp: rec.Timestamp,
	}, func(got kafka.Produced) {
		defer o.sent.Done()
		told(got)
	})
	if large {
		return producer.Flush(ctx)
	}
	return nil
}

func (o *writer) producer(large bool) (*kafka.Producer, error) {
	to, most, buffered, codec := &o.normal, o.most(), bufferedMost, o.w.codec
	if large {
		to, most, buffered = &o.large, largeMost, 2*largeMost
		if codec == "" {
			codec = "zstd" // the one that makes them smallest
		}
	}
	if *to != nil {
		return *to, nil
	}
	made, err := o.w.c.Producer(kafka.ProducerOptions{Compression: codec, Linger: batchLinger, Limit: o.w.opts.Stall, Client: []kgo.Opt{
		kgo.MaxBufferedBytes(buffered), kgo.ProducerBatchMaxBytes(most),
		kgo.UnknownTopicRetries(-1), // the topic is there: see settle
	}})
	if err == nil {
		*to = made
	}
	return made, err
}

// flush waits for what is on its way.
func (o *writer) flush(ctx context.Context) error {
	if o.normal == nil { // what is large is never on its way
		return nil
	}
	return o.normal.Flush(ctx)
}

// close fails what was not written, and returns when all has been told.
func (o *writer) close() {
	for _, p := range []*kafka.Producer{o.normal, o.large} {
		if p != nil {
			p.Close()
		}
	}
	o.sent.Wait()
}
