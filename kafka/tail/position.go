package tail

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// PositionKind is how a [Position] names a place in a log.
type PositionKind uint8

// The kinds of positions.
const (
	Unset  PositionKind = iota // From: the end. Until: never, follow live
	Start                      // the log start offset
	End                        // the log end when the reader is opened
	Offset                     // Value is an offset
	Last                       // Value records before the end of each partition
	Time                       // the first record with a timestamp of At or later
	Since                      // the same, Ago before the reader is opened
)

// Position is a place in each partition's log. The zero Position is unset.
type Position struct {
	Kind  PositionKind
	Value int64         // [Offset]: the offset; [Last]: how many offsets before the end
	At    time.Time     // [Time]
	Ago   time.Duration // [Since]
}

// String gives the form that [ParsePosition] reads; nothing for the zero one.
func (p Position) String() string {
	switch p.Kind {
	case Start:
		return "start"
	case End:
		return "end"
	case Offset:
		return "offset:" + strconv.FormatInt(p.Value, 10)
	case Last:
		return "-" + strconv.FormatInt(p.Value, 10)
	case Time:
		return "time:" + p.At.Format(time.RFC3339Nano)
	case Since:
		return "since:" + p.Ago.String()
	case Unset:
	}
	return ""
}

// ParsePosition reads start, end, offset:N, -N (the last N of each partition),
// time:T and since:D. T is RFC 3339, the same without a zone (then local time),
// a date, a time of today, or milliseconds since 1970 (a number that means a day
// before 1973 is more likely a year or seconds, and refused); D is a duration such
// as 90s, 5m, 2h or 3d. Nothing is the zero Position.
func ParsePosition(s string) (Position, error) { return parsePosition(s, time.Now()) }

func parsePosition(s string, now time.Time) (Position, error) {
	fail := func(why string) (Position, error) {
		return Position{}, fmt.Errorf("position %q: %s; use start, end, offset:N, -N, time:T or since:5m", s, why)
	}
	kind, value, found := strings.Cut(s, ":")
	if !found {
		switch s {
		case "":
			return Position{}, nil
		case "start", "beginning", "earliest":
			return Position{Kind: Start}, nil
		case "end", "latest":
			return Position{Kind: End}, nil
		}
		if digits, ok := strings.CutPrefix(s, "-"); ok {
			n, err := strconv.ParseUint(digits, 10, 63)
			if err != nil {
				return fail("after - comes how many records, a whole number")
			}
			return Position{Kind: Last, Value: int64(n)}, nil
		}
		return fail("not known")
	}
	switch kind {
	case "offset":
		n, err := strconv.ParseUint(value, 10, 63)
		if err != nil {
			return fail("an offset is a whole number from 0")
		}
		return Position{Kind: Offset, Value: int64(n)}, nil
	case "time":
		at, ok := parseTime(value, now)
		if !ok {
			return fail("a time looks like 2026-11-23T14:02:10Z, 2026-11-23 14:02, 14:02:10 or 1795442530123 (ms)")
		}
		return Position{Kind: Time, At: at}, nil
	case "since":
		ago, ok := parseDuration(value)
		if !ok {
			return fail("a duration looks like 90s, 5m, 2h or 3d")
		}
		return Position{Kind: Since, Ago: ago}, nil
	}
	return fail("not known")
}

// minMillis is the smallest number that is taken for milliseconds since 1970: in
// March 1973. Below it are years, dates without dashes and seconds.
const minMillis = 1e11

func parseTime(s string, now time.Time) (time.Time, bool) {
	if at, err := time.Parse(time.RFC3339, s); err == nil {
		return at, true
	}
	for _, layout := range [...]string{
		"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly,
	} {
		if at, err := time.ParseInLocation(layout, s, now.Location()); err == nil {
			return at, true
		}
	}
	for _, layout := range [...]string{time.TimeOnly, "15:04"} {
		if at, err := time.ParseInLocation(layout, s, now.Location()); err == nil {
			return time.Date(now.Year(), now.Month(), now.Day(), at.Hour(), at.Minute(), at.Second(), at.Nanosecond(), now.Location()), true
		}
	}
	if ms, err := strconv.ParseUint(s, 10, 53); err == nil && ms >= minMillis {
		return time.UnixMilli(int64(ms)), true
	}
	return time.Time{}, false
}

// parseDuration is time.ParseDuration with days, and without signs.
func parseDuration(s string) (time.Duration, bool) {
	var days time.Duration
	if d, rest, found := strings.Cut(s, "d"); found {
		n, err := strconv.ParseUint(d, 10, 16)
		if err != nil {
			return 0, false
		}
		days, s = time.Duration(n)*24*time.Hour, rest
		if s == "" {
			return days, true
		}
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 || strings.HasPrefix(s, "+") || strings.HasPrefix(s, "-") {
		return 0, false
	}
	return days + d, true
}
