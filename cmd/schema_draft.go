package cmd

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"kconsole/avro/registry"
)

// draftFlags say what a schema file is, and what it refers to.
type draftFlags struct {
	kind       string
	references []string
	files      bool // a reference may be a file
}

func (f *draftFlags) add(cmd *cobra.Command, files bool) {
	cmd.Flags().StringVar(&f.kind, "type", "", "avro, protobuf or json (default: by the file's name)")
	f.addReferences(cmd, files)
}

// addReferences adds --reference alone.
func (f *draftFlags) addReferences(cmd *cobra.Command, files bool) {
	f.files = files
	of := "`name=SUBJECT@VERSION`"
	if files {
		of += " or name=FILE"
	}
	cmd.Flags().StringArrayVar(&f.references, "reference", nil, "another schema that it needs, as "+of+"; may be repeated")
}

// fileDraft is a schema from a file.
type fileDraft struct {
	registry.Draft
	files map[string]string // the text of what it refers to in files, by name
}

// maxSchema bounds a schema file, in bytes.
const maxSchema = 8 << 20

// read reads a schema from a file; - is the standard input.
func (f *draftFlags) read(in io.Reader, path string) (fileDraft, error) {
	d := fileDraft{Draft: registry.Draft{Kind: registry.Kind(strings.ToUpper(f.kind))}}
	var err error
	if d.Text, err = readSchema(in, path); err != nil {
		return d, err
	}
	if d.Kind == "" {
		d.Kind = kindOf(path, d.Text)
	}
	if d.Kind != registry.Avro && d.Kind != registry.Protobuf && d.Kind != registry.JSON {
		return d, usagef("--type %s is not known: use avro, protobuf or json", f.kind)
	}
	for _, text := range f.references {
		if err := f.refer(&d, text); err != nil {
			return d, err
		}
	}
	return d, nil
}

// refer reads one --reference.
func (f *draftFlags) refer(d *fileDraft, text string) error {
	name, of, ok := strings.Cut(text, "=")
	if ok && name != "" && f.files {
		if _, err := os.Stat(of); err == nil {
			referred, err := readSchema(nil, of)
			if d.files == nil {
				d.files = map[string]string{}
			}
			d.files[name] = referred
			return err
		}
	}
	subject, version, err := subjectVersion(of)
	if err == nil && ok && name != "" && version >= 1 {
		d.References = append(d.References, registry.Reference{Name: name, Subject: subject, Version: version})
		return nil
	}
	if f.files {
		return usagef("--reference %q: write name=SUBJECT@VERSION, or name=FILE with a file that exists", text)
	}
	return usagef("--reference %q: write name=SUBJECT@VERSION", text)
}

// readSchema reads the text of a schema; - is the standard input.
func readSchema(in io.Reader, path string) (string, error) {
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return "", usagef("cannot read the schema: %w", err)
		}
		defer file.Close()
		in = file
	}
	raw, err := io.ReadAll(io.LimitReader(in, maxSchema+1))
	switch {
	case err != nil:
		return "", usagef("cannot read the schema: %w", err)
	case len(raw) > maxSchema:
		return "", usagef("%s is longer than 8 MiB", path)
	}
	text := string(bytes.TrimSpace(raw))
	if text == "" {
		return "", usagef("%s is empty", path)
	}
	return text, nil
}

// kindOf tells a schema's language by its file's name; a .json file may hold a
// JSON Schema or an Avro schema.
func kindOf(path, text string) registry.Kind {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".proto":
		return registry.Protobuf
	case ".json":
		var top map[string]json.RawMessage
		if json.Unmarshal([]byte(text), &top) != nil {
			break
		}
		for _, key := range []string{"$schema", "$id", "properties", "$defs"} {
			if _, ok := top[key]; ok {
				return registry.JSON
			}
		}
	}
	return registry.Avro
}
