package avro

import (
	"encoding/binary"
	"math"
	"strconv"
)

// AppendJSON appends one record as JSON for people: fields in schema order,
// decimals as numbers, times as ISO 8601, enums as text, bytes as text or
// "0x" and hex, fixed as hex, and a union's branch by name only where the
// value alone would not tell it.
//
// data is the Avro binary encoding alone, without a wire-format header, and
// must end with the record. On a fault the error is a [*DecodeError], and what
// was decoded before it has been appended, closed to be valid JSON (nothing,
// if not even the outermost value began). It does not allocate unless dst has
// to grow, the value is nested more than 8 deep, or a decimal takes more than
// 16 bytes.
func (s *Schema) AppendJSON(dst, data []byte, lim Limits) ([]byte, error) {
	out, _, err := s.people.run(dst, data, lim.withDefaults())
	return out, err
}

// AppendAvroJSON is AppendJSON in the JSON encoding of the Avro
// specification: union branches by name, bytes as one character per byte,
// logical types as the values that carry them.
func (s *Schema) AppendAvroJSON(dst, data []byte, lim Limits) ([]byte, error) {
	out, _, err := s.avro().run(dst, data, lim.withDefaults())
	return out, err
}

// Check reads one record without writing anything.
func (s *Schema) Check(data []byte, lim Limits) error {
	_, _, err := s.skip().run(nil, data, lim.withDefaults())
	return err
}

