package registry

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"
)

// tree is a JSON value that keeps the order of keys and the digits of numbers.
type tree struct {
	kind byte     // '{' '[' '"' or 'x' for numbers, booleans and null
	keys []string // of an object
	kids []*tree  // an object's values or an array's elements
	text string   // a decoded string, or the literal of an 'x'
}

// get returns an object's value; nil when there is none.
func (t *tree) get(key string) *tree {
	if t == nil || t.kind != '{' {
		return nil
	}
	for i, k := range t.keys {
		if k == key {
			return t.kids[i]
		}
	}
	return nil
}

// str returns an object's string value; "" when there is none.
func (t *tree) str(key string) string {
	if v := t.get(key); v != nil && v.kind == '"' {
		return v.text
	}
	return ""
}

// checkText refuses text that no parser should have to see: invalid UTF-8 and
// brackets nested deeper than limit. It reads the text as JSON does, so that
// brackets in strings do not count.
func checkText[T string | []byte](s T, limit int) error {
	if !valid(s) {
		return errors.New("it is not valid UTF-8")
	}
	depth, inString := 0, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			if depth++; depth > limit {
				return fmt.Errorf("its brackets nest deeper than %d", limit)
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return nil
}

func valid[T string | []byte](s T) bool {
	switch v := any(s).(type) {
	case string:
		return utf8.ValidString(v)
	case []byte:
		return utf8.Valid(v)
	}
	return false
}

// parseTree parses one JSON value and nothing behind it. A key that stands
// twice in an object is an error: parsers differ in which of the two they take.
func parseTree(s string, maxDepth int) (*tree, error) {
	if err := checkText(s, maxDepth); err != nil {
		return nil, err
	}
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	t, err := treeFrom(d)
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, fmt.Errorf("it is not valid JSON: %w (byte %d)", err, d.InputOffset())
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("something follows the JSON value at byte %d", d.InputOffset())
	}
	return t, nil
}

func treeFrom(d *json.Decoder) (*tree, error) {
	tok, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch v := tok.(type) {
	case json.Delim:
		if v == '{' {
			return objectFrom(d)
		}
		return arrayFrom(d)
	case string:
		return &tree{kind: '"', text: v}, nil
	case json.Number:
		if !modest(v.String()) {
			return nil, fmt.Errorf("number %s is too long to compute with", clip(v.String(), 64))
		}
		return &tree{kind: 'x', text: v.String()}, nil
	case bool:
		if v {
			return &tree{kind: 'x', text: "true"}, nil
		}
		return &tree{kind: 'x', text: "false"}, nil
	}
	return &tree{kind: 'x', text: "null"}, nil
}

// modest refuses numbers whose exact value would take megabytes: exact decimals
// are what schema parsers compute with.
func modest(number string) bool {
	mantissa, exponent, _ := strings.Cut(strings.ToLower(number), "e")
	if len(mantissa) > 400 {
		return false
	}
	e, err := strconv.Atoi(exponent)
	return exponent == "" || err == nil && e >= -400 && e <= 400
}

func objectFrom(d *json.Decoder) (*tree, error) {
	t := &tree{kind: '{'}
	seen := map[string]bool{}
	for d.More() {
		tok, err := d.Token()
		if err != nil {
			return nil, err
		}
		key, ok := tok.(string)
		if !ok {
			return nil, errors.New("an object's key must be a string")
		}
		if seen[key] {
			return nil, fmt.Errorf("key %q stands twice in one object", clip(key, 64))
		}
		seen[key] = true
		v, err := treeFrom(d)
		if err != nil {
			return nil, err
		}
		t.keys, t.kids = append(t.keys, key), append(t.kids, v)
	}
	_, err := d.Token()
	return t, err
}

func arrayFrom(d *json.Decoder) (*tree, error) {
	t := &tree{kind: '['}
	for d.More() {
		v, err := treeFrom(d)
		if err != nil {
			return nil, err
		}
		t.kids = append(t.kids, v)
	}
	_, err := d.Token()
	return t, err
}

// sorted is the value with the keys of all its objects in order.
func (t *tree) sorted() *tree {
	out := &tree{kind: t.kind, text: t.text}
	order := make([]int, len(t.kids))
	for i := range order {
		order[i] = i
	}
	if t.kind == '{' {
		sort.Slice(order, func(a, b int) bool { return t.keys[order[a]] < t.keys[order[b]] })
	}
	for _, i := range order {
		if t.kind == '{' {
			out.keys = append(out.keys, t.keys[i])
		}
		out.kids = append(out.kids, t.kids[i].sorted())
	}
	return out
}

// write appends the value without spaces, in its own order.
func (t *tree) write(b *bytes.Buffer) {
	switch t.kind {
	case '{':
		b.WriteByte('{')
		for i, k := range t.keys {
			if i > 0 {
				b.WriteByte(',')
			}
			writeString(b, k)
			b.WriteByte(':')
			t.kids[i].write(b)
		}
		b.WriteByte('}')
	case '[':
		b.WriteByte('[')
		for i, k := range t.kids {
			if i > 0 {
				b.WriteByte(',')
			}
			k.write(b)
		}
		b.WriteByte(']')
	case '"':
		writeString(b, t.text)
	default:
		b.WriteString(t.text)
	}
}

// writeString appends a JSON string that escapes only what must be escaped, as
// Java's libraries write it.
func writeString(b *bytes.Buffer, s string) {
	b.WriteByte('"')
	from := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		b.WriteString(s[from:i])
		from = i + 1
		if at := strings.IndexByte("\b\t\n\f\r\"\\", c); at >= 0 {
			b.WriteByte('\\')
			b.WriteByte(`btnfr"\`[at])
		} else {
			fmt.Fprintf(b, `\u%04X`, c)
		}
	}
	b.WriteString(s[from:])
	b.WriteByte('"')
}
