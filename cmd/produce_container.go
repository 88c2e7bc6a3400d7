package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"

	"kconsole/avro"
)

// container writes the records of an Avro object container file, which brings
// its schema: as the schema of --schema sees them, or as JSON text without one.
func (w *producing) container(ctx context.Context, in io.Reader) (n int64, err error) {
	file, err := avro.NewContainerReader(in)
	if err != nil {
		return 0, err
	}
	defer func() { _ = file.Close() }()
	asJSON := file.Schema.AppendJSON
	if w.encode.Value != nil {
		target := w.encode.Value.Avro()
		if target == nil {
			return 0, usagef("--input avro goes with an Avro schema, and %s is another", w.o.schema)
		}
		as, err := file.Schema.ReadAs(target)
		if err != nil {
			return 0, err
		}
		asJSON = as.AppendJSON
	}
	for {
		if ctx.Err() != nil {
			return n, ctx.Err()
		}
		record, err := file.Next()
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return n, fmt.Errorf("record %d: %w", n+1, err)
		}
		n++
		d := w.o.defaults
		if d.Value, err = asJSON(nil, record, avro.Limits{}); err == nil {
			err = w.one(ctx, n, d)
		} else {
			err = w.refuse(n, err)
		}
		if err != nil {
			return n, err
		}
	}
}
