package avro

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/twmb/avro/ocf"
)

// MaxBlock is the largest block of an object container file that is read, in
// bytes, compressed and not.
const MaxBlock = 16 << 20

const (
	containerMagic = "Obj\x01"
	maxMetadata    = 64 // entries in a file's header
)

// ContainerReader reads an object container file: Avro's file format, which
// carries its schema (specification, "Object Container Files"). Blocks may be
// plain or compressed with deflate, snappy, zstandard or bzip2.
type ContainerReader struct {
	// Schema is the schema the file was written with.
	Schema *Schema
	// Codec is the name of the compression, "null" for none.
	Codec string
	// Meta holds the file's metadata, without avro.schema and avro.codec.
	Meta map[string][]byte

	in     *bufio.Reader
	sync   [16]byte
	codec  ocf.Codec
	one    *program // passes over one record
	packed []byte
	block  []byte // what is left of the current block
	left   int64  // records left in it
	err    error
}

// IsContainer reports whether data begins like an object container file.
func IsContainer(data []byte) bool { return bytes.HasPrefix(data, []byte(containerMagic)) }

// NewContainerReader reads the header of a container file. Close it.
func NewContainerReader(r io.Reader) (*ContainerReader, error) {
	c := &ContainerReader{in: bufio.NewReader(r), Codec: "null", Meta: map[string][]byte{}}
	var magic [4]byte
	if _, err := io.ReadFull(c.in, magic[:]); err != nil || string(magic[:]) != containerMagic {
		return nil, errors.New("not an Avro container file: it does not begin with Obj 01")
	}
	var schema []byte
	if err := c.metadata(func(key string, value []byte) {
		switch key {
		case "avro.schema":
			schema = value
		case "avro.codec":
			c.Codec = string(value)
		default:
			c.Meta[key] = value
		}
	}); err != nil {
		return nil, fmt.Errorf("container file, header: %w", endsEarly(err))
	}
	if _, err := io.ReadFull(c.in, c.sync[:]); err != nil {
		return nil, fmt.Errorf("container file, header: %w", endsEarly(err))
	}
	var err error
	if c.Schema, err = Compile(string(schema), nil); err != nil {
		return nil, fmt.Errorf("container file: %w", err)
	}
	c.one = c.Schema.skip().asPrefix()
	if c.codec, err = codec(c.Codec); err != nil {
		return nil, fmt.Errorf("container file: %w", err)
	}
	return c, nil
}

// metadata reads the header's map of strings to bytes.
func (c *ContainerReader) metadata(entry func(key string, value []byte)) error {
	entries, total := 0, 0
	for {
		n, err := binary.ReadVarint(c.in)
		if err != nil {
			return err
		}
		if n == 0 {
			return nil
		}
		if n < 0 { // the block's size in bytes follows, which is of no use here
			n = -n
			if _, err := binary.ReadVarint(c.in); err != nil {
				return err
			}
		}
		for ; n != 0; n-- {
			if entries++; entries > maxMetadata {
				return fmt.Errorf("more than %d entries", maxMetadata)
			}
			var pair [2][]byte
			for i := range pair {
				size, err := binary.ReadVarint(c.in)
				if err != nil {
					return err
				}
				if size < 0 || size > MaxSchemaBytes || total+int(size) > MaxSchemaBytes {
					return fmt.Errorf("an entry of %d bytes; the header may have %d", size, MaxSchemaBytes)
				}
				total += int(size)
				if pair[i], err = readBytes(c.in, int(size), nil); err != nil {
					return err
				}
			}
			entry(string(pair[0]), pair[1])
		}
	}
}

// readBytes reads n bytes into buf. It grows with what arrives, not with what
// is announced.
func readBytes(r io.Reader, n int, buf []byte) ([]byte, error) {
	b := bytes.NewBuffer(buf[:0])
	got, err := io.CopyN(b, r, int64(n))
	if err == nil && got < int64(n) {
		err = io.ErrUnexpectedEOF
	}
	return b.Bytes(), err
}

