package check

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"

	"github.com/twmb/franz-go/pkg/kgo"

	"kconsole/kafka"
	"kconsole/kafka/tail"
	"kconsole/labs"
)

// Batch is a record batch as it lies in a log.
type Batch struct {
	Partition   int32
	BaseOffset  int64
	Compression string // none, gzip, snappy, lz4 or zstd
	ProducerID  int64  // of an idempotent producer; negative: none
	Records     int64
	Bytes       int64  // in the log, compressed, with its header
	First       Record // its first record, decoded
}

// Batches reads the batches of a topic from the offsets of base (its start, where
// a partition is not in it) to its end as it is now, in order of their offsets in
// each partition. It reads 32 MiB at most, and none where there is no topic.
func Batches(ctx context.Context, env *labs.Env, topic string, base Offsets) ([]Batch, error) {
	ends, err := Ends(ctx, env, topic)
	if err != nil || Since(ends, base) == 0 {
		return nil, err
	}
	r, err := open(ctx, env, topic, base, ends, 0)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var out []Batch
	size := 0
	for size < mostBytes {
		b, err := r.NextBatch(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("cannot read %s: %w", topic, err)
		}
		size += b.Bytes
		one := Batch{
			Partition: b.Partition, BaseOffset: b.BaseOffset, Compression: b.Compression(), ProducerID: b.ProducerID,
			Records: int64(b.Len()), Bytes: int64(b.Bytes),
		}
		err = b.Each(func(rec *kafka.Record) bool {
			first := *rec
			first.Headers = slices.Clone(rec.Headers)
			one.First = decoded(ctx, env, first)
			return false
		})
		if err != nil {
			return nil, fmt.Errorf("cannot read %s: %w", topic, err)
		}
		out = append(out, one)
	}
	return out, nil
}

// open reads a topic from base to its end as it is now; limit is in records, 0
// for none.
func open(ctx context.Context, env *labs.Env, topic string, base, ends Offsets, limit int64) (*tail.Reader, error) {
	from := map[int32]int64{}
	for p, at := range base {
		if end, there := ends[p]; there && at <= end {
			from[p] = at
		}
	}
	return tail.Open(ctx, env.Cluster, tail.Options{
		Topic: topic, From: tail.Position{Kind: tail.Start}, Until: tail.Position{Kind: tail.End}, Offsets: from, Limit: limit,
	})
}

// Murmur2 is the partition of n that Java clients, franz-go and this program
// choose for a key.
func Murmur2(key []byte, n int) int32 {
	return int32(kgo.StickyKeyPartitioner(nil).ForTopic("").Partition(&kgo.Record{Key: key}, n))
}

// CRC32 is the partition of n that librdkafka, and so php-rdkafka, chooses for a
// key that is not empty, unless it is told another partitioner.
//
// Source: librdkafka's partitioner "consistent_random".
func CRC32(key []byte, n int) int32 {
	return int32(crc32.ChecksumIEEE(key) % uint32(n))
}
