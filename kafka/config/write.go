package config

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Write checks c and writes it to path as [Load] reads it, with mode 0600 and in
// one step: a reader sees the old file or the new one. Paths inside the file's
// folder are written relative to it, so that the folder can be moved. A password
// whose PasswordEnv is set is written as ${NAME}; every other one as it is.
func Write(path string, c Config) error {
	text, err := encode(path, c)
	if err != nil {
		return err
	}
	return WritePrivate(path, text)
}

// encode checks c and makes the text that [Write] writes to path.
func encode(path string, c Config) ([]byte, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("cannot write %s: %w", path, err)
	}
	e := encoder{dir: filepath.Dir(abs)}
	e.structure(reflect.ValueOf(c), "")
	return []byte(e.out.String()), nil
}

// WritePrivate replaces a file in one step: a reader sees the old content or the
// new. It is readable by its owner only.
func WritePrivate(path string, content []byte) (err error) {
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

// encoder is the inverse of decoder: structs to YAML, zero values left out. It
// quotes whatever is not plainly a word, because YAML libraries disagree about
// the rest.
type encoder struct {
	dir string
	out strings.Builder
}

func (e *encoder) structure(v reflect.Value, indent string) {
	for _, f := range reflect.VisibleFields(v.Type()) {
		name := f.Tag.Get("yaml")
		if name == "" || name == "-" {
			continue
		}
		field := v.FieldByIndex(f.Index)
		if env := v.FieldByName(f.Name + "Env"); env.IsValid() && env.String() != "" {
			e.out.WriteString(indent + name + ": ${" + env.String() + "}\n")
			continue
		}
		if !field.IsZero() {
			e.value(name, field, f, indent)
		}
	}
}

func (e *encoder) value(name string, v reflect.Value, f reflect.StructField, indent string) {
	e.out.WriteString(indent + name + ":")
	if v.Kind() == reflect.Pointer {
		if v = v.Elem(); v.IsZero() {
			e.out.WriteString(" {}\n")
			return
		}
	}
	switch {
	case v.Type() == reflect.TypeFor[Secret](), v.Type() == reflect.TypeFor[time.Duration]():
		e.out.WriteString(" " + e.scalar(v, f) + "\n")
	case v.Kind() == reflect.Struct:
		e.out.WriteString("\n")
		e.structure(v, indent+"  ")
	case v.Kind() == reflect.Map:
		e.out.WriteString("\n")
		for _, k := range sortedKeys(v) {
			e.value(quoteYAML(k), v.MapIndex(reflect.ValueOf(k)), reflect.StructField{}, indent+"  ")
		}
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Struct:
		e.out.WriteString("\n")
		for i := range v.Len() {
			item := encoder{dir: e.dir}
			item.structure(v.Index(i), indent+"    ")
			e.out.WriteString(indent + "  - " + strings.TrimLeft(item.out.String(), " "))
		}
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.String:
		items := make([]string, v.Len())
		for i := range items {
			items[i] = e.scalar(v.Index(i), f)
		}
		e.out.WriteString(" [" + strings.Join(items, ", ") + "]\n")
	default:
		e.out.WriteString(" " + e.scalar(v, f) + "\n")
	}
}

func (e *encoder) scalar(v reflect.Value, f reflect.StructField) string {
	switch t := v.Interface().(type) {
	case Secret:
		return quoteYAML(escapeDollars(t.Reveal()))
	case time.Duration:
		return t.String()
	case bool:
		return strconv.FormatBool(t)
	case int:
		return strconv.Itoa(t)
	case string:
		if f.Tag.Get("path") == "true" {
			t = e.path(t)
		}
		return quoteYAML(escapeDollars(t))
	}
	panic("config: no encoding for " + v.Type().String()) // a struct of this package has a new kind of field
}

var (
	yamlWord   = regexp.MustCompile(`^[A-Za-z0-9/][A-Za-z0-9_./:@+-]*$`)
	yamlNumber = regexp.MustCompile(`^[0-9._eExXoO+:-]+$`)
	hostPort   = regexp.MustCompile(`^[0-9.]+:[0-9]+$`)
)

// quoteYAML returns s bare when every reader takes it for a word, else in double
// quotes.
func quoteYAML(s string) string {
	switch strings.ToLower(s) {
	case "null", "true", "false", "yes", "no", "on", "off", "y", "n":
		return `"` + s + `"`
	}
	if yamlWord.MatchString(s) && !strings.HasSuffix(s, ":") && (hostPort.MatchString(s) || !yamlNumber.MatchString(s)) {
		return s
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case r == '\n':
			b.WriteString(`\n`)
		case r < 0x20 || r == 0x7F:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r > 0xFFFF:
			fmt.Fprintf(&b, `\U%08x`, r)
		case r > 0x7F && !unicode.IsLetter(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// path makes a path relative when it lies in the configuration's own folder.
func (e *encoder) path(p string) string {
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
