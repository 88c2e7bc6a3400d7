// Package recordfilter decides which records of a topic are of interest. The
// command line and the console share its language.
//
//	c-4711                       a part of the record's text; upper case makes it exact about case
//	de|fr                        a regular expression, the same way
//	!heartbeat                   records that do not match
//	/^o-[0-9]+$/                 a regular expression, whatever is in it; /…/i ignores case
//	value.total > 50             an expression
//
// Text is looked for in the key, in the value as it is shown, in headers as
// key=value, and in the reason why a value could not be decoded.
//
// An expression is something that begins with one of the names below and goes
// on with a point, a bracket or an operator, or that has ==, !=, <=, >=, && or
// || in it. It gives true or false:
//
//	key, has_key, key_value      the key as text; false for a null key; the key decoded
//	value, tombstone             the value decoded; true for a null value
//	text                         the value as it is shown
//	headers                      by name; of a name that repeats, the last one
//	header_list                  all of them: any(header_list, .key == "trace")
//	topic, partition, offset     where the record is
//	timestamp                    a time: timestamp > ago("5m"), timestamp < date("2026-11-23")
//	size, key_size               bytes of the value and of the key
//	schema.id, .subject, .version
//	error                        why the value could not be decoded; empty if it could
//
// Operators and functions are those of github.com/expr-lang/expr, as far as
// their cost is bounded by the size of a record. A field that is not there is
// nil; what cannot be compared (nil > 5) does not match, and is counted.
//
// Expressions that only look at single fields of the value do not decode the
// rest of an Avro record.
package recordfilter
