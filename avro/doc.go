// Package avro reads Avro as it lies on the wire and shows it to people.
//
// [Compile] turns a writer schema into a [Schema]; [Schema.AppendJSON] then
// walks the bytes of a record once and appends JSON, without building maps or
// Go values and without allocating per record. A broken record yields what
// could be read before the fault, as valid JSON, together with a
// [*DecodeError] that names the field and the byte.
//
//	s, err := avro.Compile(schemaText, nil)
//	id, payload, ok := avro.ParseConfluent(record.Value)
//	out, err := s.AppendJSON(nil, payload, avro.Limits{})
//
// Input is untrusted: depth, item counts and output are bounded by [Limits],
// lengths are checked against the bytes that are there before anything is
// reserved for them, and trailing bytes and invalid UTF-8 are errors.
//
// Schemas are parsed and validated by github.com/twmb/avro; the formats follow
// the Apache Avro specification 1.12 (https://avro.apache.org/docs/1.12.0/specification/).
package avro
