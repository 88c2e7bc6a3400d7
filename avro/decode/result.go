package decode

import "kconsole/avro/registry"

// Kind is what a record's bytes turned out to be.
type Kind string

// The kinds, in the order in which they are tried.
const (
	Null        Kind = "null" // no bytes at all: a tombstone, or no key
	Avro        Kind = "avro"
	JSONSchema  Kind = "json-schema" // JSON text with a schema id
	Protobuf    Kind = "protobuf"
	AvroFile    Kind = "avro-file" // an object container file
	JSON        Kind = "json"
	Text        Kind = "text"
	MessagePack Kind = "msgpack"
	CBOR        Kind = "cbor"
	Integer     Kind = "integer" // 2, 4 or 8 bytes, big-endian, as Kafka's serializers write
	Bytes       Kind = "bytes"
)

// Format is how a record says which schema it was written with.
type Format string

// The wire formats.
const (
	NoFormat        Format = ""
	Confluent       Format = "confluent"        // magic 0, schema id in 4 bytes
	ConfluentHeader Format = "confluent-header" // a GUID, or id, in a record header
	Apicurio        Format = "apicurio"         // magic 0, global id in 8 bytes
	ApicurioHeader  Format = "apicurio-header"  // a global or content id in a record header
	SingleObject    Format = "single-object"    // Avro's own: C3 01 and a fingerprint
	ByRule          Format = "by-rule"          // nothing in the record: a rule names the schema
	ObjectContainer Format = "object-container" // the schema is inside
)

// Header is a record header; keys may repeat.
type Header struct {
	Key   string
	Value []byte
}

// Input is the key or the value of one record.
type Input struct {
	Topic   string
	IsKey   bool
	Data    []byte // nil for a null, as Kafka distinguishes it from empty
	Headers []Header
}

// Result says what was made of the bytes.
type Result struct {
	Kind   Kind
	Format Format

	SchemaID int    // 0 if none
	GUID     string // "" if none
	// Subject and Version are where the schema is registered: under the
	// topic's own subject if possible. Empty if unknown.
	Subject string
	Version int
	// Message is the Protobuf message's full name, or the Avro type's.
	Message string

	// HeaderSize is how many bytes of the data belong to the wire format.
	HeaderSize int
	// Size is the length of the data.
	Size int

	// Err says why the bytes could not be read, or not to the end; the value
	// then holds what came before. It is nil when all is well.
	Err error
}

// use fills in where a schema is registered.
func (r *Result) use(u registry.Use) { r.Subject, r.Version = u.Subject, u.Version }

// Attempt is one try of [Decoder.Explain].
type Attempt struct {
	Kind   Kind
	Format Format
	// OK is true for the attempt that was taken.
	OK bool
	// Why says what spoke against it, or what was found.
	Why string
}
