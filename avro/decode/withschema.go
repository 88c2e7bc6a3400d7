package decode

import (
	"context"
	"errors"
	"fmt"

	"kconsole/avro"
	"kconsole/avro/registry"
)

var errNoRegistry = errors.New("no registry is configured for this cluster")

// finding is the schema that a record is written with, and its encoded value.
type finding struct {
	schemaRef
	schema  *avro.Schema // known without a look-up by id
	use     registry.Use // of schema, where it is registered
	err     error        // why a schema that the record names is not known
	payload []byte
	header  int // bytes of the data that belong to the wire format
}

// withSchema decodes a record that names its schema. ok is false when it names
// none.
func (d *Decoder) withSchema(ctx context.Context, dst []byte, in Input, r *Result, a *attempts) (out []byte, ok bool) {
	f, ok := d.detect(ctx, in, a)
	if !ok {
		return dst, false
	}
	r.Format, r.HeaderSize = f.format, f.header
	if f.err != nil {
		r.Kind, r.Err = Bytes, f.err
		a.yes(r, "")
		return dst, true
	}
	if f.schema != nil {
		r.Kind, r.SchemaID = Avro, f.id
		r.use(f.use)
		return d.avro(dst, f.schema, f.payload, r, a), true
	}
	return d.named(ctx, dst, in, f, r, a), true
}

// detect finds out how a record says which schema it has.
func (d *Decoder) detect(ctx context.Context, in Input, a *attempts) (finding, bool) {
	if len(in.Headers) > 0 {
		if ref, ok := headerSchema(in); ok {
			return finding{schemaRef: ref, payload: in.Data}, true
		}
	}
	a.no(Avro, ConfluentHeader, "no header names a schema")
	if f, ok := d.magicZero(ctx, in, a); ok {
		return f, true
	}
	single, isSingle := d.singleObject(ctx, in)
	switch {
	case !isSingle:
		a.no(Avro, SingleObject, "it does not begin with C3 01")
	case single.err != nil:
		a.no(Avro, SingleObject, single.err.Error())
	default:
		return single, true
	}
	for _, rule := range d.opts.Rules {
		if rule.Schema != nil && rule.Matches != nil && rule.Matches(in.Topic, in.IsKey) {
			return finding{schemaRef: schemaRef{format: ByRule}, schema: rule.Schema, payload: in.Data}, true
		}
	}
	// The marker was chosen to be no text and no other format.
	return single, isSingle
}

// magicZero looks at what begins with a zero byte and a schema id.
//
// A long key in Kafka's own eight bytes begins with zeros too, and its length
// is all that tells: it is taken for a number when no schema has that id. Ids
// begin at 1; an id of 0 may be the upper half of Apicurio's eight bytes.
func (d *Decoder) magicZero(ctx context.Context, in Input, a *attempts) (finding, bool) {
	id, payload, ok := avro.ParseConfluent(in.Data)
	if !ok {
		a.no(Avro, Confluent, "it does not begin with a zero byte and a schema id")
		return finding{}, false
	}
	f := finding{schemaRef: schemaRef{id: id, format: Confluent}, payload: payload, header: avro.ConfluentHeaderSize}
	if id == 0 {
		a.no(Avro, Confluent, "the schema id would be 0")
		long, payload, ok := avro.ParseApicurio(in.Data)
		if !ok || long == 0 || long > 1<<31-1 {
			a.no(Avro, Apicurio, "it does not begin with a zero byte and an id in eight")
			return finding{}, false
		}
		f = finding{schemaRef: schemaRef{id: int(long), format: Apicurio}, payload: payload, header: avro.ApicurioHeaderSize}
	}
	if f.format == Apicurio || len(in.Data) == 8 {
		if _, err := d.schema(ctx, in, f.schemaRef); errors.Is(err, registry.ErrNotFound) || errors.Is(err, errNoRegistry) {
			a.no(Avro, f.format, err.Error())
			return finding{}, false
		}
	}
	return f, true
}

// again finds the schema of an Avro record that names the same one, in Confluent's
// format, as the record before: that is nearly every record. Otherwise res is nil.
// It finds what detect and schema would.
func (d *Decoder) again(in *Input) (res *resolution, payload []byte) {
	id, payload, ok := avro.ParseConfluent(in.Data)
	if !ok || id == 0 {
		return nil, nil
	}
	res = d.last[lastFor(in.IsKey)].Load()
	if res == nil || res.at.id != id || res.at.topic != in.Topic || res.schema.Kind != registry.Avro || res.schema.Avro == nil {
		return nil, nil
	}
	if len(in.Headers) > 0 {
		if _, named := headerSchema(*in); named {
			return nil, nil
		}
	}
	return res, payload
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
		last := &d.last[lastFor(in.IsKey)]
		if res := last.Load(); res != nil && res.at == at {
			return res, nil
		}
		d.mu.RLock()
		res := d.resolved[at]
		d.mu.RUnlock()
		if res != nil {
			last.Store(res)
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
	res := &resolution{at: at, schema: s}
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

// named decodes a value with a schema of the registry.
func (d *Decoder) named(ctx context.Context, dst []byte, in Input, f finding, r *Result, a *attempts) []byte {
	r.SchemaID, r.GUID = f.id, f.guid
	res, err := d.schema(ctx, in, f.schemaRef)
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
		return d.jsonSchema(dst, res.rules, f.payload, r, a)
	case registry.Protobuf:
		return d.protobuf(dst, res.message, f.indexes, f.payload, r, a)
	}
	r.Kind = Avro
	if res.schema.Avro == nil {
		r.Err = fmt.Errorf("schema %d: %w", r.SchemaID, res.schema.AvroErr)
		a.yes(r, "")
		return dst
	}
	return d.avro(dst, res.schema.Avro, f.payload, r, a)
}

func (d *Decoder) avro(dst []byte, s *avro.Schema, payload []byte, r *Result, a *attempts) []byte {
	r.Message = s.Root().Name
	dst, r.Err = s.AppendJSON(dst, payload, d.opts.Limits)
	a.yes(r, "it is what the schema says")
	return dst
}
