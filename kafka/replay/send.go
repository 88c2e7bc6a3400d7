package replay

import (
	"context"
	"sync"

	"github.com/twmb/franz-go/pkg/kgo"

	"kconsole/kafka"
)

// Send writes what is ready, in the order of the cart, and returns how each
// record went, by the items' numbers. One that fails does not end the others;
// when ctx ends, those that are not on their way yet fail. progress is called
// from another goroutine with how many are done; nil: not.
func (p *Plan) Send(ctx context.Context, c *kafka.Cluster, progress func(done int)) (map[int]Result, error) {
	producer, err := c.Producer(kafka.ProducerOptions{Client: []kgo.Opt{kgo.ProducerBatchMaxBytes(p.largest())}})
	if err != nil {
		return nil, err
	}
	defer producer.Close()
	var mu sync.Mutex
	var waiting sync.WaitGroup
	out := make(map[int]Result, len(p.Ready))
	note := func(id int, r Result) {
		mu.Lock()
		out[id] = r
		n := len(out)
		mu.Unlock()
		if progress != nil {
			progress(n)
		}
	}
	for i := range p.Ready {
		r := &p.Ready[i]
		result := Result{Cluster: p.Cluster, Topic: r.Record.Topic, Partition: -1, Offset: kafka.Unknown}
		if err := ctx.Err(); err != nil {
			result.Err = &kafka.Error{What: "it was not sent", Why: "sending was cancelled", Kind: kafka.Other, Err: err}
			note(r.Item.ID, result)
			continue
		}
		waiting.Add(1)
		producer.Send(ctx, &r.Record, func(done kafka.Produced) {
			defer waiting.Done()
			if result.Err = done.Err; done.Err == nil {
				result.Partition, result.Offset = done.Partition, done.Offset
			}
			note(r.Item.ID, result)
		})
	}
	waiting.Wait()
	return out, nil
}

// The client's own bound on a batch, and what no topic goes beyond here.
const (
	usualBatch   = 1_000_012
	largestBatch = 64 << 20
)

// largest is the bound on a batch that takes the largest record that is ready.
func (p *Plan) largest() int32 {
	most := int64(usualBatch)
	for _, r := range p.Ready {
		if need := r.Item.Size() + overhead; need > most {
			most = max(most, min(p.limits[r.Record.Topic], largestBatch))
		}
	}
	return int32(most)
}
