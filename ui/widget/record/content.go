package record

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"kconsole/avro"
	"kconsole/avro/decode"
	"kconsole/avro/registry"
	"kconsole/kafka"
	"kconsole/kafka/recordjson"
	"kconsole/ui/safe"
	"kconsole/ui/units"
)

// Content is a record and what was made of it.
type Content struct {
	Record  kafka.Record
	Decoded recordjson.Decoded
	// Waiting tells that a schema is being fetched, Retry that decoding the record
	// again may come out better.
	Waiting, Retry bool
	// Map says what each byte behind the wire format's header means, with offsets
	// from the value's first byte; nil: nothing can say. It is called once, when
	// the bytes are looked at.
	Map func() []avro.Span
	// Size is the bytes of the value as it lies in the log, of which parts may be
	// hidden; 0: it is whole.
	Size int
}

// NewContent is a record with what a [recordjson.Decoder] made of it. It copies
// what the decoder will overwrite.
func NewContent(rec *kafka.Record, d *recordjson.Decoded) *Content {
	c := &Content{Record: *rec, Decoded: *d}
	c.Decoded.Key, c.Decoded.Value = bytes.Clone(d.Key), bytes.Clone(d.Value)
	var unavailable *registry.Error
	for _, err := range []error{d.KeyInfo.Err, d.Info.Err} {
		c.Waiting = c.Waiting || errors.Is(err, context.Canceled)
		c.Retry = c.Retry || errors.As(err, &unavailable)
	}
	return c
}

const (
	// maxShown bounds the laid out value; the rest is in a file after ctrl-s.
	maxShown = 4 << 20
	// maxField bounds what is shown of one key or header value.
	maxField = 16 << 10
	// maxHeaders bounds how many headers are listed.
	maxHeaders = 1000
)

// labelWidth is the column that the facts in the head begin at.
const labelWidth = 9

// body is what the value's lines are.
type body uint8

const (
	bodyNone body = iota
	bodyJSON
	bodyText
	bodyBytes // nothing reads it
)

// document is a record laid out: lines of facts, an empty line, then the value.
type document struct {
	text  []byte
	head  int // lines of the head, with the empty one
	fault int // the line in the head that says what is wrong; -1: none
	body  body
}

// layOut makes the document. loc is the zone of its times.
func layOut(c *Content, loc *time.Location, now time.Time) document {
	d := document{fault: -1}
	rec := &c.Record
	d.line(fmt.Sprintf("p%d · %s", rec.Partition, units.Exact(rec.Offset)))
	d.fact("time", timeFact(rec, loc, now))
	d.fact("key", keyFact(c))
	if s := schemaName(&c.Decoded.KeyInfo); s != "" {
		d.fact("", s)
	}
	if s := schemaName(&c.Decoded.Info); s != "" {
		d.fact("schema", s)
	}
	d.fact("size", sizeFact(c))
	d.headers(rec.Headers)
	if err := c.Decoded.KeyInfo.Err; err != nil && isText(c.Record.Key) {
		d.warn("key: " + safe.Error(err))
	}
	if c.Waiting {
		d.fact("", "fetching the schema …")
	} else if err := c.Decoded.Info.Err; err != nil {
		d.warn(safe.Error(err))
	}
	d.line("")
	d.value(c)
	d.text = d.text[:len(d.text)-1] // the last newline would be an empty line
	return d
}

func (d *document) line(s string) {
	d.text = append(append(d.text, s...), '\n')
	d.head++
}

func (d *document) fact(label, s string) {
	d.line(label + strings.Repeat(" ", labelWidth-len(label)) + s)
}

func (d *document) warn(s string) {
	if d.fault < 0 {
		d.fault = d.head
	}
	d.line("⚠ " + s)
}

// value appends the lines of the value.
func (d *document) value(c *Content) {
	value := c.Record.Value
	switch {
	case c.Decoded.Info.Kind == decode.Text && isText(value):
		d.plain(value)
	case c.Decoded.Value != nil:
		d.body = bodyJSON
		var cut bool
		d.text, cut = pretty(d.text, c.Decoded.Value, len(d.text)+maxShown)
		d.end(cut, len(c.Decoded.Value))
	case value == nil || c.Waiting:
	case c.Decoded.Info.Err != nil || !isText(value):
		d.dump(value)
	default:
		d.plain(value)
	}
}

// plain appends a value that is text.
func (d *document) plain(value []byte) {
	d.body = bodyText
	n := len(value)
	if n > maxShown {
		for n = maxShown; n > 0 && !utf8.RuneStart(value[n]); {
			n--
		}
	}
	d.text = append(d.text, value[:n]...)
	d.end(n < len(value), len(value))
}

