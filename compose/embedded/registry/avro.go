package registry

import (
	"bytes"
	"errors"
	"strings"

	"github.com/twmb/avro"
)

// avroSchema is a parsed Avro schema.
type avroSchema struct {
	schema *avro.Schema
	shape  *shape
	text   string
	tree   *tree
	named  map[string]definition // what the references define, by full name
}

// parseAvro parses a schema after those it refers to.
func parseAvro(src source, lim Limits) (parsed, error) {
	var cache avro.SchemaCache
	a := &avroSchema{shape: newShape(), named: map[string]definition{}}
	for _, ref := range src.refs {
		t, err := parseTree(ref.text, lim.MaxDepth)
		if err != nil {
			return nil, err
		}
		if err := a.shape.guard(t); err != nil {
			return nil, err
		}
		if _, err := cache.Parse(ref.text); err != nil {
			return nil, errors.New("reference '" + clip(ref.name, 128) + "': " + err.Error())
		}
		collectDefinitions(t, "", a.named)
	}
	var err error
	if a.tree, err = parseTree(avroText(src.text), lim.MaxDepth); err != nil {
		return nil, err
	}
	if err := a.shape.guard(a.tree); err != nil {
		return nil, err
	}
	if a.schema, err = cache.Parse(avroText(src.text)); err != nil {
		return nil, err
	}
	a.text = renderAvro(a.tree, renderOptions{})
	if a.text != src.text && !a.rendered(src.refs) {
		var b bytes.Buffer
		a.tree.write(&b)
		a.text = b.String()
	}
	return a, nil
}

// rendered makes sure that the canonical text is the schema that was sent.
func (a *avroSchema) rendered(refs []refSource) bool {
	var cache avro.SchemaCache
	for _, ref := range refs {
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

func (a *avroSchema) kind() Type         { return Avro }
func (a *avroSchema) canonical() string  { return a.text }
func (a *avroSchema) normalized() string { return renderAvro(a.tree, renderOptions{normalize: true}) }

func (a *avroSchema) same(other parsed) bool {
	o, ok := other.(*avroSchema)
	return ok && o.text == a.text
}

func (a *avroSchema) formatted(format string) string {
	if format == "resolved" {
		return renderAvro(a.tree, renderOptions{expand: a.named})
	}
	return a.text
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
		return nil, true, nil
	}
	var ce *avro.CompatibilityError
	if !errors.As(err, &ce) {
		return nil, false, err
	}
	m := &mismatch{Path: ce.Path, Reader: ce.ReaderType, Writer: ce.WriterType, Why: ce.Detail}
	for _, r := range avroRules {
		if strings.Contains(ce.Detail, r.detail) {
			m.Rule, m.Fix = r.rule, r.fix
			return m, true, nil
		}
	}
	m.Rule = "TYPE_MISMATCH"
	return m, true, nil
}

// avroRules names the rule that each detail of the library stands for, with
// the names that Avro's own checker uses, and what would satisfy it.
var avroRules = []struct{ detail, rule, fix string }{
	{"no default and is missing", "READER_FIELD_MISSING_DEFAULT_VALUE", "give the field a default"},
	{"names do not match", "NAME_MISMATCH", "keep the name, or add the old one to the reader's aliases"},
	{"fixed sizes differ", "FIXED_SIZE_MISMATCH", "keep the size"},
	{"enum symbol", "MISSING_ENUM_SYMBOLS", "keep the symbol, or give the reader's enum a default"},
	{"union branch", "MISSING_UNION_BRANCH", "add the missing type to the reader's union"},
	{"decimal precision or scale", "DECIMAL_MISMATCH", "keep precision and scale"},
	{"both resolve to reader field", "FIELD_ALIAS_COLLISION", "remove the alias that catches both"},
	{"incompatible types", "TYPE_MISMATCH", "keep the type, or use one that Avro promotes the old one to"},
}
