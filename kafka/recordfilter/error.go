package recordfilter

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr/file"

	"kconsole/kafka/config"
)

// Error says what is wrong with a filter, and where.
type Error struct {
	Filter string // as it was typed
	// Column is where it is wrong, in characters from 1; 0: as a whole. Length
	// is how many characters that concerns.
	Column, Length int
	Why            string
	Do             string // what to write instead; may be empty
}

// Error gives one line.
func (e *Error) Error() string {
	s := "the filter cannot be used: "
	if e.Column > 0 {
		s = fmt.Sprintf("the filter cannot be used at column %d", e.Column)
		if near := e.near(); near != "" {
			s += fmt.Sprintf(" (%s)", near)
		}
		s += ": "
	}
	s += e.Why
	if e.Do != "" {
		s += "; " + e.Do
	}
	return strings.Join(strings.Fields(s), " ")
}

// near is the part of the filter that is wrong.
func (e *Error) near() string {
	r := []rune(e.Filter)
	if e.Column > len(r) {
		return "the end"
	}
	return string(r[e.Column-1 : min(len(r), e.Column-1+max(e.Length, 1), e.Column+40)])
}

// explain turns an error of the expression's compiler into ours.
func explain(text string, err error) error {
	e := &Error{Filter: text, Why: err.Error()}
	var at *file.Error
	if !errors.As(err, &at) {
		return e
	}
	e.Why = at.Message
	e.Column = at.From + 1
	e.Length = at.To - at.From
	if strings.Contains(at.Message, "token EOF") {
		e.Why, e.Column = "something is missing", utf8.RuneCountInString(text)+1
	}
	if name, ok := strings.CutPrefix(at.Message, "unknown name "); ok {
		known := append([]string(nil), names...)
		if near := config.Nearest(name, append(known, functions...)); near != "" {
			e.Do = "did you mean " + near + "?"
		} else {
			e.Do = "there is " + strings.Join(names, ", ")
		}
	}
	if strings.Contains(at.Message, "mismatched types time.Time and string") || strings.Contains(at.Message, "mismatched types string and time.Time") {
		e.Do = `write a time as date("2026-11-23 14:00") or ago("5m")`
	}
	return e
}
