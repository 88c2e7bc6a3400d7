package avro

import "encoding/binary"

// ConfluentHeaderSize is the length of the Confluent wire format's header: a
// zero byte and the schema id, big-endian in four bytes.
const ConfluentHeaderSize = 5

// ParseConfluent splits a value in the Confluent wire format into the schema
// id and what follows it: the Avro binary encoding, JSON text, or for Protobuf
// the message indexes and the message. ok is false when value does not begin
// with the format's zero byte or is too short to hold an id.
func ParseConfluent(value []byte) (id int, payload []byte, ok bool) {
	if len(value) < ConfluentHeaderSize || value[0] != 0 {
		return 0, nil, false
	}
	return int(binary.BigEndian.Uint32(value[1:])), value[ConfluentHeaderSize:], true
}

// AppendConfluent appends the Confluent header for a schema id, which must
// fit 32 bits.
func AppendConfluent(dst []byte, id int) []byte {
	return binary.BigEndian.AppendUint32(append(dst, 0), uint32(id))
}

// ApicurioHeaderSize is the length of Apicurio's own header: a zero byte and
// the global id, big-endian in eight bytes.
const ApicurioHeaderSize = 9

// ParseApicurio splits a value in Apicurio Registry's default wire format,
// which has eight bytes of id where Confluent's has four. Nothing in the value
// tells the two apart for certain; an id that fits 32 bits leaves four zero
// bytes here, which in Confluent's format would be schema id 0.
func ParseApicurio(value []byte) (id int64, payload []byte, ok bool) {
	if len(value) < ApicurioHeaderSize || value[0] != 0 {
		return 0, nil, false
	}
	n := binary.BigEndian.Uint64(value[1:])
	if n > 1<<62 {
		return 0, nil, false
	}
	return int64(n), value[ApicurioHeaderSize:], true
}

// SingleObjectHeaderSize is the length of the header of Avro's single-object
// encoding: two marker bytes and the schema's fingerprint.
const SingleObjectHeaderSize = 10

// ParseSingleObject splits a value in Avro's single-object encoding into the
// CRC-64-AVRO fingerprint of its writer schema and the Avro binary encoding.
func ParseSingleObject(value []byte) (fingerprint uint64, payload []byte, ok bool) {
	if len(value) < SingleObjectHeaderSize || value[0] != 0xc3 || value[1] != 0x01 {
		return 0, nil, false
	}
	return binary.LittleEndian.Uint64(value[2:]), value[SingleObjectHeaderSize:], true
}

// AppendSingleObject appends the header of Avro's single-object encoding for
// this schema.
func (s *Schema) AppendSingleObject(dst []byte) []byte {
	return binary.LittleEndian.AppendUint64(append(dst, 0xc3, 0x01), s.Fingerprint())
}
