package recordjson

import (
	"strconv"
	"time"

	"kconsole/avro/decode"
	"kconsole/kafka"
)

// Appender does what [Append] does, faster for records that come one after the
// other: it keeps the text of what they mostly have in common with the one
// before (topic and partition, the second, the schema). The zero Appender is
// ready; it is for one goroutine. A nil one keeps nothing.
type Appender struct {
	topic     string
	partition int32
	place     []byte // up to the offset

	second int64  // since 1970
	clock  []byte // of second, up to the milliseconds

	id      int
	version int
	subject string
	guid    string
	schema  []byte
}

// appendPlace begins the object, up to the offset.
func (a *Appender) appendPlace(dst []byte, rec *kafka.Record) []byte {
	if a != nil && len(a.place) > 0 && a.partition == rec.Partition && a.topic == rec.Topic {
		return append(dst, a.place...)
	}
	at := len(dst)
	dst = append(dst, `{"topic":`...)
	dst = AppendString(dst, rec.Topic)
	dst = append(dst, `,"partition":`...)
	dst = strconv.AppendInt(dst, int64(rec.Partition), 10)
	dst = append(dst, `,"offset":`...)
	if a != nil {
		a.topic, a.partition, a.place = rec.Topic, rec.Partition, append(a.place[:0], dst[at:]...)
	}
	return dst
}

// afterClock is how long a timestamp is behind its second: 460Z and a quote.
const afterClock = 5

func (a *Appender) appendTimestamp(dst []byte, t time.Time) []byte {
	if a == nil {
		return appendTimestamp(dst, t)
	}
	ms := t.UnixMilli()
	second := ms / 1000
	if len(a.clock) > 0 && second == a.second && ms >= 0 {
		dst = append(dst, a.clock...)
		dst = appendDigits(dst, int(ms%1000), 3)
		return append(dst, 'Z', '"')
	}
	at := len(dst)
	dst = appendTimestamp(dst, t)
	a.clock = a.clock[:0]
	if ms >= 0 && dst[at] == '"' {
		a.second, a.clock = second, append(a.clock, dst[at:len(dst)-afterClock]...)
	}
	return dst
}

func (a *Appender) appendSchema(dst []byte, s *decode.Result) []byte {
	if a == nil || s.SchemaID == 0 {
		return appendSchema(dst, s)
	}
	if a.id == s.SchemaID && a.version == s.Version && a.subject == s.Subject && a.guid == s.GUID {
		return append(dst, a.schema...)
	}
	at := len(dst)
	dst = appendSchema(dst, s)
	a.id, a.version, a.subject, a.guid = s.SchemaID, s.Version, s.Subject, s.GUID
	a.schema = append(a.schema[:0], dst[at:]...)
	return dst
}
