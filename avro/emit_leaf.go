package avro

// Flags of steps.
const (
	flagOn    = 1 // booleans and enums: check only; timestamps: local
	flagNamed = 2 // floats: NaN carries its branch's name
)

// fixedSize is the size of every value of a type that always has the same
// size, else -1. Booleans are left out: their byte is checked.
func (t *Type) fixedSize() int {
	switch t.Kind {
	case Null:
		return 0
	case Float:
		return 4
	case Double:
		return 8
	case Fixed:
		return t.Size
	}
	return -1
}

// leaf is the step that reads and writes a value without parts.
func (e *emitter) leaf(t *Type) op {
	o := op{typ: t}
	if e.mode == modePeople {
		if code, n, flag, ok := logicalLeaf(t); ok {
			o.code, o.n, o.flag = code, n, flag
			return o
		}
	}
	switch t.Kind {
	case Boolean:
		o.code = opBoolean
	case Int:
		o.code = opInt
	case Long:
		o.code = opLong
	case Float:
		o.code = opFloat
	case Double:
		o.code = opDouble
	case String:
		o.code = opString
	case Enum:
		o.code = opEnum
	case Bytes:
		o.code = opBytes
		if e.mode == modeAvro {
			o.code = opBytesRaw
		}
	case Fixed:
		o.code, o.n = opFixed, int32(t.Size)
		if e.mode == modeAvro {
			o.code = opFixedRaw
		}
	}
	return o
}

func logicalLeaf(t *Type) (code opcode, n int32, flag uint8, ok bool) {
	switch t.Logical {
	case Decimal:
		if t.Kind == Fixed {
			return opDecimalFixed, int32(t.Size), 0, true
		}
		return opDecimal, 0, 0, true
	case UUID:
		if t.Kind == Fixed {
			return opUUIDFixed, 16, 0, true
		}
		return opString, 0, 0, true
	case Duration:
		return opDuration, 12, 0, true
	case Date:
		return opDate, 0, 0, true
	case TimeMillis:
		return opTimeMillis, 0, 0, true
	case TimeMicros:
		return opTimeMicros, 0, 0, true
	case TimestampMillis:
		return opTimestamp, 1e3, 0, true
	case TimestampMicros:
		return opTimestamp, 1e6, 0, true
	case TimestampNanos:
		return opTimestamp, 1e9, 0, true
	case LocalTimestampMillis:
		return opTimestamp, 1e3, flagOn, true
	case LocalTimestampMicros:
		return opTimestamp, 1e6, flagOn, true
	case LocalTimestampNanos:
		return opTimestamp, 1e9, flagOn, true
	}
	return 0, 0, 0, false
}

// skipLeaf writes the step that passes over a value without parts. Neighbours
// of fixed size become one step.
func (e *emitter) skipLeaf(t *Type) {
	switch t.Kind {
	case Boolean:
		e.emit(op{code: opBoolean, flag: flagOn, typ: t})
	case Int:
		e.emit(op{code: opSkipInt, typ: t})
	case Enum:
		e.emit(op{code: opEnum, flag: flagOn, typ: t})
	case Long:
		e.emit(op{code: opSkipLong, typ: t})
	case Float, Double, Fixed:
		e.skip += t.fixedSize()
	case String, Bytes:
		e.emit(op{code: opSkipBytes, typ: t})
	}
}
