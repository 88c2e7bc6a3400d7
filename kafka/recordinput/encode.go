package recordinput

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"kconsole/avro/decode"
	"kconsole/kafka"
)

// Encoder makes records of drafts. The zero Encoder writes text and JSON.
type Encoder struct {
	Key, Value *decode.Encoder // nil: without a schema
}

// errLost is about a record that was read without its bytes.
var errLost = errors.New("the line says that its value could not be read, and does not have its bytes")

// Record encodes a draft for a topic. An error says whether it is about the key
// or the value, and for Avro lists every field that does not fit.
func (e Encoder) Record(topic string, d Draft) (kafka.NewRecord, error) {
	rec := kafka.NewRecord{Topic: topic, Partition: d.Partition, Headers: d.Headers, Timestamp: d.Timestamp}
	if d.ValueUnavailable {
		return rec, errLost
	}
	var err error
	if rec.Key, err = encode(e.Key, d.Key, d.KeyBytes); err != nil {
		return rec, fmt.Errorf("the key does not fit: %w", err)
	}
	if rec.Value, err = encode(e.Value, d.Value, d.ValueBytes); err != nil {
		return rec, fmt.Errorf("the value does not fit: %w", err)
	}
	return rec, nil
}

// encode turns JSON into bytes: by a schema, or text as it is and anything else
// as compact JSON.
func encode(by *decode.Encoder, text json.RawMessage, raw []byte) ([]byte, error) {
	switch {
	case text == nil:
		return raw, nil
	case by != nil:
		return by.Append(nil, text)
	case text[0] == '"':
		var s string
		if err := json.Unmarshal(text, &s); err != nil {
			return nil, err
		}
		return []byte(s), nil
	}
	var b bytes.Buffer
	if err := json.Compact(&b, text); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
