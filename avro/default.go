package avro

import (
	"encoding/binary"
	"math"
	"slices"
)

// appendDefault appends the Avro binary encoding of a field's default, which
// the parser has checked against the type. A union's default is for the first
// branch that it fits.
func appendDefault(dst []byte, t *Type, v any) []byte {
	text := func(s string) {
		dst = append(binary.AppendVarint(dst, int64(len(s))), s...)
	}
	switch t.Kind {
	case Union:
		for i, b := range t.Branches {
			if defaultFits(b, v) {
				return appendDefault(binary.AppendVarint(dst, int64(i)), b, v)
			}
		}
	case Boolean:
		if v == true {
			return append(dst, 1)
		}
		return append(dst, 0)
	case Int, Long:
		return binary.AppendVarint(dst, defaultWhole(v))
	case Float:
		return binary.LittleEndian.AppendUint32(dst, math.Float32bits(float32(defaultFloat(v))))
	case Double:
		return binary.LittleEndian.AppendUint64(dst, math.Float64bits(defaultFloat(v)))
	case String:
		s, _ := v.(string)
		text(s)
	case Bytes:
		b, _ := v.([]byte)
		text(string(b))
	case Fixed:
		b, _ := v.([]byte)
		return append(dst, b...)
	case Enum:
		return binary.AppendVarint(dst, int64(max(0, slices.Index(t.Symbols, v.(string)))))
	case Array:
		items, _ := v.([]any)
		if len(items) > 0 {
			dst = binary.AppendVarint(dst, int64(len(items)))
		}
		for _, item := range items {
			dst = appendDefault(dst, t.Elem, item)
		}
		return append(dst, 0)
	case Map:
		items, _ := v.(map[string]any)
		if len(items) > 0 {
			dst = binary.AppendVarint(dst, int64(len(items)))
		}
		for _, k := range sortedKeys(items) {
			text(k)
			dst = appendDefault(dst, t.Elem, items[k])
		}
		return append(dst, 0)
	case Record:
		members, _ := v.(map[string]any)
		for i := range t.Fields {
			f := &t.Fields[i]
			if m, ok := members[f.Name]; ok {
				dst = appendDefault(dst, f.Type, m)
			} else if f.HasDefault {
				dst = appendDefault(dst, f.Type, f.Default)
			}
		}
	}
	return dst
}

// defaultJSON is the field's default as JSON.
func (f *Field) defaultJSON(m mode) string {
	p, err := compileProgram(f.Type, m)
	if err != nil {
		return "null"
	}
	out, _, err := p.run(nil, appendDefault(nil, f.Type, f.Default), Limits{}.withDefaults())
	if err != nil {
		return "null"
	}
	return string(out)
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// defaultFits reports whether a default is of a union branch's type. The Go
// type tells, since the parser chose it by the branch.
func defaultFits(t *Type, v any) bool {
	switch t.Kind {
	case Null:
		return v == nil
	case Boolean:
		_, ok := v.(bool)
		return ok
	case Int:
		_, ok := v.(int32)
		return ok
	case Long:
		_, ok := v.(int64)
		return ok
	case Float:
		_, ok := v.(float32)
		return ok
	case Double:
		_, ok := v.(float64)
		return ok
	case String:
		_, ok := v.(string)
		return ok
	case Enum:
		s, ok := v.(string)
		return ok && slices.Contains(t.Symbols, s)
	case Bytes:
		_, ok := v.([]byte)
		return ok
	case Fixed:
		b, ok := v.([]byte)
		return ok && len(b) == t.Size
	case Array:
		_, ok := v.([]any)
		return ok
	case Map:
		_, ok := v.(map[string]any)
		return ok
	case Record:
		m, ok := v.(map[string]any)
		if !ok {
			return false
		}
		for k := range m {
			if !slices.ContainsFunc(t.Fields, func(f Field) bool { return f.Name == k }) {
				return false
			}
		}
		return true
	}
	return false
}

func defaultWhole(v any) int64 {
	switch v := v.(type) {
	case int32:
		return int64(v)
	case int64:
		return v
	}
	return 0
}

func defaultFloat(v any) float64 {
	switch v := v.(type) {
	case float32:
		return float64(v)
	case float64:
		return v
	}
	return float64(defaultWhole(v))
}
