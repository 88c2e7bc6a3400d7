package config

import (
	"regexp"
	"strings"
)

// variable matches ${NAME}; the name's form is POSIX's.
var variable = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)

// expansion is a scalar after ${NAME} and $$ were replaced.
type expansion struct {
	text    string
	missing []string // variables that are not set, in order, once each
	literal bool     // some of the text stood in the file itself
}

// expand replaces ${NAME} by what lookup returns and $$ by $. A $ before
// anything else stands for itself. A malformed ${ is reported as its position in
// bytes, bad >= 0.
func expand(s string, lookup func(string) (string, bool)) (e expansion, bad int) {
	var b strings.Builder
	for i := 0; i < len(s); {
		next := strings.IndexByte(s[i:], '$')
		if next != 0 {
			end := len(s)
			if next > 0 {
				end = i + next
			}
			b.WriteString(s[i:end])
			e.literal = true
			i = end
			continue
		}
		switch rest := s[i:]; {
		case strings.HasPrefix(rest, "$$"):
			b.WriteByte('$')
			e.literal = true
			i += 2
		case strings.HasPrefix(rest, "${"):
			loc := variable.FindStringSubmatchIndex(rest)
			if loc == nil || loc[0] != 0 {
				return expansion{}, i
			}
			name := rest[loc[2]:loc[3]]
			value, ok := lookup(name)
			if !ok {
				e.missing = appendOnce(e.missing, name)
			}
			b.WriteString(value)
			i += loc[1]
		default:
			b.WriteByte('$')
			e.literal = true
			i++
		}
	}
	e.text = b.String()
	return e, -1
}

// escapeDollars is the inverse of expand for a text without variables.
func escapeDollars(s string) string { return strings.ReplaceAll(s, "$", "$$") }

func appendOnce(list []string, s string) []string {
	for _, have := range list {
		if have == s {
			return list
		}
	}
	return append(list, s)
}

// ShieldYAML hides from the YAML parser what it would misread: the braces of
// ${NAME}, which inside { ... } would be a nested mapping, and the colon inside
// a word such as localhost:9092, which it takes for a mapping's although YAML
// 1.2 (7.3.3) makes it part of the word. Each becomes a rune that the source
// does not have, so lines and columns stay; unshield restores them.
func ShieldYAML(src string) (shielded string, unshield func(string) string) {
	var spare [3]rune // from the private use area: printable to YAML, used by nobody
	next := rune(0xE000)
	for i := range spare {
		for strings.ContainsRune(src, next) {
			next++
		}
		spare[i] = next
		next++
	}
	open, shut, colon := string(spare[0]), string(spare[1]), spare[2]
	text := []rune(variable.ReplaceAllString(src, "$$"+open+"${1}"+shut))
	for i := 1; i+1 < len(text); i++ {
		if text[i] == ':' && inWord(text[i-1]) && inWord(text[i+1]) {
			text[i] = colon
		}
	}
	return string(text), strings.NewReplacer(open, "{", shut, "}", string(colon), ":").Replace
}

// inWord reports whether r beside a colon makes that part of a plain word.
func inWord(r rune) bool { return !strings.ContainsRune(" \t\r\n,[]{}\"'", r) }
