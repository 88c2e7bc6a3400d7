package decode

import (
	"context"
	"fmt"

	"kconsole/avro"
)

// Map says what each byte of a record's key or value means, in order and
// without gaps, together with what the record is. Formats other than Avro are
// one span after their header.
func (d *Decoder) Map(ctx context.Context, in Input) ([]avro.Span, Result) {
	value, r := d.Decode(ctx, nil, in)
	spans := headerSpans(in.Data, &r)
	rest := in.Data[r.HeaderSize:]
	if s := d.writer(ctx, in); r.Kind == Avro && s != nil {
		body, err := s.Map(rest, r.HeaderSize)
		if r.Err == nil {
			r.Err = err
		}
		return append(spans, body...), r
	}
	if len(rest) > 0 {
		span := avro.Span{Offset: r.HeaderSize, Length: len(rest), Role: avro.RoleValue, Type: string(r.Kind), Value: short(value)}
		if r.Err != nil {
			span.Role, span.Value = avro.RoleBroken, r.Err.Error()
		}
		spans = append(spans, span)
	}
	return spans, r
}

// writer is the Avro schema that a record was written with, or nil.
func (d *Decoder) writer(ctx context.Context, in Input) *avro.Schema { return d.Sample(ctx, in).Writer }

// headerSpans describes the bytes of the wire format.
func headerSpans(data []byte, r *Result) []avro.Span {
	registered := ""
	if r.Subject != "" {
		registered = fmt.Sprintf(" (%s version %d)", r.Subject, r.Version)
	}
	span := func(at, n int, role avro.Role, value string) avro.Span {
		return avro.Span{Offset: at, Length: n, Role: role, Value: value}
	}
	switch {
	case r.HeaderSize == 0:
		return nil
	case r.Format == SingleObject:
		fp, _, _ := avro.ParseSingleObject(data)
		return []avro.Span{
			span(0, 2, avro.RoleMagic, "single-object encoding"),
			span(2, 8, avro.RoleID, fmt.Sprintf("fingerprint %016x", fp)),
		}
	case r.Format == Apicurio:
		return []avro.Span{
			span(0, 1, avro.RoleMagic, "Apicurio wire format"),
			span(1, 8, avro.RoleID, fmt.Sprintf("%d%s", r.SchemaID, registered)),
		}
	}
	out := []avro.Span{
		span(0, 1, avro.RoleMagic, "Confluent wire format"),
		span(1, 4, avro.RoleID, fmt.Sprintf("%d%s", r.SchemaID, registered)),
	}
	if n := r.HeaderSize - avro.ConfluentHeaderSize; n > 0 {
		out = append(out, span(avro.ConfluentHeaderSize, n, avro.RoleIndexes, "message "+r.Message))
	}
	return out
}

func short(value []byte) string {
	if len(value) > 200 {
		return string(value[:200]) + "..."
	}
	return string(value)
}
