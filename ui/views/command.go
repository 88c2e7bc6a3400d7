package views

import (
	"regexp"
	"strings"
)

// command is a command line that does what a key does, quoted for a shell.
func command(words ...string) string {
	out := make([]string, 0, len(words)+1)
	out = append(out, "kconsole")
	for _, w := range words {
		out = append(out, quote(w))
	}
	return strings.Join(out, " ")
}

// quote puts a word in quotes if a shell would read more into it.
func quote(w string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/:=@,+"
	if w != "" && strings.Trim(w, plain) == "" {
		return w
	}
	return "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
}

// escape makes a name part of a filter.
func escape(name string) string { return regexp.QuoteMeta(name) }
