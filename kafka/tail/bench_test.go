package tail_test

import (
	"context"
	"errors"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"kconsole/kafka"
	"kconsole/kafka/tail"
)

// The benchmarks read the same endless topic of batches of 130 records of 124
// bytes each, once through this package and once through the client library
// alone. b.N counts records, so ns/op is what a record costs, with the share of
// the broker in this process.

func endless(b *testing.B, codec kgo.CompressionCodec) *kafka.Cluster {
	b.Helper()
	_, c := fake(b, kfake.SeedTopics(6, "orders"), kfake.SyntheticFetch(kfake.SyntheticBatch{
		Records: 130, RecordBytes: 124, RandomFrac: 0.5, Compression: codec,
	}))
	return c
}

func eachCodec(b *testing.B, f func(b *testing.B, c *kafka.Cluster)) {
	for name, codec := range map[string]kgo.CompressionCodec{"none": kgo.NoCompression(), "lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression()} {
		b.Run(name, func(b *testing.B) { f(b, endless(b, codec)) })
	}
}

func BenchmarkEach(b *testing.B) {
	enough := errors.New("enough")
	eachCodec(b, func(b *testing.B, c *kafka.Cluster) {
		r := open(b, c, tail.Options{Topic: "orders", From: tail.Position{Kind: tail.Start}})
		b.ReportAllocs()
		b.ResetTimer()
		n, bytes := 0, 0
		err := r.Each(context.Background(), func(rec *kafka.Record) error {
			bytes += len(rec.Value)
			if n++; n == b.N {
				return enough
			}
			return nil
		}, nil)
		if !errors.Is(err, enough) {
			b.Fatal(err)
		}
		b.StopTimer()
		b.ReportMetric(float64(n)/b.Elapsed().Seconds()/1e6, "Mrec/s")
	})
}

func BenchmarkBareClient(b *testing.B) {
	eachCodec(b, func(b *testing.B, c *kafka.Cluster) {
		cl := client(b, c, kgo.ConsumeTopics("orders"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
		b.ReportAllocs()
		b.ResetTimer()
		n, bytes := 0, 0
		for n < b.N {
			fs := cl.PollFetches(context.Background())
			if err := fs.Err(); err != nil {
				b.Fatal(err)
			}
			fs.EachRecord(func(rec *kgo.Record) {
				bytes += len(rec.Value)
				n++
			})
		}
		b.StopTimer()
		b.ReportMetric(float64(n)/b.Elapsed().Seconds()/1e6, "Mrec/s")
	})
}

func BenchmarkRing(b *testing.B) {
	r := tail.NewRing(100_000, 32<<20)
	rec := kafka.Record{Topic: "orders", Key: make([]byte, 8), Value: make([]byte, 124)}
	b.ReportAllocs()
	for b.Loop() {
		r.Push(rec)
	}
}
