package avro

import (
	"encoding/binary"
	"slices"
)

// A program is a schema flattened into a list of steps, each of which first
// appends a literal that is known from the schema (`,"name":`) and then reads
// one value. Running it needs no recursion, so hostile nesting costs a frame
// on a bounded stack and never a goroutine's stack.
type program struct {
	ops []op
}

// asPrefix is the program for values that others may follow.
func (p *program) asPrefix() *program {
	ops := slices.Clone(p.ops)
	for i := range ops {
		if ops[i].code == opHalt {
			ops[i].flag |= flagOn
		}
	}
	return &program{ops: ops}
}

type opcode uint8

const (
	opHalt opcode = iota // the value ends here; unless flagOn, every byte must have been read
	opLiteral
	opBoolean
	opInt
	opLong
	opFloat
	opDouble
	opString
	opBytes    // as text or 0x hex
	opFixed    // n bytes as 0x hex
	opBytesRaw // Avro's JSON encoding: one character per byte
	opFixedRaw
	opEnum
	opDecimal
	opDecimalFixed
	opUUIDFixed
	opDuration
	opDate
	opTimeMillis
	opTimeMicros
	opTimestamp // n is units a second; flag: local
	opArray     // n is the step after the array, aux the item's type
	opMap
	opKey
	opNext      // n is the first step of the body
	opNullable  // n is the step after the union, flag the index of null
	opUnion     // table holds the first step of each branch
	opJump      // to n
	opCall      // to n
	opReturn    //
	opSkip      // n bytes
	opSkipInt   // a varint of at most 5 bytes
	opSkipLong  //
	opSkipBytes // a length and its bytes, whatever they are
	opSkipBlocks
	opIntAsFloat   // an int or long, shown as a float of n bits; flag: it is an int
	opFloatAsFloat // a float, shown as a double
	opFound        // the value that was looked for has been written: stop
	opMissing      // the value that was looked for is not in this record: stop
	opWantKey      // of a map: go on if it is typ.Name, else to n
	opWantIndex    // of an array: go on if it is typ.Size, else to n
	opConflict     // cannot be read as the reader's schema asks: typ.Doc says why
	opBadSchema
)

// op is one step. Its literal ends in what belongs to this step alone (the
// field's name); the first keep bytes close or complete what came before and
// stay when this step fails.
type op struct {
	lit      string
	short    [2]uint64 // the bytes of lit, if they fit: copied in two strokes
	code     opcode
	flag     uint8
	quiet    bool  // writes nothing
	shortLen uint8 // of lit; longLit if it does not fit
	keep     int32
	n        int32
	typ      *Type
	table    []int32
	scope    *scope
}

// shortLit is the most bytes of a literal that op.short holds.
const (
	shortLit = 16
	longLit  = shortLit + 1
)

// literal sets the text that comes before the value.
func (o *op) literal(s string) {
	o.lit, o.shortLen = s, longLit
	if len(s) > shortLit {
		return
	}
	var b [shortLit]byte
	o.shortLen = uint8(copy(b[:], s))
	o.short = [2]uint64{binary.LittleEndian.Uint64(b[:]), binary.LittleEndian.Uint64(b[8:])}
}

// scope is where in the record a step stands, innermost first. It is only
// looked at when a step fails.
type scope struct {
	outer *scope
	kind  scopeKind
	name  string // of a field
	quiet bool   // nothing was written for it
}

type scopeKind uint8

const (
	inField  scopeKind = iota // closed by }
	inItem                    // closed by ], has a frame
	inValue                   // of a map: closed by }, has a frame
	inBranch                  // of a union that names its branch: closed by }
	inCall                    // a frame only: back to where a record was called
)

// frame is one open array, map or call.
type frame struct {
	left int64 // items left in this block
	done int64 // items finished
	mark int   // where in the output the current item starts
	key  int   // where in the input the current key starts
	pc   int32 // a call returns here
	kind scopeKind
}
