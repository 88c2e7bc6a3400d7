package decode

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"sort"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/fxamacker/cbor/v2"
	"github.com/vmihailenco/msgpack/v5"
	"github.com/vmihailenco/msgpack/v5/msgpcode"
)

// maxLooseDepth is how deep MessagePack and CBOR may nest.
const maxLooseDepth = 64

// selfDescribing tries the formats whose bytes say what they are. Short bytes
// often look like them by chance, so only maps and arrays count, and only when
// nothing is left over.
func (d *Decoder) selfDescribing(dst, data []byte, r *Result, a *attempts) ([]byte, bool) {
	if out, err := appendMessagePack(dst, data); err == nil {
		r.Kind = MessagePack
		a.yes(r, "all of it is one MessagePack value")
		return out, true
	} else { //nolint:revive // the error belongs to this attempt
		a.no(MessagePack, NoFormat, err.Error())
	}
	out, err := appendCBOR(dst, data)
	if err != nil {
		a.no(CBOR, NoFormat, err.Error())
		return dst, false
	}
	r.Kind = CBOR
	a.yes(r, "all of it is one CBOR value")
	return out, true
}

var errScalar = errors.New("a map or array was looked for")

func appendMessagePack(dst, data []byte) ([]byte, error) {
	if len(data) < 3 {
		return dst, errors.New("too short to tell")
	}
	c := data[0]
	isMap := msgpcode.IsFixedMap(c) || c == msgpcode.Map16 || c == msgpcode.Map32
	if !isMap && !msgpcode.IsFixedArray(c) && c != msgpcode.Array16 && c != msgpcode.Array32 {
		return dst, errScalar
	}
	in := bytes.NewReader(data)
	p := packed{dec: msgpack.NewDecoder(in), in: in}
	start := len(dst)
	out, err := p.value(dst, 0)
	if err == nil && in.Len() > 0 {
		err = fmt.Errorf("%d bytes would be left over", in.Len())
	}
	if err != nil {
		return dst[:start], err
	}
	return out, nil
}

// packed writes MessagePack as JSON. It calls the library value by value: left
// to itself the library recurses as deep as the bytes say.
type packed struct {
	dec *msgpack.Decoder
	in  *bytes.Reader
}

func (p *packed) value(dst []byte, depth int) ([]byte, error) {
	if depth > maxLooseDepth {
		return dst, fmt.Errorf("nested more than %d deep", maxLooseDepth)
	}
	c, err := p.dec.PeekCode()
	if err != nil {
		return dst, endsEarly(err)
	}
	switch {
	case msgpcode.IsFixedMap(c), c == msgpcode.Map16, c == msgpcode.Map32:
		return p.mapping(dst, depth)
	case msgpcode.IsFixedArray(c), c == msgpcode.Array16, c == msgpcode.Array32:
		return p.array(dst, depth)
	case c == msgpcode.Nil:
		return append(dst, "null"...), p.dec.DecodeNil()
	case c == msgpcode.True, c == msgpcode.False:
		b, err := p.dec.DecodeBool()
		return strconv.AppendBool(dst, b), err
	case msgpcode.IsString(c):
		s, err := p.dec.DecodeString()
		if err != nil {
			return dst, endsEarly(err)
		}
		if !utf8.ValidString(s) {
			return dst, errors.New("a text is not UTF-8")
		}
		return appendString(dst, []byte(s)), nil
	case msgpcode.IsBin(c):
		b, err := p.dec.DecodeBytes()
		return appendHex(dst, b), endsEarly(err)
	case msgpcode.IsExt(c):
		return p.ext(dst)
	case c == msgpcode.Float, c == msgpcode.Double:
		f, err := p.dec.DecodeFloat64()
		return appendNumber(dst, f), endsEarly(err)
	case c == msgpcode.Uint64:
		n, err := p.dec.DecodeUint64()
		return strconv.AppendUint(dst, n, 10), endsEarly(err)
	}
	n, err := p.dec.DecodeInt64()
	return strconv.AppendInt(dst, n, 10), endsEarly(err)
}

