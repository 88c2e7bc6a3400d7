package recordfilter

import (
	"context"
	"errors"
	"fmt"

	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"

	"kconsole/avro"
	"kconsole/avro/decode"
	"kconsole/kafka"
	"kconsole/kafka/config"
	"kconsole/kafka/recordjson"
)

// Matcher applies a filter to records, one after the other. It keeps scratch
// space: it is for one goroutine.
type Matcher struct {
	f      *Filter
	from   *decode.Decoder // nil: nothing is decoded
	record *recordjson.Decoder
	mask   *recordjson.Masker // nil: nothing is hidden

	decoded recordjson.Decoded // scratch

	lower  []byte
	header []byte
	field  []byte

	in0     decode.Input
	finders map[*avro.Schema][]*avro.Finder // one for each path; nil where it needs the whole record
	machine vm.VM
	env     environment
	steps   int

	failed int64
	reason error
}

// maxFinders bounds the schemas that a Matcher remembers how to look into.
const maxFinders = 256

// Matcher makes a Matcher that decodes by d; nil knows no format but text. A nil
// Filter lets everything pass.
func (f *Filter) Matcher(d *decode.Decoder) *Matcher {
	m := &Matcher{f: f, from: d, record: recordjson.NewDecoder(d)}
	if f != nil && f.expr != nil {
		m.env.Paths = make([]any, len(f.expr.paths))
		m.env.Step = counted(&m.steps)
		m.finders = map[*avro.Schema][]*avro.Finder{}
	}
	return m
}

// Hide makes the matcher look at records as they are with what a mask hides: a
// filter must not find out what nobody may see. It returns the matcher.
func (m *Matcher) Hide(mask *config.Mask) *Matcher {
	if mask != nil {
		m.mask = recordjson.NewMasker(mask)
	}
	return m
}

// decode decodes a record and hides what is to be hidden. What it returns is good
// until the next call.
func (m *Matcher) decode(ctx context.Context, rec *kafka.Record) (*kafka.Record, *recordjson.Decoded) {
	m.record.DecodeTo(ctx, rec, &m.decoded)
	if m.mask == nil {
		return rec, &m.decoded
	}
	shown, out := m.mask.Apply(rec, &m.decoded)
	return &shown, &out
}

// Filter is what it applies; nil for everything.
func (m *Matcher) Filter() *Filter { return m.f }

// Failed counts the records that an expression could not be applied to, which
// then do not match, and tells the first reason.
func (m *Matcher) Failed() (records int64, first error) { return m.failed, m.reason }

// Match tells whether a record passes. ctx bounds the wait for a schema.
func (m *Matcher) Match(ctx context.Context, rec *kafka.Record) bool {
	switch {
	case m.f == nil:
		return true
	case m.f.expr == nil:
		shown, d := m.decode(ctx, rec)
		return m.matchText(shown, d) != m.f.inverse
	}
	ok, err := m.evaluate(ctx, rec)
	if err != nil {
		if m.failed++; m.reason == nil {
			m.reason = fmt.Errorf("partition %d, offset %d: %w", rec.Partition, rec.Offset, err)
		}
		return false
	}
	return ok
}

// evaluate runs the expression.
func (m *Matcher) evaluate(ctx context.Context, rec *kafka.Record) (bool, error) {
	e := m.f.expr
	looked := len(e.paths) > 0 && m.lookUp(ctx, rec)
	if looked && e.direct != nil {
		return e.direct.holds(m.field), nil
	}
	m.fill(ctx, rec, looked)
	m.steps = 0
	out, err := m.machine.Run(e.program, &m.env)
	if err != nil {
		return false, cause(err)
	}
	yes, ok := out.(bool)
	if !ok {
		return false, fmt.Errorf("it gives %v, which is neither true nor false", out)
	}
	return yes, nil
}

