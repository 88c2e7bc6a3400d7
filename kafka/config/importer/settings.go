package importer

import (
	"regexp"
	"strings"
)

// settings are the key=value pairs of a file. Each is asked for at most once;
// what nobody asked for is reported in the end.
type settings struct {
	props []property
	last  map[string]int // index of the value that counts
	used  map[string]bool
}

func newSettings(props []property) *settings {
	s := &settings{props: props, last: map[string]int{}, used: map[string]bool{}}
	for i, p := range props {
		s.last[p.key] = i
	}
	return s
}

// get returns the first of the keys that is there and not empty; the zero
// property when none is. All of them count as used.
func (s *settings) get(keys ...string) property {
	var found property
	for _, key := range keys {
		i, ok := s.last[key]
		if !ok {
			continue
		}
		s.used[key] = true
		if found.key == "" && s.props[i].value != "" {
			found = s.props[i]
		}
	}
	return found
}

func (s *settings) has(key string) bool { return s.get(key).key != "" }

// provider is a value that Kafka would ask a ConfigProvider for (KIP-297).
var provider = regexp.MustCompile(`\$\{[A-Za-z0-9_.-]+:[^}]*\}`)

// checkProviders refuses a connection setting whose value is elsewhere.
func (s *settings) checkProviders() error {
	for _, p := range s.props {
		if isConnection(p.key) && provider.MatchString(p.value) {
			return lineError(p.line, p.key, "takes its value from a config provider, which only Kafka's Java client can ask; write the value, or a password_file in lab.yaml")
		}
	}
	return nil
}

// isConnection reports whether a key is about reaching the cluster.
func isConnection(key string) bool {
	for _, prefix := range []string{"sasl.", "ssl.", "security.", "bootstrap.", "metadata.broker", "schema.registry.", "basic.auth."} {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}

// leftovers reports what was not used.
func (s *settings) leftovers(r *Result, why func(key string) string) {
	for i, p := range s.props {
		switch {
		case s.last[p.key] != i:
			r.ignore(p.line, p.key, "a later line sets it again")
		case !s.used[p.key]:
			r.ignore(p.line, p.key, why(p.key))
		}
	}
}
