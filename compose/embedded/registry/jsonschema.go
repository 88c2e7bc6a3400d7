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
type jsonSchema struct{ text string }

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
	return &jsonSchema{b.String()}, nil
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

// Bounds on what the library works on for longer than the text is long: it
// compares each element of a list with each, and a regular expression's program
// is as large as its text times its repeats.
const (
	maxJSONList    = 2000
	maxPatternCost = 500_000
)

// checkJSONSchemaSize refuses schemas that would take too much work.
func checkJSONSchemaSize(t *tree) error {
	cost := 0
	return limitJSONSchema(t, &cost)
}

func limitJSONSchema(t *tree, cost *int) error {
	if t.kind == '[' && len(t.kids) > maxJSONList {
		return fmt.Errorf("it has a list of %d elements: at most %d are accepted", len(t.kids), maxJSONList)
	}
	if p := t.get("pattern"); p != nil && p.kind == '"' {
		*cost += patternCost(p.text)
	}
	if p := t.get("patternProperties"); p != nil {
		for _, k := range p.keys {
			*cost += patternCost(k)
		}
	}
	if *cost > maxPatternCost {
		return errors.New("its regular expressions are too large: use fewer, or smaller repeats")
	}
	for _, k := range t.kids {
		if err := limitJSONSchema(k, cost); err != nil {
			return err
		}
	}
	return nil
}

// patternCost estimates the size of a regular expression's program.
func patternCost(p string) int {
	repeats, n := 1, 0
	for i := range len(p) {
		if c := p[i]; c >= '0' && c <= '9' && n < 10_000 {
			n = 10*n + int(c-'0')
			continue
		}
		repeats, n = max(repeats, n), 0
	}
	return len(p) * min(repeats, 1000)
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
