package avro

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// parsePath reads a path such as customer.addresses[2].street or tags["a b"].
func parsePath(path string) ([]step, error) {
	var out []step
	rest := path
	for rest != "" {
		if rest[0] != '[' {
			end := strings.IndexAny(rest, ".[")
			if end < 0 {
				end = len(rest)
			}
			if end == 0 {
				return nil, fmt.Errorf("path %q: a name is missing", clip(path, 80))
			}
			out = append(out, step{kind: inField, name: rest[:end]})
			rest = rest[end:]
		} else {
			s, n, err := parseIndex(rest)
			if err != nil {
				return nil, fmt.Errorf("path %q: %w", clip(path, 80), err)
			}
			out = append(out, s)
			rest = rest[n:]
		}
		if next, ok := strings.CutPrefix(rest, "."); ok {
			if next == "" {
				return nil, fmt.Errorf("path %q: it ends in a point", clip(path, 80))
			}
			rest = next
		}
	}
	return out, nil
}

// parseIndex reads [2] or ["key"] at the start of s; n is its length.
func parseIndex(s string) (st step, n int, err error) {
	if strings.HasPrefix(s, `["`) {
		dec := json.NewDecoder(strings.NewReader(s[1:]))
		var key string
		if err := dec.Decode(&key); err != nil {
			return st, 0, fmt.Errorf("a key must stand in quotes: %w", err)
		}
		n = 1 + int(dec.InputOffset())
		if !strings.HasPrefix(s[n:], "]") {
			return st, 0, fmt.Errorf("] is missing")
		}
		return step{kind: inValue, name: key}, n + 1, nil
	}
	end := strings.IndexByte(s, ']')
	if end < 0 {
		return st, 0, fmt.Errorf("] is missing")
	}
	i, err := strconv.Atoi(s[1:end])
	if err != nil || i < 0 || i > 1<<30 {
		return st, 0, fmt.Errorf("%s is neither an index nor a key in quotes", clip(s[:end+1], 40))
	}
	return step{kind: inItem, index: i}, end + 1, nil
}
