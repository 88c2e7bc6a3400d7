package config

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"

	"github.com/goccy/go-yaml/ast"
)

// ReadStrict reads another YAML file of ours into the struct that into points
// to, by its yaml tags and with the rules of [Load]: unknown keys, keys that are
// given twice and wrong types are an [*Error] that names the line and the nearest
// known key. A file that is not there is one that wraps [fs.ErrNotExist]. The
// function it returns tells the line of a key such as "views.topics.sort", 0 for
// one that is not there, for mistakes that only the caller can find.
func ReadStrict(path string, into any) (lineOf func(key string) int, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, &Error{File: path, Reason: "cannot be read: " + cause(err).Error(), Err: err}
	}
	defer f.Close()
	src, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, &Error{File: path, Reason: "cannot be read: " + cause(err).Error(), Err: err}
	}
	return DecodeStrict(path, src, into)
}

// WriteStrict writes a struct as [ReadStrict] reads it, zero values left out,
// with mode 0600 and in one step. Folders are made as needed.
func WriteStrict(path string, from any) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("cannot write %s: %w", path, cause(err))
	}
	e := encoder{dir: filepath.Dir(path)}
	e.structure(reflect.ValueOf(from), "")
	return WritePrivate(path, []byte(e.out.String()))
}

// DecodeStrict is [ReadStrict] of text that is at hand; path is for messages.
func DecodeStrict(path string, src []byte, into any) (lineOf func(key string) int, err error) {
	if len(src) > maxFile {
		return nil, &Error{File: path, Reason: "is too large to be written by hand"}
	}
	text, unshield := ShieldYAML(string(src))
	root, err := parseYAML(path, text, unshield)
	if err != nil {
		return nil, err
	}
	d := &decoder{
		file: path, dir: filepath.Dir(path), unshield: unshield, lookup: os.LookupEnv,
		anchors: map[string]ast.Node{}, marks: map[string]mark{}, missing: map[string][]*Error{},
	}
	if root != nil {
		d.value(root, reflect.ValueOf(into).Elem(), "", reflect.StructField{}, 0)
	}
	if len(d.problems) > 0 {
		return nil, d.problems[0]
	}
	return func(key string) int { return d.marks[key].line }, nil
}
