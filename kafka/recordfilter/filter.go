package recordfilter

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// MaxText bounds a filter, in bytes, so that compiling it takes no time.
const MaxText = 2000

// Filter is a compiled filter. It is immutable: any number of goroutines may use
// one, each through a [Matcher] of its own.
type Filter struct {
	text    string
	inverse bool
	exact   bool           // about the case of a literal
	literal []byte         // set for a text without operators
	folded  folding        // the literal, unless exact
	re      *regexp.Regexp // set for a text that has them
	expr    *expression    // set for an expression
}

// Parse compiles a filter as typed; nil is the empty one, which everything
// passes. The error is an [*Error].
func Parse(text string) (*Filter, error) {
	if len(text) > MaxText {
		return nil, &Error{Filter: text, Why: "it is too long", Do: "2,000 bytes are possible"}
	}
	trimmed := strings.TrimSpace(text)
	if isExpression(trimmed) {
		return parseExpression(text)
	}
	f := &Filter{text: text}
	pattern := strings.TrimLeft(text, " ")
	if rest, ok := strings.CutPrefix(pattern, "!"); ok {
		f.inverse, pattern = true, rest
	}
	if pattern == "" {
		return nil, nil //nolint:nilnil // no filter is not an error
	}
	return f, f.parseText(pattern)
}

// Text is the filter as it was typed.
func (f *Filter) Text() string { return f.text }

// IsExpression tells an expression from a text or a regular expression.
func (f *Filter) IsExpression() bool { return f.expr != nil }

// isExpression tells whether a filter is meant as an expression: see the
// package's description.
func isExpression(s string) bool {
	if len(s) > 1 && s[0] == '/' && strings.LastIndexByte(s, '/') > 0 {
		return false
	}
	bare := unquoted(s)
	for _, op := range []string{"==", "!=", "<=", ">=", "&&", "||", " < ", " > "} {
		if strings.Contains(bare, op) {
			return true
		}
	}
	rest := s
	for {
		next := strings.TrimLeft(rest, "!( ")
		if after, ok := strings.CutPrefix(next, "not "); ok {
			next = after
		}
		if next == rest {
			break
		}
		rest = next
	}
	if q := strings.TrimLeft(unquoted(rest), " "); len(q) < len(rest) && strings.ContainsAny(rest[:min(1, len(rest))], "\"'`") {
		return operatorWord(q)
	}
	end := strings.IndexFunc(rest, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if end < 0 {
		return rest == "tombstone" || rest == "has_key"
	}
	name, rest := rest[:end], rest[end:]
	if slices.Contains(functions, name) {
		return rest[0] == '('
	}
	if !slices.Contains(names, name) {
		return false
	}
	if strings.HasPrefix(rest, ".") || strings.HasPrefix(rest, "[") || strings.HasPrefix(rest, "?.") {
		return true
	}
	return rest[0] == ' ' && operatorWord(rest)
}

// operatorWord tells whether s begins with an operator that is a word.
func operatorWord(s string) bool {
	word, _, _ := strings.Cut(strings.TrimLeft(s, " "), " ")
	return slices.Contains([]string{"in", "not", "and", "or", "contains", "startsWith", "endsWith", "matches"}, word)
}

// unquoted is s without what stands in quotes.
func unquoted(s string) string {
	var b strings.Builder
	var quote rune
	escaped := false
	for _, r := range s {
		switch {
		case escaped:
			escaped = false
		case quote != 0 && r == '\\' && quote != '`':
			escaped = true
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case r == '"' || r == '\'' || r == '`':
			quote = r
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
