package cmd

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"kconsole/avro/decode"
	"kconsole/kafka"
	"kconsole/kafka/config"
	"kconsole/kafka/recordfilter"
	"kconsole/kafka/tail"
)

const (
	lanePartitions = 3
	laneRecords    = 6000 // more than a chunk, in text and in number, in each partition
)

// filledTopic is a cluster with records in batches of many sizes; their values
// are their offsets.
func filledTopic(t *testing.T) *kafka.Cluster {
	t.Helper()
	fake, err := kfake.NewCluster(kfake.NumBrokers(2), kfake.SeedTopics(lanePartitions, "orders"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(fake.Close)
	client, err := kgo.NewClient(kgo.SeedBrokers(fake.ListenAddrs()...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	sizes := []int{1, 2, 700, 3, 5000, 1}
	for partition := range int32(lanePartitions) {
		for offset, i := 0, 0; offset < laneRecords; i++ {
			var records []*kgo.Record
			for range min(sizes[i%len(sizes)], laneRecords-offset) {
				records = append(records, &kgo.Record{
					Topic: "orders", Partition: partition, Key: fmt.Appendf(nil, "k-%d", offset%10), Value: fmt.Appendf(nil, "%d", offset),
					Headers: []kgo.RecordHeader{{Key: "at", Value: fmt.Appendf(nil, "%d", offset)}},
				})
				offset++
			}
			if err := client.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
				t.Fatal(err)
			}
		}
	}
	c, err := kafka.Connect(config.Cluster{Name: "fake", Brokers: fake.ListenAddrs()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// oneByOne prints JSON lines and has no renderer.
type oneByOne struct{ p *recordPrinter }

func (o oneByOne) print(ctx context.Context, rec *kafka.Record) error { return o.p.print(ctx, rec) }
func (o oneByOne) flush() error                                       { return o.p.flush() }
func (o oneByOne) close() error                                       { return o.p.close() }

// TestLanes prints a topic by several lanes: what each partition has comes once and
// in order, whether lanes render it or not, filtered or not, up to a limit.
func TestLanes(t *testing.T) {
	c := filledTopic(t)
	read := tail.Options{Topic: "orders", From: tail.Position{Kind: tail.Start}, Until: tail.Position{Kind: tail.End}}
	for _, with := range []struct {
		name, filter string
		limit        int64
		alone        bool
		want         int // records
		step         int // between two offsets of a partition
	}{
		{"all", "", 0, false, lanePartitions * laneRecords, 1},
		{"all, one by one", "", 0, true, lanePartitions * laneRecords, 1},
		{"some", "k-7", 0, false, lanePartitions * laneRecords / 10, 10},
		{"some, one by one", "k-7", 0, true, lanePartitions * laneRecords / 10, 10},
		{"the first", "", 4321, false, 4321, 1},
		{"the first, one by one", "", 4321, true, 4321, 1},
		{"the first of some", "k-7", 500, false, 500, 10},
		{"fewer than the limit", "k-7", 1 << 40, false, lanePartitions * laneRecords / 10, 10},
	} {
		t.Run(with.name, func(t *testing.T) {
			filter, err := recordfilter.Parse(with.filter)
			if err != nil {
				t.Fatal(err)
			}
			var out, said bytes.Buffer
			decoder := decode.New(nil, decode.Options{})
			p := newRecordPrinter(&out, "json", decoder, nil)
			l := &tailer{app: &app{err: &said}, c: c, picks: func() *recordfilter.Matcher { return filter.Matcher(decoder) }, out: p, left: with.limit}
			l.pick = l.picks()
			if with.alone {
				l.out = oneByOne{p}
			}
			if err := l.from(t.Context(), read); err != nil {
				t.Fatal(err)
			}
			last := map[int32]int64{}
			n := 0
			for line := range strings.Lines(out.String()) {
				var rec struct {
					Partition int32
					Offset    int64
					Value     int64
					Headers   []struct{ Value string }
				}
				if err := json.Unmarshal([]byte(line), &rec); err != nil {
					t.Fatal(err)
				}
				before, seen := last[rec.Partition]
				if rec.Value != rec.Offset || rec.Headers[0].Value != fmt.Sprint(rec.Offset) || seen && rec.Offset != before+int64(with.step) {
					t.Fatalf("after offset %d comes %s", before, line)
				}
				last[rec.Partition] = rec.Offset
				n++
			}
			if n != with.want || l.printed != int64(n) || said.Len() > 0 {
				t.Errorf("%d records, not %d; %d counted; said %q", n, with.want, l.printed, said.String())
			}
		})
	}
}

// TestLanesEndWithTheirReader leaves a topic that goes on for ever.
func TestLanesEndWithTheirReader(t *testing.T) {
	c := filledTopic(t)
	ctx, cancel := context.WithCancel(t.Context())
	decoder := decode.New(nil, decode.Options{})
	var none *recordfilter.Filter
	l := &tailer{app: &app{err: &bytes.Buffer{}}, c: c, picks: func() *recordfilter.Matcher { return none.Matcher(decoder) }}
	l.pick = l.picks()
	n := 0
	l.out = printing(func() {
		if n++; n == laneRecords {
			cancel()
		}
	})
	err := l.from(ctx, tail.Options{Topic: "orders", From: tail.Position{Kind: tail.Start}})
	if err != nil && !isCanceled(err) {
		t.Errorf("after it was cancelled: %v", err)
	}
	if n < laneRecords {
		t.Errorf("it ended after %d records", n)
	}
}

// printing counts what is printed.
type printing func()

func (p printing) print(context.Context, *kafka.Record) error { p(); return nil }
func (p printing) flush() error                               { return nil }
func (p printing) close() error                               { return nil }
