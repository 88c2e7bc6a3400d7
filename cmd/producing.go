package cmd

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"kconsole/kafka"
	"kconsole/kafka/recordinput"
)

// producedRow is how one record went, with -o jsonl.
type producedRow struct {
	Record    int64      `json:"record"`    // its number in the input, from 1
	Partition *int32     `json:"partition"` // null: not written
	Offset    *int64     `json:"offset"`
	Timestamp *time.Time `json:"timestamp"`
	Error     string     `json:"error,omitempty"`
}

// producing writes the records of an input.
type producing struct {
	app        *app
	o          produceOptions
	p          *kafka.Producer
	encode     recordinput.Encoder
	partitions int

	mu      sync.Mutex // the rest: results come from the producer's goroutine
	wg      sync.WaitGroup
	last    kafka.Produced
	written int64
	failed  []error // the first ones
	lost    int64
	named   string // the schema that the input's lines name
	werr    error  // of our output
}

// maxFailures is how many failures are told one by one.
const maxFailures = 10

// run writes everything and says how it went.
func (w *producing) run(ctx context.Context, in io.Reader) error {
	n, err := w.all(ctx, in)
	if !w.o.dryRun {
		w.wg.Wait()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.named != "" && w.encode.Value == nil {
		complain(w.app.err, fmt.Errorf("the lines name a schema (%s); without --schema their values were written as JSON text", w.named), false)
	}
	if w.o.format == "text" {
		w.summary(n)
	}
	switch {
	case w.werr != nil:
		return w.werr
	case err != nil:
		return err
	case w.lost == n && n == 1:
		return w.failed[0]
	case w.lost > 0:
		return &partialError{int(w.lost), int(n), w.failed[0]}
	}
	return nil
}

func (w *producing) summary(n int64) {
	switch {
	case w.o.dryRun:
		fmt.Fprintf(w.app.out, "%d records would be written to %s.\n", n-w.lost, w.o.topic)
	case w.written == 1:
		fmt.Fprintf(w.app.out, "Written: %s\n", describeProduced(w.o.topic, w.last))
	default:
		fmt.Fprintf(w.app.out, "%d records written to %s.\n", w.written, w.o.topic)
	}
	if len(w.failed) > 0 && n > 1 {
		for _, err := range w.failed {
			complain(w.app.err, err, false)
		}
	}
}

// all reads the input and sends its records; n counts them. The error ends it.
func (w *producing) all(ctx context.Context, in io.Reader) (n int64, err error) {
	if in == nil {
		d := w.o.defaults
		if w.o.hasValue {
			d.Value, d.ValueBytes = valueOf(w.o.value, w.o.schema)
		}
		return 1, w.one(ctx, 1, d)
	}
	if w.o.input == "avro" {
		return w.container(ctx, in)
	}
	if w.o.input == "value" {
		text, err := io.ReadAll(io.LimitReader(in, recordinput.MaxLine+1))
		if err == nil && len(text) > recordinput.MaxLine {
			err = errors.New("the input is longer than 64 MiB")
		}
		if err != nil {
			return 0, err
		}
		d := w.o.defaults
		d.Value, d.ValueBytes = valueOf(string(text), w.o.schema)
		return 1, w.one(ctx, 1, d)
	}
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 64<<10), recordinput.MaxLine)
	for lines.Scan() {
		if ctx.Err() != nil {
			return n, ctx.Err()
		}
		line := lines.Bytes()
		if len(line) == 0 {
			continue
		}
		n++
		d, err := w.draft(line)
		if err == nil {
			err = w.one(ctx, n, d)
		} else {
			err = w.refuse(n, err)
		}
		if err != nil {
			return n, err
		}
	}
	if err := lines.Err(); err != nil {
		return n, fmt.Errorf("record %d: %w", n+1, err)
	}
	return n, nil
}

// draft is a line as a record, with what the flags say of those that do not.
func (w *producing) draft(line []byte) (recordinput.Draft, error) {
	def := w.o.defaults
	if w.o.input == "lines" {
		def.Value, def.ValueBytes = valueOf(string(line), w.o.schema)
		return def, nil
	}
	d, err := recordinput.ParseLine(line)
	if err != nil {
		return d, fmt.Errorf("%w (with --input lines a line is a value)", err)
	}
	if d.Key == nil && d.KeyBytes == nil {
		d.Key, d.KeyBytes = def.Key, def.KeyBytes
	}
	if d.Partition < 0 {
		d.Partition = def.Partition
	}
	d.Headers = append(d.Headers, def.Headers...)
	if d.NamesSchema != "" && w.named == "" {
		w.mu.Lock()
		w.named = d.NamesSchema
		w.mu.Unlock()
	}
	return d, nil
}

// one encodes a record and sends it.
func (w *producing) one(ctx context.Context, n int64, d recordinput.Draft) error {
	rec, err := w.encode.Record(w.o.topic, d)
	if err == nil && int(rec.Partition) >= w.partitions {
		err = &kafka.Error{
			What: fmt.Sprintf("there is no partition %d", rec.Partition), Why: fmt.Sprintf("topic %s has %d, numbered from 0", w.o.topic, w.partitions),
			Kind: kafka.NotFound,
		}
	}
	if err != nil {
		return w.refuse(n, err)
	}
	if w.o.dryRun {
		return nil
	}
	w.wg.Add(1)
	w.p.Send(ctx, &rec, func(r kafka.Produced) {
		defer w.wg.Done()
		w.result(n, r)
	})
	return nil
}

// refuse notes a record that cannot be sent; the error ends reading.
func (w *producing) refuse(n int64, err error) error {
	err = fmt.Errorf("record %d: %w", n, err)
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.o.keepGoing {
		if w.o.input != "value" && !w.o.hasValue && !w.o.tombstone {
			err = fmt.Errorf("%w; it ended there (--keep-going leaves it out)", err)
		}
		return err
	}
	w.note(n, err)
	return nil
}

// result notes how a record went.
func (w *producing) result(n int64, r kafka.Produced) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if r.Err != nil {
		w.note(n, r.Err)
		return
	}
	w.written++
	w.last = r
	row := producedRow{Record: n, Partition: &r.Partition, Offset: known(r.Offset)}
	if !r.Timestamp.IsZero() {
		utc := r.Timestamp.UTC()
		row.Timestamp = &utc
	}
	w.row(row)
}

func (w *producing) note(n int64, err error) {
	w.lost++
	if len(w.failed) < maxFailures {
		w.failed = append(w.failed, err)
	}
	w.row(producedRow{Record: n, Error: oneLine(err)})
}

func (w *producing) row(row producedRow) {
	if w.o.format == "jsonl" && w.werr == nil {
		w.werr = writeJSONLine(w.app.out, row)
	}
}
