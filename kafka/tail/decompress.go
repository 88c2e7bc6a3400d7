package tail

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// maxBatch bounds what one record batch may decompress to: a few bytes can
// claim gigabytes. Kafka's own default limit for a batch is 1 MiB.
const maxBatch = 128 << 20

var errTooLarge = fmt.Errorf("decompresses to more than %d MiB", maxBatch>>20)

// The compression types in a batch's attributes (KIP-110 for zstd).
const (
	codecNone = iota
	codecGzip
	codecSnappy
	codecLZ4
	codecZstd
)

// decompress returns what src holds, in a buffer of its own unless the codec is none.
func decompress(codec int16, src []byte) ([]byte, error) {
	switch codec {
	case codecNone:
		return src, nil
	case codecGzip:
		r, err := gzip.NewReader(bytes.NewReader(src))
		if err != nil {
			return nil, err
		}
		return readAll(r, len(src))
	case codecSnappy:
		return unsnappy(src)
	case codecLZ4:
		r := lz4Readers.Get().(*lz4.Reader) //nolint:forcetypeassert // the pool makes nothing else
		defer lz4Readers.Put(r)
		r.Reset(bytes.NewReader(src))
		return readAll(r, len(src))
	case codecZstd:
		d := zstdDecoders.Get().(*zstd.Decoder) //nolint:forcetypeassert // as above
		defer zstdDecoders.Put(d)
		return d.DecodeAll(src, nil)
	}
	return nil, fmt.Errorf("unknown compression type %d", codec)
}

var lz4Readers = sync.Pool{New: func() any { return lz4.NewReader(nil) }}

var zstdDecoders = sync.Pool{New: func() any {
	// One goroutine at a time uses a decoder, and without concurrency it has
	// none of its own: the pool may drop it without closing it.
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxMemory(maxBatch))
	if err != nil {
		panic(err) // the options are constants
	}
	return d
}}

func readAll(r io.Reader, compressed int) ([]byte, error) {
	out := bytes.NewBuffer(make([]byte, 0, min(4*compressed+bytes.MinRead, maxBatch)))
	n, err := out.ReadFrom(io.LimitReader(r, maxBatch+1))
	if err == nil && n > maxBatch {
		err = errTooLarge
	}
	return out.Bytes(), err
}

// xerial is how the Java client frames snappy blocks: this magic, two versions
// of four bytes, then blocks behind their length.
var xerial = []byte{0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0}

func unsnappy(src []byte) ([]byte, error) {
	if !bytes.HasPrefix(src, xerial) {
		return unsnappyBlock(nil, src)
	}
	if len(src) < 16 {
		return nil, errTruncated
	}
	var out []byte
	for src = src[16:]; len(src) > 0; {
		if len(src) < 4 {
			return nil, errTruncated
		}
		n := binary.BigEndian.Uint32(src)
		src = src[4:]
		if uint64(n) > uint64(len(src)) {
			return nil, errTruncated
		}
		var err error
		if out, err = unsnappyBlock(out, src[:n]); err != nil {
			return nil, err
		}
		src = src[n:]
	}
	return out, nil
}

func unsnappyBlock(to, src []byte) ([]byte, error) {
	n, err := s2.DecodedLen(src)
	if err != nil {
		return nil, err
	}
	if n > maxBatch-len(to) {
		return nil, errTooLarge
	}
	// The length is a claim: snappy cannot make more than about 64 bytes of three.
	if n > 64*len(src)+64 {
		return nil, errors.New("snappy: impossible length")
	}
	block, err := s2.Decode(nil, src)
	if err != nil {
		return nil, err
	}
	if to == nil {
		return block, nil
	}
	return append(to, block...), nil
}