// run executes the program over data. It returns the output and how much of
// data was read.
func (p *program) run(dst, data []byte, lim Limits) ([]byte, int, error) {
	var (
		local [8]frame
		stack = local[:0]
		ops   = p.ops
		start = len(dst)
		limit = start + lim.Output
		pc    int
		pos   int
		at    int // where the current step started to read
		mark  int // and to write
		n     int64
		o     *op
		why   fault
	)
loop:
	for {
		o = &ops[pc]
		at, mark = pos, len(dst)
		if mark > limit {
			why = fault{problem: TooMuchOutput, have: int64(lim.Output)}
			break
		}
		if have := len(dst); int(o.shortLen) <= shortLit && cap(dst)-have >= shortLit {
			to := dst[have : have+shortLit]
			binary.LittleEndian.PutUint64(to, o.short[0])
			binary.LittleEndian.PutUint64(to[8:], o.short[1])
			dst = dst[:have+int(o.shortLen)]
		} else {
			dst = append(dst, o.lit...)
		}
		pc++
		switch o.code {
		case opHalt:
			if pos != len(data) && o.flag&flagOn == 0 {
				why = fault{problem: TrailingBytes, have: int64(len(data) - pos)}
				break loop
			}
			return dst, pos, nil

		case opLiteral:

		case opJump:
			pc = int(o.n)

		case opNullable:
			if pos < len(data) && data[pos] < 4 && data[pos]&1 == 0 {
				index := data[pos] >> 1
				pos++
				if index == o.flag {
					if !o.quiet {
						dst = append(dst, "null"...)
					}
					pc = int(o.n)
				}
				continue
			}
			if n, pos = varint(data, pos); pos < 0 {
				why = varintFault(pos)
			} else {
				why = fault{problem: BadBranch, value: n, have: 2}
			}
			break loop

		case opUnion:
			if n, pos = varint(data, pos); pos < 0 {
				why = varintFault(pos)
				break loop
			}
			if uint64(n) >= uint64(len(o.table)) {
				why = fault{problem: BadBranch, value: n, have: int64(len(o.table))}
				break loop
			}
			pc = int(o.table[n])

		case opString, opKey:
			if pos < len(data) && data[pos] < 0x80 { // as varint does, without a call
				n = int64(data[pos]>>1) ^ -int64(data[pos]&1)
				pos++
			} else if n, pos = varint(data, pos); pos < 0 {
				why = varintFault(pos)
				break loop
			}
			if uint64(n) > uint64(len(data)-pos) {
				why = fault{problem: BadLength, value: n, have: int64(len(data) - pos)}
				break loop
			}
			var bad int
			if dst, bad = appendText(dst, data[pos:pos+int(n)]); bad >= 0 {
				at = pos + bad
				why = fault{problem: BadUTF8, value: int64(data[at])}
				break loop
			}
			if o.code == opKey {
				dst = append(dst, ':')
			}
			pos += int(n)

		case opLong, opTimestamp, opTimeMicros, opSkipLong:
			if n, pos = varint(data, pos); pos < 0 {
				why = varintFault(pos)
				break loop
			}
			switch o.code {
			case opLong:
				dst = strconv.AppendInt(dst, n, 10)
			case opTimestamp:
				dst = appendTimestamp(dst, n, int64(o.n), o.flag&flagOn != 0)
			case opTimeMicros:
				dst = appendTimeOfDay(dst, n, 1e6)
			}

		case opInt, opDate, opTimeMillis, opSkipInt:
			if n, pos = varint(data, pos); pos < 0 {
				why = varintFault(pos)
				break loop
			}
			if n != int64(int32(n)) {
				why = fault{problem: IntRange, value: n}
				break loop
			}
			switch o.code {
			case opInt:
				dst = strconv.AppendInt(dst, n, 10)
			case opDate:
				dst = appendDate(dst, n)
			case opTimeMillis:
				dst = appendTimeOfDay(dst, n, 1e3)
			}

		case opEnum:
			if n, pos = varint(data, pos); pos < 0 {
				why = varintFault(pos)
				break loop
			}
			if uint64(n) >= uint64(len(o.typ.quoted)) {
				why = fault{problem: BadSymbol, value: n, have: int64(len(o.typ.quoted))}
				break loop
			}
			if o.flag == 0 {
				if o.typ.quoted[n] == "" {
					why = fault{problem: UnknownToReader, value: n}
					break loop
				}
				dst = append(dst, o.typ.quoted[n]...)
			}

		case opBoolean:
			if pos >= len(data) {
				why = fault{problem: Truncated}
				break loop
			}
			if data[pos] > 1 {
				why = fault{problem: BadBoolean, value: int64(data[pos])}
				break loop
			}
			if o.flag == 0 {
				dst = strconv.AppendBool(dst, data[pos] == 1)
			}
			pos++

		case opDouble:
			if len(data)-pos < 8 {
				why = fault{problem: Truncated, value: 8, have: int64(len(data) - pos)}
				break loop
			}
			f := math.Float64frombits(binary.LittleEndian.Uint64(data[pos:]))
			pos += 8
			if o.flag&flagNamed != 0 {
				dst = appendNamedFloat(dst, f, 64, true)
			} else {
				dst = appendDouble(dst, f)
			}

		case opFloat, opFloatAsFloat:
			if len(data)-pos < 4 {
				why = fault{problem: Truncated, value: 4, have: int64(len(data) - pos)}
				break loop
			}
			f := math.Float32frombits(binary.LittleEndian.Uint32(data[pos:]))
			pos += 4
			bits := 32
			if o.code == opFloatAsFloat {
				bits = 64
			}
			dst = appendNamedFloat(dst, float64(f), bits, o.flag&flagNamed != 0)

		case opBytes, opBytesRaw, opDecimal, opSkipBytes, opWantKey:
			if n, pos = varint(data, pos); pos < 0 {
				why = varintFault(pos)
				break loop
			}
			if uint64(n) > uint64(len(data)-pos) {
				why = fault{problem: BadLength, value: n, have: int64(len(data) - pos)}
				break loop
			}
			v := data[pos : pos+int(n)]
			pos += int(n)
			switch o.code {
			case opBytes:
				dst = appendBytes(dst, v)
			case opBytesRaw:
				dst = appendRaw(dst, v)
			case opDecimal:
				if len(v) > maxDecimalBytes || o.typ.Scale > maxScale {
					why = fault{problem: DecimalTooLong, value: n, have: maxDecimalBytes}
					break loop
				}
				dst = appendDecimal(dst, v, o.typ.Scale)
			case opWantKey:
				if string(v) != o.typ.Name {
					pc = int(o.n)
				}
			}

		case opFixed, opFixedRaw, opDecimalFixed, opUUIDFixed, opDuration, opSkip:
			if len(data)-pos < int(o.n) {
				why = fault{problem: Truncated, value: int64(o.n), have: int64(len(data) - pos)}
				break loop
			}
			v := data[pos : pos+int(o.n)]
			pos += int(o.n)
			switch o.code {
			case opFixed:
				dst = appendHex(dst, v)
			case opFixedRaw:
				dst = appendRaw(dst, v)
			case opDecimalFixed:
				if len(v) > maxDecimalBytes || o.typ.Scale > maxScale {
					why = fault{problem: DecimalTooLong, value: int64(o.n), have: maxDecimalBytes}
					break loop
				}
				dst = appendDecimal(dst, v, o.typ.Scale)
			case opUUIDFixed:
				dst = appendUUID(dst, v)
			case opDuration:
				dst = appendDuration(dst, binary.LittleEndian.Uint32(v),
					binary.LittleEndian.Uint32(v[4:]), binary.LittleEndian.Uint32(v[8:]))
			}

		case opArray, opMap:
			if n, pos, why = readBlock(o.typ, data, pos, lim); why.problem != 0 {
				break loop
			}
			if n == 0 {
				if !o.quiet {
					dst = append(dst, brackets[o.code-opArray]...)
				}
				pc = int(o.n)
				continue
			}
			if len(stack) >= lim.Depth {
				why = fault{problem: TooDeep, have: int64(lim.Depth)}
				break loop
			}
			if !o.quiet {
				dst = append(dst, brackets[o.code-opArray][0])
			}
			stack = append(stack, frame{left: n, mark: len(dst), key: pos, kind: inItem + scopeKind(o.code-opArray)})

		case opNext:
			f := &stack[len(stack)-1]
			f.left--
			f.done++
			if f.left == 0 {
				if n, pos, why = readBlock(o.typ, data, pos, lim); why.problem != 0 {
					break loop
				}
				if n == 0 {
					if !o.quiet {
						dst = append(dst, brackets[f.kind-inItem][1])
					}
					stack = stack[:len(stack)-1]
					continue
				}
				f.left = n
				if o.typ.Elem.minSize == 0 && o.typ.Kind == Array && f.done+n > int64(lim.EmptyItems) {
					why = fault{problem: BadCount, value: f.done + n, have: int64(lim.EmptyItems)}
					break loop
				}
			}
			f.mark, f.key = len(dst), pos
			if !o.quiet {
				dst = append(dst, ',')
			}
			pc = int(o.n)

		case opCall:
			if len(stack) >= lim.Depth {
				why = fault{problem: TooDeep, have: int64(lim.Depth)}
				break loop
			}
			stack = append(stack, frame{pc: int32(pc), kind: inCall})
			pc = int(o.n)

		case opReturn:
			pc = int(stack[len(stack)-1].pc)
			stack = stack[:len(stack)-1]

		case opSkipBlocks:
			if pos, why = skipBlocks(o.typ, data, pos, lim); why.problem != 0 {
				break loop
			}

		case opIntAsFloat:
			if n, pos = varint(data, pos); pos < 0 {
				why = varintFault(pos)
				break loop
			}
			if o.flag&flagOn != 0 && n != int64(int32(n)) {
				why = fault{problem: IntRange, value: n}
				break loop
			}
			if o.n == 32 {
				dst = appendFloat(dst, float64(float32(n)), 32)
			} else {
				dst = appendDouble(dst, float64(n))
			}

		case opWantIndex:
			if stack[len(stack)-1].done != int64(o.typ.Size) {
				pc = int(o.n)
			}

		case opFound:
			return dst, pos, errFound

		case opMissing:
			return dst, pos, errMissing

		case opConflict:
			why = fault{problem: Unreadable}
			break loop

		default:
			why = fault{problem: BadSchema}
			break loop
		}
	}
	if mark > len(dst) {
		mark = len(dst)
	}
	return p.fail(dst[:mark], start, data, at, o, stack, why)
}
