package kafkaconf

import (
	"crypto/rand"
	"encoding/base64"
)

// NewUUID makes a random id in the form of Kafka's Uuid, for clusters and
// directories: 16 bytes in URL-safe base64 without padding, not beginning with
// a dash, which would look like an option.
func NewUUID() string {
	for {
		var raw [16]byte
		_, _ = rand.Read(raw[:]) // never fails
		if id := base64.RawURLEncoding.EncodeToString(raw[:]); id[0] != '-' {
			return id
		}
	}
}
