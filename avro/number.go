package avro

import (
	"math"
	"strconv"
)

// varint reads a zigzag varint (Avro's int and long) at pos. next is the
// position after it, or badVarint / cutVarint.
func varint(data []byte, pos int) (v int64, next int) {
	if pos < len(data) {
		if b := data[pos]; b < 0x80 {
			return int64(b>>1) ^ -int64(b&1), pos + 1
		}
	}
	return longVarint(data, pos)
}

const (
	cutVarint = -1 // the input ends inside it
	badVarint = -2 // it does not fit 64 bits
)

func longVarint(data []byte, pos int) (v int64, next int) {
	var u uint64
	for shift := uint(0); shift < 70; shift += 7 {
		if pos >= len(data) {
			return 0, cutVarint
		}
		b := data[pos]
		pos++
		if shift == 63 && b > 1 {
			return 0, badVarint
		}
		u |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return int64(u>>1) ^ -int64(u&1), pos
		}
	}
	return 0, badVarint
}

// pow10 holds the powers of ten that a float64 represents exactly and that
// the short path of appendDouble needs.
var pow10 = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6}

// appendDouble appends the shortest decimal that reads back as f.
//
// Most doubles in records are prices and measurements with few digits. When
// f times a small power of ten is a whole number below 2^53 whose quotient is
// f again, that whole number has at most 16 digits and is f's decimal form;
// finding it costs a tenth of the general algorithm. The division is exact to
// the last bit (IEEE 754), so the test cannot lie; below 1e15 at most one such
// decimal exists for a given number of places, hence it is the shortest.
func appendDouble(dst []byte, f float64) []byte {
	abs := math.Abs(f)
	if abs >= 1e-6 && abs < 1e9 {
		for places := 0; places <= 6; places += 2 {
			scaled := abs * pow10[places]
			whole := math.Floor(scaled + 0.5)
			if whole/pow10[places] == abs && whole < 1e15 {
				if f < 0 {
					dst = append(dst, '-')
				}
				return appendFixedPoint(dst, uint64(whole), places)
			}
		}
	}
	return appendFloat(dst, f, 64)
}

// appendFixedPoint appends n / 10^places without trailing zeros.
func appendFixedPoint(dst []byte, n uint64, places int) []byte {
	for places > 0 && n%10 == 0 {
		n /= 10
		places--
	}
	if places == 0 {
		return strconv.AppendUint(dst, n, 10)
	}
	var scale uint64 = 1
	for range places {
		scale *= 10
	}
	dst = strconv.AppendUint(dst, n/scale, 10)
	return appendFraction(append(dst, '.'), n%scale, places)
}

// appendFraction appends n as exactly digits digits.
func appendFraction(dst []byte, n uint64, digits int) []byte {
	var buf [20]byte
	for i := digits - 1; i >= 0; i-- {
		buf[i] = byte('0' + n%10)
		n /= 10
	}
	return append(dst, buf[:digits]...)
}

// appendFloat appends f, in exponent form when it is very large or small, as
// JSON writers commonly do. NaN and the infinities, which JSON lacks, are the
// strings that Java's encoder writes.
func appendFloat(dst []byte, f float64, bits int) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, `"NaN"`...)
	case math.IsInf(f, 1):
		return append(dst, `"Infinity"`...)
	case math.IsInf(f, -1):
		return append(dst, `"-Infinity"`...)
	}
	abs := math.Abs(f)
	form := byte('f')
	if abs != 0 && (bits == 64 && (abs < 1e-6 || abs >= 1e21) || bits == 32 && (float32(abs) < 1e-6 || float32(abs) >= 1e21)) {
		form = 'e'
	}
	return strconv.AppendFloat(dst, f, form, -1, bits)
}

// appendNamedFloat appends a float that may have to carry its branch's name:
// NaN inside a union that also has a branch written as text.
func appendNamedFloat(dst []byte, f float64, bits int, named bool) []byte {
	if named && (math.IsNaN(f) || math.IsInf(f, 0)) {
		name := `{"double":`
		if bits == 32 {
			name = `{"float":`
		}
		return append(appendFloat(append(dst, name...), f, bits), '}')
	}
	if bits == 64 {
		return appendDouble(dst, f)
	}
	return appendFloat(dst, f, bits)
}
