package decode

import (
	"encoding/binary"
	"encoding/hex"
)

// headerSchema finds the record header that names the schema.
//
// Confluent's header form (Confluent Platform 8) has __key_schema_id or
// __value_schema_id: a magic byte, 1 before a 16-byte GUID or 0 before a
// four-byte id, then Protobuf message indexes if any. Apicurio's has
// apicurio.key.globalId and its siblings, a number in eight bytes.
func headerSchema(in Input) (schemaRef, bool) {
	confluent, apicurio := "__value_schema_id", "apicurio.value."
	if in.IsKey {
		confluent, apicurio = "__key_schema_id", "apicurio.key."
	}
	for i := len(in.Headers) - 1; i >= 0; i-- { // the last one counts
		h := &in.Headers[i]
		switch {
		case h.Key == confluent && len(h.Value) >= 17 && h.Value[0] == 1:
			return schemaRef{guid: guid(h.Value[1:17]), format: ConfluentHeader, indexes: h.Value[17:]}, true
		case h.Key == confluent && len(h.Value) >= 5 && h.Value[0] == 0:
			return schemaRef{
				id:     int(binary.BigEndian.Uint32(h.Value[1:])),
				format: ConfluentHeader, indexes: h.Value[5:],
			}, true
		case len(h.Value) == 8 && (h.Key == apicurio+"globalId" || h.Key == apicurio+"contentId"):
			if id := binary.BigEndian.Uint64(h.Value); id > 0 && id < 1<<31 {
				return schemaRef{id: int(id), format: ApicurioHeader}, true
			}
		}
	}
	return schemaRef{}, false
}

// guid writes 16 bytes as a UUID.
func guid(b []byte) string {
	var out [36]byte
	hex.Encode(out[:8], b[:4])
	hex.Encode(out[9:13], b[4:6])
	hex.Encode(out[14:18], b[6:8])
	hex.Encode(out[19:23], b[8:10])
	hex.Encode(out[24:], b[10:])
	out[8], out[13], out[18], out[23] = '-', '-', '-', '-'
	return string(out[:])
}
