package recordjson

import (
	"context"
	"errors"

	"kconsole/avro/decode"
	"kconsole/kafka"
)

// ErrUndecoded is the error of a value that no decoder could make sense of.
var ErrUndecoded = errors.New("the bytes are of no known format")

// Decoder decodes records one after the other into buffers of its own, without
// an allocation for a record whose schema is known. It is for one goroutine;
// several may share one [decode.Decoder].
type Decoder struct {
	from    *decode.Decoder
	key     []byte
	value   []byte
	headers []decode.Header
}

// keepBuffer is the largest buffer that a Decoder keeps for the next record.
const keepBuffer = 1 << 20

// NewDecoder makes a Decoder that reads by d; nil knows no format but text.
func NewDecoder(d *decode.Decoder) *Decoder { return &Decoder{from: d} }

// Decode decodes the key and the value of a record. What it returns is good
// until the next call. ctx bounds the wait for a schema that has to be fetched:
// with one that has ended already, a record whose schema is not at hand fails
// with an error that [errors.Is] context.Canceled, while the schema is fetched
// for the next call.
func (d *Decoder) Decode(ctx context.Context, rec *kafka.Record) Decoded {
	var out Decoded
	if d.from == nil {
		return out
	}
	if cap(d.key)+cap(d.value) > keepBuffer {
		d.key, d.value = nil, nil
	}
	d.headers = d.headers[:0]
	for i := range rec.Headers {
		d.headers = append(d.headers, decode.Header(rec.Headers[i]))
	}
	in := decode.Input{Topic: rec.Topic, Data: rec.Value, Headers: d.headers}
	if rec.Value != nil {
		d.value, out.Info = d.from.Decode(ctx, d.value[:0], in)
		out.Value = decoded(d.value, &out.Info)
	}
	if rec.Key != nil {
		in.IsKey, in.Data = true, rec.Key
		d.key, out.KeyInfo = d.from.Decode(ctx, d.key[:0], in)
		out.Key = decoded(d.key, &out.KeyInfo)
	}
	return out
}

// decoded is the JSON that was made, if any, and notes where there is none.
func decoded(json []byte, info *decode.Result) []byte {
	if info.Kind == decode.Bytes {
		if info.Err == nil {
			info.Err = ErrUndecoded
		}
		return nil // not the hex digits that stand for the bytes
	}
	if len(json) == 0 {
		return nil
	}
	return json
}
