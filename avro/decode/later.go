package decode

import (
	"errors"

	"kconsole/avro/registry"
)

type protoTypes struct{}

func compileProto(*registry.Schema) *protoTypes { return nil }

func (d *Decoder) protobuf(dst []byte, _ *protoTypes, _, _ []byte, r *Result, a *attempts) []byte {
	r.Kind, r.Err = Protobuf, errors.New("protobuf is not decoded yet")
	a.yes(r, "")
	return dst
}

func (d *Decoder) container(dst, _ []byte, _ *Result, _ *attempts) ([]byte, bool) { return dst, false }

func (d *Decoder) selfDescribing(dst, _ []byte, _ *Result, _ *attempts) ([]byte, bool) {
	return dst, false
}
