// Package recordinput makes records to write out of what people and scripts give:
// text, JSON, or the JSON lines that package recordjson writes, so that what was
// read from one topic can be written to another.
//
// A line is a JSON object with any of these keys:
//
//	key, value      JSON; with a schema it is encoded by it, else a string is
//	                written as text and anything else as compact JSON; null is null
//	key_raw, raw    base64 of the bytes, taken where key or value is null
//	headers         a list of {"key", "value"} or {"key", "raw"}, or an object
//	partition       a number; without it the key decides
//	timestamp       RFC 3339
//
// The other keys that recordjson writes are left alone: topic, offset, schema,
// key_schema, error, key_error, timestamp_ms. Any other key is an error.
package recordinput
