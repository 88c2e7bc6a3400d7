package decode

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"kconsole/avro"
	"kconsole/avro/registry"
)

// Options adjust a Decoder. The zero value is fine.
type Options struct {
	// Limits bound what one record may cost.
	Limits avro.Limits
	// Wait is how long a record waits for a schema that is not cached; the
	// request goes on afterwards, so later records find it. Default 3 s.
	Wait time.Duration
	// Rules choose a schema for records that name none. The first that fits
	// is taken.
	Rules []Rule
	// Known are schemas that records in Avro's single-object encoding may
	// name by fingerprint, beside those of the topic's subjects: registries
	// have no look-up by fingerprint.
	Known []*avro.Schema
}

// Rule is the schema of records that do not say which one they have.
type Rule struct {
	// Matches decides whether the rule is for a topic's keys or values.
	Matches func(topic string, isKey bool) bool
	// Schema is the writer schema.
	Schema *avro.Schema
}

// Decoder decodes keys and values. It is safe for concurrent use.
type Decoder struct {
	registry     *registry.Client // nil: no registry is configured
	opts         Options
	fingerprints fingerprints

	// last holds what a key and a value resolved to most recently: the records
	// of a topic mostly have the schema of the one before.
	last [2]atomic.Pointer[resolution]

	mu        sync.RWMutex
	resolved  map[place]*resolution
	resolvedN int // bytes of schemas held by resolved
}

// place is where a schema id was met.
type place struct {
	topic string
	id    int
	isKey bool
}

// resolution is what a schema id means for a topic's keys or values.
type resolution struct {
	at      place
	schema  *registry.Schema
	use     registry.Use
	message *protoTypes // of a Protobuf schema
	rules   *jsonRules  // of a JSON schema
}

// lastFor is the place of keys or values in Decoder.last.
func lastFor(isKey bool) int {
	if isKey {
		return 1
	}
	return 0
}

// maxResolved bounds the memory of schemas that the Decoder keeps beside the
// registry client's cache.
const maxResolved = 32 << 20

// New makes a Decoder. reg may be nil; records that name a schema then say
// that no registry is configured.
func New(reg *registry.Client, o Options) *Decoder {
	if o.Wait <= 0 {
		o.Wait = 3 * time.Second
	}
	d := &Decoder{registry: reg, opts: o, resolved: map[place]*resolution{}}
	d.fingerprints.init(o.Known)
	return d
}

// Decode appends the value of in to dst, as JSON: an object, array, number or
// string. Text becomes a JSON string, bytes that are nothing else a string of
// "0x" and hex digits, a null becomes null. When Result.Err is set, what is
// appended is what could be read before the fault, possibly nothing, and still
// valid JSON.
//
// It does not allocate for Avro records whose schema is known. ctx bounds the
// wait for a schema, on top of Options.Wait.
func (d *Decoder) Decode(ctx context.Context, dst []byte, in Input) ([]byte, Result) {
	var r Result
	dst = d.DecodeTo(ctx, dst, &in, &r)
	return dst, r
}

// DecodeTo is Decode with the Result written to r, whatever was in it.
func (d *Decoder) DecodeTo(ctx context.Context, dst []byte, in *Input, r *Result) []byte {
	if res, payload := d.again(in); res != nil {
		*r = Result{Kind: Avro, Format: Confluent, SchemaID: res.at.id, HeaderSize: avro.ConfluentHeaderSize, Size: len(in.Data)}
		r.use(res.use)
		return d.avro(dst, res.schema.Avro, payload, r, &attempts{})
	}
	if d.plainText(in) {
		*r = Result{Kind: Text, Size: len(in.Data)}
		return appendString(dst, in.Data)
	}
	dst, *r = d.decode(ctx, dst, *in, &attempts{})
	return dst
}

// Explain decodes in and reports every attempt in order.
func (d *Decoder) Explain(ctx context.Context, in Input) (value []byte, r Result, tried []Attempt) {
	a := attempts{keep: true}
	value, r = d.decode(ctx, nil, in, &a)
	return value, r, a.list
}

// attempts collects the report, when one is wanted.
type attempts struct {
	keep bool
	list []Attempt
}

func (a *attempts) no(k Kind, f Format, why string) {
	if a.keep {
		a.list = append(a.list, Attempt{Kind: k, Format: f, Why: why})
	}
}

func (a *attempts) yes(r *Result, why string) {
	if a.keep {
		if r.Err != nil {
			why = r.Err.Error()
		}
		a.list = append(a.list, Attempt{Kind: r.Kind, Format: r.Format, OK: true, Why: why})
	}
}

func (d *Decoder) decode(ctx context.Context, dst []byte, in Input, a *attempts) ([]byte, Result) {
	r := Result{Kind: Null, Size: len(in.Data)}
	if in.Data == nil {
		a.yes(&r, "there are no bytes")
		return append(dst, "null"...), r
	}
	if out, ok := d.withSchema(ctx, dst, in, &r, a); ok {
		return out, r
	}
	return d.byLooks(dst, in, &r, a)
}
