package recordjson

import (
	"encoding/base64"
	"strconv"
	"time"
	"unicode/utf8"

	"kconsole/avro/decode"
	"kconsole/kafka"
)

// Decoded is what a decoder made of a record. The zero value means that nothing
// decoded it: text is then written as a JSON string, anything else as raw bytes.
type Decoded struct {
	Key   []byte // JSON; nil: the key is written as text, or raw
	Value []byte // JSON; nil: the value is written as text, or raw
	// KeyInfo and Info say how the key and the value were read, by which schema,
	// and in Err why not, or not to the end.
	KeyInfo, Info decode.Result
}

const notText = "not UTF-8 text, and no schema to read it with"

// Append appends rec as one JSON object to dst, without a line end, and returns
// the longer slice. A nil d stands for the zero Decoded. Key and Value of d must
// be valid JSON; white space and escapes in them are rewritten so that the
// object stays on one line. It does not allocate beyond dst.
func Append(dst []byte, rec *kafka.Record, d *Decoded) []byte {
	return (*Appender)(nil).Append(dst, rec, d)
}

// Append is the function Append.
func (a *Appender) Append(dst []byte, rec *kafka.Record, d *Decoded) []byte {
	if d == nil {
		d = &Decoded{}
	}
	dst = a.appendPlace(dst, rec)
	dst = strconv.AppendInt(dst, rec.Offset, 10)
	dst = append(dst, `,"timestamp":`...)
	dst = a.appendTimestamp(dst, rec.Timestamp)
	dst = append(dst, `,"key":`...)
	dst = appendKey(dst, rec.Key, d)
	dst = append(dst, `,"value":`...)
	dst, failed := appendValue(dst, rec.Value, d)
	dst = append(dst, `,"headers":[`...)
	for i := range rec.Headers {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendHeader(dst, &rec.Headers[i])
	}
	dst = append(dst, `],"schema":`...)
	dst = a.appendSchema(dst, &d.Info)
	dst = append(dst, `,"error":`...)
	if !failed {
		return append(dst, `null}`...)
	}
	if d.Info.Err != nil {
		dst = AppendString(dst, d.Info.Err.Error())
	} else {
		dst = append(dst, `"`+notText+`"`...)
	}
	dst = append(dst, `,"raw":`...)
	dst = appendBase64(dst, rec.Value)
	return append(dst, '}')
}

// appendValue tells whether the value could not be written as what it is.
func appendValue(dst, value []byte, d *Decoded) ([]byte, bool) {
	switch {
	case d.Info.Err != nil:
		return append(dst, `null`...), true
	case d.Value != nil:
		return AppendCompact(dst, d.Value), false
	case value == nil:
		return append(dst, `null`...), false
	case !utf8.Valid(value):
		return append(dst, `null`...), true
	}
	return AppendString(dst, value), false
}

func appendKey(dst, key []byte, d *Decoded) []byte {
	switch {
	case d.KeyInfo.Err != nil:
		dst = append(dst, `null,"key_error":`...)
		dst = AppendString(dst, d.KeyInfo.Err.Error())
		dst = append(dst, `,"key_raw":`...)
		dst = appendBase64(dst, key)
	case d.Key != nil:
		dst = AppendCompact(dst, d.Key)
	case key == nil:
		dst = append(dst, `null`...)
	case !utf8.Valid(key):
		dst = append(dst, `null,"key_raw":`...)
		dst = appendBase64(dst, key)
	default:
		dst = AppendString(dst, key)
	}
	if d.KeyInfo.SchemaID != 0 || d.KeyInfo.GUID != "" {
		dst = append(dst, `,"key_schema":`...)
		dst = appendSchema(dst, &d.KeyInfo)
	}
	return dst
}

func appendHeader(dst []byte, h *kafka.Header) []byte {
	dst = append(dst, `{"key":`...)
	dst = AppendString(dst, h.Key)
	switch {
	case h.Value == nil:
		return append(dst, `,"value":null}`...)
	case !utf8.Valid(h.Value):
		dst = append(dst, `,"value":null,"raw":`...)
		dst = appendBase64(dst, h.Value)
	default:
		dst = append(dst, `,"value":`...)
		dst = AppendString(dst, h.Value)
	}
	return append(dst, '}')
}

func appendSchema(dst []byte, s *decode.Result) []byte {
	if s.SchemaID == 0 && s.GUID == "" {
		return append(dst, `null`...)
	}
	dst = append(dst, `{"id":`...)
	if s.SchemaID == 0 {
		dst = append(dst, `null`...)
	} else {
		dst = strconv.AppendInt(dst, int64(s.SchemaID), 10)
	}
	dst = append(dst, `,"subject":`...)
	if s.Subject == "" {
		dst = append(dst, `null`...)
	} else {
		dst = AppendString(dst, s.Subject)
	}
	dst = append(dst, `,"version":`...)
	if s.Version == 0 {
		dst = append(dst, `null`...)
	} else {
		dst = strconv.AppendInt(dst, int64(s.Version), 10)
	}
	if s.GUID != "" {
		dst = append(dst, `,"guid":`...)
		dst = AppendString(dst, s.GUID)
	}
	return append(dst, '}')
}

func appendBase64(dst, b []byte) []byte {
	if b == nil {
		return append(dst, `null`...)
	}
	dst = append(dst, '"')
	dst = base64.StdEncoding.AppendEncode(dst, b)
	return append(dst, '"')
}

// noTimestamp is what Kafka stores for a record without a timestamp, in
// milliseconds (RecordBatch.NO_TIMESTAMP).
const noTimestamp = -1

// appendTimestamp writes UTC with milliseconds, the resolution that Kafka keeps.
func appendTimestamp(dst []byte, t time.Time) []byte {
	ms := t.UnixMilli()
	if ms == noTimestamp || t.IsZero() {
		return append(dst, `null`...)
	}
	t = t.UTC()
	year, month, day := t.Date()
	if year < 0 || year > 9999 {
		dst = append(dst, `null,"timestamp_ms":`...)
		return strconv.AppendInt(dst, ms, 10)
	}
	hour, minute, sec := t.Clock()
	dst = append(dst, '"')
	dst = appendDigits(dst, year, 4)
	dst = append(dst, '-')
	dst = appendDigits(dst, int(month), 2)
	dst = append(dst, '-')
	dst = appendDigits(dst, day, 2)
	dst = append(dst, 'T')
	dst = appendDigits(dst, hour, 2)
	dst = append(dst, ':')
	dst = appendDigits(dst, minute, 2)
	dst = append(dst, ':')
	dst = appendDigits(dst, sec, 2)
	dst = append(dst, '.')
	dst = appendDigits(dst, t.Nanosecond()/int(time.Millisecond), 3)
	return append(dst, 'Z', '"')
}

// appendDigits writes the lowest n decimal digits of v, with leading zeros.
func appendDigits(dst []byte, v, n int) []byte {
	at := len(dst)
	dst = append(dst, "0000"[:n]...)
	for i := at + n - 1; i >= at; i-- {
		dst[i] = byte('0' + v%10)
		v /= 10
	}
	return dst
}
