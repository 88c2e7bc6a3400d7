package registry

import (
	"fmt"
	"strings"
)

// parsed is a schema that a parser has accepted. It is immutable.
type parsed interface {
	kind() Type
	// canonical is the text to store: equal schemas, however spaced, have one.
	canonical() string
	// normalized is the text to store when the client asks for normalization.
	normalized() string
	// formatted is the text in one of the API's output formats; an unknown
	// format, and "", is the canonical text.
	formatted(format string) string
	// reads says why this schema, as the reader's, cannot read what was written
	// with another of its kind; nil when it can. checked is false where this
	// registry does not know.
	reads(writer parsed) (problem *mismatch, checked bool, err error)
	// same reports whether the other schema, of the same kind, differs in its
	// text only.
	same(other parsed) bool
}

// mismatch is why a reader's schema cannot read a writer's data.
type mismatch struct {
	Rule   string // the name that the Confluent API gives the rule, where it has one
	Path   string // where in the reader's schema
	Reader string // what the reader expects there
	Writer string // what was written there
	Why    string // in words
	Fix    string // what would make it readable, "" if only another schema would
}

// source is the text of a schema with the schemas that it refers to, the
// referred-to ones in an order in which each comes after those it needs.
type source struct {
	kind Type
	text string
	refs []refSource
}

type refSource struct {
	name string
	kind Type
	text string
}

// parseSource parses a schema. A schema that cannot be used is an *Error.
func parseSource(src source, lim Limits) (parsed, error) {
	if len(src.text) > lim.MaxSchemaBytes {
		return nil, fail(codeSchemaTooLarge, "the schema has %d bytes: at most %d are accepted", len(src.text), lim.MaxSchemaBytes)
	}
	if strings.TrimSpace(src.text) == "" {
		return nil, fail(codeInvalidSchema, "the schema is empty")
	}
	total := len(src.text)
	for _, r := range src.refs {
		total += len(r.text)
		if r.kind != src.kind {
			return nil, fail(codeInvalidSchema, "reference '%s' is a %s schema: a %s schema can refer only to its own kind", clip(r.name, 128), r.kind, src.kind)
		}
	}
	if total > 2*lim.MaxSchemaBytes {
		return nil, fail(codeSchemaTooLarge, "the schema and what it refers to have %d bytes: at most %d are accepted", total, 2*lim.MaxSchemaBytes)
	}
	var p parsed
	var err error
	switch src.kind {
	case Avro:
		p, err = parseAvro(src, lim)
	case Protobuf:
		p, err = parseProtobuf(src, lim)
	case JSON:
		p, err = parseJSONSchema(src, lim)
	default:
		return nil, fail(codeInvalidSchema, "unknown schema type '%s': use AVRO, PROTOBUF or JSON", clip(string(src.kind), 64))
	}
	if err != nil {
		return nil, fail(codeInvalidSchema, "the %s schema is invalid: %s", src.kind, clip(oneLine(err.Error()), 2000))
	}
	return p, nil
}

// oneLine folds a message of several lines into one.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// errKinds is what reads answers for schemas of two kinds; callers compare the
// kinds first.
func errKinds(a, b parsed) error {
	return fmt.Errorf("cannot compare a %s schema with a %s schema", a.kind(), b.kind())
}
