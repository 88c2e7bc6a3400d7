package config

import (
	"path"
	"slices"
	"strings"
)

// MaskRule hides parts of the records of some topics from whoever looks at them
// with this configuration. It protects from shoulders and screen shots, not from
// somebody who can edit the file or has the password.
type MaskRule struct {
	// Topics are names or patterns with * and ?; empty means all topics.
	Topics []string `yaml:"topics" list:"comma"`
	// Fields are paths in the decoded value: customer.email, or *.email for an
	// email one level down, or **.email for one at any depth. Array elements do
	// not count as a level.
	Fields []string `yaml:"fields" list:"comma"`
	// Headers are header names or patterns.
	Headers []string `yaml:"headers" list:"comma"`
	Key     bool     `yaml:"key"`   // hide the record's key
	Value   bool     `yaml:"value"` // hide the whole value
	// With replaces what is hidden; *** when empty.
	With string `yaml:"with"`
}

// Mask is what is hidden in one topic. The nil Mask hides nothing.
type Mask struct{ rules []MaskRule }

// Mask returns the rules for a topic, nil when there are none.
func (cl Cluster) Mask(topic string) *Mask {
	var m Mask
	for _, r := range cl.Masking {
		if len(r.Topics) == 0 || matchesAny(r.Topics, topic) {
			m.rules = append(m.rules, r)
		}
	}
	if len(m.rules) == 0 {
		return nil
	}
	return &m
}

// Key reports whether keys are hidden, and by what.
func (m *Mask) Key() (with string, hidden bool) {
	return m.find(func(r MaskRule) bool { return r.Key })
}

// Value reports whether whole values are hidden, and by what.
func (m *Mask) Value() (with string, hidden bool) {
	return m.find(func(r MaskRule) bool { return r.Value })
}

// Header reports whether the values of a header are hidden, and by what.
func (m *Mask) Header(name string) (with string, hidden bool) {
	return m.find(func(r MaskRule) bool { return matchesAny(r.Headers, name) })
}

// Field reports whether a field is hidden, and by what. The path leads from the
// value's root, field names only.
func (m *Mask) Field(field []string) (with string, hidden bool) {
	return m.find(func(r MaskRule) bool {
		return slices.ContainsFunc(r.Fields, func(pattern string) bool {
			return matchPath(strings.Split(pattern, "."), field)
		})
	})
}

func (m *Mask) find(applies func(MaskRule) bool) (string, bool) {
	if m == nil {
		return "", false
	}
	for _, r := range m.rules {
		if applies(r) {
			if r.With == "" {
				return masked, true
			}
			return r.With, true
		}
	}
	return "", false
}

func matchesAny(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return matchName(p, name) })
}

// matchName matches * and ?, and nothing else: brackets are ordinary.
func matchName(pattern, name string) bool {
	ok, err := path.Match(strings.NewReplacer("[", `\[`, `\`, `\\`, "/", "\x00").Replace(pattern), strings.ReplaceAll(name, "/", "\x00"))
	return err == nil && ok
}

// matchPath matches a path element by element; ** stands for any number of them.
func matchPath(pattern, field []string) bool {
	// The classic walk with one point to go back to: linear for one **, and never
	// worse than the product of both lengths.
	p, f, star, from := 0, 0, -1, 0
	for f < len(field) {
		switch {
		case p < len(pattern) && pattern[p] == "**":
			star, from = p, f
			p++
		case p < len(pattern) && matchName(pattern[p], field[f]):
			p++
			f++
		case star >= 0:
			from++
			p, f = star+1, from
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == "**" {
		p++
	}
	return p == len(pattern)
}
