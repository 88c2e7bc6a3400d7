package avro

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"
)

// leaf encodes a value without parts.
func (e *encoder) leaf(t *Type, v *jsonTree) {
	if t.Logical != NoLogical && !e.strict && e.logical(t, v) {
		return
	}
	switch t.Kind {
	case Null:
		if v.shape != shapeNull {
			e.fail("null", v.describe())
		}
	case Boolean:
		if v.shape != shapeBool {
			e.fail("true or false", v.describe())
			return
		}
		e.out = append(e.out, map[string]byte{"true": 1}[v.text])
	case Int, Long:
		e.whole(t, v)
	case Float, Double:
		e.float(t, v)
	case String:
		if v.shape != shapeText {
			e.fail("text", v.describe())
			return
		}
		e.bytes(v.text)
	case Bytes:
		if b, ok := e.raw(t, v); ok {
			e.bytes(b)
		}
	case Fixed:
		if b, ok := e.raw(t, v); ok {
			if len(b) != t.Size {
				e.fail(t.Describe(), plural(int64(len(b)), "byte", "bytes"))
				return
			}
			e.out = append(e.out, b...)
		}
	case Enum:
		e.symbol(t, v)
	}
}

// whole encodes an int or long, which JSON may write as 5, 5.0 or 5e0.
func (e *encoder) whole(t *Type, v *jsonTree) {
	if v.shape != shapeNumber {
		e.fail("a whole number ("+t.Describe()+")", v.describe())
		return
	}
	n, ok := wholeNumber(v.text)
	if !ok {
		e.fail("a whole number of at most 64 bits", v.describe())
		return
	}
	if t.Kind == Int && n != int64(int32(n)) {
		e.fail("a whole number of at most 32 bits", v.describe())
		return
	}
	e.long(n)
}

func wholeNumber(text string) (int64, bool) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, true
	}
	unscaled, scale, ok := parseDecimal(text)
	if !ok || !rescale(unscaled, scale, 0) || !unscaled.IsInt64() {
		return 0, false
	}
	return unscaled.Int64(), true
}

func (e *encoder) float(t *Type, v *jsonTree) {
	bits := 64
	if t.Kind == Float {
		bits = 32
	}
	var f float64
	switch v.shape {
	case shapeNumber:
		var err error
		if f, err = strconv.ParseFloat(v.text, bits); err != nil {
			e.fail("a number that fits a "+t.Kind.String(), v.describe())
			return
		}
	case shapeText:
		switch v.text {
		case "NaN":
			f = math.NaN()
		case "Infinity", "INF":
			f = math.Inf(1)
		case "-Infinity", "-INF":
			f = math.Inf(-1)
		default:
			e.fail(`a number, "NaN", "Infinity" or "-Infinity"`, v.describe())
			return
		}
	default:
		e.fail("a number", v.describe())
		return
	}
	if bits == 32 {
		e.out = binary.LittleEndian.AppendUint32(e.out, math.Float32bits(float32(f)))
		return
	}
	e.out = binary.LittleEndian.AppendUint64(e.out, math.Float64bits(f))
}

// raw reads a value of bytes: text, or 0x and hexadecimal digits; in Avro's own
// JSON encoding the characters U+0000 to U+00FF.
func (e *encoder) raw(t *Type, v *jsonTree) (string, bool) {
	if v.shape != shapeText {
		e.fail(t.Describe()+" as text or 0x and hexadecimal digits", v.describe())
		return "", false
	}
	if e.strict {
		out := make([]byte, 0, len(v.text))
		for _, r := range v.text {
			if r > 0xff {
				e.fail("characters from U+0000 to U+00FF, one for a byte", v.describe())
				return "", false
			}
			out = append(out, byte(r))
		}
		return string(out), true
	}
	if digits, ok := strings.CutPrefix(v.text, "0x"); ok {
		b, err := hex.DecodeString(digits)
		if err != nil {
			e.fail("an even number of hexadecimal digits after 0x", v.describe())
			return "", false
		}
		return string(b), true
	}
	return v.text, true
}

func (e *encoder) symbol(t *Type, v *jsonTree) {
	if v.shape == shapeText {
		for i, s := range t.Symbols {
			if s == v.text {
				e.long(int64(i))
				return
			}
		}
	}
	shown := t.Symbols
	more := ""
	if len(shown) > 8 {
		shown, more = shown[:8], ", ..."
	}
	got := v.describe()
	if v.shape == shapeText {
		got += nearest(v.text, t.Symbols)
	}
	e.fail("one of "+clip(strings.Join(shown, ", "), 200)+more, got)
}

