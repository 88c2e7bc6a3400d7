package avro

import (
	"strconv"
	"strings"
)

// Problem is the kind of fault that a record has.
type Problem uint8

// What can be wrong with the bytes of a record.
const (
	_               Problem = iota
	Truncated               // the record ends inside a value
	TrailingBytes           // bytes are left after the record
	BadVarint               // a number does not fit 64 bits
	IntRange                // an int does not fit 32 bits
	BadLength               // a length is negative or longer than the rest
	BadCount                // an array or map says it has more items than can follow
	BadUTF8                 // text is not UTF-8
	BadBoolean              // a boolean is neither 0 nor 1
	BadBranch               // a union has no such branch
	BadSymbol               // an enum has no such symbol
	DecimalTooLong          // a decimal is too long to be shown as a number
	TooDeep                 // nested deeper than Limits.Depth
	TooMuchOutput           // longer than Limits.Output
	BadSchema               // the schema is too large to be decoded this way
	UnknownToReader         // an enum's symbol is unknown to the reader, who has no default for it
	Unreadable              // the value cannot be read as the reader's schema asks
)

// DecodeError says what is wrong with a record, and where.
type DecodeError struct {
	Problem Problem
	// Path names the field, as in customer.addresses[2].street or tags["a"];
	// it is empty at the outermost value.
	Path string
	// Offset is the byte of the encoded record (after any wire-format header)
	// at which the faulty value starts, or the faulty byte inside a text.
	Offset int
	// Expected is the type that was being read, in words.
	Expected string
	// Detail says what was found.
	Detail string
}

func (e *DecodeError) Error() string {
	var b strings.Builder
	if e.Path != "" {
		b.WriteString(e.Path)
		b.WriteString(": ")
	}
	b.WriteString(e.Detail)
	b.WriteString(" (byte ")
	b.WriteString(strconv.Itoa(e.Offset))
	if e.Expected != "" {
		b.WriteString(", reading ")
		b.WriteString(e.Expected)
	}
	b.WriteString(")")
	return b.String()
}

// fault is a Problem with its figures, kept small for the decoder's sake.
type fault struct {
	problem Problem
	value   int64
	have    int64
}

func varintFault(code int) fault {
	if code == badVarint {
		return fault{problem: BadVarint}
	}
	return fault{problem: Truncated}
}

func (f fault) detail() string {
	value, have := strconv.FormatInt(f.value, 10), strconv.FormatInt(f.have, 10)
	switch f.problem {
	case Truncated:
		if f.value > 0 {
			return "the record ends here: " + value + " bytes are needed and " + have + " are left"
		}
		return "the record ends here"
	case TrailingBytes:
		return plural(f.have, "byte is", "bytes are") + " left after the record: it was written with another schema, or is not Avro"
	case BadVarint:
		return "not a number: it does not fit 64 bits"
	case IntRange:
		return value + " does not fit the 32 bits of an int"
	case BadLength:
		return "a length of " + value + ", and " + plural(f.have, "byte is", "bytes are") + " left"
	case BadCount:
		return "a count of " + value + " items, and at most " + have + " can follow"
	case BadUTF8:
		return "the text is not UTF-8: byte 0x" + string([]byte{hexDigits[f.value>>4&15], hexDigits[f.value&15]})
	case BadBoolean:
		return "a boolean of " + value + ", which must be 0 or 1"
	case BadBranch:
		return "branch " + value + " of a union that has " + have
	case BadSymbol:
		return "symbol " + value + " of an enum that has " + have
	case DecimalTooLong:
		return "a decimal of " + value + " bytes; up to " + have + " are shown"
	case UnknownToReader:
		return "symbol " + value + " of the writer's enum is unknown to the reader, who has no default for it"
	case TooDeep:
		return "nested more than " + have + " deep"
	case TooMuchOutput:
		return "more than " + have + " bytes of JSON"
	}
	return "the schema is too large to be decoded"
}

func plural(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.FormatInt(n, 10) + " " + many
}
