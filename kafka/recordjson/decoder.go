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
	from  *decode.Decoder
	key   []byte
	value []byte
	in    decode.Input
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
	d.DecodeTo(ctx, rec, &out)
	return out
}

// DecodeTo is Decode with the outcome written to out, whatever was in it.
func (d *Decoder) DecodeTo(ctx context.Context, rec *kafka.Record, out *Decoded) {
	out.Key, out.Value = nil, nil
	if d.from == nil || rec.Key == nil {
		out.KeyInfo = decode.Result{}
	}
	if d.from == nil || rec.Value == nil {
		out.Info = decode.Result{}
	}
	if d.from == nil {
		return
	}
	if cap(d.key)+cap(d.value) > keepBuffer {
		d.key, d.value = nil, nil
	}
	d.in.Topic, d.in.Headers = rec.Topic, d.in.Headers[:0]
	for i := range rec.Headers {
		d.in.Headers = append(d.in.Headers, decode.Header(rec.Headers[i]))
	}
	if rec.Value != nil {
		d.in.IsKey, d.in.Data = false, rec.Value
		d.value = d.from.DecodeTo(ctx, d.value[:0], &d.in, &out.Info)
		out.Value = decoded(d.value, &out.Info)
	}
	if rec.Key != nil {
		d.in.IsKey, d.in.Data = true, rec.Key
		d.key = d.from.DecodeTo(ctx, d.key[:0], &d.in, &out.KeyInfo)
		out.Key = decoded(d.key, &out.KeyInfo)
	}
	d.in.Data = nil
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
