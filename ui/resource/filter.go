package resource

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

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
	needs   [][]string     // every match of re contains one of each, in this order; empty: nothing is known
	whole   bool           // and what contains them matches: re need not be asked
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
	f.exact = hasUpper(text)
	if regexp.QuoteMeta(text) == text {
		f.literal = text
		return f, nil
	}
	// Without upper case in it, it is matched against texts in lower case, which
	// is much faster than to ignore case in the expression.
	re, err := regexp.Compile(text)
	if err != nil {
		var se *syntax.Error
		if errors.As(err, &se) {
			return nil, fmt.Errorf("not a regular expression: %s %q", se.Code, se.Expr)
		}
		return nil, fmt.Errorf("not a regular expression: %w", err)
	}
	f.re = re
	if parsed, err := syntax.Parse(text, syntax.Perl); err == nil {
		f.needs, f.whole = literals(parsed.Simplify())
	}
	return f, nil
}

// hasUpper looks for upper case letters, except in classes such as \S.
func hasUpper(pattern string) bool {
	escaped := false
	for _, r := range pattern {
		if !escaped && unicode.IsUpper(r) {
			return true
		}
		escaped = r == '\\' && !escaped
	}
	return false
}

// texts are what a filter looks at: of each row, once as it is and once in
// lower case, made when first needed.
type texts struct {
	plain []string
	lower []string
}

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
	if f.fuzzy != "" {
		return f.rank(t, out)
	}
	in := t.plain
	if !f.exact {
		in = t.lowered()
	}
	if f.re == nil {
		return f.matchRange(in, 0, out)
	}
	var second []int32
	half, wait := inHalves(len(in), func(from, to int) { second = f.matchRange(in[from:to], from, nil) })
	out = f.matchRange(in[:half], 0, out)
	wait()
	return append(out, second...)
}

func (f *filter) matchRange(in []string, from int, out []int32) []int32 {
	for i, s := range in {
		var ok bool
		if f.re == nil {
			ok = strings.Contains(s, f.literal)
		} else {
			ok = f.matches(s)
		}
		if ok != f.inverse {
			out = append(out, int32(from+i))
		}
	}
	return out
}

// matches tells whether the expression matches a text, and asks it as late as
// possible.
func (f *filter) matches(s string) bool {
	rest := s
	for _, set := range f.needs {
		end := -1 // of what ends first: what follows has the most room then
		for _, n := range set {
			if i := strings.Index(rest, n); i >= 0 && (end < 0 || i+len(n) < end) {
				end = i + len(n)
			}
		}
		if end < 0 {
			return false
		}
		rest = rest[end:]
	}
	// A dot does not match a newline.
	if f.whole && (len(f.needs) == 1 || !strings.Contains(s, "\n")) {
		return true
	}
	return f.re.MatchString(s)
}

// rankable is how many matches are put in order of how well they match. Nobody
// looks for one row among more, and scoring them takes longer than a key press.
const rankable = 1500

// rank appends the indexes of the texts that hold the letters in order; if
// there are few enough, the best match first.
func (f *filter) rank(t *texts, out []int32) []int32 {
	letters := strings.ToLower(f.fuzzy)
	start := len(out)
	for i, s := range t.lowered() {
		if isSubsequence(letters, s) {
			out = append(out, int32(i))
		}
	}
	found := out[start:]
	if len(found) == 0 || len(found) > rankable {
		return out
	}
	names := make([]string, len(found))
	for i, at := range found {
		names[i] = t.plain[at]
	}
	ranked := fuzzy.Find(f.fuzzy, names)
	if len(ranked) != len(found) {
		return out // the library folds case in another way: keep our order
	}
	before := slices.Clone(found)
	for i, m := range ranked {
		found[i] = before[m.Index]
	}
	return out
}

// isSubsequence tells whether s holds the letters in their order.
func isSubsequence(letters, s string) bool {
	for _, r := range letters {
		i := strings.IndexRune(s, r)
		if i < 0 {
			return false
		}
		s = s[i+utf8.RuneLen(r):]
	}
	return true
}

// inHalves runs f for the second half of many rows beside the caller, who does
// the first and then waits: a second core halves the time. Of few rows the
// caller does all.
func inHalves(n int, f func(from, to int)) (half int, wait func()) {
	const many = 4000
	if n < many {
		return n, func() {}
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(n/2, n)
	}()
	return n / 2, func() { <-done }
}
