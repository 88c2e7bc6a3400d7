package resource

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode"

	"github.com/sahilm/fuzzy"
)

// maxPattern bounds a regular expression, so that compiling it takes no time.
const maxPattern = 1000

// filter is a parsed filter: text as typed after "/".
//
//	orders|pay     a regular expression; upper case makes it exact about case
//	!test          rows that do not match
//	-f odl         fuzzy: the letters in this order, best match first
type filter struct {
	inverse bool
	fuzzy   string
	literal string         // lower or exact case; set if the pattern has no operators
	exact   bool           // case matters
	re      *regexp.Regexp // set if it has
}

// parseFilter parses text; nil is the empty filter. An error says in one line
// what is wrong.
func parseFilter(text string) (*filter, error) {
	text = strings.TrimLeft(text, " ")
	if text == "" {
		return nil, nil
	}
	if rest, ok := strings.CutPrefix(text, "-f"); ok && (rest == "" || rest[0] == ' ') {
		pattern := strings.ReplaceAll(rest, " ", "")
		if pattern == "" {
			return nil, nil
		}
		return &filter{fuzzy: pattern}, nil
	}
	f := &filter{}
	if rest, ok := strings.CutPrefix(text, "!"); ok {
		f.inverse, text = true, rest
		if text == "" {
			return nil, nil
		}
	}
	if len(text) > maxPattern {
		return nil, fmt.Errorf("the filter is longer than %d characters", maxPattern)
	}
	f.exact = strings.IndexFunc(text, unicode.IsUpper) >= 0
	if regexp.QuoteMeta(text) == text {
		f.literal = text
		return f, nil
	}
	prefix := "(?i)"
	if f.exact {
		prefix = ""
	}
	re, err := regexp.Compile(prefix + text)
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

// texts are what a filter looks at: of each row, once as it is and once in
// lower case, made when first needed.
type texts struct {
	plain []string
	lower []string
}

func (t *texts) Len() int            { return len(t.plain) }
func (t *texts) String(i int) string { return t.plain[i] }

func (t *texts) lowered() []string {
	if t.lower == nil {
		t.lower = make([]string, len(t.plain))
		for i, s := range t.plain {
			t.lower[i] = strings.ToLower(s)
		}
	}
	return t.lower
}

// match appends the indexes of the texts that f lets through.
func (f *filter) match(t *texts, out []int32) []int32 {
	switch {
	case f.fuzzy != "":
		for _, m := range fuzzy.FindFrom(f.fuzzy, t) {
			out = append(out, int32(m.Index))
		}
	case f.re != nil:
		for i, s := range t.plain {
			if f.re.MatchString(s) != f.inverse {
				out = append(out, int32(i))
			}
		}
	default:
		in := t.plain
		if !f.exact {
			in = t.lowered()
		}
		for i, s := range in {
			if strings.Contains(s, f.literal) != f.inverse {
				out = append(out, int32(i))
			}
		}
	}
	return out
}
