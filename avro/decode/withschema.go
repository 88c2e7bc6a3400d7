package decode

import (
	"context"
	"errors"
	"fmt"

	"kconsole/avro"
	"kconsole/avro/registry"
)

var errNoRegistry = errors.New("no registry is configured for this cluster")

// withSchema decodes a record that names its schema. ok is false when it names
// none.
func (d *Decoder) withSchema(ctx context.Context, dst []byte, in Input, r *Result, a *attempts) (out []byte, ok bool) {
	if len(in.Headers) > 0 {
		if ref, ok := headerSchema(in); ok {
			r.Format = ref.format
			return d.named(ctx, dst, in, in.Data, ref, r, a), true
		}
	}
	a.no(Avro, ConfluentHeader, "no header names a schema")
	if out, ok := d.magicZero(ctx, dst, in, r, a); ok {
		return out, true
	}
	if fp, payload, ok := avro.ParseSingleObject(in.Data); ok {
		if s := d.known[fp]; s != nil {
			r.Kind, r.Format, r.HeaderSize = Avro, SingleObject, avro.SingleObjectHeaderSize
			return d.avro(dst, s, payload, r, a), true
		}
		a.no(Avro, SingleObject, fmt.Sprintf("no known schema has the fingerprint %016x", fp))
	} else {
		a.no(Avro, SingleObject, "it does not begin with C3 01")
	}
	if s := d.rule(in); s != nil {
		r.Kind, r.Format = Avro, ByRule
		return d.avro(dst, s, in.Data, r, a), true
	}
	return dst, false
}

// rule is the schema that a rule chooses for a record that names none.
func (d *Decoder) rule(in Input) *avro.Schema {
	for _, rule := range d.opts.Rules {
		if rule.Schema != nil && rule.Matches != nil && rule.Matches(in.Topic, in.IsKey) {
			return rule.Schema
		}
	}
	return nil
}

// magicZero decodes what begins with a zero byte and a schema id.
//
// A long key in Kafka's own eight bytes begins with zeros too, and its length
// is all that tells: it is taken for a number when no schema has that id. Ids
// begin at 1.
func (d *Decoder) magicZero(ctx context.Context, dst []byte, in Input, r *Result, a *attempts) ([]byte, bool) {
	id, payload, ok := avro.ParseConfluent(in.Data)
	if !ok {
		a.no(Avro, Confluent, "it does not begin with a zero byte and a schema id")
		return dst, false
	}
	if id == 0 {
		a.no(Avro, Confluent, "the schema id would be 0")
		return d.apicurio(ctx, dst, in, r, a)
	}
	if len(in.Data) == 8 {
		if _, err := d.schema(ctx, in, schemaRef{id: id}); errors.Is(err, registry.ErrNotFound) || errors.Is(err, errNoRegistry) {
			a.no(Avro, Confluent, err.Error())
			return dst, false
		}
	}
	r.Format, r.HeaderSize = Confluent, avro.ConfluentHeaderSize
	return d.named(ctx, dst, in, payload, schemaRef{id: id, format: Confluent}, r, a), true
}

// apicurio decodes Apicurio's eight-byte form, which shows as schema id 0.
func (d *Decoder) apicurio(ctx context.Context, dst []byte, in Input, r *Result, a *attempts) ([]byte, bool) {
	id, payload, ok := avro.ParseApicurio(in.Data)
	if !ok || id == 0 || id > 1<<31-1 {
		a.no(Avro, Apicurio, "it does not begin with a zero byte and an id in eight")
		return dst, false
	}
	if _, err := d.schema(ctx, in, schemaRef{id: int(id)}); errors.Is(err, registry.ErrNotFound) || errors.Is(err, errNoRegistry) {
		a.no(Avro, Apicurio, err.Error())
		return dst, false
	}
	r.Format, r.HeaderSize = Apicurio, avro.ApicurioHeaderSize
	return d.named(ctx, dst, in, payload, schemaRef{id: int(id), format: Apicurio}, r, a), true
}

// schemaRef is how a record names its schema.
type schemaRef struct {
	id      int
	guid    string
	format  Format
	indexes []byte // Protobuf message indexes that stand in the header
}

// schema finds what a reference means here, from memory if possible.
func (d *Decoder) schema(ctx context.Context, in Input, ref schemaRef) (*resolution, error) {
	at := place{in.Topic, ref.id, in.IsKey}
	if ref.guid == "" {
		d.mu.RLock()
		res := d.resolved[at]
		d.mu.RUnlock()
		if res != nil {
			return res, nil
		}
	}
	if d.registry == nil {
		name := fmt.Sprintf("schema %d", ref.id)
		if ref.guid != "" {
			name = "schema " + ref.guid
		}
		return nil, fmt.Errorf("%s not available: %w", name, errNoRegistry)
	}
	ctx, cancel := context.WithTimeout(ctx, d.opts.Wait)
	defer cancel()
	var s *registry.Schema
	var err error
	if ref.guid != "" {
		s, err = d.registry.SchemaByGUID(ctx, ref.guid)
	} else {
		s, err = d.registry.SchemaByID(ctx, ref.id)
	}
	if err != nil {
		return nil, err
	}
	res := &resolution{schema: s}
	res.use, _ = s.UseFor(registry.TopicName.Subject(in.Topic, "", in.IsKey))
	switch s.Kind {
	case registry.Protobuf:
		res.message = compileProto(s)
	case registry.JSON:
		res.rules = compileJSONSchema(s)
	}
	if ref.guid == "" {
		d.remember(at, res)
	}
	return res, nil
}

func (d *Decoder) remember(at place, res *resolution) {
	size := 512 + 8*len(res.schema.Text) // a compiled Protobuf or JSON schema is several times its text
	if res.schema.Avro != nil {
		size += res.schema.Avro.MemSize()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.resolvedN+size > maxResolved {
		clear(d.resolved)
		d.resolvedN = 0
	}
	d.resolved[at] = res
	d.resolvedN += size
}

// named decodes payload with the schema that the record names.
func (d *Decoder) named(ctx context.Context, dst []byte, in Input, payload []byte, ref schemaRef, r *Result, a *attempts) []byte {
	r.SchemaID, r.GUID = ref.id, ref.guid
	res, err := d.schema(ctx, in, ref)
	if err != nil {
		r.Kind, r.Err = Bytes, err
		a.yes(r, "")
		return dst
	}
	r.use(res.use)
	if r.SchemaID == 0 {
		r.SchemaID = res.schema.ID
	}
	switch res.schema.Kind {
	case registry.JSON:
		return d.jsonSchema(dst, res.rules, payload, r, a)
	case registry.Protobuf:
		return d.protobuf(dst, res.message, ref.indexes, payload, r, a)
	}
	r.Kind = Avro
	if res.schema.Avro == nil {
		r.Err = fmt.Errorf("schema %d: %w", r.SchemaID, res.schema.AvroErr)
		a.yes(r, "")
		return dst
	}
	return d.avro(dst, res.schema.Avro, payload, r, a)
}

func (d *Decoder) avro(dst []byte, s *avro.Schema, payload []byte, r *Result, a *attempts) []byte {
	r.Message = s.Root().Name
	dst, r.Err = s.AppendJSON(dst, payload, d.opts.Limits)
	a.yes(r, "it is what the schema says")
	return dst
}
