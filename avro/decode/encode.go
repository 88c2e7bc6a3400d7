package decode

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"kconsole/avro"
	"kconsole/avro/registry"
)

// Encoder turns JSON into values with a schema of the registry, in the
// Confluent wire format. It is safe for concurrent use.
type Encoder struct {
	schema  *registry.Schema
	proto   protoreflect.MessageDescriptor
	types   *protoTypes
	indexes []byte
	rules   *jsonRules
}

// NewEncoder prepares a schema that came from a registry, with its id. message
// names the message of a Protobuf schema; "" is the first.
func NewEncoder(s *registry.Schema, message string) (*Encoder, error) {
	e := &Encoder{schema: s}
	switch {
	case s.ID <= 0:
		return nil, errors.New("the schema has no id: it must be registered first")
	case s.Kind == registry.Protobuf:
		return e, e.findMessage(message)
	case s.Kind == registry.JSON:
		if e.rules = compileJSONSchema(s); e.rules.schema == nil {
			return nil, e.rules.err
		}
	case s.Avro == nil:
		return nil, fmt.Errorf("schema %d: %w", s.ID, s.AvroErr)
	}
	return e, nil
}

// Avro is the Avro schema that it encodes with, or nil.
func (e *Encoder) Avro() *avro.Schema { return e.schema.Avro }

// findMessage looks up a Protobuf message and its path of indexes.
func (e *Encoder) findMessage(name string) error {
	e.types = compileProto(e.schema)
	if e.types.err != nil {
		return e.types.err
	}
	messages := e.types.file.Messages()
	if messages.Len() == 0 {
		return errors.New("the Protobuf schema has no message")
	}
	m := messages.Get(0)
	if name != "" {
		if m = findMessage(messages, name); m == nil {
			return fmt.Errorf("the Protobuf schema has no message %q", name)
		}
	}
	e.proto = m
	var path []int
	for d := protoreflect.Descriptor(m); ; d = d.Parent() {
		if _, ok := d.(protoreflect.FileDescriptor); ok {
			break
		}
		path = append([]int{d.Index()}, path...)
	}
	if len(path) == 1 && path[0] == 0 {
		e.indexes = []byte{0}
		return nil
	}
	e.indexes = binary.AppendVarint(nil, int64(len(path)))
	for _, i := range path {
		e.indexes = binary.AppendVarint(e.indexes, int64(i))
	}
	return nil
}

// findMessage finds a message by its full or short name, inside others as well.
func findMessage(messages protoreflect.MessageDescriptors, name string) protoreflect.MessageDescriptor {
	for i := range messages.Len() {
		m := messages.Get(i)
		if string(m.FullName()) == name || string(m.Name()) == name {
			return m
		}
		if inner := findMessage(m.Messages(), name); inner != nil {
			return inner
		}
	}
	return nil
}

// Append appends the wire format's header and the encoded value. For Avro the
// error lists every field that does not fit, see avro.Schema.AppendAvro; a
// value that breaks its JSON schema is refused.
func (e *Encoder) Append(dst, text []byte) ([]byte, error) {
	out := avro.AppendConfluent(dst, e.schema.ID)
	switch e.schema.Kind {
	case registry.Protobuf:
		m := dynamicpb.NewMessage(e.proto)
		opts := protojson.UnmarshalOptions{RecursionLimit: protoDepth}
		if e.types.all != nil {
			opts.Resolver = e.types.all.AsResolver()
		}
		if err := opts.Unmarshal(text, m); err != nil {
			clean := strings.ReplaceAll(err.Error(), "\u00a0", " ")
			return dst, errors.New(strings.TrimPrefix(clean, "proto: "))
		}
		return proto.MarshalOptions{Deterministic: true}.MarshalAppend(append(out, e.indexes...), m)
	case registry.JSON:
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
		if err != nil {
			return dst, fmt.Errorf("not JSON: %w", err)
		}
		var broken *jsonschema.ValidationError
		if err := e.rules.schema.Validate(v); errors.As(err, &broken) {
			return dst, errors.New("it breaks its schema: " + firstCause(broken))
		}
		out, _ = appendJSONText(out, text)
		return out, nil
	}
	out, err := e.schema.Avro.AppendAvro(out, text)
	if err != nil {
		return dst, err
	}
	return out, nil
}
