package load

import (
	"fmt"

	"kconsole/avro/registry"
)

// What [Options] may hold, for flags and forms, the usual one first.

// Formats are what values may be written as: Avro in the Confluent wire format,
// the same as JSON text, or bytes without a schema.
func Formats() []string { return []string{"avro", "json", "bytes"} }

// Origin says where records of a load come from, as the audit log has it.
func Origin(format string) string { return "records made up by kconsole load, values as " + format }

// Acks are who has to have a record before it counts, as in [Options].
func Acks() []string { return []string{"all", "leader", "none"} }

// Compressions are the codecs of a batch, as in [Options].
func Compressions() []string { return []string{"none", "gzip", "snappy", "lz4", "zstd"} }

// MostBytes is the longest value that [Bytes] is asked for.
const MostBytes = 100 << 20

const (
	// freshRate is up to which rate, in records a second, every value is made anew.
	freshRate = 10_000
	// repeated is how many values are made beyond it.
	repeated = 16_384
)

// RepeatAt is the [Options] Repeat that suits a rate in records a second: making
// values must not hold up a load that is fast, or as fast as it goes (0).
func RepeatAt(rate float64) int {
	if rate == 0 || rate > freshRate {
		return repeated
	}
	return 0
}

// OfSchema makes random values of a schema, in one of [Formats] that has one.
func OfSchema(s *registry.Schema, format string, seed uint64) (Maker, error) {
	switch format {
	case "avro":
		return Avro(s, seed)
	case "json":
		return JSON(s, seed)
	}
	return nil, fmt.Errorf("values of a schema are avro or json, not %s", format)
}
