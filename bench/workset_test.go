package bench

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kbin"
	"github.com/twmb/franz-go/pkg/kgo"

	"kconsole/avro"
)

// The topic that tails are measured on.
const (
	tailRecords    = 2_000_000
	tailPartitions = 6
	// tailBatch is how many records a batch has: about what fits in the 16 KiB
	// that Kafka's own producer fills by default (batch.size).
	tailBatch = 125

	customers  = 10_000
	soughtText = "c-4711" // a customer; only that customer's records have the text in them
)

// orders makes the records of the work set, the same in each run: of workSchema,
// in Confluent's framing.
type orders struct {
	r      *rand.Rand
	id     int // of the schema
	made   int
	sought int // of soughtText
	size   int // bytes of their values
}

func newOrders(schemaID int) *orders {
	return &orders{r: rand.New(rand.NewPCG(4711, 1)), id: schemaID}
}

var (
	countries = [...]string{"DE", "FR", "NL", "PL", "SE"}
	coupons   = [...]string{"", "XMAS", "WELCOME10"}
	notes     = [...]string{"", "leave it with the neighbours, please", "ring twice: the dog is a friendly one", "second floor, on the left hand side"}
)

// next appends the value of the next record to dst.
func (o *orders) next(dst []byte) (key, value []byte) {
	return o.of(fmt.Sprintf("c-%d", o.r.IntN(customers)), dst)
}

// of is next for a customer, who is the record's key.
func (o *orders) of(customer string, dst []byte) (key, value []byte) {
	from := len(dst)
	long := func(n int64) { dst = kbin.AppendVarlong(dst, n) } // Kafka's varints are Avro's
	text := func(s string) { dst = append(kbin.AppendVarlong(dst, int64(len(s))), s...) }
	maybe := func(s string) {
		if s == "" {
			long(0)
			return
		}
		long(1)
		text(s)
	}
	dst = avro.AppendConfluent(dst, o.id)
	text(orderID(o.made))
	text(customer)
	text(countries[o.r.IntN(len(countries))])
	long(1_795_442_530_460 + 7*int64(o.made))
	long(int64(o.r.IntN(3))) // an enum's symbol
	dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(float64(o.r.IntN(1_000_000))/100))
	items := 2 + o.r.IntN(4)
	long(int64(items))
	for range items {
		text(fmt.Sprintf("sku-%06d", o.r.IntN(1_000_000)))
	}
	long(0)
	maybe(coupons[o.r.IntN(len(coupons))])
	long(int64(1 + o.r.IntN(12)))
	dst = append(dst, byte(o.r.IntN(2)))
	maybe(notes[o.r.IntN(len(notes))])
	o.made++
	o.size += len(dst) - from
	if customer == soughtText {
		o.sought++
	}
	return []byte(customer), dst
}

// orderID is how the record of a number calls itself.
func orderID(n int) string { return fmt.Sprintf("order-%010d", n) }

// batch is the next n of them, as a log holds them.
func (o *orders) batch(n int) []byte {
	var value []byte
	return recordBatch(n, func(int) ([]byte, []byte) {
		var key []byte
		key, value = o.next(value[:0])
		return key, value
	})
}

// filled is the work set with its topic filled, and what is in it. Batches go
// to the partitions in turns.
func filled(b *testing.B) (*work, *orders, error) {
	b.Helper()
	w, err := realWork(b)
	if err != nil {
		return nil, nil, err
	}
	made := newOrders(w.schemaID)
	return w, made, w.fill(b.Context(), made)
}

func (w *work) fill(ctx context.Context, made *orders) error {
	to, err := newBatchWriter(ctx, w.brokers, w.topic)
	if err != nil {
		return err
	}
	defer to.close()
	for made.made < tailRecords {
		var batches [][]byte
		for len(batches) < tailPartitions && made.made < tailRecords {
			batches = append(batches, made.batch(min(tailBatch, tailRecords-made.made)))
		}
		if err := to.write(ctx, 0, batches...); err != nil {
			return fmt.Errorf("filling topic %s: %w", w.topic, err)
		}
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(w.brokers), kgo.DisableClientMetrics())
	if err != nil {
		return err
	}
	defer client.Close()
	ends, err := kadm.NewClient(client).ListEndOffsets(ctx, w.topic)
	if err != nil {
		return err
	}
	total := int64(0)
	ends.Each(func(o kadm.ListedOffset) { total += o.Offset })
	if total != tailRecords {
		return fmt.Errorf("topic %s has %d records, not %d", w.topic, total, tailRecords)
	}
	return nil
}
