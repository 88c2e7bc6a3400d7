package registry

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// jsonBase is where a schema without an $id stands; relative references are
// resolved against it. Nothing is ever loaded from there or anywhere else.
const jsonBase = "registry:///"

// jsonSchema is a JSON Schema that compiled.
type jsonSchema struct {
	text string
	tree *tree
}

// noLoader refuses every URL that is not one of the schema's references.
type noLoader struct{}

func (noLoader) Load(u string) (any, error) {
	return nil, fmt.Errorf("'%s' is not among the schema's references: nothing is loaded from elsewhere", clip(u, 200))
}

// parseJSONSchema checks a schema against its draft's metaschema (draft 7 if it
// names none) and resolves its references.
func parseJSONSchema(src source, lim Limits) (parsed, error) {
	t, err := parseTree(src.text, lim.MaxDepth)
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.UseLoader(noLoader{})
	c.DefaultDraft(jsonschema.Draft7)
	base := jsonBase + "schema.json"
	bases := []string{base}
	if id, err := url.Parse(t.str("$id")); err == nil && id.IsAbs() {
		bases = append(bases, id.String())
	}
	for _, ref := range src.refs {
		rt, err := parseTree(ref.text, lim.MaxDepth)
		if err != nil {
			return nil, fmt.Errorf("reference '%s': %w", clip(ref.name, 128), err)
		}
		if err := checkJSONSchemaSize(rt); err != nil {
			return nil, fmt.Errorf("reference '%s': %w", clip(ref.name, 128), err)
		}
		for _, b := range bases {
			if err := addJSONSchema(c, resolveURL(b, ref.name), ref.text); err != nil {
				return nil, fmt.Errorf("reference '%s': %w", clip(ref.name, 128), err)
			}
		}
	}
	if err := checkJSONSchemaSize(t); err != nil {
		return nil, err
	}
	if err := addJSONSchema(c, base, src.text); err != nil {
		return nil, err
	}
	if _, err := c.Compile(base); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	t.write(&b)
	return &jsonSchema{text: b.String(), tree: t}, nil
}

func addJSONSchema(c *jsonschema.Compiler, u, text string) error {
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		return err
	}
	err = c.AddResource(u, doc)
	var exists *jsonschema.ResourceExistsError
	if errors.As(err, &exists) {
		return nil // the same reference under both bases
	}
	return err
}

func resolveURL(base, ref string) string {
	b, err := url.Parse(base)
	if err != nil {
		return ref
	}
	u, err := b.Parse(ref)
	if err != nil {
		return ref
	}
	return u.String()
}

// maxJSONList bounds the lists that must not hold an element twice, which the
// library checks by comparing each with each.
const maxJSONList = 2000

func checkJSONSchemaSize(t *tree) error {
	if t.kind == '[' && len(t.kids) > maxJSONList {
		return fmt.Errorf("it has a list of %d elements: at most %d are accepted", len(t.kids), maxJSONList)
	}
	for _, k := range t.kids {
		if err := checkJSONSchemaSize(k); err != nil {
			return err
		}
	}
	return nil
}

func (j *jsonSchema) kind() Type              { return JSON }
func (j *jsonSchema) canonical() string       { return j.text }
func (j *jsonSchema) formatted(string) string { return j.text }

// normalized sorts keys.
func (j *jsonSchema) normalized() string {
	raw, err := compactJSON(json.RawMessage(j.text))
	if err != nil {
		return j.text
	}
	return string(raw)
}

// same ignores the order of keys.
func (j *jsonSchema) same(other parsed) bool {
	o, ok := other.(*jsonSchema)
	return ok && o.normalized() == j.normalized()
}

func (j *jsonSchema) reads(parsed) (*mismatch, bool, error) { return nil, false, nil }
