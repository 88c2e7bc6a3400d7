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
	env     bool     // some of the text came from a variable
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
			e.env = true
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

// shield hides the braces of ${NAME} from the YAML parser, to which they would
// be a nested mapping inside { ... }. It replaces each by a rune that the source
// does not have, so lines and columns stay; unshield restores them.
func shield(src string) (shielded string, unshield func(string) string) {
	open, shut := rune(0xE000), rune(0) // the private use area: printable to YAML, used by nobody
	for strings.ContainsRune(src, open) {
		open++
	}
	for shut = open + 1; strings.ContainsRune(src, shut); {
		shut++
	}
	shielded = variable.ReplaceAllString(src, "$$"+string(open)+"${1}"+string(shut))
	back := strings.NewReplacer(string(open), "{", string(shut), "}")
	return shielded, back.Replace
}
