package tailbox

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode"
	"unicode/utf8"

	"kconsole/kafka"
	"kconsole/kafka/recordjson"
)

// maxPattern bounds a regular expression, so that compiling it takes no time.
const maxPattern = 1000

// Filter decides which records of a tail are shown, by their text: the key, the
// value as it is shown, and the headers as key=value. The patterns are those of
// the tables:
//
//	c-4711|DE      a regular expression; upper case makes it exact about case
//	!heartbeat     records that do not match
//
// It keeps scratch space: it is for one goroutine.
type Filter struct {
	text    string
	inverse bool
	exact   bool
	literal []byte         // set if the pattern has no operators
	re      *regexp.Regexp // set if it has
	lower   []byte         // scratch
	header  []byte         // scratch
}

// ParseFilter parses a filter as typed; nil is the empty one. An error says in
// one line what is wrong.
func ParseFilter(text string) (*Filter, error) {
	f := &Filter{text: text}
	pattern := strings.TrimLeft(text, " ")
	if rest, ok := strings.CutPrefix(pattern, "!"); ok {
		f.inverse, pattern = true, rest
	}
	if pattern == "" {
		return nil, nil //nolint:nilnil // no filter is not an error
	}
	if len(pattern) > maxPattern {
		return nil, fmt.Errorf("the filter is longer than %d characters", maxPattern)
	}
	f.exact = strings.IndexFunc(pattern, unicode.IsUpper) >= 0
	// Folding beyond ASCII is left to regexp, which knows how.
	if regexp.QuoteMeta(pattern) == pattern && (f.exact || isASCII(pattern)) {
		f.literal = []byte(pattern)
		return f, nil
	}
	if !f.exact {
		pattern = "(?i)" + pattern
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		var se *syntax.Error
		if errors.As(err, &se) {
			return nil, fmt.Errorf("not a regular expression: %s %q", se.Code, se.Expr)
		}
		return nil, fmt.Errorf("not a regular expression: %w", err)
	}
	f.re = re
	return f, nil
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// Text is the filter as it was typed.
func (f *Filter) Text() string { return f.text }

// Match tells whether a record is shown.
func (f *Filter) Match(rec *kafka.Record, d *recordjson.Decoded) bool {
	return f.matches(rec, d) != f.inverse
}

func (f *Filter) matches(rec *kafka.Record, d *recordjson.Decoded) bool {
	if f.in(shownKey(rec, d)) || f.in(shownValue(rec, d)) {
		return true
	}
	for i := range rec.Headers {
		f.header = append(append(append(f.header[:0], rec.Headers[i].Key...), '='), rec.Headers[i].Value...)
		if f.in(f.header) {
			return true
		}
	}
	return d.Info.Err != nil && f.in([]byte(d.Info.Err.Error()))
}

func (f *Filter) in(b []byte) bool {
	from, _ := f.Find(b)
	return from >= 0
}

// Find is the first match in a text, for highlighting it; from is -1 where
// there is none or where it is a match's absence that is looked for.
func (f *Filter) Find(b []byte) (from, to int) {
	switch {
	case f.re != nil:
		if at := f.re.FindIndex(b); at != nil {
			return at[0], at[1]
		}
		return -1, -1
	case !f.exact:
		f.lower = appendLower(f.lower[:0], b)
		b = f.lower
	}
	if from = bytes.Index(b, f.literal); from < 0 {
		return -1, -1
	}
	return from, from + len(f.literal)
}

// appendLower lowers ASCII letters and keeps every other byte, so that places
// in the result are places in b.
func appendLower(dst, b []byte) []byte {
	at := len(dst)
	dst = append(dst, b...)
	for i, c := range dst[at:] {
		if c-'A' < 26 {
			dst[at+i] = c + 'a' - 'A'
		}
	}
	return dst
}
