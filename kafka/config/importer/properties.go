package importer

import (
	"strconv"
	"strings"
	"unicode/utf16"
)

// property is one setting with the line that it starts in.
type property struct {
	line       int
	key, value string
}

// parseProperties reads Java's .properties format as java.util.Properties.load
// does from bytes: ISO 8859-1 with \uXXXX, lines continued by a backslash, keys
// that end at =, : or white space. A later value replaces an earlier one; both
// are returned.
func parseProperties(raw []byte) ([]property, error) {
	var props []property
	lines := naturalLines(raw)
	for i := 0; i < len(lines); {
		start := i + 1
		text := trimLeft(lines[i])
		i++
		if text == "" || text[0] == '#' || text[0] == '!' {
			continue
		}
		var logical strings.Builder
		for continued(text) {
			logical.WriteString(text[:len(text)-1])
			if i == len(lines) {
				text = ""
				break
			}
			text = trimLeft(lines[i])
			i++
		}
		logical.WriteString(text)
		key, value := splitProperty(logical.String())
		p := property{line: start}
		var err error
		if p.key, err = unescapeProperty(key); err == nil {
			p.value, err = unescapeProperty(value)
		}
		if err != nil {
			return nil, lineError(start, p.key, "has a \\u that four hexadecimal digits do not follow")
		}
		props = append(props, p)
	}
	return props, nil
}

// naturalLines splits at \n, \r and \r\n, and turns ISO 8859-1 into UTF-8.
func naturalLines(raw []byte) []string {
	var all strings.Builder
	for _, b := range raw {
		all.WriteRune(rune(b))
	}
	text := strings.ReplaceAll(all.String(), "\r\n", "\n")
	return strings.Split(strings.ReplaceAll(text, "\r", "\n"), "\n")
}

func trimLeft(s string) string { return strings.TrimLeft(s, " \t\f") }

// continued reports whether a line ends in an odd number of backslashes.
func continued(s string) bool {
	return (len(s)-len(strings.TrimRight(s, `\`)))%2 == 1
}

// splitProperty cuts at the first separator that no backslash precedes.
func splitProperty(s string) (key, value string) {
	end := len(s)
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' {
			i++
			continue
		}
		if strings.IndexByte("=: \t\f", s[i]) >= 0 {
			end = i
			break
		}
	}
	rest := trimLeft(s[end:])
	if rest != "" && (rest[0] == '=' || rest[0] == ':') {
		rest = trimLeft(rest[1:])
	}
	return s[:end], rest
}

// unescapeProperty resolves \t \n \r \f and \uXXXX; before anything else the
// backslash is dropped. Escapes are UTF-16, so two may make one rune.
func unescapeProperty(s string) (string, error) {
	if !strings.Contains(s, `\`) {
		return s, nil
	}
	var units []uint16
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			end := i + 1
			for end < len(s) && s[end] != '\\' {
				end++
			}
			units = append(units, utf16.Encode([]rune(s[i:end]))...)
			i = end - 1
			continue
		}
		if i++; i == len(s) {
			break
		}
		switch s[i] {
		case 't':
			units = append(units, '\t')
		case 'n':
			units = append(units, '\n')
		case 'r':
			units = append(units, '\r')
		case 'f':
			units = append(units, '\f')
		case 'u':
			if i+5 > len(s) {
				return "", strconv.ErrSyntax
			}
			n, err := strconv.ParseUint(s[i+1:i+5], 16, 16)
			if err != nil {
				return "", strconv.ErrSyntax
			}
			units = append(units, uint16(n))
			i += 4
		default:
			i-- // the rune after the backslash, which may have several bytes
			end := i + 2
			for end < len(s) && s[end]&0xC0 == 0x80 {
				end++
			}
			units = append(units, utf16.Encode([]rune(s[i+1:end]))...)
			i = end - 1
		}
	}
	return string(utf16.Decode(units)), nil
}
