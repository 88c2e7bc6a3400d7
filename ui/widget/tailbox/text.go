package tailbox

import (
	"fmt"
	"strconv"
	"time"

	"kconsole/kafka"
	"kconsole/kafka/recordfilter"
	"kconsole/kafka/recordjson"
	"kconsole/ui/units"
)

// shownKey is the key as a row shows it.
func shownKey(rec *kafka.Record, d *recordjson.Decoded) []byte { return recordfilter.ShownKey(rec, d) }

// shownValue is the value as a row shows it.
func shownValue(rec *kafka.Record, d *recordjson.Decoded) []byte {
	return recordfilter.ShownValue(rec, d)
}

// fault is the line that stands for a value that could not be decoded.
func fault(rec *kafka.Record, d *recordjson.Decoded) string {
	size := strconv.Itoa(len(rec.Value)) + " bytes"
	if n := d.Info.HeaderSize; n > 0 && n < len(rec.Value) {
		size = fmt.Sprintf("%d + %d bytes", n, len(rec.Value)-n)
	}
	return fmt.Sprintf("⚠ %s (%s)", d.Info.Err, size)
}

// TimeFormat is how the moment of a record is written.
type TimeFormat uint8

// The formats, in the order that a key goes through them.
const (
	Local TimeFormat = iota
	UTC
	Relative
	Epoch
)

// heading is the title of the column.
func (f TimeFormat) heading() string {
	return [...]string{"TIME", "TIME UTC", "AGE", "EPOCH MS"}[f]
}

// stamp writes times of one frame. Whether they carry a date depends on all of
// them, so that the column has one width.
type stamp struct {
	format TimeFormat
	loc    *time.Location // of Local
	now    time.Time
	layout string
}

// The layouts of a time: of today, of this year, of another one.
const (
	clockOnly = "15:04:05.000"
	dayOfYear = "01-02 15:04:05.000"
	fullDate  = "2006-01-02 15:04:05.000"
)

// needs is the layout that a time asks for.
func (s *stamp) needs(t time.Time) string {
	if s.format > UTC || unstamped(t) {
		return clockOnly
	}
	t, now := t.In(s.zone()), s.now.In(s.zone())
	switch {
	case t.Year() != now.Year():
		return fullDate
	case t.YearDay() != now.YearDay():
		return dayOfYear
	}
	return clockOnly
}

// see widens the layout to what a time asks for.
func (s *stamp) see(t time.Time) {
	if l := s.needs(t); len(l) > len(s.layout) {
		s.layout = l
	}
}

func (s *stamp) zone() *time.Location {
	if s.format == UTC {
		return time.UTC
	}
	return s.loc
}

// text writes a time.
func (s *stamp) text(t time.Time) string {
	if unstamped(t) {
		return units.Dash
	}
	switch s.format {
	case Relative:
		return age(s.now.Sub(t))
	case Epoch:
		return strconv.FormatInt(t.UnixMilli(), 10)
	default:
		return t.In(s.zone()).Format(s.layout)
	}
}

// age is how long ago something was, or how far ahead by another clock.
func age(d time.Duration) string {
	if d < 0 {
		return "in " + units.Duration(-d)
	}
	return units.Duration(d)
}

// unstamped tells whether a record carries no time (RecordBatch.NO_TIMESTAMP).
func unstamped(t time.Time) bool { return t.IsZero() || t.UnixMilli() == -1 }
