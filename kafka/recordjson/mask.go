package recordjson

import (
	"bytes"

	"kconsole/avro/decode"
	"kconsole/kafka"
	"kconsole/kafka/config"
)

// hidden stands for bytes that a mask could not look into.
const hidden = "***"

// Masker hides what the masking rules of a topic say, before records are shown.
// It keeps buffers: it is for one goroutine.
type Masker struct {
	mask    *config.Mask
	value   []byte
	headers []kafka.Header
}

// NewMasker hides by m; nil hides nothing.
func NewMasker(m *config.Mask) *Masker { return &Masker{mask: m} }

// Hides tells whether there are rules at all.
func (m *Masker) Hides() bool { return m.mask != nil }

// Apply returns the record and what was decoded of it without what is hidden;
// both are good until the next call. A value that could not be decoded is hidden
// as a whole: nobody knows what is in it.
func (m *Masker) Apply(rec *kafka.Record, d *Decoded) (kafka.Record, Decoded) {
	r, out := *rec, *d
	if m.mask == nil {
		return r, out
	}
	if with, yes := m.mask.Key(); yes && r.Key != nil {
		r.Key, out.Key, out.KeyInfo = []byte(with), nil, decode.Result{}
	}
	m.headers = append(m.headers[:0], r.Headers...)
	for i := range m.headers {
		if with, yes := m.mask.Header(m.headers[i].Key); yes && m.headers[i].Value != nil {
			m.headers[i].Value = []byte(with)
		}
	}
	r.Headers = m.headers
	switch {
	case r.Value == nil:
	case out.Info.Err != nil || out.Value == nil:
		r.Value, out.Value = []byte(hidden), nil
	default:
		m.value = m.mask.AppendJSON(m.value[:0], out.Value)
		if !bytes.Equal(m.value, out.Value) { // else there is nothing to hide in its bytes either
			r.Value = []byte(hidden)
		}
		out.Value = m.value
	}
	return r, out
}
