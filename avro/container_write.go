package avro

import (
	"fmt"
	"io"

	"github.com/twmb/avro/ocf"
)

// ContainerWriter writes an object container file.
type ContainerWriter struct {
	schema *Schema
	w      *ocf.Writer
}

// NewContainerWriter writes the header of a container file for records of s.
// codec is one of [Codecs]; "" is null. meta is added to the header; keys
// that begin with "avro." are reserved.
func NewContainerWriter(w io.Writer, s *Schema, codecName string, meta map[string][]byte) (*ContainerWriter, error) {
	c, err := codec(codecName)
	if err != nil {
		return nil, err
	}
	opts := []ocf.WriterOpt{ocf.WithCodec(c)}
	if len(meta) > 0 {
		opts = append(opts, ocf.WithMetadata(meta))
	}
	ow, err := ocf.NewWriter(w, s.parsed, opts...)
	if err != nil {
		return nil, fmt.Errorf("container file: %w", err)
	}
	return &ContainerWriter{schema: s, w: ow}, nil
}

// Append adds one record in the Avro binary encoding of the writer's schema.
// It is read through first: a broken record would make the rest of its block
// unreadable. Its error is then a [*DecodeError], and the file is unharmed.
func (c *ContainerWriter) Append(record []byte) error {
	if err := c.schema.Check(record, Limits{}); err != nil {
		return err
	}
	_, err := c.w.Write(record)
	return err
}

// Close writes what is buffered. It does not close the underlying writer.
func (c *ContainerWriter) Close() error { return c.w.Close() }
