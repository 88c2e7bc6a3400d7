package config

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// Bounds for what is read: a configuration is a few kilobytes written by hand.
const (
	maxFile  = 256 << 10 // bytes
	maxDepth = 32        // nested mappings and lists
	maxNodes = 20_000    // values visited, aliases counted each time
)

// mark remembers where a key stood, and its text before variables were replaced.
type mark struct {
	line    int
	raw     string
	literal bool // holds text of its own, not only ${NAME}
}

// decoder copies a YAML tree into structs by their yaml tags. Mistakes are
// collected in the order of the file, so that a check can show all of them.
type decoder struct {
	file     string // for messages
	dir      string // what relative paths are relative to
	unshield func(string) string
	lookup   func(string) (string, bool)

	anchors  map[string]ast.Node
	marks    map[string]mark
	nodes    int
	problems []*Error

	cluster string              // the cluster being decoded, or ""
	missing map[string][]*Error // per cluster: variables that are not set
}

func (d *decoder) fail(line int, key, format string, args ...any) {
	d.problems = append(d.problems, &Error{File: d.file, Line: line, Key: key, Reason: fmt.Sprintf(format, args...)})
}

// line of a node, 1-based.
func line(n ast.Node) int {
	if tk := n.GetToken(); tk != nil && tk.Position != nil {
		return tk.Position.Line
	}
	return 0
}

// plain follows anchors and aliases to the value itself; nil after a mistake,
// which it reports.
func (d *decoder) plain(n ast.Node, key string) ast.Node {
	for range maxDepth {
		switch t := n.(type) {
		case *ast.AnchorNode:
			d.anchors[t.Name.GetToken().Value] = t.Value
			n = t.Value
		case *ast.AliasNode:
			target, ok := d.anchors[t.Value.GetToken().Value]
			if !ok {
				d.fail(line(n), key, "the alias refers to an anchor that is not defined before it")
				return nil
			}
			n = target
		case *ast.TagNode:
			d.fail(line(n), key, "YAML tags (!something) are not used in this file; remove it")
			return nil
		case nil:
			return nil
		default:
			return n
		}
	}
	d.fail(line(n), key, "an alias refers to itself")
	return nil
}

func isNull(n ast.Node) bool {
	_, ok := n.(*ast.NullNode)
	return ok
}

// value decodes n into v, which is settable. The key is the path for messages.
func (d *decoder) value(n ast.Node, v reflect.Value, key string, field reflect.StructField, depth int) {
	d.nodes++
	if depth > maxDepth || d.nodes > maxNodes {
		if d.nodes <= maxNodes+1 {
			d.fail(line(n), key, "the file is nested too deeply or too large to be a configuration")
			d.nodes = maxNodes + 2
		}
		return
	}
	at := line(n)
	if n = d.plain(n, key); n == nil {
		return
	}
	if _, seen := d.marks[key]; !seen {
		d.marks[key] = mark{line: at}
	}
	switch {
	case v.Type() == reflect.TypeFor[Secret](), v.Type() == reflect.TypeFor[time.Duration]():
		d.scalar(n, v, key, field)
	case v.Kind() == reflect.Pointer:
		if isNull(n) {
			d.emptySection(at, key, field)
			return
		}
		v.Set(reflect.New(v.Type().Elem()))
		d.value(n, v.Elem(), key, field, depth)
	case v.Kind() == reflect.Struct:
		d.structure(n, v, key, depth)
	case v.Kind() == reflect.Map:
		d.dictionary(n, v, key, field, depth)
	case v.Kind() == reflect.Slice:
		d.list(n, v, key, field, depth)
	default:
		d.scalar(n, v, key, field)
	}
}

// emptySection refuses "tls:" with nothing under it: whether that asks for TLS
// or for none must not be guessed.
func (d *decoder) emptySection(at int, key string, field reflect.StructField) {
	if field.Name == "TLS" {
		d.fail(at, key, "is empty; write tls: {} for TLS with the system's certificate authorities, or remove the line for clear text")
		return
	}
	d.fail(at, key, "is empty; fill it in or remove the line")
}

// entries returns the pairs of a mapping, or ok=false after reporting that n is
// something else. An absent value (null) is an empty mapping.
func (d *decoder) entries(n ast.Node, key string) (pairs []*ast.MappingValueNode, ok bool) {
	switch t := n.(type) {
	case *ast.MappingNode:
		return t.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{t}, true
	case *ast.NullNode:
		return nil, true
	}
	d.fail(line(n), key, "must hold keys and values, not %s", describe(n))
	return nil, false
}

