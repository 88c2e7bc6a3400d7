// Package recordjson writes records as JSON lines: the shape that scripts rely
// on, shared by `kconsole tail -o jsonl` and by the console's export.
//
// Every record is one line, whatever is in it, with these keys in this order:
//
//	{"topic":"orders","partition":3,"offset":302118,
//	 "timestamp":"2026-11-23T14:02:10.460Z",
//	 "key":"c-4711","value":{"id":"o-88123","total":99.00},
//	 "headers":[{"key":"trace","value":"8f3a"}],
//	 "schema":{"id":17,"subject":"orders-value","version":3},
//	 "error":null}
//
// A null is a null in the log, or something that is not there: the value of a
// tombstone, the schema of a record that has none, the timestamp of a record
// that carries none. A value that cannot be decoded is null as well, then
// "error" says why and "raw" holds its bytes in base64. Bytes that are not text
// follow the same habit: a key gets "key_raw" (and "key_error" if it had a
// schema that failed), a header value gets "raw". A timestamp that RFC 3339 has
// no name for is null and stands as a number in "timestamp_ms".
//
// The lines are safe to print: control characters, also those of the C1 range,
// marks that turn the direction of text and characters without width are
// written as \u escapes, which mean the same to every JSON reader.
package recordjson