// logical encodes a value in the form that its logical type is shown in. It
// reports whether it has dealt with it; a time may also be the plain number.
func (e *encoder) logical(t *Type, v *jsonTree) bool {
	switch t.Logical {
	case Decimal:
		if v.shape == shapeText && strings.HasPrefix(v.text, "0x") {
			return false
		}
		e.decimal(t, v)
	case UUID:
		if v.shape == shapeText && t.Kind == Fixed && strings.HasPrefix(v.text, "0x") {
			return false
		}
		e.uuid(t, v)
	case Duration:
		if v.shape == shapeText && strings.HasPrefix(v.text, "0x") {
			return false
		}
		e.duration(v)
	default:
		if v.shape != shapeText {
			return false
		}
		n, want, ok := parseTime(t.Logical, v.text)
		if !ok {
			e.fail(want, v.describe())
			return true
		}
		e.long(n)
	}
	return true
}

func (e *encoder) uuid(t *Type, v *jsonTree) {
	var raw []byte
	if v.shape == shapeText && len(v.text) == 36 &&
		v.text[8] == '-' && v.text[13] == '-' && v.text[18] == '-' && v.text[23] == '-' {
		raw, _ = hex.DecodeString(strings.ReplaceAll(v.text, "-", ""))
	}
	if len(raw) != 16 {
		e.fail("a UUID such as 123e4567-e89b-12d3-a456-426614174000", v.describe())
		return
	}
	if t.Kind == Fixed {
		e.out = append(e.out, raw...)
		return
	}
	e.bytes(v.text)
}

// maxExponent bounds the exponent of a number that is turned into digits.
const maxExponent = 5000

// parseDecimal reads a JSON number exactly: unscaled / 10^scale.
func parseDecimal(text string) (unscaled *big.Int, scale int, ok bool) {
	if len(text) > maxExponent {
		return nil, 0, false
	}
	mantissa, exponent := text, ""
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		mantissa, exponent = text[:i], text[i+1:]
	}
	if i := strings.IndexByte(mantissa, '.'); i >= 0 {
		scale = len(mantissa) - i - 1
		mantissa = mantissa[:i] + mantissa[i+1:]
	}
	if exponent != "" {
		x, err := strconv.Atoi(exponent)
		if err != nil || x > maxExponent || x < -maxExponent {
			return nil, 0, false
		}
		scale -= x
	}
	unscaled, ok = new(big.Int).SetString(mantissa, 10)
	return unscaled, scale, ok
}

// rescale changes n from one scale to another in place. It reports false when
// digits would be lost.
func rescale(n *big.Int, from, to int) bool {
	if n.Sign() == 0 {
		return true
	}
	if d := to - from; d > maxExponent+maxScale || -d > maxExponent+maxScale {
		return false
	}
	ten := big.NewInt(10)
	if to >= from {
		n.Mul(n, new(big.Int).Exp(ten, big.NewInt(int64(to-from)), nil))
		return true
	}
	rest := new(big.Int)
	n.QuoRem(n, new(big.Int).Exp(ten, big.NewInt(int64(from-to)), nil), rest)
	return rest.Sign() == 0
}

func (e *encoder) decimal(t *Type, v *jsonTree) {
	want := "a number with at most " + plural(int64(t.Scale), "digit", "digits") + " after the point (" + t.Describe() + ")"
	if v.shape != shapeNumber && v.shape != shapeText {
		e.fail(want, v.describe())
		return
	}
	n, scale, ok := parseDecimal(v.text)
	if !ok || !utf8.ValidString(v.text) || !rescale(n, scale, t.Scale) {
		e.fail(want, v.describe())
		return
	}
	if digits := len(new(big.Int).Abs(n).String()); n.Sign() != 0 && digits > t.Precision {
		e.fail("a number of at most "+plural(int64(t.Precision), "digit", "digits")+" ("+t.Describe()+")", v.describe())
		return
	}
	raw := twosComplement(n)
	if t.Kind == Bytes {
		e.bytes(string(raw))
		return
	}
	if len(raw) > t.Size {
		e.fail("a number that fits "+plural(int64(t.Size), "byte", "bytes"), v.describe())
		return
	}
	fill := byte(0)
	if n.Sign() < 0 {
		fill = 0xff
	}
	for range t.Size - len(raw) {
		e.out = append(e.out, fill)
	}
	e.out = append(e.out, raw...)
}

// twosComplement is n in the fewest bytes, big-endian, at least one.
func twosComplement(n *big.Int) []byte {
	if n.Sign() >= 0 {
		b := n.Bytes()
		if len(b) == 0 || b[0] >= 0x80 {
			b = append([]byte{0}, b...)
		}
		return b
	}
	size := uint(new(big.Int).Not(n).BitLen()/8 + 1)
	b := new(big.Int).Add(n, new(big.Int).Lsh(big.NewInt(1), size*8)).Bytes()
	for len(b) < int(size) {
		b = append([]byte{0}, b...)
	}
	return b
}
