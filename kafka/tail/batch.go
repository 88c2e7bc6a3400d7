package tail

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"time"

	"kconsole/kafka"
)

// Batch is one record batch as it lies in a log, checked and decompressed. The
// records are decoded as they are asked for: that is what makes reading a whole
// topic fast. It is immutable; several goroutines may read it.
type Batch struct {
	Topic       string
	Partition   int32
	LeaderEpoch int32
	BaseOffset  int64
	LastOffset  int64
	ProducerID  int64 // negative: none
	Bytes       int   // size on the wire, compressed

	attributes     int16
	count          int32
	firstTimestamp int64
	maxTimestamp   int64
	from, until    int64 // records before from and, unless negative, from until on are left out
	records        []byte
}

// The bits of a batch's attributes.
const (
	codecBits         = 0x07
	logAppendBit      = 0x08
	transactionalBit  = 0x10
	controlBit        = 0x20
	batchHeader       = 61 // bytes before the records
	batchLengthPrefix = 12 // base offset and length, which length does not count
	batchCRCFrom      = 21
)

var (
	errTruncated = errors.New("truncated")
	castagnoli   = crc32.MakeTable(crc32.Castagnoli)
)

// nextBatch takes the first batch off raw. A batch that the broker cut off at
// the end of a response is errTruncated. With any other error the batch is
// corrupt, but its offsets (if they are not negative) and rest are good.
//
// Format: KIP-98's record batch, magic 2.
func nextBatch(raw []byte) (b *Batch, rest []byte, err error) {
	if len(raw) < batchLengthPrefix {
		return nil, nil, errTruncated
	}
	length := int32(binary.BigEndian.Uint32(raw[8:]))
	if length < 0 || int64(length) > int64(len(raw)-batchLengthPrefix) {
		return nil, nil, errTruncated
	}
	whole := raw[:batchLengthPrefix+int(length)]
	rest = raw[len(whole):]
	b = &Batch{BaseOffset: int64(binary.BigEndian.Uint64(raw)), LastOffset: -1, Bytes: len(whole), until: -1}
	if len(whole) < 17 || whole[16] != 2 {
		magic := -1
		if len(whole) >= 17 {
			magic = int(whole[16])
			b.LastOffset = b.BaseOffset
		}
		return b, rest, fmt.Errorf("message format %d is not supported (only 2, of Kafka 0.11 and later)", magic)
	}
	if len(whole) < batchHeader {
		return b, rest, errors.New("its header is too short")
	}
	b.LeaderEpoch = int32(binary.BigEndian.Uint32(whole[12:]))
	b.attributes = int16(binary.BigEndian.Uint16(whole[21:]))
	delta := int32(binary.BigEndian.Uint32(whole[23:]))
	if delta < 0 || b.BaseOffset < 0 || b.BaseOffset > math.MaxInt64-int64(delta)-1 {
		return b, rest, errors.New("its offsets are impossible")
	}
	b.LastOffset = b.BaseOffset + int64(delta)
	b.firstTimestamp = int64(binary.BigEndian.Uint64(whole[27:]))
	b.maxTimestamp = int64(binary.BigEndian.Uint64(whole[35:]))
	b.ProducerID = int64(binary.BigEndian.Uint64(whole[43:]))
	b.count = int32(binary.BigEndian.Uint32(whole[57:]))
	b.records = whole[batchHeader:]
	if crc32.Checksum(whole[batchCRCFrom:], castagnoli) != binary.BigEndian.Uint32(whole[17:]) {
		return b, rest, errors.New("its checksum is wrong")
	}
	return b, rest, nil
}

// Compression names the codec that the batch is stored with: none, gzip, snappy,
// lz4 or zstd; "codec N" for one that is not known.
//
// Format: the lowest three bits of the attributes (KIP-98, zstd KIP-110).
func (b *Batch) Compression() string {
	names := [...]string{codecNone: "none", codecGzip: "gzip", codecSnappy: "snappy", codecLZ4: "lz4", codecZstd: "zstd"}
	if n := int(b.attributes & codecBits); n < len(names) {
		return names[n]
	}
	return fmt.Sprintf("codec %d", b.attributes&codecBits)
}

func (b *Batch) control() bool       { return b.attributes&controlBit != 0 }
func (b *Batch) transactional() bool { return b.attributes&transactionalBit != 0 }

// abortMarker tells whether a control batch ends a transaction by aborting it.
func (b *Batch) abortMarker() bool {
	d := decoder{data: b.records}
	var rec kafka.Record
	if b.count < 1 || !d.record(b, &rec) || len(rec.Key) < 4 {
		return false
	}
	return binary.BigEndian.Uint16(rec.Key[2:]) == 0
}

