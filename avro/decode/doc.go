// Package decode finds out what the bytes of a record are and shows them.
//
// A [Decoder] tries what the record says about itself first (headers and magic
// bytes that lead to a schema), then what its bytes look like: JSON, text,
// MessagePack, CBOR, integers, and at last plain bytes. It never fails: a
// record whose schema is missing, or that is broken in the middle, comes back
// with what could be read, and an error that says what went wrong.
// [Decoder.Explain] reports every attempt.
package decode
