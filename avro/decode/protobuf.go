package decode

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/bufbuild/protocompile"
	"github.com/bufbuild/protocompile/linker"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	"kconsole/avro/registry"
)

// protoTypes are the messages of a Protobuf schema.
type protoTypes struct {
	file protoreflect.FileDescriptor
	all  linker.Files
	err  error
}

const (
	protoCompileLimit = 5 * time.Second
	protoDepth        = 100
	maxMessageIndexes = 32
)

// compileProto compiles a schema's text with the imports that it refers to.
// Registries keep it as text, or on request as a serialized descriptor.
func compileProto(s *registry.Schema) *protoTypes {
	const main = "schema.proto"
	if raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(s.Text)); err == nil && len(raw) > 0 {
		if t, err := protoFromDescriptor(raw); err == nil {
			return t
		}
	}
	files := map[string]string{main: s.Text}
	for name, text := range s.Referred {
		files[name] = text
	}
	ctx, cancel := context.WithTimeout(context.Background(), protoCompileLimit)
	defer cancel()
	c := protocompile.Compiler{
		MaxParallelism: 1,
		Resolver: protocompile.WithStandardImports(&protocompile.SourceResolver{
			Accessor: protocompile.SourceAccessorFromMap(files),
		}),
	}
	got, err := c.Compile(ctx, main)
	if err != nil {
		return &protoTypes{err: fmt.Errorf("the Protobuf schema cannot be used: %w", err)}
	}
	return &protoTypes{file: got[0], all: got}
}

func protoFromDescriptor(raw []byte) (*protoTypes, error) {
	var d descriptorpb.FileDescriptorProto
	if err := proto.Unmarshal(raw, &d); err != nil || d.GetName() == "" {
		return nil, errors.New("not a descriptor")
	}
	file, err := protodesc.NewFile(&d, protoregistry.GlobalFiles)
	if err != nil {
		return nil, err
	}
	return &protoTypes{file: file}, nil
}

// message finds the message that a path of indexes names: the index of a
// message in the file, then of one inside it, and so on.
func (t *protoTypes) message(indexes []int) (protoreflect.MessageDescriptor, error) {
	messages := t.file.Messages()
	var m protoreflect.MessageDescriptor
	for _, i := range indexes {
		if i < 0 || i >= messages.Len() {
			return nil, fmt.Errorf("message index %v: the schema has no such message", indexes)
		}
		m = messages.Get(i)
		messages = m.Messages()
	}
	return m, nil
}

// parseIndexes reads the message indexes that stand between a schema id and a
// Protobuf message: a count and the indexes, all zigzag varints; a count of 0
// is short for the first message.
func parseIndexes(data []byte) (indexes []int, size int, err error) {
	bad := errors.New("the message indexes after the schema id are broken")
	n, size := binary.Varint(data)
	if size <= 0 || n < 0 || n > maxMessageIndexes {
		return nil, 0, bad
	}
	if n == 0 {
		return []int{0}, size, nil
	}
	for range n {
		v, k := binary.Varint(data[size:])
		if k <= 0 || v < 0 || v > 1<<20 {
			return nil, 0, bad
		}
		indexes = append(indexes, int(v))
		size += k
	}
	return indexes, size, nil
}

// protobuf decodes a message. header holds the indexes when they stand in a
// record header instead of before the message.
func (d *Decoder) protobuf(dst []byte, types *protoTypes, header, payload []byte, r *Result, a *attempts) []byte {
	r.Kind = Protobuf
	defer func() { a.yes(r, "it is what the schema says") }()
	if types.err != nil {
		r.Err = types.err
		return dst
	}
	indexes := []int{0}
	var err error
	switch {
	case len(header) > 0:
		indexes, _, err = parseIndexes(header)
	case r.Format == Confluent:
		var size int
		indexes, size, err = parseIndexes(payload)
		r.HeaderSize += size
		payload = payload[size:]
	}
	if err != nil {
		r.Err = err
		return dst
	}
	desc, err := types.message(indexes)
	if err != nil {
		r.Err = err
		return dst
	}
	r.Message = string(desc.FullName())
	out, err := protoJSON(desc, types, payload)
	if err != nil {
		r.Err = fmt.Errorf("not a %s: %w", r.Message, err)
		return dst
	}
	if limit := d.opts.Limits.Output; limit > 0 && len(out) > limit {
		r.Err = fmt.Errorf("more than %d bytes of JSON", limit)
		return dst
	}
	return append(dst, out...)
}

func protoJSON(desc protoreflect.MessageDescriptor, types *protoTypes, payload []byte) ([]byte, error) {
	m := dynamicpb.NewMessage(desc)
	opts := proto.UnmarshalOptions{RecursionLimit: protoDepth, DiscardUnknown: false}
	if err := opts.Unmarshal(payload, m); err != nil {
		return nil, errors.New(strings.TrimPrefix(strings.ReplaceAll(err.Error(), "\u00a0", " "), "proto: "))
	}
	marshal := protojson.MarshalOptions{}
	if types.all != nil {
		marshal.Resolver = types.all.AsResolver()
	}
	text, err := marshal.Marshal(m)
	if err != nil {
		return nil, err
	}
	var buf bytes.Buffer // protojson's white space differs from build to build
	err = json.Compact(&buf, text)
	return buf.Bytes(), err
}
