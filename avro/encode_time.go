package avro

import (
	"encoding/binary"
	"math"
	"math/bits"
	"strconv"
	"strings"
	"time"
)

// parseTime reads a time in the form that AppendJSON shows it in, and the
// usual variations of ISO 8601. want says what was expected when ok is false.
func parseTime(l Logical, text string) (n int64, want string, ok bool) {
	switch l {
	case Date:
		t, err := time.Parse(time.DateOnly, text)
		return floorDiv(t.Unix(), 86400), "a date such as 2026-11-23", err == nil
	case TimeMillis, TimeMicros:
		units := int64(1e3)
		if l == TimeMicros {
			units = 1e6
		}
		want = "a time of day such as 14:02:10.460 with at most " + strconv.Itoa(digitsOf(units)) + " digits after the point"
		t, ok := parseLayouts(text, "15:04:05.999999999", "15:04")
		midnight := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
		ns := int64(t.Sub(midnight))
		return ns / (1e9 / units), want, ok && ns%(1e9/units) == 0
	}
	units := [...]int64{1e3, 1e6, 1e9}[(l-TimestampMillis)%3]
	var t time.Time
	if l >= LocalTimestampMillis {
		want = "a time without a zone such as 2026-11-23T14:02:10.460"
		t, ok = parseLayouts(text, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", time.DateOnly)
	} else {
		want = "a time with a zone such as 2026-11-23T14:02:10.460Z"
		t, ok = parseLayouts(text, time.RFC3339Nano, "2006-01-02 15:04:05.999999999Z07:00")
	}
	want += " with at most " + strconv.Itoa(digitsOf(units)) + " digits after the point"
	ns := int64(t.Nanosecond())
	if !ok || ns%(1e9/units) != 0 {
		return 0, want, false
	}
	n, ok = mulAdd(t.Unix(), units, ns/(1e9/units))
	return n, want, ok
}

func parseLayouts(text string, layouts ...string) (time.Time, bool) {
	for _, l := range layouts {
		if t, err := time.Parse(l, text); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// mulAdd is sec*units + frac, and whether it fits 64 bits. frac is not
// negative and smaller than units.
func mulAdd(sec, units, frac int64) (int64, bool) {
	if sec < 0 && frac > 0 { // keep the product within reach near the smallest value
		sec, frac = sec+1, frac-units
	}
	neg := sec < 0
	abs := uint64(sec)
	if neg {
		abs = -abs
	}
	hi, lo := bits.Mul64(abs, uint64(units))
	if hi != 0 || lo > math.MaxInt64 {
		return 0, false
	}
	n := int64(lo)
	if neg {
		n = -n
	}
	sum := n + frac
	return sum, (frac >= 0) == (sum >= n) || frac == 0
}

// duration encodes an ISO 8601 duration as months, days and milliseconds.
func (e *encoder) duration(v *jsonTree) {
	months, days, millis, ok := uint64(0), uint64(0), uint64(0), false
	if v.shape == shapeText {
		months, days, millis, ok = parseDuration(v.text)
	}
	if !ok || months > math.MaxUint32 || days > math.MaxUint32 || millis > math.MaxUint32 {
		e.fail("a duration such as P1M2DT3.500S", v.describe())
		return
	}
	e.out = binary.LittleEndian.AppendUint32(e.out, uint32(months))
	e.out = binary.LittleEndian.AppendUint32(e.out, uint32(days))
	e.out = binary.LittleEndian.AppendUint32(e.out, uint32(millis))
}

// parseDuration reads P1Y2M3W4DT5H6M7.890S; each part may be left out, at
// least one must be there, and only seconds have a fraction.
func parseDuration(text string) (months, days, millis uint64, ok bool) {
	rest, ok := strings.CutPrefix(text, "P")
	if !ok || rest == "" || strings.HasSuffix(rest, "T") {
		return 0, 0, 0, false
	}
	inTime := false
	for rest != "" {
		if rest[0] == 'T' && !inTime {
			inTime, rest = true, rest[1:]
			continue
		}
		i := strings.IndexFunc(rest, func(r rune) bool { return r != '.' && (r < '0' || r > '9') })
		if i <= 0 {
			return 0, 0, 0, false
		}
		number, unit := rest[:i], rest[i]
		rest = rest[i+1:]
		whole, fraction, fractional := strings.Cut(number, ".")
		n, err := strconv.ParseUint(whole, 10, 32)
		if err != nil || fractional && (unit != 'S' || len(fraction) == 0 || len(fraction) > 3) {
			return 0, 0, 0, false
		}
		switch {
		case unit == 'Y' && !inTime:
			months += n * 12
		case unit == 'M' && !inTime:
			months += n
		case unit == 'W' && !inTime:
			days += n * 7
		case unit == 'D' && !inTime:
			days += n
		case unit == 'H' && inTime:
			millis += n * 3600_000
		case unit == 'M' && inTime:
			millis += n * 60_000
		case unit == 'S' && inTime:
			ms, err := strconv.ParseUint((fraction + "000")[:3], 10, 16)
			if err != nil {
				return 0, 0, 0, false
			}
			millis += n*1000 + ms
		default:
			return 0, 0, 0, false
		}
	}
	return months, days, millis, true
}