func (p *packed) mapping(dst []byte, depth int) ([]byte, error) {
	n, err := p.dec.DecodeMapLen()
	if err != nil || n > p.in.Len()/2 {
		return dst, errors.New("a map that says it is longer than the rest")
	}
	dst = append(dst, '{')
	for i := range n {
		if i > 0 {
			dst = append(dst, ',')
		}
		at := len(dst)
		if dst, err = p.value(dst, depth+1); err != nil {
			return dst, err
		}
		if dst[at] != '"' { // JSON has only text for names
			name := string(dst[at:])
			dst = appendString(dst[:at], []byte(name))
		}
		dst = append(dst, ':')
		if dst, err = p.value(dst, depth+1); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}

func (p *packed) array(dst []byte, depth int) ([]byte, error) {
	n, err := p.dec.DecodeArrayLen()
	if err != nil || n > p.in.Len() {
		return dst, errors.New("an array that says it is longer than the rest")
	}
	dst = append(dst, '[')
	for i := range n {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst, err = p.value(dst, depth+1); err != nil {
			return dst, err
		}
	}
	return append(dst, ']'), nil
}

// ext writes an extension: a time for the standard's type -1, else its bytes.
func (p *packed) ext(dst []byte) ([]byte, error) {
	id, n, err := p.dec.DecodeExtHeader()
	if err != nil || n < 0 || n > p.in.Len() {
		return dst, errors.New("an extension that says it is longer than the rest")
	}
	raw := make([]byte, n)
	if err := p.dec.ReadFull(raw); err != nil {
		return dst, endsEarly(err)
	}
	if id == -1 {
		if t, ok := packedTime(raw); ok {
			return appendString(dst, []byte(t.UTC().Format(time.RFC3339Nano))), nil
		}
	}
	return appendHex(dst, raw), nil
}

// packedTime reads MessagePack's timestamp extension.
func packedTime(b []byte) (time.Time, bool) {
	var n uint64
	for _, c := range b[max(0, len(b)-8):] {
		n = n<<8 | uint64(c)
	}
	switch len(b) {
	case 4:
		return time.Unix(int64(n), 0), true
	case 8:
		return time.Unix(int64(n&(1<<34-1)), int64(n>>34)), n>>34 < 1e9
	case 12:
		var ns uint64
		for _, c := range b[:4] {
			ns = ns<<8 | uint64(c)
		}
		return time.Unix(int64(n), int64(ns)), ns < 1e9 && int64(n) > -62135596800 && int64(n) < 253402300800
	}
	return time.Time{}, false
}

func endsEarly(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("it ends too early")
	}
	return err
}

func appendNumber(dst []byte, f float64) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return appendString(dst, []byte(strconv.FormatFloat(f, 'g', -1, 64)))
	}
	b, err := json.Marshal(f)
	if err != nil {
		return append(dst, "null"...)
	}
	return append(dst, b...)
}

var cborMode = func() cbor.DecMode {
	m, err := cbor.DecOptions{
		MaxNestedLevels: maxLooseDepth, MaxArrayElements: 1 << 16, MaxMapPairs: 1 << 16,
		IndefLength: cbor.IndefLengthAllowed, UTF8: cbor.UTF8RejectInvalid,
	}.DecMode()
	if err != nil {
		panic(err) // the options are constants
	}
	return m
}()

// appendCBOR writes a CBOR map or array (RFC 8949) as JSON, with the keys of
// maps in order.
func appendCBOR(dst, data []byte) ([]byte, error) {
	if len(data) < 3 {
		return dst, errors.New("too short to tell")
	}
	c := data[0] >> 5
	described := bytes.HasPrefix(data, []byte{0xd9, 0xd9, 0xf7})
	if c != 4 && c != 5 && !described {
		return dst, errScalar
	}
	var v any
	if err := cborMode.Unmarshal(data, &v); err != nil {
		return dst, errors.New(err.Error()) // its own types are of no use outside
	}
	return appendLoose(dst, v)
}

// appendLoose writes what the CBOR library decodes into an any.
func appendLoose(dst []byte, v any) ([]byte, error) {
	var err error
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...), nil
	case bool:
		return strconv.AppendBool(dst, v), nil
	case uint64:
		return strconv.AppendUint(dst, v, 10), nil
	case int64:
		return strconv.AppendInt(dst, v, 10), nil
	case big.Int:
		return v.Append(dst, 10), nil
	case float64:
		return appendNumber(dst, v), nil
	case string:
		return appendString(dst, []byte(v)), nil
	case []byte:
		return appendHex(dst, v), nil
	case cbor.ByteString:
		return appendHex(dst, []byte(v)), nil
	case time.Time:
		return appendString(dst, []byte(v.UTC().Format(time.RFC3339Nano))), nil
	case cbor.Tag:
		return appendLoose(dst, v.Content)
	case cbor.SimpleValue:
		return strconv.AppendUint(dst, uint64(v), 10), nil
	case []any:
		dst = append(dst, '[')
		for i, item := range v {
			if i > 0 {
				dst = append(dst, ',')
			}
			if dst, err = appendLoose(dst, item); err != nil {
				return dst, err
			}
		}
		return append(dst, ']'), nil
	case map[any]any:
		return appendLooseMap(dst, v)
	}
	return dst, fmt.Errorf("a value of type %T", v)
}

func appendLooseMap(dst []byte, m map[any]any) ([]byte, error) {
	type member struct {
		name  string
		value any
	}
	members := make([]member, 0, len(m))
	for k, v := range m {
		name, ok := k.(string)
		if !ok {
			text, err := appendLoose(nil, k)
			if err != nil {
				return dst, err
			}
			name = string(bytes.Trim(text, `"`))
		}
		members = append(members, member{name, v})
	}
	sort.Slice(members, func(i, j int) bool { return members[i].name < members[j].name })
	dst = append(dst, '{')
	for i, e := range members {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendString(dst, []byte(e.name)), ':')
		var err error
		if dst, err = appendLoose(dst, e.value); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}
