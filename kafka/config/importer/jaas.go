package importer

import (
	"errors"
	"strings"
)

// login is one JAAS entry: a module's class, its control flag and options.
type login struct {
	module  string // the last part of the class name
	class   string
	options map[string]string
}

var (
	errJAASForm = errors.New(`is not of the form "class required name=\"value\" ...;"`)
	errJAASMany = errors.New("holds several login modules; Kafka's client takes exactly one")
)

// parseJAAS reads the value of sasl.jaas.config.
func parseJAAS(text string) (login, error) {
	tokens, err := jaasTokens(text)
	if err != nil {
		return login{}, err
	}
	if len(tokens) < 3 || tokens[0].special || tokens[1].special {
		return login{}, errJAASForm
	}
	switch strings.ToUpper(tokens[1].text) {
	case "REQUIRED", "REQUISITE", "SUFFICIENT", "OPTIONAL":
	default:
		return login{}, errJAASForm
	}
	l := login{class: tokens[0].text, options: map[string]string{}}
	l.module = l.class[strings.LastIndexByte(l.class, '.')+1:]
	rest := tokens[2:]
	for len(rest) > 0 && !rest[0].is(";") {
		if len(rest) < 3 || rest[0].special || !rest[1].is("=") || rest[2].special {
			return login{}, errJAASForm
		}
		l.options[rest[0].text] = rest[2].text
		rest = rest[3:]
	}
	switch len(rest) {
	case 0:
		return login{}, errJAASForm // no semicolon
	case 1:
		return l, nil
	}
	return login{}, errJAASMany
}

// jaasToken is a word, a quoted text, or one of = and ;.
type jaasToken struct {
	text    string
	special bool
}

func (t jaasToken) is(s string) bool { return t.special && t.text == s }

// jaasTokens splits as java.io.StreamTokenizer does in Kafka's JaasConfig:
// quotes of both kinds with C's escapes, // and /* */ comments.
func jaasTokens(s string) ([]jaasToken, error) {
	var tokens []jaasToken
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c <= ' ':
			i++
		case strings.HasPrefix(s[i:], "//"):
			if end := strings.IndexAny(s[i:], "\r\n"); end >= 0 {
				i += end
			} else {
				i = len(s)
			}
		case strings.HasPrefix(s[i:], "/*"):
			end := strings.Index(s[i+2:], "*/")
			if end < 0 {
				return nil, errors.New("has a comment that does not end")
			}
			i += end + 4
		case c == '=' || c == ';':
			tokens = append(tokens, jaasToken{string(c), true})
			i++
		case c == '"' || c == '\'':
			text, n, ok := jaasQuoted(s[i:])
			if !ok {
				return nil, errors.New("has a quote that does not end")
			}
			tokens = append(tokens, jaasToken{text, false})
			i += n
		default:
			end := i
			for end < len(s) && s[end] > ' ' && strings.IndexByte(`=;"'`, s[end]) < 0 {
				end++
			}
			tokens = append(tokens, jaasToken{s[i:end], false})
			i = end
		}
	}
	return tokens, nil
}

// jaasQuoted reads a quoted text at the start of s, and returns how long it is.
func jaasQuoted(s string) (text string, length int, ok bool) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == s[0]:
			return b.String(), i + 1, true
		case c == '\n' || c == '\r':
			return "", 0, false
		case c == '\\' && i+1 < len(s):
			i++
			octal := 0
			digits := 0
			for digits < 3 && i+digits < len(s) && s[i+digits] >= '0' && s[i+digits] <= '7' && (digits < 2 || s[i] <= '3') {
				octal = octal*8 + int(s[i+digits]-'0')
				digits++
			}
			if digits > 0 {
				b.WriteRune(rune(octal))
				i += digits - 1
				continue
			}
			if at := strings.IndexByte("abfnrtv", s[i]); at >= 0 {
				b.WriteByte("\a\b\f\n\r\t\v"[at])
			} else {
				b.WriteByte(s[i])
			}
		default:
			b.WriteByte(c)
		}
	}
	return "", 0, false
}
