package markdown

import (
	"strings"

	"kconsole/ui/safe"
)

// diagram tells whether a line of fenced text is drawn rather than written: it has
// box-drawing characters, blocks or shapes (U+2500 to U+25FF), or arrows (U+2190
// to U+21FF).
func diagram(line string) bool {
	return strings.ContainsFunc(line, func(r rune) bool {
		return r >= 0x2190 && r <= 0x21FF || r >= 0x2500 && r <= 0x25FF
	})
}

// goesOn is how much further in than its beginning a broken line goes on.
const goesOn = "    "

// wrapCode breaks a line of code into lines of at most width cells, at spaces
// where it has any. The others begin further in, so that it is seen that they
// belong to the first; what is between the words stays as it is.
func wrapCode(line string, width int) []string {
	lead := line[:len(line)-len(strings.TrimLeft(line, " "))]
	next := lead + goesOn
	if len(next) > width/2 { // too deep to go on there
		next = goesOn
	}
	var out []string
	for indent := ""; ; indent = next {
		room := max(width-len(indent), 1)
		head, rest := safe.Cut(line, room)
		if rest == "" || strings.TrimSpace(rest) == "" {
			return append(out, indent+line)
		}
		if !strings.HasPrefix(rest, " ") {
			if at := strings.LastIndexByte(head, ' '); strings.TrimSpace(head[:max(at, 0)]) != "" {
				head, rest = head[:at], head[at:]+rest
			}
		}
		out = append(out, indent+strings.TrimRight(head, " "))
		line = strings.TrimLeft(rest, " ")
	}
}
