package registry

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/twmb/avro"

	judge "kconsole/avro"
)

// avroSchema is a parsed Avro schema.
type avroSchema struct {
	schema *avro.Schema
	shape  shape
	text   string // canonical
	refs   []refSource
	depth  int // that the text's brackets may nest
}

// parseAvro parses a schema after those it refers to.
func parseAvro(src source, lim Limits) (parsed, error) {
	g := newGuard()
	var cache avro.SchemaCache
	for _, ref := range src.refs {
		if _, _, err := parseGuarded(&cache, g, ref.text, lim.MaxDepth); err != nil {
			return nil, fmt.Errorf("reference '%s': %w", clip(ref.name, 128), err)
		}
	}
	t, s, err := parseGuarded(&cache, g, avroText(src.text), lim.MaxDepth)
	if err != nil {
		return nil, err
	}
	a := &avroSchema{schema: s, shape: g.shape, text: renderAvro(t, renderOptions{}), refs: src.refs, depth: lim.MaxDepth}
	if a.text != src.text && !a.rendered() {
		var b bytes.Buffer
		t.write(&b)
		a.text = b.String()
	}
	return a, nil
}

// parseGuarded lets the library see a text only when the guard has found it
// harmless.
func parseGuarded(cache *avro.SchemaCache, g *guard, text string, maxDepth int) (*tree, *avro.Schema, error) {
	t, err := parseTree(text, maxDepth)
	if err != nil {
		return nil, nil, err
	}
	if err := g.check(t); err != nil {
		return nil, nil, err
	}
	s, err := cache.Parse(text)
	return t, s, err
}

// rendered makes sure that the canonical text is the schema that was sent.
func (a *avroSchema) rendered() bool {
	var cache avro.SchemaCache
	for _, ref := range a.refs {
		if _, err := cache.Parse(ref.text); err != nil {
			return false
		}
	}
	again, err := cache.Parse(a.text)
	return err == nil && bytes.Equal(again.Canonical(), a.schema.Canonical())
}

// avroText lets the name of a primitive stand without quotes, as the API does.
func avroText(s string) string {
	if t := strings.TrimSpace(s); avroPrimitives[t] {
		return `"` + t + `"`
	}
	return s
}

func (a *avroSchema) kind() Type        { return Avro }
func (a *avroSchema) canonical() string { return a.text }

func (a *avroSchema) normalized() string { return a.render(renderOptions{normalize: true}) }

func (a *avroSchema) same(other parsed) bool {
	o, ok := other.(*avroSchema)
	return ok && o.text == a.text
}

// formatted knows "resolved": the schema with what it refers to written out.
func (a *avroSchema) formatted(format string) string {
	if format != "resolved" {
		return a.text
	}
	return a.render(renderOptions{expand: true})
}

// render writes the text anew. The tree is not kept: it is many times as large
// as the text, and this is rarely asked for.
func (a *avroSchema) render(o renderOptions) string {
	o.others = map[string]definition{}
	for _, ref := range a.refs {
		if t, err := parseTree(ref.text, a.depth); err == nil {
			collectDefinitions(t, "", o.others)
		}
	}
	t, err := parseTree(a.text, a.depth)
	if err != nil {
		return a.text // not reached: it was parsed before
	}
	return renderAvro(t, o)
}

func (a *avroSchema) reads(writer parsed) (*mismatch, bool, error) {
	w, ok := writer.(*avroSchema)
	if !ok {
		return nil, false, errKinds(a, writer)
	}
	if err := comparableShapes(a.shape, w.shape); err != nil {
		return nil, false, err
	}
	err := avro.CheckCompatibility(w.schema, a.schema)
	if err == nil {
		return a.missingDefault(w), true, nil
	}
	var ce *avro.CompatibilityError
	if !errors.As(err, &ce) {
		return nil, false, err
	}
	m := &mismatch{Rule: "TYPE_MISMATCH", Path: ce.Path, Reader: ce.ReaderType, Writer: ce.WriterType, Why: ce.Detail}
	for _, r := range avroRules {
		if strings.Contains(ce.Detail, r.detail) {
			m.Rule, m.Fix = r.rule, r.fix
			break
		}
	}
	return m, true, nil
}

// missingDefault finds what the library overlooks: it lets a reader's field of a
// union with null do without a default, the specification does not.
func (a *avroSchema) missingDefault(writer *avroSchema) *mismatch {
	reads, err := judge.Compile(a.text, a.refTexts())
	if err != nil {
		return nil // what the library took and our own decoder does not is not this method's to judge
	}
	wrote, err := judge.Compile(writer.text, writer.refTexts())
	if err != nil {
		return nil
	}
	for _, c := range judge.Compare(wrote, reads) {
		if c.Rule == judge.NoDefault {
			return &mismatch{
				Rule: "READER_FIELD_MISSING_DEFAULT_VALUE", Path: c.Path, Reader: c.Reader, Writer: c.Writer,
				Why: "reader field has no default and is missing in the writer", Fix: "give the field a default",
			}
		}
	}
	return nil
}

func (a *avroSchema) refTexts() map[string]string {
	texts := make(map[string]string, len(a.refs))
	for _, ref := range a.refs {
		texts[ref.name] = ref.text
	}
	return texts
}

// avroRules names the rule that each detail of the library stands for, with
// the names that Avro's own checker uses, and what would satisfy it.
var avroRules = []struct{ detail, rule, fix string }{
	{"no default and is missing", "READER_FIELD_MISSING_DEFAULT_VALUE", "give the field a default"},
	{"names do not match", "NAME_MISMATCH", "keep the name, or add the old one to the reader's aliases"},
	{"fixed sizes differ", "FIXED_SIZE_MISMATCH", "keep the size"},
	{"enum symbol", "MISSING_ENUM_SYMBOLS", "keep the symbol, or give the reader's enum a default"},
	{"reader union branch", "MISSING_UNION_BRANCH", "add the missing type to the reader's union"},
	{"no matching reader branch", "MISSING_UNION_BRANCH", "add the missing type to the reader's union"},
	{"decimal precision or scale", "DECIMAL_MISMATCH", "keep precision and scale"},
	{"resolve to reader field", "FIELD_ALIAS_COLLISION", "remove the alias that catches both"},
	{"incompatible types", "TYPE_MISMATCH", "keep the type, or use one that Avro promotes the old one to"},
}
