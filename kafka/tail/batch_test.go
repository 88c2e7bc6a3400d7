package tail

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kconsole/kafka"
)

// encode makes a record batch as a broker would store it.
func encode(codec int16, records []byte, count int32) []byte {
	b := kmsg.RecordBatch{
		FirstOffset: 40, Magic: 2, Attributes: codec, LastOffsetDelta: count - 1, FirstTimestamp: 1000, MaxTimestamp: 2000,
		ProducerID: -1, ProducerEpoch: -1, FirstSequence: -1, NumRecords: count, Records: records,
	}
	raw := b.AppendTo(nil)
	binary.BigEndian.PutUint32(raw[8:], uint32(len(raw)-batchLengthPrefix))
	binary.BigEndian.PutUint32(raw[17:], crc32.Checksum(raw[batchCRCFrom:], castagnoli))
	return raw
}

func records(values ...string) (out []byte) {
	for i, v := range values {
		r := kmsg.Record{TimestampDelta64: int64(i), OffsetDelta: int32(i), Value: []byte(v), Headers: []kmsg.Header{{Key: "h", Value: []byte("x")}}}
		body := r.AppendTo(nil)[1:] // without the length, which is 0 and so one byte
		out = append(binary.AppendVarint(out, int64(len(body))), body...)
	}
	return out
}

func TestBatchWithDamage(t *testing.T) {
	good := encode(0, records("a", "b", "c"), 3)
	b, rest, err := nextBatch(append(good, 1, 2, 3))
	if err != nil || len(rest) != 3 || b.LastOffset != 42 || b.open() != nil {
		t.Fatalf("a good batch: %+v, %d left, %v", b, len(rest), err)
	}
	if rs, err := b.Records(); err != nil || len(rs) != 3 || string(rs[2].Value) != "c" || rs[2].Offset != 42 || rs[1].Timestamp.UnixMilli() != 1001 {
		t.Errorf("%+v, %v", rs, err)
	}
	b.from, b.until = 41, 42
	if rs, _ := b.Records(); len(rs) != 1 || rs[0].Offset != 41 {
		t.Errorf("from 41 until 42: %+v", rs)
	}
	for n := range good {
		if _, _, err := nextBatch(good[:n]); !errors.Is(err, errTruncated) {
			t.Fatalf("%d of %d bytes: %v, want truncated", n, len(good), err)
		}
	}
	for i := batchCRCFrom; i < len(good); i++ {
		bad := bytes.Clone(good)
		bad[i] ^= 0x40
		if _, _, err := nextBatch(bad); err == nil {
			t.Fatalf("byte %d was changed, and nobody noticed", i)
		}
	}
	old := bytes.Clone(good)
	old[16] = 1
	if b, _, err := nextBatch(old); err == nil || b.LastOffset != 40 || !strings.Contains(err.Error(), "format 1") {
		t.Errorf("magic 1: %+v, %v", b, err)
	}
	// A producer's own damage, under a good checksum.
	for name, raw := range map[string][]byte{
		"too many records":  encode(0, records("a"), 1_000_000),
		"negative count":    encode(0, records("a"), -5),
		"cut record":        encode(0, records("abcdefghijklmnop")[:10], 1),
		"no such codec":     encode(7, records("a"), 1),
		"not gzip":          encode(codecGzip, records("a"), 1),
		"not snappy":        encode(codecSnappy, []byte{0xff, 0xff, 0xff, 0xff, 0x0f, 1}, 1),
		"xerial cut":        encode(codecSnappy, append(bytes.Clone(xerial), 0, 0, 0, 1, 0, 0, 0, 1, 0xff), 1),
		"not lz4":           encode(codecLZ4, records("a"), 1),
		"not zstd":          encode(codecZstd, records("a"), 1),
		"huge value length": encode(0, binary.AppendVarint(nil, 1<<40), 1),
	} {
		b, _, err := nextBatch(raw)
		if err == nil {
			if err = b.open(); err == nil {
				_, err = b.Records()
			}
		}
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestBombsAreBounded(t *testing.T) {
	zeros := make([]byte, maxBatch+1)
	var gz bytes.Buffer
	w := gzip.NewWriter(&gz)
	_, _ = w.Write(zeros)
	_ = w.Close()
	var l bytes.Buffer
	lw := lz4.NewWriter(&l)
	_, _ = lw.Write(zeros)
	_ = lw.Close()
	enc, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	z := enc.EncodeAll(zeros, nil)
	_ = enc.Close()
	for codec, src := range map[int16][]byte{codecGzip: gz.Bytes(), codecLZ4: l.Bytes(), codecZstd: z} {
		if out, err := decompress(codec, src); err == nil {
			t.Errorf("codec %d: %d bytes became %d", codec, len(src), len(out))
		}
	}
}

func TestEachAllocatesNothing(t *testing.T) {
	b, _, err := nextBatch(encode(0, records(strings.Split(strings.Repeat("value ", 500), " ")...), 501))
	if err != nil || b.open() != nil {
		t.Fatal(err)
	}
	var rec kafka.Record
	n := 0
	count := func(*kafka.Record) bool { n++; return true }
	if got := testing.AllocsPerRun(20, func() { _ = b.each(&rec, count) }); got > 0 {
		t.Errorf("%.1f allocations for 501 records", got)
	}
	if n == 0 {
		t.Error("no records")
	}
}

func FuzzBatch(f *testing.F) {
	f.Add(encode(0, records("a", "b"), 2))
	f.Add(encode(codecGzip, records("a"), 1))
	f.Add(encode(codecSnappy, []byte{1, 0, 'a'}, 1))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) >= batchHeader { // let it past the checksum
			raw = bytes.Clone(raw)
			binary.BigEndian.PutUint32(raw[8:], uint32(len(raw)-batchLengthPrefix))
			binary.BigEndian.PutUint32(raw[17:], crc32.Checksum(raw[batchCRCFrom:], castagnoli))
		}
		b, _, err := nextBatch(raw)
		if err != nil {
			return
		}
		b.until = -1
		b.abortMarker()
		if b.open() != nil {
			return
		}
		_ = b.Each(func(r *kafka.Record) bool {
			if r.Offset < b.BaseOffset || r.Offset > b.LastOffset {
				t.Errorf("offset %d of a batch from %d to %d", r.Offset, b.BaseOffset, b.LastOffset)
			}
			return true
		})
	})
}