// open decompresses the records.
func (b *Batch) open() error {
	data, err := decompress(b.attributes&codecBits, b.records)
	if err != nil {
		return fmt.Errorf("it cannot be decompressed: %w", err)
	}
	b.records = data
	// A record takes at least seven bytes, so this is a claim that can be checked.
	if b.count < 0 || int(b.count) > len(data)/7 {
		return fmt.Errorf("it claims %d records in %d bytes", b.count, len(data))
	}
	return nil
}

// Len is how many records it has at most: the bounds of the reader are not applied.
func (b *Batch) Len() int { return int(b.count) }

// Each calls f for each record, in order, until f returns false. The record is
// the same one each time, filled anew, and so is its Headers slice: copy what
// is kept. Key, Value and header values point into the batch and may be kept,
// at the price of keeping all of the batch.
//
// An error is an [*kafka.Error]: the batch is corrupt at that place; the records
// before it have been delivered.
func (b *Batch) Each(f func(*kafka.Record) bool) error {
	var rec kafka.Record
	return b.each(&rec, f)
}

func (b *Batch) each(rec *kafka.Record, f func(*kafka.Record) bool) error {
	rec.Topic, rec.Partition, rec.LeaderEpoch, rec.ProducerID = b.Topic, b.Partition, b.LeaderEpoch, b.ProducerID
	rec.LogAppend = b.attributes&logAppendBit != 0
	d := decoder{data: b.records}
	for i := range b.count {
		if !d.record(b, rec) {
			return corrupt(b, fmt.Errorf("record %d of %d cannot be parsed", i, b.count))
		}
		if rec.Offset < b.from {
			continue
		}
		if b.until >= 0 && rec.Offset >= b.until {
			return nil
		}
		if !f(rec) {
			return nil
		}
	}
	return nil
}

// Records decodes all records. They point into the batch.
func (b *Batch) Records() ([]kafka.Record, error) {
	out := make([]kafka.Record, 0, b.count)
	err := b.Each(func(r *kafka.Record) bool {
		out = append(out, *r)
		if len(r.Headers) > 0 {
			out[len(out)-1].Headers = append([]kafka.Header(nil), r.Headers...)
		}
		return true
	})
	return out, err
}

// decoder walks the records of a batch.
type decoder struct {
	data []byte
	bad  bool
}

// record decodes the next record into rec. Each length is checked against what
// is left, so hostile bytes cannot make it allocate or loop.
func (d *decoder) record(b *Batch, rec *kafka.Record) bool {
	length := d.varint()
	if d.bad || length < 0 || length > int64(len(d.data)) {
		return false
	}
	after := d.data[length:]
	d.data = d.data[:length]
	if len(d.data) == 0 {
		return false
	}
	d.data = d.data[1:] // attributes: none are in use
	timestamp := d.varint()
	offset := d.varint()
	rec.Key = d.bytes()
	rec.Value = d.bytes()
	if d.bad || offset < 0 || offset > b.LastOffset-b.BaseOffset {
		return false
	}
	rec.Offset = b.BaseOffset + offset
	if rec.LogAppend {
		rec.Timestamp = time.UnixMilli(b.maxTimestamp)
	} else {
		rec.Timestamp = time.UnixMilli(b.firstTimestamp + timestamp)
	}
	rec.Headers = d.headers(rec.Headers[:0])
	d.data = after
	return !d.bad
}

func (d *decoder) headers(hs []kafka.Header) []kafka.Header {
	n := d.varint()
	if n < 0 || n > int64(len(d.data)/2) { // a header takes at least two bytes
		d.bad = true
	}
	if d.bad || n == 0 {
		return hs
	}
	for i := range int(n) {
		key := d.bytes()
		value := d.bytes()
		if d.bad {
			return hs
		}
		// Records of a topic tend to have the same keys: then the string of the
		// record before can be used again.
		if i < cap(hs) && hs[:cap(hs)][i].Key == string(key) {
			hs = append(hs, kafka.Header{Key: hs[:cap(hs)][i].Key, Value: value})
		} else {
			hs = append(hs, kafka.Header{Key: string(key), Value: value})
		}
	}
	return hs
}

// varint reads a zigzag varint of up to 64 bits.
func (d *decoder) varint() int64 {
	if len(d.data) > 0 && d.data[0] < 0x80 {
		u := uint64(d.data[0])
		d.data = d.data[1:]
		return int64(u>>1) ^ -int64(u&1)
	}
	u, n := binary.Uvarint(d.data)
	if n <= 0 {
		d.bad = true
		d.data = nil
		return 0
	}
	d.data = d.data[n:]
	return int64(u>>1) ^ -int64(u&1)
}

// bytes reads a length and that many bytes; nil for the length -1.
func (d *decoder) bytes() []byte {
	n := d.varint()
	if n < 0 && !d.bad {
		return nil
	}
	if d.bad || n > int64(len(d.data)) {
		d.bad = true
		d.data = nil
		return nil
	}
	out := d.data[:n:n]
	d.data = d.data[n:]
	return out
}
