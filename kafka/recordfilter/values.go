package recordfilter

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// toAny makes a value out of JSON: whole numbers are int where they fit, others
// float64.
func toAny(text []byte) any {
	switch {
	case len(text) == 0:
		return nil
	case text[0] == '"' && bytes.IndexByte(text, '\\') < 0:
		return string(text[1 : len(text)-1])
	case text[0] == '-' || text[0]-'0' < 10:
		return numbers(json.Number(text))
	case string(text) == "true":
		return true
	case string(text) == "false":
		return false
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var v any
	if dec.Decode(&v) != nil {
		return nil
	}
	return numbers(v)
}

func numbers(v any) any {
	switch v := v.(type) {
	case json.Number:
		if n, err := strconv.Atoi(string(v)); err == nil {
			return n
		}
		f, err := v.Float64()
		if err != nil {
			return string(v)
		}
		return f
	case map[string]any:
		for k, item := range v {
			v[k] = numbers(item)
		}
	case []any:
		for i, item := range v {
			v[i] = numbers(item)
		}
	}
	return v
}
