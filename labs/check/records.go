package check

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"kconsole/avro/decode"
	"kconsole/kafka"
	"kconsole/labs"
)

// Record is a record that was read back, with its value decoded.
type Record struct {
	kafka.Record
	// JSON is the value as JSON, or as what else could be made of it.
	JSON []byte
	// Value tells what the bytes are: schema id, format, and what is wrong.
	Value decode.Result
}

// Header is the value of the last header of a name, "" if there is none.
func (r *Record) Header(name string) string {
	for _, h := range slices.Backward(r.Headers) {
		if h.Key == name {
			return string(h.Value)
		}
	}
	return ""
}

// most bounds what a check reads of a topic, in records and in bytes.
const (
	most      = 20_000
	mostBytes = 32 << 20
)

// Records reads a topic from the offsets of base (its start, where a partition is
// not in it) to its end as it is now, oldest first in each partition. It reads
// 20,000 records or 32 MiB at most, and none where there is no topic.
func Records(ctx context.Context, env *labs.Env, topic string, base Offsets) ([]Record, error) {
	ends, err := Ends(ctx, env, topic)
	if err != nil || Since(ends, base) == 0 {
		return nil, err
	}
	r, err := open(ctx, env, topic, base, ends, most)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var out []Record
	size := 0
	for {
		batch, err := r.Next(ctx)
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("cannot read %s: %w", topic, err)
		}
		for _, rec := range batch {
			if size += len(rec.Key) + len(rec.Value); size > mostBytes {
				return out, nil
			}
			out = append(out, decoded(ctx, env, rec))
		}
	}
}

func decoded(ctx context.Context, env *labs.Env, rec kafka.Record) Record {
	in := decode.Input{Topic: rec.Topic, Data: rec.Value}
	for _, h := range rec.Headers {
		in.Headers = append(in.Headers, decode.Header{Key: h.Key, Value: h.Value})
	}
	r := Record{Record: rec}
	r.JSON, r.Value = env.Decoder.Decode(ctx, nil, in)
	return r
}
