package config

import (
	"fmt"
	"io"
	"log/slog"
)

// masked is what every formatted secret looks like. Its length is constant, so
// that it tells nothing about the secret's.
const masked = "***"

// Secret is a password, key or token. Whatever formats it (fmt with any verb,
// encoding/json, YAML, slog, text encoders) gets *** for a value and nothing
// for no value; only [Secret.Reveal] returns it. The zero Secret is empty.
//
// The value is behind a pointer because fmt prints unexported fields of foreign
// structs without calling their methods: it then shows an address.
type Secret struct{ value *string }

// NewSecret wraps value. An empty value gives the empty Secret.
func NewSecret(value string) Secret {
	if value == "" {
		return Secret{}
	}
	return Secret{value: &value}
}

// Reveal returns the value. Call it where a value leaves for the wire or for a
// file of mode 0600, and nowhere else.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// IsZero reports whether there is no value; YAML and JSON encoders use it for
// omitempty and omitzero.
func (s Secret) IsZero() bool { return s.value == nil }

// Equal reports whether both hold the same value. It is not constant-time: it
// compares configurations, never a secret with what a stranger sent.
func (s Secret) Equal(o Secret) bool { return s.Reveal() == o.Reveal() }

// String returns *** or, for the empty Secret, nothing.
func (s Secret) String() string {
	if s.IsZero() {
		return ""
	}
	return masked
}

// GoString is String: %#v shows no more than %v.
func (s Secret) GoString() string { return s.String() }

// Format prints String for every verb, so that %x or %d find no way around it.
func (s Secret) Format(f fmt.State, verb rune) {
	if verb == 'q' {
		_, _ = fmt.Fprintf(f, "%q", s.String())
		return
	}
	_, _ = io.WriteString(f, s.String())
}

// MarshalText serves encoding/json, encoding/xml and most other encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalYAML serves YAML encoders. [Write] does not use it.
func (s Secret) MarshalYAML() (any, error) { return s.String(), nil }

// LogValue serves log/slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }
