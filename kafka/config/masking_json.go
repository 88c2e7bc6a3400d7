package config

import (
	"encoding/json"
	"errors"
)

// maxJSONDepth bounds the recursion over a record's value.
const maxJSONDepth = 512

var errJSON = errors.New("not JSON")

// AppendJSON appends a decoded value to dst with its hidden fields replaced by
// JSON strings; everything else stays byte for byte. Text that is not one JSON
// value, or is nested deeper than 512 levels, is hidden as a whole: a mask fails
// closed. The nil Mask copies.
func (m *Mask) AppendJSON(dst, value []byte) []byte {
	if m == nil {
		return append(dst, value...)
	}
	if with, hidden := m.Value(); hidden {
		return appendString(dst, with)
	}
	start := len(dst)
	w := jsonMasker{mask: m, in: value, out: dst}
	err := w.value(0)
	w.space()
	if err != nil || w.pos != len(w.in) {
		return appendString(w.out[:start], masked)
	}
	return w.out
}

func appendString(dst []byte, s string) []byte {
	quoted, err := json.Marshal(s)
	if err != nil { // a string always has a JSON form
		quoted = []byte(`"***"`)
	}
	return append(dst, quoted...)
}

// jsonMasker copies in to out while it follows the path of field names.
type jsonMasker struct {
	mask *Mask
	in   []byte
	pos  int
	out  []byte
	path []string
}

func (w *jsonMasker) space() {
	for w.pos < len(w.in) {
		switch c := w.in[w.pos]; c {
		case ' ', '\t', '\n', '\r':
			w.out = append(w.out, c)
			w.pos++
		default:
			return
		}
	}
}

func (w *jsonMasker) peek() byte {
	if w.pos < len(w.in) {
		return w.in[w.pos]
	}
	return 0
}

// take copies the byte c, which must be next.
func (w *jsonMasker) take(c byte) error {
	if w.peek() != c || w.pos == len(w.in) {
		return errJSON
	}
	w.out = append(w.out, c)
	w.pos++
	return nil
}

func (w *jsonMasker) value(depth int) error {
	if depth > maxJSONDepth {
		return errJSON
	}
	w.space()
	switch w.peek() {
	case '{':
		return w.object(depth)
	case '[':
		return w.array(depth)
	case '"':
		_, err := w.str()
		return err
	}
	start := w.pos
	for w.pos < len(w.in) && !isDelimiter(w.in[w.pos]) {
		w.pos++
	}
	if !json.Valid(w.in[start:w.pos]) {
		return errJSON
	}
	w.out = append(w.out, w.in[start:w.pos]...)
	return nil
}

func isDelimiter(c byte) bool {
	switch c {
	case ',', ']', '}', ' ', '\t', '\n', '\r', '"', '{', '[', ':':
		return true
	}
	return false
}

// str copies a string and returns what it holds, its quotes and escapes included.
func (w *jsonMasker) str() ([]byte, error) {
	start := w.pos
	for w.pos++; w.pos < len(w.in); w.pos++ {
		switch w.in[w.pos] {
		case '\\':
			w.pos++
		case '"':
			w.pos++
			text := w.in[start:w.pos]
			w.out = append(w.out, text...)
			return text, nil
		}
	}
	return nil, errJSON
}

func (w *jsonMasker) array(depth int) error {
	if err := w.take('['); err != nil {
		return err
	}
	if w.space(); w.peek() == ']' {
		return w.take(']')
	}
	for {
		if err := w.value(depth + 1); err != nil {
			return err
		}
		w.space()
		if w.peek() == ']' {
			return w.take(']')
		}
		if err := w.take(','); err != nil {
			return err
		}
	}
}

func (w *jsonMasker) object(depth int) error {
	if err := w.take('{'); err != nil {
		return err
	}
	if w.space(); w.peek() == '}' {
		return w.take('}')
	}
	for {
		if err := w.member(depth); err != nil {
			return err
		}
		w.space()
		if w.peek() == '}' {
			return w.take('}')
		}
		if err := w.take(','); err != nil {
			return err
		}
		w.space()
	}
}

func (w *jsonMasker) member(depth int) error {
	if w.peek() != '"' {
		return errJSON
	}
	quoted, err := w.str()
	if err != nil {
		return err
	}
	var name string
	if err := json.Unmarshal(quoted, &name); err != nil {
		return errJSON
	}
	w.space()
	if err := w.take(':'); err != nil {
		return err
	}
	w.path = append(w.path, name)
	defer func() { w.path = w.path[:len(w.path)-1] }()
	with, hidden := w.mask.Field(w.path)
	if !hidden {
		return w.value(depth + 1)
	}
	w.space()
	kept := len(w.out)
	if err := w.value(depth + 1); err != nil {
		return err
	}
	w.out = appendString(w.out[:kept], with)
	return nil
}
