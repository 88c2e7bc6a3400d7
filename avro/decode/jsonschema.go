package decode

import (
	"errors"
	"fmt"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"kconsole/avro/registry"
)

var errNotJSON = errors.New("the schema is a JSON schema, but the bytes after its id are not JSON")

// jsonRules is a compiled JSON schema.
type jsonRules struct {
	schema *jsonschema.Schema
	err    error
}

// onlyReferred loads the schemas that a registry gave along, and nothing from
// files or the network, wherever a "$ref" points.
type onlyReferred map[string]any

func (l onlyReferred) Load(url string) (any, error) {
	if v, ok := l[url]; ok {
		return v, nil
	}
	for name, v := range l { // a relative reference has been made absolute
		if strings.HasSuffix(url, "/"+name) {
			return v, nil
		}
	}
	return nil, fmt.Errorf("%q is not among the schema's references", url)
}

func compileJSONSchema(s *registry.Schema) *jsonRules {
	fail := func(err error) *jsonRules {
		return &jsonRules{err: fmt.Errorf("the JSON schema cannot be used, so the record is not checked: %w", err)}
	}
	const main = "registry:///schema.json"
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(s.Text))
	if err != nil {
		return fail(err)
	}
	loader := onlyReferred{}
	for name, text := range s.Referred {
		if loader[name], err = jsonschema.UnmarshalJSON(strings.NewReader(text)); err != nil {
			return fail(fmt.Errorf("reference %s: %w", name, err))
		}
	}
	c := jsonschema.NewCompiler()
	c.UseLoader(loader)
	if err := c.AddResource(main, doc); err != nil {
		return fail(err)
	}
	compiled, err := c.Compile(main)
	if err != nil {
		return fail(err)
	}
	return &jsonRules{schema: compiled}
}

// jsonSchema shows the JSON text that follows a schema id and says where it
// breaks its schema.
func (d *Decoder) jsonSchema(dst []byte, rules *jsonRules, payload []byte, r *Result, a *attempts) []byte {
	r.Kind = JSONSchema
	defer func() { a.yes(r, "it is JSON text that fits its schema") }()
	out, ok := appendJSONText(dst, payload)
	if !ok {
		r.Err = errNotJSON
		return dst
	}
	if r.Err = rules.err; rules.schema == nil {
		return out
	}
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(string(payload)))
	if err == nil {
		err = rules.schema.Validate(v)
	}
	var broken *jsonschema.ValidationError
	if errors.As(err, &broken) {
		r.Err = errors.New("it breaks its schema: " + firstCause(broken))
	} else {
		r.Err = err
	}
	return out
}

// firstCause is the innermost cause of a validation error, in one line.
func firstCause(e *jsonschema.ValidationError) string {
	for len(e.Causes) > 0 {
		e = e.Causes[0]
	}
	lines := strings.Split(strings.TrimSpace(e.Error()), "\n")
	last := strings.TrimSpace(lines[len(lines)-1])
	return strings.TrimPrefix(last, "- ")
}
