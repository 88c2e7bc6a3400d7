package registry

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/bufbuild/protocompile"
	"github.com/bufbuild/protocompile/protoutil"
	"google.golang.org/protobuf/proto"
)

// protoFile is the name that a schema is compiled under. References are
// compiled under the import path that they are given.
const protoFile = "schema.proto"

// protoSchema is a Protobuf file that compiled.
type protoSchema struct {
	text       string
	descriptor []byte // the file's FileDescriptorProto, without its name
}

// parseProtobuf compiles a schema with those it imports. Google's well-known
// files can be imported without a reference.
func parseProtobuf(src source, lim Limits) (parsed, error) {
	files := map[string]string{protoFile: strings.TrimSpace(src.text)}
	for _, ref := range src.refs {
		files[ref.name] = ref.text
	}
	for name, text := range files {
		if err := checkProtoText(text, lim.MaxDepth); err != nil {
			return nil, fmt.Errorf("%s: %w", clip(name, 128), err)
		}
	}
	c := protocompile.Compiler{
		MaxParallelism: 1,
		Resolver: protocompile.WithStandardImports(&protocompile.SourceResolver{
			Accessor: protocompile.SourceAccessorFromMap(files),
		}),
	}
	// Its goroutines end with the call: nothing in it waits for anything outside.
	out, err := c.Compile(context.Background(), protoFile)
	if err != nil {
		return nil, err
	}
	fd := protoutil.ProtoFromFileDescriptor(out[0])
	fd = proto.CloneOf(fd)
	fd.Name = nil
	fd.SourceCodeInfo = nil
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(fd)
	if err != nil {
		return nil, err
	}
	return &protoSchema{text: files[protoFile], descriptor: b}, nil
}

// checkProtoText is checkText for a language whose strings and comments need a
// lexer to tell apart: every opening bracket counts, which errs on the safe side.
func checkProtoText(s string, limit int) error {
	if !utf8.ValidString(s) {
		return errors.New("it is not valid UTF-8")
	}
	depth, name := 0, 0
	for i := range len(s) {
		switch s[i] {
		case '{', '[', '<', '(':
			if depth++; depth > limit {
				return fmt.Errorf("its brackets nest deeper than %d", limit)
			}
		case '}', ']', '>', ')':
			depth = max(0, depth-1)
		}
		if name++; !isNameByte(s[i]) {
			name = 0
		}
		if name > maxProtoName {
			return fmt.Errorf("it holds a name of more than %d bytes", maxProtoName)
		}
	}
	return nil
}

// maxProtoName bounds a dotted name: the compiler's work grows with its square.
const maxProtoName = 2048

func isNameByte(c byte) bool {
	return c == '.' || c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

func (p *protoSchema) kind() Type         { return Protobuf }
func (p *protoSchema) canonical() string  { return p.text }
func (p *protoSchema) normalized() string { return p.text }

// formatted knows "serialized": the base64 of the FileDescriptorProto.
func (p *protoSchema) formatted(format string) string {
	if format == "serialized" {
		return base64.StdEncoding.EncodeToString(p.descriptor)
	}
	return p.text
}

// same ignores comments, spaces and the order of what has none.
func (p *protoSchema) same(other parsed) bool {
	o, ok := other.(*protoSchema)
	return ok && bytes.Equal(o.descriptor, p.descriptor)
}

func (p *protoSchema) reads(parsed) (*mismatch, bool, error) { return nil, false, nil }
