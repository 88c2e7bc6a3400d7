package decode

import (
	"bytes"
	"errors"
	"io"

	"kconsole/avro"
)

// container decodes a value that is a whole object container file, which
// brings its schema, as an array of its records.
func (d *Decoder) container(dst, data []byte, r *Result, a *attempts) ([]byte, bool) {
	if !avro.IsContainer(data) {
		a.no(AvroFile, ObjectContainer, "it does not begin with Obj 01")
		return dst, false
	}
	in, err := avro.NewContainerReader(bytes.NewReader(data))
	if err != nil {
		a.no(AvroFile, ObjectContainer, err.Error())
		return dst, false
	}
	defer func() { _ = in.Close() }()
	r.Kind, r.Format, r.Message = AvroFile, ObjectContainer, in.Schema.Root().Name
	limit := d.opts.Limits.Output
	if limit <= 0 {
		limit = 16 << 20
	}
	start := len(dst)
	dst = append(dst, '[')
	for {
		record, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		before := len(dst)
		if err == nil {
			if before > start+1 {
				dst = append(dst, ',')
			}
			at := len(dst)
			if dst, err = in.Schema.AppendJSON(dst, record, d.opts.Limits); len(dst) == at {
				dst = dst[:before]
			}
		}
		if err == nil && len(dst)-start > limit {
			err = errors.New("more JSON than fits")
		}
		if err != nil {
			r.Err = err
			break
		}
	}
	a.yes(r, "it is an Avro container file")
	return append(dst, ']'), true
}
