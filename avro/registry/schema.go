package registry

import (
	"context"
	"errors"
	"fmt"
	"sort"

	"github.com/twmb/franz-go/pkg/sr"

	"kconsole/avro"
)

// Kind is the language a schema is written in.
type Kind string

// The languages that registries keep.
const (
	Avro     Kind = "AVRO"
	Protobuf Kind = "PROTOBUF"
	JSON     Kind = "JSON"
)

func (k Kind) sr() (sr.SchemaType, error) {
	switch k {
	case Avro, "":
		return sr.TypeAvro, nil
	case Protobuf:
		return sr.TypeProtobuf, nil
	case JSON:
		return sr.TypeJSON, nil
	}
	return 0, fmt.Errorf("schema type %q: must be AVRO, PROTOBUF or JSON", k)
}

// Use is one place where a schema is registered.
type Use struct {
	Subject string
	Version int
}

// Reference is a schema that another one needs, under the name it uses for it.
type Reference struct {
	Name    string
	Subject string
	Version int
}

// Schema is a schema of the registry. It is shared: read only.
type Schema struct {
	ID   int
	GUID string // "" where the registry has none
	Kind Kind
	Text string

	// Subject and Version are where it was found; empty for a schema by id.
	Subject string
	Version int
	// Uses lists where a schema found by id is registered, when the registry tells.
	Uses []Use

	References []Reference
	// Referred holds the text of everything it refers to, directly or not,
	// by reference name.
	Referred map[string]string

	// Avro is the compiled schema when Kind is Avro and it could be used;
	// else AvroErr says why not.
	Avro    *avro.Schema
	AvroErr error
}

// UseFor picks the place that fits a subject, such as "orders-value" for the
// values of topic orders, else the first one. ok is false when none is known.
func (s *Schema) UseFor(subject string) (Use, bool) {
	for _, u := range s.Uses {
		if u.Subject == subject {
			return u, true
		}
	}
	if s.Subject != "" {
		return Use{s.Subject, s.Version}, true
	}
	if len(s.Uses) > 0 {
		return s.Uses[0], true
	}
	return Use{}, false
}

// size is about what the schema costs in memory.
func (s *Schema) size() int {
	n := 512 + len(s.Text) + 64*len(s.Uses)
	for name, text := range s.Referred {
		n += len(name) + len(text)
	}
	if s.Avro != nil {
		n += s.Avro.MemSize()
	}
	return n
}

const (
	maxReferences    = 200
	maxReferredBytes = avro.MaxSchemaBytes
)

// complete resolves what s refers to and compiles it.
func (c *Client) complete(ctx context.Context, ss sr.SubjectSchema) (*Schema, error) {
	s := &Schema{
		ID: ss.ID, GUID: ss.GUID, Kind: Kind(ss.Type.String()), Text: ss.Schema.Schema,
		Subject: ss.Subject, Version: ss.Version,
	}
	for _, r := range ss.References {
		s.References = append(s.References, Reference(r))
	}
	if err := c.resolve(ctx, s); err != nil {
		return nil, err
	}
	if s.Kind == Avro {
		s.Avro, s.AvroErr = avro.Compile(s.Text, s.Referred)
	}
	return s, nil
}

// resolve fetches what s refers to, and what that refers to.
func (c *Client) resolve(ctx context.Context, s *Schema) error {
	queue := append([]Reference(nil), s.References...)
	seen := map[Use]bool{}
	total := 0
	for len(queue) > 0 {
		r := queue[0]
		queue = queue[1:]
		if seen[Use{r.Subject, r.Version}] {
			continue
		}
		seen[Use{r.Subject, r.Version}] = true
		if len(seen) > maxReferences {
			return c.unusable(s, fmt.Sprintf("it needs more than %d other schemas", maxReferences))
		}
		// A soft-deleted version still serves what refers to it.
		got, err := c.sr.SchemaByVersion(sr.WithParams(ctx, sr.ShowDeleted), r.Subject, r.Version)
		if err != nil {
			what := fmt.Sprintf("reference %s (subject %s version %d)", r.Name, r.Subject, r.Version)
			return c.explain(what, err)
		}
		if total += len(got.Schema.Schema); total > maxReferredBytes {
			return c.unusable(s, "what it refers to is longer than 2 MiB")
		}
		if s.Referred == nil {
			s.Referred = map[string]string{}
		}
		s.Referred[r.Name] = got.Schema.Schema
		for _, next := range got.References {
			queue = append(queue, Reference(next))
		}
	}
	return nil
}

func (c *Client) unusable(s *Schema, why string) error {
	return &Error{What: fmt.Sprintf("schema %d", s.ID), Kind: ErrSchema, Reason: why, err: errors.New(why)}
}

// sortUses puts uses in a stable order: by subject, newest version first.
func sortUses(uses []Use) {
	sort.Slice(uses, func(i, j int) bool {
		if uses[i].Subject != uses[j].Subject {
			return uses[i].Subject < uses[j].Subject
		}
		return uses[i].Version > uses[j].Version
	})
}
