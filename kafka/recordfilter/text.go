package recordfilter

import (
	"bytes"
	"errors"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode"
	"unicode/utf8"

	"kconsole/avro/decode"
	"kconsole/kafka"
	"kconsole/kafka/recordjson"
)

// parseText compiles a text or a regular expression.
func (f *Filter) parseText(pattern string) error {
	flags := ""
	f.exact = strings.IndexFunc(pattern, unicode.IsUpper) >= 0
	if !f.exact {
		flags = "(?i)"
	}
	if body, modifiers, ok := delimited(pattern); ok {
		pattern, flags, f.exact = body, "", true
		if modifiers == "i" {
			flags, f.exact = "(?i)", false
		}
	} else if regexp.QuoteMeta(pattern) == pattern && (f.exact || isASCII(pattern)) {
		// Folding beyond ASCII is left to regexp, which knows how.
		f.literal = []byte(pattern)
		f.folded = newFolding(f.literal)
		return nil
	}
	re, err := regexp.Compile(flags + pattern)
	if err != nil {
		e := &Error{Filter: f.text, Why: "not a regular expression: " + err.Error()}
		var se *syntax.Error
		if errors.As(err, &se) {
			e.Why = "not a regular expression: " + string(se.Code)
			if i := strings.Index(f.text, se.Expr); i >= 0 && se.Expr != "" {
				e.Column, e.Length = utf8.RuneCountInString(f.text[:i])+1, utf8.RuneCountInString(se.Expr)
			}
		}
		return e
	}
	f.re = re
	return nil
}

// delimited reads /…/ and /…/i.
func delimited(pattern string) (body, modifiers string, ok bool) {
	pattern = strings.TrimSpace(pattern)
	end := strings.LastIndexByte(pattern, '/')
	if end < 1 || pattern[0] != '/' {
		return "", "", false
	}
	modifiers = pattern[end+1:]
	return pattern[1:end], modifiers, modifiers == "" || modifiers == "i"
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// matchText looks for a text in a record.
func (m *Matcher) matchText(rec *kafka.Record, d *recordjson.Decoded) bool {
	if m.in(ShownKey(rec, d)) || m.in(ShownValue(rec, d)) {
		return true
	}
	for i := range rec.Headers {
		m.header = append(append(append(m.header[:0], rec.Headers[i].Key...), '='), rec.Headers[i].Value...)
		if m.in(m.header) {
			return true
		}
	}
	return d.Info.Err != nil && m.in([]byte(d.Info.Err.Error()))
}

func (m *Matcher) in(b []byte) bool {
	from, _ := m.Find(b)
	return from >= 0
}

// Find is the first match in a text, for highlighting it; from is -1 where there
// is none, and for an expression.
func (m *Matcher) Find(b []byte) (from, to int) {
	f := m.f
	switch {
	case f.expr != nil:
		return -1, -1
	case f.re != nil:
		if at := f.re.FindIndex(b); at != nil {
			return at[0], at[1]
		}
		return -1, -1
	case !f.exact:
		from, m.lower = f.folded.index(b, m.lower)
	default:
		from = bytes.Index(b, f.literal)
	}
	if from < 0 {
		return -1, -1
	}
	return from, from + len(f.literal)
}

// ShownKey is the key as people see it: text as it is, anything that has a shape
// as JSON.
func ShownKey(rec *kafka.Record, d *recordjson.Decoded) []byte {
	if d.Key != nil && d.KeyInfo.Kind != decode.Text {
		return d.Key
	}
	return rec.Key
}

// ShownValue is the value as people see it.
func ShownValue(rec *kafka.Record, d *recordjson.Decoded) []byte {
	if d.Value != nil && d.Info.Kind != decode.Text {
		return d.Value
	}
	return rec.Value
}
