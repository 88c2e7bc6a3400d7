package wire

import (
	"encoding/binary"
	"fmt"
)

// Keys that a peer may use before it has signed in.
const (
	saslHandshakeKey    = 17
	saslAuthenticateKey = 36
)

// CheckStranger walks the body of a request that came before sign-in, without
// taking memory or more time than its length: the decoder believes what a
// message says about the number of its tags, and spins for minutes on a lie.
// It knows the requests that strangers may send; others are ErrMalformed.
func (r *Request) CheckStranger() error {
	w := walker{b: r.body, ok: true}
	flexible := false
	switch r.Key {
	case apiVersionsKey:
		flexible = r.Version >= 3
		if flexible {
			w.tags() // of the header
			w.compact()
			w.compact()
		}
		if r.Version >= 5 {
			w.compact()
			w.take(4)
		}
	case saslHandshakeKey:
		w.take(int(w.uint16()))
	case saslAuthenticateKey:
		if flexible = r.Version >= 2; flexible {
			w.tags()
			w.compact()
		} else {
			w.take(int(w.uint32()))
		}
	default:
		return fmt.Errorf("%w: API key %d is not for strangers", ErrMalformed, r.Key)
	}
	if flexible {
		w.tags()
	}
	if !w.ok {
		return fmt.Errorf("%w: API key %d v%d ends early or says too much", ErrMalformed, r.Key, r.Version)
	}
	return nil
}

// walker steps over fields and never past the end.
type walker struct {
	b  []byte
	ok bool
}

func (w *walker) take(n int) []byte {
	if !w.ok || n < 0 || n > len(w.b) {
		w.ok = false
		return nil
	}
	got := w.b[:n]
	w.b = w.b[n:]
	return got
}

func (w *walker) uint16() uint16 {
	if b := w.take(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

func (w *walker) uint32() uint32 {
	if b := w.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (w *walker) uvarint() uint64 {
	v, n := binary.Uvarint(w.b)
	if n <= 0 {
		w.ok = false
		return 0
	}
	w.take(n)
	return v
}

// compact steps over a compact string or bytes: its length plus one, 0 for null.
func (w *walker) compact() {
	if n := w.uvarint(); n > uint64(len(w.b))+1 {
		w.ok = false
	} else if n > 0 {
		w.take(int(n - 1))
	}
}

func (w *walker) tags() {
	if !w.ok {
		return
	}
	rest, err := skipTags(w.b)
	if err != nil {
		w.ok = false
		return
	}
	w.b = rest
}
