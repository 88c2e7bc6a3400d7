package recordinput

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"kconsole/kafka"
	"kconsole/kafka/config"
)

// MaxLine bounds a line of input, in bytes.
const MaxLine = 64 << 20

// Draft is a record as it was given, not encoded yet.
type Draft struct {
	Key, Value       json.RawMessage // JSON; nil or null: KeyBytes and ValueBytes count
	KeyBytes         []byte          // as they are; nil: null
	ValueBytes       []byte
	Headers          []kafka.Header
	Partition        int32     // negative: by the key
	Timestamp        time.Time // zero: now
	NamesSchema      string    // the schema that the line says it was read with, as "orders-value version 3"
	ValueUnavailable bool      // the line says that its value could not be read, and has no bytes of it
}

// line is a record as JSON.
type line struct {
	Key       json.RawMessage `json:"key"`
	KeyRaw    []byte          `json:"key_raw"`
	Value     json.RawMessage `json:"value"`
	Raw       []byte          `json:"raw"`
	Headers   json.RawMessage `json:"headers"`
	Partition *int32          `json:"partition"`
	Timestamp *time.Time      `json:"timestamp"`
	Error     *string         `json:"error"`
	Schema    *struct {
		Subject string `json:"subject"`
		Version int    `json:"version"`
	} `json:"schema"`
}

// keys are those that a line may have.
var keys = []string{
	"key", "key_raw", "value", "raw", "headers", "partition", "timestamp", "error", "schema",
	"topic", "offset", "key_schema", "key_error", "timestamp_ms",
}

// ParseLine reads one JSON object. It keeps no part of text.
func ParseLine(text []byte) (Draft, error) {
	d := Draft{Partition: -1}
	if !utf8.Valid(text) {
		return d, fmt.Errorf("it is not UTF-8")
	}
	var given map[string]json.RawMessage
	if err := json.Unmarshal(text, &given); err != nil {
		return d, fmt.Errorf("it is no JSON object: %w", err)
	}
	for key := range given {
		if slices.Contains(keys, key) {
			continue
		}
		if near := config.Nearest(key, keys); near != "" {
			return d, fmt.Errorf("unknown key %q; did you mean %s?", key, near)
		}
		return d, fmt.Errorf("unknown key %q; known are key, value, headers, partition and timestamp", key)
	}
	var l line
	if err := json.Unmarshal(text, &l); err != nil {
		return d, fmt.Errorf("it is no record: %w", err)
	}
	var err error
	if d.Headers, err = headers(l.Headers); err != nil {
		return d, err
	}
	d.Key, d.Value, d.KeyBytes, d.ValueBytes = unlessNull(l.Key), unlessNull(l.Value), l.KeyRaw, l.Raw
	if l.Partition != nil {
		if *l.Partition < 0 {
			return d, fmt.Errorf("partition %d: they are numbers from 0", *l.Partition)
		}
		d.Partition = *l.Partition
	}
	if l.Timestamp != nil {
		d.Timestamp = *l.Timestamp
	}
	if l.Schema != nil {
		d.NamesSchema = fmt.Sprintf("%s version %d", l.Schema.Subject, l.Schema.Version)
	}
	d.ValueUnavailable = l.Error != nil && d.Value == nil && l.Raw == nil
	return d, nil
}

func unlessNull(text json.RawMessage) json.RawMessage {
	if len(text) == 0 || string(text) == "null" {
		return nil
	}
	return text
}

// headers reads a list of objects, or one object.
func headers(text json.RawMessage) ([]kafka.Header, error) {
	if unlessNull(text) == nil {
		return nil, nil
	}
	if text[0] == '{' {
		return headerObject(text)
	}
	var list []struct {
		Key   *string `json:"key"`
		Value *string `json:"value"`
		Raw   []byte  `json:"raw"`
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&list); err != nil {
		return nil, fmt.Errorf("headers: %w", err)
	}
	out := make([]kafka.Header, 0, len(list))
	for i, h := range list {
		if h.Key == nil {
			return nil, fmt.Errorf("headers[%d]: the key is missing", i)
		}
		value := h.Raw
		if h.Value != nil {
			value = []byte(*h.Value)
		}
		out = append(out, kafka.Header{Key: *h.Key, Value: value})
	}
	return out, nil
}

// headerObject keeps the order in which the names stand.
func headerObject(text json.RawMessage) ([]kafka.Header, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	if _, err := dec.Token(); err != nil {
		return nil, fmt.Errorf("headers: %w", err)
	}
	var out []kafka.Header
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, fmt.Errorf("headers: %w", err)
		}
		var value *string
		if err := dec.Decode(&value); err != nil {
			return nil, fmt.Errorf("headers: %v: the value must be text or null: %w", name, err)
		}
		h := kafka.Header{Key: name.(string)} //nolint:forcetypeassert // a key of an object is a string
		if value != nil {
			h.Value = []byte(*value)
		}
		out = append(out, h)
	}
	return out, nil
}