// dump appends the first bytes of a value that nothing could read.
func (d *document) dump(value []byte) {
	const perLine, most = 8, 4 << 10
	d.body = bodyBytes
	for at := 0; at < min(len(value), most); at += perLine {
		b := value[at:min(at+perLine, len(value))]
		d.text = fmt.Appendf(d.text, "%04x  ", at)
		d.text = appendHex(d.text, b)
		d.text = append(d.text, spaces[:3*(perLine-len(b))+2]...)
		d.text = append(appendASCII(d.text, b), '\n')
	}
	if len(value) > most {
		d.text = fmt.Appendf(d.text, "… of %s: b shows them all\n", units.Bytes(int64(len(value))))
	}
}

func (d *document) end(cut bool, size int) {
	if cut {
		d.text = fmt.Appendf(d.text, "\n… of %s: ctrl-s saves it whole", units.Bytes(int64(size)))
	}
	d.text = append(d.text, '\n')
}

// headers lists them in their order, repeated keys as often as they are there.
func (d *document) headers(hs []kafka.Header) {
	label := "headers"
	if len(hs) == 0 {
		d.fact(label, "none")
		return
	}
	for i := range hs {
		if i == maxHeaders {
			d.fact("", fmt.Sprintf("… and %s more", units.Exact(int64(len(hs)-i))))
			return
		}
		d.fact(label, field([]byte(hs[i].Key))+" = "+field(hs[i].Value))
		label = ""
	}
}

// field shows bytes on one line: text as it is, anything else as hex.
func field(b []byte) string {
	if b == nil {
		return "null"
	}
	if len(b) == 0 {
		return `""`
	}
	if !isText(b) {
		if len(b) > maxField/2 {
			return fmt.Sprintf("0x%x… (%s)", b[:maxField/2], units.Bytes(int64(len(b))))
		}
		return fmt.Sprintf("0x%x", b)
	}
	if len(b) > maxField {
		return safe.Text(strings.ToValidUTF8(string(b[:maxField]), "")) + "… (" + units.Bytes(int64(len(b))) + ")"
	}
	return safe.Text(string(b))
}

// isText tells whether bytes are meant to be read: UTF-8 without NUL.
func isText(b []byte) bool {
	for _, c := range b {
		if c == 0 {
			return false
		}
	}
	return utf8.Valid(b)
}

func timeFact(rec *kafka.Record, loc *time.Location, now time.Time) string {
	if rec.Timestamp.IsZero() || rec.Timestamp.UnixMilli() == -1 {
		return "none"
	}
	s := rec.Timestamp.In(loc).Format("2006-01-02 15:04:05.000 MST")
	if age := now.Sub(rec.Timestamp); age >= time.Second {
		s += " · " + units.Age(age) + " ago"
	}
	if rec.LogAppend {
		s += " · when it was appended"
	}
	return s
}

// keyFact shows the key as what it was read as: text and bytes as they are,
// anything that has a shape as JSON.
func keyFact(c *Content) string {
	key, info := c.Record.Key, &c.Decoded.KeyInfo
	if key == nil {
		return "null"
	}
	size := units.Bytes(int64(len(key)))
	if c.Decoded.Key != nil && info.Kind != decode.Text {
		return field(c.Decoded.Key) + " (" + string(info.Kind) + ", " + size + ")"
	}
	how := "utf-8"
	if !isText(key) {
		how = "bytes"
	}
	return field(key) + " (" + how + ", " + size + ")"
}

// schemaName is empty where there is no schema.
func schemaName(r *decode.Result) string {
	id := "id " + strconv.Itoa(r.SchemaID)
	if r.SchemaID == 0 {
		if id = "guid " + safe.Text(r.GUID); r.GUID == "" {
			return ""
		}
	}
	if r.Subject == "" {
		return id
	}
	return placeName(r) + " (" + id + ")"
}

// placeName is the subject and version, as "orders-value v3".
func placeName(r *decode.Result) string {
	if r.Version == 0 {
		return safe.Text(r.Subject)
	}
	return fmt.Sprintf("%s v%d", safe.Text(r.Subject), r.Version)
}

// sizeFact compares what lies in the log with what the same would be as JSON.
func sizeFact(c *Content) string {
	value := c.Record.Value
	if value == nil {
		return "no value: a tombstone"
	}
	s := bytesExact(cmp.Or(c.Size, len(value)))
	if d := &c.Decoded; d.Value != nil && d.Info.Err == nil && d.Info.SchemaID != 0 && d.Info.Kind != decode.JSONSchema {
		s += " (JSON would be " + bytesExact(len(c.Decoded.Value)) + ")"
	}
	return s
}

// bytesExact is for sizes that are compared: exact as long as they are short.
func bytesExact(n int) string {
	if n < 10_000 {
		return units.Exact(int64(n)) + " B"
	}
	return units.Bytes(int64(n))
}
