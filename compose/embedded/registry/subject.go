package registry

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// defaultContext is the context of subjects that name none.
	defaultContext = "."
	// globalContext holds the config and mode that every context falls back to.
	globalContext = ".__GLOBAL"
	// wildcardContext starts a subject prefix that matches in every context.
	wildcardContext = ":*:"

	maxSubjectBytes = 512
)

// name is a subject within its context. Qualified, it reads ":.context:subject";
// in the default context the subject alone.
type name struct {
	context string
	subject string
}

// parseName splits a qualified subject as the Confluent API does. It accepts
// everything: whether a name may be used is valid's business.
func parseName(s string) name {
	if !strings.HasPrefix(s, ":.") {
		return name{defaultContext, s}
	}
	context, subject, _ := strings.Cut(s[1:], ":")
	return name{context, subject}
}

// parseContext reads a context as it stands in /contexts/{context}: with or
// without colons and leading dot.
func parseContext(s string) (string, *Error) {
	s = strings.TrimSuffix(strings.TrimPrefix(s, ":"), ":")
	if strings.Contains(s, ":") {
		return "", fail(400, "context '%s' holds a colon: write it as .name or :.name:", s)
	}
	if !strings.HasPrefix(s, ".") {
		s = "." + s
	}
	return s, nil
}

func (n name) String() string { return n.contextPrefix() + n.subject }

// contextPrefix is the qualified context: "" for the default one.
func (n name) contextPrefix() string {
	if n.context == defaultContext {
		return ""
	}
	return ":" + n.context + ":"
}

// isContext reports whether the name stands for a whole context.
func (n name) isContext() bool { return n.subject == "" }

// within places a subject that names no context of its own in n's context:
// how references and aliases are read.
func (n name) within(subject string) name {
	other := parseName(subject)
	if other.context == defaultContext {
		other.context = n.context
	}
	return other
}

// valid says why a subject cannot be written to; nil when it can. Names for
// config and mode may also be contexts, the global one included.
func (n name) valid(forConfig bool) *Error {
	s := n.String()
	switch {
	case len(s) > maxSubjectBytes:
		return fail(codeInvalidSubject, "the subject's name is longer than %d bytes", maxSubjectBytes)
	case !utf8.ValidString(s):
		return fail(codeInvalidSubject, "subject %q is not valid UTF-8", s)
	case strings.ContainsFunc(s, unicode.IsControl):
		return fail(codeInvalidSubject, "subject %q holds a control character", s)
	case n.subject == "__GLOBAL" || n.subject == "__EMPTY":
		return fail(codeInvalidSubject, "subject '%s' is a reserved name", n.subject)
	case forConfig:
		return nil
	case n.isContext():
		return fail(codeInvalidSubject, "'%s' names no subject", s)
	case n.context == globalContext:
		return fail(codeInvalidSubject, "context %s holds config and mode only, no subjects", globalContext)
	}
	return nil
}

// prefix matches subjects of one context, or of all, by the start of their name.
type prefix struct {
	everywhere bool
	start      name
}

func parsePrefix(s string) prefix {
	if rest, ok := strings.CutPrefix(s, wildcardContext); ok {
		return prefix{everywhere: true, start: name{subject: rest}}
	}
	return prefix{start: parseName(s)}
}

func (p prefix) matches(n name) bool {
	return (p.everywhere || p.start.context == n.context) && strings.HasPrefix(n.subject, p.start.subject)
}

// latestVersion stands for the latest version that is not deleted.
const latestVersion = -1

// parseVersion reads a version from a path: 1 to 2^31-1, "latest" or "-1".
func parseVersion(s string) (int, *Error) {
	if strings.EqualFold(strings.TrimSpace(s), "latest") {
		return latestVersion, nil
	}
	v, err := strconv.ParseInt(strings.TrimSpace(s), 10, 32)
	if err != nil || v < 1 && v != latestVersion {
		return 0, fail(codeInvalidVersion, "'%s' is no version: use a number from 1 to 2147483647, or latest", clip(s, 64))
	}
	return int(v), nil
}

func versionText(v int) string {
	if v == latestVersion {
		return "latest"
	}
	return strconv.Itoa(v)
}

// clip shortens text that came from a client before it goes into a message.
func clip(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit] + "..."
}
