package avro

import "strconv"

// Days since 1970-01-01 of 0001-01-01 and of 9999-12-31. Times outside these
// years have no plain ISO 8601 form; they are shown as the number they are.
const (
	firstDay = -719162
	lastDay  = 2932896
)

// civil turns days since 1970-01-01 into a date of the proleptic Gregorian
// calendar. It counts years from March, so that the leap day is the last day
// of a year, and eras of 400 years from 0000-03-01.
func civil(days int64) (year, month, day int) {
	z := days + 719468
	era := z / 146097
	if z < 0 {
		era = (z - 146096) / 146097
	}
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	day = int(doy - (153*mp+2)/5 + 1)
	month = int(mp + 3)
	if month > 12 {
		month -= 12
	}
	year = int(yoe + era*400)
	if month <= 2 {
		year++
	}
	return year, month, day
}

func two(n int) (byte, byte) { return byte('0' + n/10), byte('0' + n%10) }

// appendDay appends YYYY-MM-DD.
func appendDay(dst []byte, days int64) []byte {
	y, m, d := civil(days)
	a, b := two(y / 100)
	c, e := two(y % 100)
	f, g := two(m)
	h, i := two(d)
	return append(dst, a, b, c, e, '-', f, g, '-', h, i)
}

// appendClock appends HH:MM:SS.
func appendClock(dst []byte, seconds int) []byte {
	a, b := two(seconds / 3600)
	c, d := two(seconds / 60 % 60)
	e, f := two(seconds % 60)
	return append(dst, a, b, ':', c, d, ':', e, f)
}

// appendDate appends a date (days since 1970-01-01).
func appendDate(dst []byte, days int64) []byte {
	if days < firstDay || days > lastDay {
		return strconv.AppendInt(dst, days, 10)
	}
	return append(appendDay(append(dst, '"'), days), '"')
}

// digitsOf is the number of digits of a fraction in units a second.
func digitsOf(units int64) int {
	switch units {
	case 1e3:
		return 3
	case 1e6:
		return 6
	}
	return 9
}

// appendTimeOfDay appends HH:MM:SS with all the digits its unit has. Values
// outside one day are shown as the number they are.
func appendTimeOfDay(dst []byte, v, units int64) []byte {
	if v < 0 || v >= 86400*units {
		return strconv.AppendInt(dst, v, 10)
	}
	dst = appendClock(append(dst, '"'), int(v/units))
	dst = appendFraction(append(dst, '.'), uint64(v%units), digitsOf(units))
	return append(dst, '"')
}

// appendTimestamp appends an instant, v units after 1970-01-01T00:00, as ISO
// 8601 in UTC with all the digits its unit has; a local timestamp, which names
// no zone, goes without the Z.
func appendTimestamp(dst []byte, v, units int64, local bool) []byte {
	sec, frac := v/units, v%units
	if frac < 0 {
		sec, frac = sec-1, frac+units
	}
	day, clock := sec/86400, sec%86400
	if clock < 0 {
		day, clock = day-1, clock+86400
	}
	if day < firstDay || day > lastDay {
		return strconv.AppendInt(dst, v, 10)
	}
	dst = appendDay(append(dst, '"'), day)
	dst = appendClock(append(dst, 'T'), int(clock))
	dst = appendFraction(append(dst, '.'), uint64(frac), digitsOf(units))
	if local {
		return append(dst, '"')
	}
	return append(dst, 'Z', '"')
}

// appendDuration appends Avro's duration (months, days and milliseconds, each
// a little-endian uint32) as an ISO 8601 duration. The three are kept apart,
// as they are in Avro: a month is not a number of days.
func appendDuration(dst []byte, months, days, millis uint32) []byte {
	dst = append(dst, '"', 'P')
	if months != 0 {
		dst = append(strconv.AppendUint(dst, uint64(months), 10), 'M')
	}
	if days != 0 {
		dst = append(strconv.AppendUint(dst, uint64(days), 10), 'D')
	}
	if millis != 0 || months == 0 && days == 0 {
		dst = append(dst, 'T')
		dst = strconv.AppendUint(dst, uint64(millis/1000), 10)
		if ms := millis % 1000; ms != 0 {
			dst = appendFraction(append(dst, '.'), uint64(ms), 3)
		}
		dst = append(dst, 'S')
	}
	return append(dst, '"')
}
