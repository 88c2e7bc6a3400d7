package config

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
)

// Write checks c and writes it to path as [Load] reads it, with mode 0600 and in
// one step: a reader sees the old file or the new one. Paths inside the file's
// folder are written relative to it, so that the folder can be moved. A password
// whose PasswordEnv is set is written as ${NAME}; every other one as it is.
func Write(path string, c Config) error {
	if err := c.Validate(); err != nil {
		return err
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", path, err)
	}
	text, err := yaml.MarshalWithOptions(encoder{dir: filepath.Dir(path)}.structure(reflect.ValueOf(c)), yaml.IndentSequence(true))
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", path, err)
	}
	return writePrivate(path, text)
}

// writePrivate replaces a file in one step, readable by its owner only.
func writePrivate(path string, content []byte) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("cannot write %s: %w", path, cause(err))
		}
	}()
	// CreateTemp makes it 0600, whatever the umask.
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
		}
	}()
	if _, err = f.Write(content); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// encoder is the inverse of decoder: structs to ordered YAML, zero values left out.
type encoder struct{ dir string }

func (e encoder) structure(v reflect.Value) yaml.MapSlice {
	out := yaml.MapSlice{}
	for _, f := range reflect.VisibleFields(v.Type()) {
		name := f.Tag.Get("yaml")
		if name == "" || name == "-" {
			continue
		}
		field := v.FieldByIndex(f.Index)
		if env := v.FieldByName(f.Name + "Env"); env.IsValid() && env.String() != "" {
			out = append(out, yaml.MapItem{Key: name, Value: "${" + env.String() + "}"})
			continue
		}
		if !field.IsZero() {
			out = append(out, yaml.MapItem{Key: name, Value: e.value(field, f)})
		}
	}
	return out
}

func (e encoder) value(v reflect.Value, f reflect.StructField) any {
	switch t := v.Interface().(type) {
	case Secret:
		return escapeDollars(t.Reveal())
	case time.Duration:
		return t.String()
	case bool:
		return t
	case string:
		if f.Tag.Get("path") == "true" {
			t = e.path(t)
		}
		return escapeDollars(t)
	}
	switch v.Kind() {
	case reflect.Pointer:
		return e.value(v.Elem(), f)
	case reflect.Struct:
		return e.structure(v)
	case reflect.Slice:
		list := make([]any, v.Len())
		for i := range list {
			list[i] = e.value(v.Index(i), reflect.StructField{})
		}
		return list
	case reflect.Map:
		dict := yaml.MapSlice{}
		for _, k := range sortedKeys(v) {
			dict = append(dict, yaml.MapItem{Key: k, Value: e.value(v.MapIndex(reflect.ValueOf(k)), reflect.StructField{})})
		}
		return dict
	}
	panic("config: no encoding for " + v.Type().String()) // a struct of this package has a new kind of field
}

// path makes a path relative when it lies in the configuration's own folder.
func (e encoder) path(p string) string {
	abs, err := filepath.Abs(p)
	if err != nil {
		return p
	}
	rel, err := filepath.Rel(e.dir, abs)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return filepath.ToSlash(abs)
	}
	rel = filepath.ToSlash(rel)
	if strings.HasPrefix(rel, "~") {
		rel = "./" + rel
	}
	return rel
}

func sortedKeys(m reflect.Value) []string {
	var keys []string
	for _, k := range m.MapKeys() {
		keys = append(keys, k.String())
	}
	return sorted(keys)
}
