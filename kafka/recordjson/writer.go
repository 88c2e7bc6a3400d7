package recordjson

import (
	"bufio"
	"fmt"
	"io"

	"kconsole/kafka"
)

// keepLine is the largest line buffer that a [Writer] keeps between records, so
// that one huge record does not stay in memory.
const keepLine = 1 << 20

// Writer writes records as JSON lines. It buffers: call Flush when the lines
// must be seen. It is for one goroutine.
type Writer struct {
	w    *bufio.Writer
	from Appender
	line []byte
}

// NewWriter makes a Writer onto w.
func NewWriter(w io.Writer) *Writer {
	return &Writer{w: bufio.NewWriterSize(w, 64<<10)}
}

// Write writes one record as one line. A nil d stands for the zero [Decoded].
func (w *Writer) Write(rec *kafka.Record, d *Decoded) error {
	w.line = append(w.from.Append(w.line[:0], rec, d), '\n')
	_, err := w.w.Write(w.line)
	if cap(w.line) > keepLine {
		w.line = nil
	}
	if err != nil {
		return fmt.Errorf("write record %s/%d offset %d: %w", rec.Topic, rec.Partition, rec.Offset, err)
	}
	return nil
}

// Flush hands on what is buffered.
func (w *Writer) Flush() error {
	if err := w.w.Flush(); err != nil {
		return fmt.Errorf("write records: %w", err)
	}
	return nil
}