// lookUp finds the fields that the expression reads of an Avro value, without
// decoding the rest. It reports whether that was possible.
func (m *Matcher) lookUp(ctx context.Context, rec *kafka.Record) bool {
	if m.from == nil || m.mask != nil || rec.Value == nil {
		return false
	}
	s := m.from.Sample(ctx, m.input(rec))
	if s.Writer == nil {
		return false
	}
	finders, known := m.finders[s.Writer]
	if !known {
		finders = m.prepare(s.Writer)
	}
	if finders == nil {
		return false
	}
	for i, f := range finders {
		var found bool
		var err error
		// A record that is broken before the field has no such field.
		if m.field, found, err = f.Append(m.field[:0], s.Data, avro.Limits{}); err != nil || !found {
			m.field = m.field[:0]
		}
		if m.f.expr.direct == nil {
			m.env.Paths[i] = toAny(m.field)
		}
	}
	return true
}

func (m *Matcher) prepare(s *avro.Schema) []*avro.Finder {
	if len(m.finders) >= maxFinders {
		clear(m.finders)
	}
	finders := make([]*avro.Finder, 0, len(m.f.expr.paths))
	for _, p := range m.f.expr.paths {
		f := p.finder(s)
		if f == nil {
			finders = nil
			break
		}
		finders = append(finders, f)
	}
	m.finders[s] = finders
	return finders
}

func (m *Matcher) input(rec *kafka.Record) decode.Input {
	m.in0.Topic, m.in0.Data, m.in0.Headers = rec.Topic, rec.Value, m.in0.Headers[:0]
	for i := range rec.Headers {
		m.in0.Headers = append(m.in0.Headers, decode.Header(rec.Headers[i]))
	}
	return m.in0
}

// fill says what the names of the expression mean for a record, as far as they
// are used.
func (m *Matcher) fill(ctx context.Context, rec *kafka.Record, looked bool) {
	uses, env := m.f.expr.uses, &m.env
	env.Topic, env.Partition, env.Offset, env.Timestamp = rec.Topic, int(rec.Partition), int(rec.Offset), rec.Timestamp
	env.Size, env.KeySize, env.HasKey, env.Tombstone = len(rec.Value), len(rec.Key), rec.Key != nil, rec.Value == nil
	d := &m.decoded
	if m.mask != nil {
		rec, d = m.decode(ctx, rec)
	}
	if uses["headers"] {
		env.Headers = make(map[string]string, len(rec.Headers))
		for i := range rec.Headers {
			env.Headers[rec.Headers[i].Key] = string(rec.Headers[i].Value)
		}
	}
	if uses["header_list"] {
		env.HeaderList = make([]header, len(rec.Headers))
		for i := range rec.Headers {
			env.HeaderList[i] = header{rec.Headers[i].Key, string(rec.Headers[i].Value)}
		}
	}
	fields := len(m.f.expr.paths) > 0 && !looked
	ofValue := fields || uses["value"] && m.f.expr.paths == nil || uses["text"] || uses["schema"] || uses["error"]
	switch {
	case ofValue:
	case uses["key"], uses["key_value"]:
		alone := *rec
		alone.Value = nil
		rec = &alone
	default:
		return
	}
	if m.mask == nil {
		rec, d = m.decode(ctx, rec)
	}
	env.Schema = schema{d.Info.SchemaID, d.Info.Subject, d.Info.Version}
	if env.Error = ""; d.Info.Err != nil {
		env.Error = d.Info.Err.Error()
	}
	if uses["key"] {
		env.Key = string(ShownKey(rec, d))
	}
	if uses["key_value"] {
		env.KeyValue = decoded(d.Key, rec.Key)
	}
	if uses["text"] {
		env.Text = string(ShownValue(rec, d))
	}
	if fields || uses["value"] && m.f.expr.paths == nil {
		env.Value = decoded(d.Value, rec.Value)
		for i, p := range m.f.expr.paths {
			env.Paths[i] = p.in(env.Value)
		}
	}
}

// decoded is a key or a value: what it was decoded to, else its bytes as text.
func decoded(json, raw []byte) any {
	switch {
	case json != nil:
		return toAny(json)
	case raw == nil:
		return nil
	}
	return string(raw)
}

// cause is why an expression could not be applied, in one line.
func cause(err error) error {
	var at *file.Error
	if !errors.As(err, &at) {
		return err
	}
	if at.Prev != nil {
		return at.Prev
	}
	return errors.New(at.Message)
}