// Next returns the Avro binary encoding of the next record, which is valid
// until the next call, or io.EOF at the end.
func (c *ContainerReader) Next() ([]byte, error) {
	if c.err != nil {
		return nil, c.err
	}
	for c.left == 0 {
		if c.err = c.nextBlock(); c.err != nil {
			return nil, c.err
		}
	}
	_, n, err := c.one.run(nil, c.block, Limits{}.withDefaults())
	if err != nil {
		c.err = fmt.Errorf("container file: a record cannot be read, nor what follows it: %w", err)
		return nil, c.err
	}
	record := c.block[:n:n]
	c.block = c.block[n:]
	c.left--
	if c.left == 0 && len(c.block) > 0 {
		c.err = fmt.Errorf("container file: %d bytes are left over in a block", len(c.block))
	}
	return record, nil
}

func (c *ContainerReader) nextBlock() error {
	count, err := binary.ReadVarint(c.in)
	if err != nil {
		if errors.Is(err, io.EOF) {
			return io.EOF // blocks end where the file does
		}
		return fmt.Errorf("container file, block: %w", endsEarly(err))
	}
	size, err := binary.ReadVarint(c.in)
	if err != nil {
		return fmt.Errorf("container file, block: %w", endsEarly(err))
	}
	if size < 0 || size > MaxBlock {
		return fmt.Errorf("container file: a block of %d bytes, and at most %d are read", size, MaxBlock)
	}
	if c.packed, err = readBytes(c.in, int(size), c.packed); err != nil {
		return fmt.Errorf("container file, block: %w", endsEarly(err))
	}
	var marker [16]byte
	if _, err := io.ReadFull(c.in, marker[:]); err != nil {
		return fmt.Errorf("container file, block: %w", endsEarly(err))
	}
	if marker != c.sync {
		return errors.New("container file: a block does not end in the file's sync marker")
	}
	if c.block, err = unpack(c.codec, c.packed); err != nil {
		return fmt.Errorf("container file, block (%s): %w", clip(c.Codec, 20), err)
	}
	// Records that take no bytes are bounded like items of an array.
	most := int64(defaultEmptyItems)
	if least := c.Schema.root.minSize; least > 0 {
		most = int64(len(c.block) / least)
	}
	if count < 0 || count > most {
		return fmt.Errorf("container file: a block of %d records, which cannot be in %d bytes", count, len(c.block))
	}
	if count == 0 && len(c.block) > 0 {
		return fmt.Errorf("container file: %d bytes in a block without records", len(c.block))
	}
	c.left = count
	return nil
}

// Close releases the decompressor.
func (c *ContainerReader) Close() error {
	if c.err == nil {
		c.err = errors.New("container file: it is closed")
	}
	return c.codec.Close()
}

func endsEarly(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the file ends too early")
	}
	return err
}

func codec(name string) (ocf.Codec, error) {
	switch name {
	case "null", "":
		return plainCodec{}, nil
	case "deflate":
		return ocf.DeflateCodec(-1), nil
	case "snappy":
		return ocf.SnappyCodec(), nil
	case "zstandard":
		return ocf.ZstdCodec(nil, nil)
	case "bzip2":
		return bzip2Codec{}, nil
	}
	return nil, fmt.Errorf("compression %q is not known", clip(name, 40))
}

func unpack(c ocf.Codec, packed []byte) ([]byte, error) {
	if b, ok := c.(ocf.BoundedDecompressor); ok {
		return b.DecompressBounded(packed, MaxBlock)
	}
	return c.Decompress(packed)
}

type plainCodec struct{}

func (plainCodec) Name() string                        { return "null" }
func (plainCodec) Compress(b []byte) ([]byte, error)   { return b, nil }
func (plainCodec) Decompress(b []byte) ([]byte, error) { return b, nil }
func (plainCodec) Close() error                        { return nil }

// bzip2Codec reads what Java and Python may have written; Go has no compressor.
type bzip2Codec struct{}

func (bzip2Codec) Name() string { return "bzip2" }

func (bzip2Codec) Compress([]byte) ([]byte, error) {
	return nil, errors.New("bzip2 can be read, not written")
}

func (bzip2Codec) Decompress(b []byte) ([]byte, error) {
	out, err := io.ReadAll(io.LimitReader(bzip2.NewReader(bytes.NewReader(b)), MaxBlock+1))
	if err == nil && len(out) > MaxBlock {
		err = fmt.Errorf("it unpacks to more than %d bytes", MaxBlock)
	}
	return out, err
}

func (bzip2Codec) Close() error { return nil }
