package avro

import (
	"encoding/binary"

	tavro "github.com/twmb/avro"
)

// Fingerprint is the schema's CRC-64-AVRO (Rabin) fingerprint, computed over
// its Parsing Canonical Form. Single-object encoding writes it little-endian.
func (s *Schema) Fingerprint() uint64 { return s.rabin() }

func rabin(canonical []byte) uint64 {
	h := tavro.NewRabin()
	_, _ = h.Write(canonical) // a hash never fails to write
	return binary.BigEndian.Uint64(h.Sum(nil))
}
