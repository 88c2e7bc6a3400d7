package avro

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	tavro "github.com/twmb/avro"
)

// MaxSchemaBytes is the longest schema text that Compile accepts, references
// included. Real schemas are a few kilobytes, and a registry that keeps them in
// a Kafka topic takes one megabyte; compiling takes some 100 times the text.
const MaxSchemaBytes = 2 << 20

// Schema is a writer schema made ready for decoding. It is immutable and safe
// for concurrent use.
type Schema struct {
	text     string
	parsed   *tavro.Schema // self-contained: references are spelled out
	root     *Type
	warnings []string

	people *program
	avro   func() *program // Avro's own JSON encoding, compiled when first asked for
	skip   func() *program
	rabin  func() uint64
	canon  func() []byte
}

// SchemaError says why a schema text could not be used.
type SchemaError struct {
	Err error
}

func (e *SchemaError) Error() string { return "not a usable Avro schema: " + e.Err.Error() }

func (e *SchemaError) Unwrap() error { return e.Err }

// Compile parses and validates an Avro schema (JSON text) and compiles its
// decoder. refs holds the text of schemas that it refers to, by any label (a
// registry's reference name or subject); they may refer to each other and
// their order does not matter. nil is fine.
//
// A schema that other implementations accept although the specification does
// not (names with dashes, a default of the wrong type, a decimal without a
// precision) still compiles, since the data written with it must be readable;
// [Schema.Warnings] then says what was overlooked. Any other fault is a [*SchemaError].
func Compile(text string, refs map[string]string) (*Schema, error) {
	total := len(text)
	for _, r := range refs {
		total += len(r)
	}
	if total > MaxSchemaBytes {
		return nil, &SchemaError{fmt.Errorf("%d bytes, and at most %d are accepted", total, MaxSchemaBytes)}
	}
	parsed, warnings, err := parseLeniently(text, refs)
	if err != nil {
		return nil, &SchemaError{err}
	}
	s := &Schema{text: text, parsed: parsed, warnings: warnings}
	b := builder{named: map[string]*Type{}}
	if s.root, err = b.build(parsed.Root(), ""); err != nil {
		return nil, &SchemaError{err}
	}
	setMinSizes(s.root, map[*Type]bool{})
	if s.people, err = compileProgram(s.root, modePeople); err != nil {
		return nil, &SchemaError{err}
	}
	s.prepare()
	return s, nil
}

// prepare sets up what is computed on first use.
func (s *Schema) prepare() {
	lazily := func(m mode) func() *program {
		return sync.OnceValue(func() *program { return orBad(compileProgram(s.root, m)) })
	}
	s.avro, s.skip = lazily(modeAvro), lazily(modeSkip)
	s.canon = sync.OnceValue(func() []byte { return s.parsed.Canonical() })
	s.rabin = sync.OnceValue(func() uint64 { return rabin(s.canon()) })
}

// Root is the schema's outermost type.
func (s *Schema) Root() *Type { return s.root }

// Text is the schema as it was given to Compile.
func (s *Schema) Text() string { return s.text }

// Warnings lists what Compile overlooked in a schema that breaks the
// specification; empty for a valid one.
func (s *Schema) Warnings() []string { return slices.Clone(s.warnings) }

// Canonical is the Parsing Canonical Form of the schema.
func (s *Schema) Canonical() []byte { return slices.Clone(s.canon()) }

// parseLeniently tries the specification first, then the known deviations one
// after the other. It returns the first error when nothing helps, since that
// one speaks about the schema as it was written.
func parseLeniently(text string, refs map[string]string) (*tavro.Schema, []string, error) {
	first := errors.New("empty")
	if text == "" {
		return nil, nil, first
	}
	p, err := parse(text, refs)
	if err == nil {
		return p, nil, nil
	}
	first = err
	lax := tavro.WithLaxNames(nil)
	if p, err = parse(text, refs, lax); err == nil {
		return p, []string{first.Error()}, nil
	}
	relaxed, warnings, ok := relax(text)
	relaxedRefs := make(map[string]string, len(refs))
	for name, r := range refs {
		rt, w, _ := relax(r)
		relaxedRefs[name] = rt
		warnings = append(warnings, w...)
	}
	if !ok || len(warnings) == 0 {
		return nil, nil, first
	}
	if p, err = parse(relaxed, relaxedRefs, lax); err != nil {
		return nil, nil, first
	}
	return p, append([]string{first.Error()}, warnings...), nil
}

// parse parses text after its references, in whatever order lets each find
// what it needs, and returns a schema that needs none of them any more.
func parse(text string, refs map[string]string, opts ...tavro.SchemaOpt) (*tavro.Schema, error) {
	var cache tavro.SchemaCache
	labels := make([]string, 0, len(refs))
	for l := range refs {
		labels = append(labels, l)
	}
	slices.Sort(labels)
	for len(labels) > 0 {
		var failed []string
		var err error
		for _, l := range labels {
			if _, e := cache.Parse(refs[l], opts...); e != nil {
				failed = append(failed, l)
				err = fmt.Errorf("reference %q: %w", clip(l, 80), e)
			}
		}
		if len(failed) == len(labels) {
			return nil, err
		}
		labels = failed
	}
	s, err := cache.Parse(text, opts...)
	if err != nil || len(refs) == 0 {
		return s, err
	}
	return s.Root().Schema(opts...)
}
