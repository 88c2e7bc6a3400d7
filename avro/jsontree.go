package avro

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// jsonTree is a JSON value with the members of objects in their order and the
// digits of numbers as they were written.
type jsonTree struct {
	shape jsonShape
	text  string // of a string; the digits of a number; "true" or "false"
	keys  []string
	items []jsonTree     // of an array, or the members' values
	index map[string]int // of members, when there are many
	at    int            // where it begins in the text
	keyAt []int          // where the members' names begin
}

// maxJSONDepth is how deep JSON text may nest.
const maxJSONDepth = 1000

// parseJSON reads one JSON value and nothing after it.
func parseJSON(text []byte) (jsonTree, error) {
	if !utf8.Valid(text) {
		return jsonTree{}, errors.New("the JSON text is not UTF-8")
	}
	p := newJSONParser(text)
	v, err := p.value(0)
	if err != nil {
		return v, p.place(err)
	}
	if _, err := p.dec.Token(); !errors.Is(err, io.EOF) {
		return v, p.place(errors.New("text after the JSON value"))
	}
	return v, nil
}

type jsonParser struct {
	dec  *json.Decoder
	text []byte
}

func newJSONParser(text []byte) *jsonParser {
	p := &jsonParser{dec: json.NewDecoder(bytes.NewReader(text)), text: text}
	p.dec.UseNumber()
	return p
}

// next is where the next token begins.
func (p *jsonParser) next() int {
	at := int(p.dec.InputOffset())
	for at < len(p.text) && bytes.IndexByte([]byte(" \t\r\n,:"), p.text[at]) >= 0 {
		at++
	}
	return at
}

func (p *jsonParser) value(depth int) (jsonTree, error) {
	at := p.next()
	v, err := p.token(depth)
	v.at = at
	return v, err
}

func (p *jsonParser) token(depth int) (jsonTree, error) {
	tok, err := p.dec.Token()
	if err != nil {
		return jsonTree{}, err
	}
	if depth > maxJSONDepth {
		return jsonTree{}, fmt.Errorf("nested more than %d deep", maxJSONDepth)
	}
	switch tok := tok.(type) {
	case json.Delim:
		return p.nested(tok, depth)
	case string:
		return jsonTree{shape: shapeText, text: tok}, nil
	case json.Number:
		return jsonTree{shape: shapeNumber, text: string(tok)}, nil
	case bool:
		return jsonTree{shape: shapeBool, text: map[bool]string{true: "true", false: "false"}[tok]}, nil
	}
	return jsonTree{shape: shapeNull, text: "null"}, nil
}

func (p *jsonParser) nested(open json.Delim, depth int) (jsonTree, error) {
	v := jsonTree{shape: shapeArray}
	if open == '{' {
		v.shape = shapeObject
	}
	for p.dec.More() {
		if v.shape == shapeObject {
			v.keyAt = append(v.keyAt, p.next())
			key, err := p.dec.Token()
			if err != nil {
				return v, err
			}
			v.keys = append(v.keys, key.(string)) // the decoder allows nothing else
		}
		item, err := p.value(depth + 1)
		if err != nil {
			return v, err
		}
		v.items = append(v.items, item)
	}
	_, err := p.dec.Token() // the closing bracket, or a syntax error
	return v, err
}

// errorAt is where parsing stopped.
func (p *jsonParser) errorAt(err error) int {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) && syntax.Offset > 0 {
		// The offset is that of the character, or the one after it, depending
		// on who found the fault.
		at := int(syntax.Offset)
		if at < len(p.text) && strings.HasPrefix(syntax.Error(), fmt.Sprintf("invalid character %q", p.text[at])) {
			return at
		}
		return at - 1
	}
	return p.next()
}

// place adds the line and column where parsing stopped.
func (p *jsonParser) place(err error) error {
	line, column := position(p.text, p.errorAt(err))
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("the text ends too early")
	}
	return fmt.Errorf("not JSON: %w (line %d, column %d)", err, line, column)
}

// position is the line and column of a byte, both from 1.
func position(text []byte, at int) (line, column int) {
	before := text[:min(max(at, 0), len(text))]
	line = 1 + bytes.Count(before, []byte("\n"))
	return line, 1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
}

// member returns the value of a member with a name: the first one, or any of
// several when there are many.
func (v *jsonTree) member(name string) (*jsonTree, bool) {
	if len(v.keys) > 32 {
		if v.index == nil {
			v.index = make(map[string]int, len(v.keys))
			for i, k := range v.keys {
				v.index[k] = i
			}
		}
		i, ok := v.index[name]
		if !ok {
			return nil, false
		}
		return &v.items[i], true
	}
	for i, k := range v.keys {
		if k == name {
			return &v.items[i], true
		}
	}
	return nil, false
}

// describe names a JSON value in a message, with its beginning if it is short.
func (v *jsonTree) describe() string {
	switch v.shape {
	case shapeNull:
		return "null"
	case shapeText:
		return "the text " + quoteJSON(clip(v.text, 40))
	case shapeNumber:
		return "the number " + clip(v.text, 40)
	case shapeBool:
		return v.text
	case shapeArray:
		return "an array"
	}
	return "an object"
}