// keyText returns the text of a mapping's key; ok is false after a mistake.
func (d *decoder) keyText(k ast.MapKeyNode, key string) (string, bool) {
	if _, merge := k.(*ast.MergeKeyNode); merge {
		d.fail(line(k), key, "merge keys (<<) are not used in this file; write the keys out")
		return "", false
	}
	if _, isScalar := k.(ast.ScalarNode); !isScalar {
		d.fail(line(k), key, "a key must be a plain word")
		return "", false
	}
	return d.unshield(k.GetToken().Value), true
}

func (d *decoder) structure(n ast.Node, v reflect.Value, key string, depth int) {
	pairs, ok := d.entries(n, key)
	if !ok {
		return
	}
	fields, known := fieldsOf(v.Type())
	seen := map[string]int{}
	for _, pair := range pairs {
		name, ok := d.keyText(pair.Key, key)
		if !ok {
			continue
		}
		at := line(pair.Key)
		field, ok := fields[name]
		if !ok {
			d.fail(at, key, "unknown key %q%s", clip(name), unknownKeyHint(name, known))
			continue
		}
		if first, twice := seen[name]; twice {
			d.fail(at, join(key, name), "is given twice, first in line %d", first)
			continue
		}
		seen[name] = at
		child := join(key, name)
		d.marks[child] = mark{line: at}
		d.value(pair.Value, v.FieldByIndex(field.Index), child, field, depth+1)
		// A secret that is ${NAME} and nothing else stays that when it is written.
		if env := v.FieldByName(field.Name + "Env"); env.IsValid() {
			if m := variable.FindStringSubmatch(d.marks[child].raw); m != nil && m[0] == d.marks[child].raw {
				env.SetString(m[1])
			}
		}
	}
}

// unknownKeyHint suggests the nearest known key, and answers those who look for
// a way around verification.
func unknownKeyHint(name string, known []string) string {
	low := strings.ToLower(name)
	if strings.Contains(low, "insecure") || strings.Contains(low, "skip") || strings.Contains(low, "verify") {
		return "; certificates and host names are always verified: give ca, or server_name where the certificate has another name"
	}
	return didYouMean(name, known)
}

func (d *decoder) dictionary(n ast.Node, v reflect.Value, key string, field reflect.StructField, depth int) {
	pairs, ok := d.entries(n, key)
	if !ok {
		return
	}
	v.Set(reflect.MakeMap(v.Type()))
	for _, pair := range pairs {
		name, ok := d.keyText(pair.Key, key)
		if !ok {
			continue
		}
		at, child := line(pair.Key), join(key, name)
		name = clip(name)
		if key == "clusters" {
			if !clusterName.MatchString(name) {
				d.fail(at, key, "the cluster name %q is not possible; use letters, digits, dot, dash and underscore, at most 64", name)
				continue
			}
			d.cluster = name
		}
		if v.MapIndex(reflect.ValueOf(name)).IsValid() {
			d.fail(at, child, "is given twice")
			continue
		}
		d.marks[child] = mark{line: at}
		elem := reflect.New(v.Type().Elem()).Elem()
		d.value(pair.Value, elem, child, field, depth+1)
		v.SetMapIndex(reflect.ValueOf(name), elem)
		if key == "clusters" {
			d.cluster = ""
		}
	}
}

func (d *decoder) list(n ast.Node, v reflect.Value, key string, field reflect.StructField, depth int) {
	comma := field.Tag.Get("list") == "comma"
	seq, ok := n.(*ast.SequenceNode)
	switch {
	case isNull(n):
		return
	case !ok && comma:
		if _, isScalar := n.(ast.ScalarNode); isScalar {
			d.commaList(n, v, key, key)
			return
		}
		d.fail(line(n), key, "must be a list, not %s", describe(n))
		return
	case !ok && strings.HasSuffix(key, "_command"):
		d.fail(line(n), key, "must be a list: a program and its arguments, such as [pass, show, kafka]; for a shell write [sh, -c, \"...\"]")
		return
	case !ok:
		d.fail(line(n), key, "must be a list, not %s", describe(n))
		return
	}
	for i, item := range seq.Values {
		child := key + "[" + strconv.Itoa(i) + "]"
		if comma {
			if item = d.plain(item, child); item != nil {
				d.commaList(item, v, child, key)
			}
			continue
		}
		elem := reflect.New(v.Type().Elem()).Elem()
		d.value(item, elem, child, reflect.StructField{Name: field.Name}, depth+1)
		v.Set(reflect.Append(v, elem))
	}
}

