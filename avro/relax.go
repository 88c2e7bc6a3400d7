package avro

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// relax rewrites a schema that breaks the specification in ways that do not
// change how its data is read: it drops defaults, and logical types whose
// parameters make no sense, and says so. ok is false when text is not JSON.
//
// The order of keys inside one JSON object is lost, the order of fields is not.
func relax(text string) (relaxed string, warnings []string, ok bool) {
	dec := json.NewDecoder(bytes.NewReader([]byte(text)))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return text, nil, false
	}
	r := relaxer{}
	r.node(v, 0)
	out, err := json.Marshal(v)
	if err != nil {
		return text, nil, false
	}
	return string(out), r.warnings, true
}

type relaxer struct{ warnings []string }

func (r *relaxer) warn(format string, args ...any) {
	if len(r.warnings) < 20 {
		r.warnings = append(r.warnings, fmt.Sprintf(format, args...))
	}
}

func (r *relaxer) node(v any, depth int) {
	if depth > 1000 {
		return
	}
	switch v := v.(type) {
	case []any:
		for _, b := range v {
			r.node(b, depth+1)
		}
	case map[string]any:
		r.logical(v)
		if fields, ok := v["fields"].([]any); ok {
			for _, f := range fields {
				fm, ok := f.(map[string]any)
				if !ok {
					continue
				}
				if _, ok := fm["default"]; ok {
					name, _ := fm["name"].(string)
					r.warn("the default of field %q was left out", clip(name, 80))
					delete(fm, "default")
				}
				r.logical(fm)
			}
		}
		if v["type"] == "enum" {
			delete(v, "default")
		}
		for _, key := range []string{"type", "items", "values", "fields"} {
			r.node(v[key], depth+1)
		}
	}
}

// logical drops a decimal whose precision and scale do not fit together.
func (r *relaxer) logical(m map[string]any) {
	if m["logicalType"] != "decimal" {
		return
	}
	precision, scale := number(m["precision"]), number(m["scale"])
	if precision < 1 || scale < 0 || scale > precision {
		r.warn("a decimal with precision %v and scale %v is read as plain bytes", m["precision"], m["scale"])
		delete(m, "logicalType")
	}
}

func number(v any) int64 {
	n, ok := v.(json.Number)
	if !ok {
		return 0
	}
	i, err := n.Int64()
	if err != nil {
		return -1
	}
	return i
}
