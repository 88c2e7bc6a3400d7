package decode

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

// byLooks decodes a record that names no schema by what its bytes look like.
func (d *Decoder) byLooks(dst []byte, in Input, r *Result, a *attempts) ([]byte, Result) {
	data := in.Data
	if out, ok := d.container(dst, data, r, a); ok {
		return out, *r
	}
	if out, ok := appendJSONText(dst, data); ok {
		r.Kind = JSON
		a.yes(r, "it is JSON text")
		return out, *r
	}
	a.no(JSON, NoFormat, "it is not JSON")
	if readable(data) {
		r.Kind = Text
		a.yes(r, "it is UTF-8 text")
		return appendString(dst, data), *r
	}
	a.no(Text, NoFormat, "it is not UTF-8 text that can be read")
	if out, ok := d.selfDescribing(dst, data, r, a); ok {
		return out, *r
	}
	if n, ok := integer(data); ok {
		r.Kind = Integer
		a.yes(r, "it has the length of a number, and nothing else fits")
		return strconv.AppendInt(dst, n, 10), *r
	}
	a.no(Integer, NoFormat, "a number has 2, 4 or 8 bytes")
	r.Kind = Bytes
	a.yes(r, "nothing else fits")
	return appendHex(dst, data), *r
}

// appendJSONText appends data, without the white space between tokens, when
// it is JSON: an object, an array, or a single value.
func appendJSONText(dst, data []byte) ([]byte, bool) {
	text := bytes.TrimLeft(data, " \t\r\n")
	if len(text) == 0 || !jsonStart[text[0]] || !json.Valid(data) || !utf8.Valid(data) {
		return dst, false
	}
	if bytes.IndexByte(data, '\n') < 0 {
		return append(dst, bytes.TrimSpace(data)...), true
	}
	buf := bytes.NewBuffer(dst)
	if err := json.Compact(buf, data); err != nil {
		return dst, false
	}
	return buf.Bytes(), true
}

var jsonStart = func() (t [256]bool) {
	for _, c := range []byte(`{["-0123456789tfn`) {
		t[c] = true
	}
	return t
}()

// readable reports whether data is text that a person can read: UTF-8 without
// control characters other than white space.
func readable(data []byte) bool {
	for _, c := range data {
		if c < 0x20 && c != '\n' && c != '\r' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return utf8.Valid(data)
}

// appendString appends s as a JSON string.
func appendString(dst, s []byte) []byte {
	if plain(s) {
		return append(append(append(dst, '"'), s...), '"')
	}
	text, err := marshalText(s)
	if err != nil {
		return appendHex(dst, s)
	}
	return append(dst, text...)
}

// plainText tells at once that data is text, where that is as plain as with most
// keys: nothing that comes before text in the order of attempts begins like that.
func (d *Decoder) plainText(in *Input) bool {
	if len(in.Data) == 0 || in.Data[0] == ' ' || jsonStart[in.Data[0]] || len(d.opts.Rules) > 0 || !plain(in.Data) {
		return false
	}
	if len(in.Headers) > 0 {
		_, named := headerSchema(*in)
		return !named
	}
	return true
}

// plain tells whether all of s is printable ASCII that stands for itself in a JSON
// string.
func plain(s []byte) bool {
	for _, c := range s {
		if c < 0x20 || c >= 0x7f || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// marshalText is s as a JSON string, with <, > and & as they are.
func marshalText(s []byte) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(string(s)); err != nil {
		return nil, err
	}
	return bytes.TrimRight(buf.Bytes(), "\n"), nil
}

func appendHex(dst, s []byte) []byte {
	dst = append(dst, '"', '0', 'x')
	dst = hex.AppendEncode(dst, s)
	return append(dst, '"')
}

// integer reads what Kafka's Short-, Integer- and LongSerializer write.
func integer(data []byte) (int64, bool) {
	switch len(data) {
	case 2:
		return int64(int16(binary.BigEndian.Uint16(data))), true
	case 4:
		return int64(int32(binary.BigEndian.Uint32(data))), true
	case 8:
		return int64(binary.BigEndian.Uint64(data)), true
	}
	return 0, false
}
