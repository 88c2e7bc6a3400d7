package decode

import (
	"context"
	"errors"
	"fmt"

	"kconsole/avro"
	"kconsole/avro/registry"
)

var errNotAvro = errors.New("the record is not Avro with a schema that it names")

// Sample finds the writer schema and the Avro bytes of a record, for
// avro.TryRecords: how the records of a topic fare with a proposed schema. The
// caller fills in partition and offset.
func (d *Decoder) Sample(ctx context.Context, in Input) avro.Sample {
	if res, payload := d.again(&in); res != nil {
		return avro.Sample{Writer: res.schema.Avro, Data: payload}
	}
	f, ok := d.detect(ctx, in, &attempts{})
	switch {
	case in.Data == nil || !ok:
		return avro.Sample{Err: errNotAvro}
	case f.err != nil:
		return avro.Sample{Err: f.err}
	case f.schema != nil:
		return avro.Sample{Writer: f.schema, Data: f.payload}
	}
	res, err := d.schema(ctx, in, f.schemaRef)
	switch {
	case err != nil:
		return avro.Sample{Err: err}
	case res.schema.Kind != registry.Avro:
		return avro.Sample{Err: errNotAvro}
	case res.schema.Avro == nil:
		return avro.Sample{Err: fmt.Errorf("schema %d: %w", f.id, res.schema.AvroErr)}
	}
	return avro.Sample{Writer: res.schema.Avro, Data: f.payload}
}
