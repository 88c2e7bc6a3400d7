// Package wire frames Kafka requests and responses: a four byte big-endian
// size, then that many bytes. It knows the headers of the Kafka protocol and
// leaves the bodies to kmsg.
//
// Everything that reads is bounded: a size beyond the caller's limit is an
// error before any memory is taken for it, and a size within the limit takes
// memory only as the bytes arrive, so that a peer that announces much and
// sends little costs little.
package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Limits on the size of one frame, in bytes.
const (
	// MaxFrame is Kafka's default socket.request.max.bytes.
	MaxFrame = 100 << 20
	// MaxUnauthenticated bounds the frames of a peer that has not signed in:
	// ApiVersions and the SASL exchange fit many times over.
	MaxUnauthenticated = 16 << 10
	// growStep is how much ReadFrame takes at once for a frame that is larger.
	growStep = 256 << 10
)

// ErrFrameSize is returned for a frame whose announced size is negative, too
// small to hold a header, or above the limit. The connection cannot be
// resynchronised after it.
var ErrFrameSize = errors.New("frame size out of range")

// ReadFrame reads one size-prefixed frame and returns it without the prefix.
// The slice is the caller's to keep. The limit in bytes is asked for once the
// size has arrived, so that it is the one in force then. It returns io.EOF
// only when the peer closed between two frames.
func ReadFrame(r io.Reader, limit func() int) ([]byte, error) {
	var prefix [4]byte
	if _, err := io.ReadFull(r, prefix[:]); err != nil {
		return nil, err
	}
	size := int(int32(binary.BigEndian.Uint32(prefix[:])))
	if most := limit(); size < 4 || size > most {
		return nil, fmt.Errorf("%w: %d bytes announced, at most %d accepted", ErrFrameSize, size, most)
	}
	frame := make([]byte, 0, min(size, growStep))
	for len(frame) < size {
		if len(frame) == cap(frame) {
			grown := make([]byte, len(frame), min(size, 4*cap(frame)))
			copy(grown, frame)
			frame = grown
		}
		chunk := frame[len(frame):min(size, cap(frame))]
		n, err := io.ReadFull(r, chunk)
		frame = frame[:len(frame)+n]
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
	}
	return frame, nil
}

// ReadTrustedFrame reads one frame from a peer inside this process: it takes
// the announced size at once. It has no place on a socket.
func ReadTrustedFrame(r io.Reader) ([]byte, error) {
	var prefix [4]byte
	if _, err := io.ReadFull(r, prefix[:]); err != nil {
		return nil, err
	}
	frame := make([]byte, binary.BigEndian.Uint32(prefix[:]))
	_, err := io.ReadFull(r, frame)
	return frame, err
}

// WriteFrame writes one frame with its size prefix. The two writes are joined
// by the caller's buffering; w is normally a *bufio.Writer.
func WriteFrame(w io.Writer, frame []byte) error {
	var prefix [4]byte
	binary.BigEndian.PutUint32(prefix[:], uint32(len(frame)))
	if _, err := w.Write(prefix[:]); err != nil {
		return err
	}
	_, err := w.Write(frame)
	return err
}
