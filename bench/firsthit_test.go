package bench

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// What arrives while a filtered tail of the console waits for a hit.
const (
	hitEvery     = 10 * time.Millisecond // between two batches that do not match
	hitNoise     = tailBatch * int(time.Second/hitEvery)
	hitsPerRound = 20
)

// firstHits measures how long after it was sent the only record that matches a
// filter stands on the screen of a tail.
func (w *work) firstHits(b *testing.B) (map[string]float64, error) {
	w.arrivals++
	topic := fmt.Sprintf("arriving-%d", w.arrivals)
	if err := w.create(b.Context(), topic); err != nil {
		return nil, err
	}
	writer, err := newBatchWriter(b.Context(), w.brokers, topic)
	if err != nil {
		return nil, err
	}
	defer writer.close()
	t := open(b, program(b, w.brokers, w.registry, "-c", "tail "+topic))
	defer t.end()
	if err := t.screen("a tail that follows", contains("following")); err != nil {
		return nil, err
	}
	for _, key := range "/" + soughtText {
		if _, err := t.press(string(key), func(*grid) bool { return true }); err != nil {
			return nil, err
		}
	}
	if _, err := t.press("\r", func(*grid) bool { return true }); err != nil {
		return nil, err
	}
	noise, stop := w.noise(b.Context(), writer)
	defer stop()
	if err := t.screen("records that do not match", contains("0 match")); err != nil {
		return nil, err
	}
	hits := newOrders(w.schemaID)
	var took []time.Duration
	for i := range hitsPerRound {
		// Not in step with the frames, which come at most every 40 ms.
		time.Sleep(60*time.Millisecond + time.Duration(i*7%40)*time.Millisecond)
		id := orderID(hits.made)
		batch := recordBatch(1, func(int) ([]byte, []byte) { return hits.of(soughtText, nil) })
		var sent time.Time
		shown, err := t.after("the record "+id, func() error {
			sent = time.Now()
			return writer.write(b.Context(), int32(i%tailPartitions), batch)
		}, contains(id))
		if err != nil {
			return nil, err
		}
		took = append(took, shown.Sub(sent))
	}
	if err := noise(); err != nil {
		return nil, err
	}
	return map[string]float64{"ms p50": percentile(took, 50), "ms p90": percentile(took, 90), "ms max": percentile(took, 100)}, nil
}

// noise writes records that do not match until it is told to stop, and tells
// whether all were written.
func (w *work) noise(ctx context.Context, to *batchWriter) (failed func() error, stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	var other []byte
	batch := recordBatch(tailBatch, func(int) (key, value []byte) {
		key, other = newOrders(w.schemaID).of("c-0", other[:0])
		return key, other
	})
	var once sync.Once
	var err error
	stop = func() {
		once.Do(func() {
			cancel()
			err = <-done
		})
	}
	go func() {
		tick := time.NewTicker(hitEvery)
		defer tick.Stop()
		for n := 0; ; n++ {
			select {
			case <-ctx.Done():
				done <- nil
				return
			case <-tick.C:
			}
			if err := to.write(ctx, int32(n%tailPartitions), batch); err != nil && ctx.Err() == nil {
				done <- fmt.Errorf("writing what does not match: %w", err)
				return
			}
		}
	}()
	return func() error { stop(); return err }, stop
}

// create makes a topic.
func (w *work) create(ctx context.Context, topic string) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(w.brokers), kgo.DisableClientMetrics())
	if err != nil {
		return err
	}
	defer client.Close()
	_, err = kadm.NewClient(client).CreateTopic(ctx, tailPartitions, 1, nil, topic)
	return err
}
