package avro

import (
	"encoding/binary"
	"math/big"
	"math/bits"
	"strconv"
)

// maxDecimalBytes is the longest unscaled decimal that is shown as a number:
// turning digits to base ten takes time with the square of their count. It
// holds some 2,400 digits.
const maxDecimalBytes = 1000

// maxScale is the largest scale that is written out as digits.
const maxScale = 2400

// appendDecimal appends the two's complement big-endian number s divided by
// 10^scale, with all scale digits, as a JSON number. No bytes at all are 0.
func appendDecimal(dst, s []byte, scale int) []byte {
	if len(s) <= 8 {
		var v int64
		if len(s) > 0 {
			v = int64(int8(s[0]))
			for _, b := range s[1:] {
				v = v<<8 | int64(b)
			}
		}
		u := uint64(v)
		if v < 0 {
			dst = append(dst, '-')
			u = -u
		}
		var buf [20]byte
		return placePoint(dst, strconv.AppendUint(buf[:0], u, 10), scale)
	}
	if len(s) <= 16 {
		return appendDecimal128(dst, s, scale)
	}
	n := new(big.Int).SetBytes(s)
	if s[0] >= 0x80 {
		n.Sub(new(big.Int).Lsh(big.NewInt(1), uint(len(s))*8), n)
		dst = append(dst, '-')
	}
	return placePoint(dst, n.Append(nil, 10), scale)
}

// appendDecimal128 is appendDecimal for 9 to 16 bytes, without allocating.
func appendDecimal128(dst, s []byte, scale int) []byte {
	var wide [16]byte
	copy(wide[16-len(s):], s)
	if s[0] >= 0x80 {
		for i := range 16 - len(s) {
			wide[i] = 0xff
		}
		dst = append(dst, '-')
	}
	hi, lo := binary.BigEndian.Uint64(wide[:]), binary.BigEndian.Uint64(wide[8:])
	if s[0] >= 0x80 {
		var carry uint64
		lo, carry = bits.Add64(^lo, 1, 0)
		hi = ^hi + carry
	}
	var digits [40]byte
	i := len(digits)
	for hi != 0 {
		const chunk = 1e19 // the largest power of ten in 64 bits
		var rem uint64
		high := hi / chunk
		lo, rem = bits.Div64(hi%chunk, lo, chunk)
		hi = high
		for range 19 {
			i--
			digits[i] = byte('0' + rem%10)
			rem /= 10
		}
	}
	for lo != 0 {
		i--
		digits[i] = byte('0' + lo%10)
		lo /= 10
	}
	for i < len(digits)-1 && digits[i] == '0' {
		i++
	}
	if i == len(digits) {
		i--
		digits[i] = '0'
	}
	return placePoint(dst, digits[i:], scale)
}

// placePoint appends digits with the point scale places from the right.
func placePoint(dst, digits []byte, scale int) []byte {
	if scale <= 0 {
		return append(dst, digits...)
	}
	whole := len(digits) - scale
	if whole > 0 {
		dst = append(dst, digits[:whole]...)
		return append(append(dst, '.'), digits[whole:]...)
	}
	dst = append(dst, '0', '.')
	for ; whole < 0; whole++ {
		dst = append(dst, '0')
	}
	return append(dst, digits...)
}