// commaList appends the comma-separated parts of one scalar, so that
// brokers: ${KAFKA_BROKERS} works. Their marks are those of the whole list.
func (d *decoder) commaList(n ast.Node, v reflect.Value, key, listKey string) {
	text, ok := d.text(n, key)
	if !ok {
		return
	}
	at := d.marks[key]
	for part := range strings.SplitSeq(text, ",") {
		d.marks[listKey+"["+strconv.Itoa(v.Len())+"]"] = at
		v.Set(reflect.Append(v, reflect.ValueOf(strings.TrimSpace(part))))
	}
}

// text returns the expanded text of a scalar, and records its mark. ok is false
// after a mistake or a variable that is not set.
func (d *decoder) text(n ast.Node, key string) (string, bool) {
	var raw string
	switch t := n.(type) {
	case *ast.StringNode:
		raw = t.Value
	case *ast.LiteralNode:
		raw = t.Value.Value
	case *ast.BoolNode, *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		raw = t.GetToken().Value
	default:
		d.fail(line(n), key, "must be a single value, not %s", describe(n))
		return "", false
	}
	raw = d.unshield(raw)
	e, bad := expand(raw, d.lookup)
	at := d.marks[key].line
	if at == 0 {
		at = line(n)
	}
	d.marks[key] = mark{line: at, raw: raw, literal: e.literal}
	if bad >= 0 {
		d.fail(at, key, "has a ${ that does not start ${NAME}; write $$ for a dollar sign")
		return "", false
	}
	if len(e.missing) > 0 {
		err := &Error{File: d.file, Line: at, Key: key, Reason: notSet(e.missing)}
		if d.cluster == "" {
			d.problems = append(d.problems, err)
		} else {
			d.missing[d.cluster] = append(d.missing[d.cluster], err)
		}
		return "", false
	}
	return e.text, true
}

func notSet(names []string) string {
	if len(names) == 1 {
		return "the environment variable " + names[0] + " is not set; set it, or write $$ for a dollar sign"
	}
	return "the environment variables " + strings.Join(names, ", ") + " are not set; set them, or write $$ for a dollar sign"
}

func (d *decoder) scalar(n ast.Node, v reflect.Value, key string, field reflect.StructField) {
	if isNull(n) {
		return
	}
	text, ok := d.text(n, key)
	if !ok {
		return
	}
	at := d.marks[key]
	switch {
	case v.Type() == reflect.TypeFor[Secret]():
		v.Set(reflect.ValueOf(NewSecret(text)))
	case v.Type() == reflect.TypeFor[time.Duration]():
		dur, err := time.ParseDuration(text)
		if err != nil {
			d.fail(at.line, key, "must be a time such as 2s or 500ms, not %q", clip(at.raw))
			return
		}
		v.SetInt(int64(dur))
	case v.Kind() == reflect.Bool:
		if text != "true" && text != "false" {
			d.fail(at.line, key, "must be true or false, not %q", clip(at.raw))
			return
		}
		v.SetBool(text == "true")
	case v.Kind() == reflect.Int:
		n, err := strconv.Atoi(text)
		if err != nil {
			d.fail(at.line, key, "must be a whole number, not %q", clip(at.raw))
			return
		}
		v.SetInt(int64(n))
	case v.Kind() == reflect.String:
		if field.Tag.Get("path") == "true" {
			text = d.path(text)
		}
		v.SetString(text)
	default:
		panic("config: no decoding for " + v.Type().String()) // a struct of this package has a new kind of field
	}
}

// path makes a path absolute: relative to the file's folder, ~/ to the home folder.
func (d *decoder) path(p string) string {
	if p == "" {
		return ""
	}
	if rest, ok := strings.CutPrefix(p, "~/"); ok {
		if home, err := os.UserHomeDir(); err == nil {
			return filepath.Join(home, rest)
		}
	}
	if filepath.IsAbs(p) {
		return filepath.Clean(p)
	}
	return filepath.Join(d.dir, p)
}

// fieldsOf maps yaml names to the fields of t; names come sorted.
func fieldsOf(t reflect.Type) (byName map[string]reflect.StructField, names []string) {
	byName = map[string]reflect.StructField{}
	for _, f := range reflect.VisibleFields(t) {
		tag := f.Tag.Get("yaml")
		if tag == "" || tag == "-" {
			continue
		}
		byName[tag] = f
		names = append(names, tag)
	}
	slices.Sort(names)
	return byName, names
}

func join(key, name string) string {
	if key == "" {
		return name
	}
	return key + "." + name
}

// describe names a YAML value for a message, without its content.
func describe(n ast.Node) string {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a set of keys"
	case *ast.SequenceNode:
		return "a list"
	case *ast.NullNode:
		return "nothing"
	}
	return "a single value"
}

// clip bounds a text that a message repeats.
func clip(s string) string {
	const most = 64
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
