package wire

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// ErrMalformed is returned for bytes that do not parse as what their header
// says they are.
var ErrMalformed = errors.New("malformed message")

// apiVersionsKey is the one API whose response header never carries tags, so
// that a client can read the answer to a version it should not have sent.
const apiVersionsKey = 18

// Request is one request as it arrived: its header decoded, its body still
// bytes of Frame.
type Request struct {
	Key         int16
	Version     int16
	Correlation int32
	ClientID    string // "" for a null client id, as brokers treat it
	Frame       []byte // the whole frame, header included, without the size prefix

	body []byte
}

// ParseRequest decodes the header of a request frame. It accepts only keys
// that kmsg knows; the caller decides which of those it serves. The flexible
// header's tags are skipped, bounded by the frame.
func ParseRequest(frame []byte) (Request, error) {
	if len(frame) < 10 {
		return Request{}, fmt.Errorf("%w: %d bytes is too short for a request header", ErrMalformed, len(frame))
	}
	r := Request{
		Key:         int16(binary.BigEndian.Uint16(frame)),
		Version:     int16(binary.BigEndian.Uint16(frame[2:])),
		Correlation: int32(binary.BigEndian.Uint32(frame[4:])),
		Frame:       frame,
	}
	rest := frame[10:]
	if n := int(int16(binary.BigEndian.Uint16(frame[8:]))); n >= 0 {
		if n > len(rest) {
			return Request{}, fmt.Errorf("%w: client id runs past the frame", ErrMalformed)
		}
		r.ClientID, rest = string(rest[:n]), rest[n:]
	}
	r.body = rest
	return r, nil
}

// Body returns the body, which shares memory with Frame: what is changed in it
// is changed in Frame. Only the header of a flexible version has tags, so the
// caller says whether this is one.
func (r *Request) Body(flexible bool) ([]byte, error) {
	if !flexible {
		return r.body, nil
	}
	return skipTags(r.body)
}

// Decode decodes the body. The result may share memory with Frame. An unknown
// key, a body that ends early or a count that cannot fit is ErrMalformed.
func (r *Request) Decode() (kmsg.Request, error) {
	req := kmsg.RequestForKey(r.Key)
	if req == nil {
		return nil, fmt.Errorf("%w: unknown API key %d", ErrMalformed, r.Key)
	}
	req.SetVersion(r.Version)
	body, err := r.Body(req.IsFlexible())
	if err != nil {
		return nil, err
	}
	if err := readFrom(req, body); err != nil {
		return nil, fmt.Errorf("%w: %s v%d: %w", ErrMalformed, kmsg.NameForKey(r.Key), r.Version, err)
	}
	return req, nil
}

// AppendRequest encodes a request frame, without the size prefix.
func AppendRequest(dst []byte, req kmsg.Request, correlation int32, clientID string) []byte {
	dst = binary.BigEndian.AppendUint16(dst, uint16(req.Key()))
	dst = binary.BigEndian.AppendUint16(dst, uint16(req.GetVersion()))
	dst = binary.BigEndian.AppendUint32(dst, uint32(correlation))
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(clientID)))
	dst = append(dst, clientID...)
	if req.IsFlexible() {
		dst = append(dst, 0)
	}
	return req.AppendTo(dst)
}

// AppendResponse encodes a response frame, without the size prefix.
func AppendResponse(dst []byte, resp kmsg.Response, correlation int32) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(correlation))
	if resp.IsFlexible() && resp.Key() != apiVersionsKey {
		dst = append(dst, 0)
	}
	return resp.AppendTo(dst)
}

// DecodeResponse decodes the response frame that answers req into a new
// response of req's kind and version. The result may share memory with frame.
func DecodeResponse(req kmsg.Request, frame []byte) (kmsg.Response, error) {
	if len(frame) < 4 {
		return nil, fmt.Errorf("%w: %d bytes is too short for a response header", ErrMalformed, len(frame))
	}
	resp := req.ResponseKind()
	body := frame[4:]
	if resp.IsFlexible() && resp.Key() != apiVersionsKey {
		var err error
		if body, err = skipTags(body); err != nil {
			return nil, err
		}
	}
	if err := readFrom(resp, body); err != nil {
		return nil, fmt.Errorf("%w: %s v%d response: %w", ErrMalformed, kmsg.NameForKey(resp.Key()), resp.GetVersion(), err)
	}
	return resp, nil
}

// Correlation returns the correlation id of a response frame.
func Correlation(frame []byte) int32 {
	if len(frame) < 4 {
		return 0
	}
	return int32(binary.BigEndian.Uint32(frame))
}

func readFrom(m interface{ ReadFrom([]byte) error }, body []byte) error {
	if u, ok := m.(interface{ UnsafeReadFrom([]byte) error }); ok {
		return u.UnsafeReadFrom(body)
	}
	return m.ReadFrom(body)
}

// skipTags steps over the tagged fields of a flexible header (KIP-482).
func skipTags(b []byte) ([]byte, error) {
	bad := func() ([]byte, error) { return nil, fmt.Errorf("%w: header tags", ErrMalformed) }
	count, n := binary.Uvarint(b)
	if n <= 0 || count > uint64(len(b)) {
		return bad()
	}
	b = b[n:]
	for ; count > 0; count-- {
		if _, n = binary.Uvarint(b); n <= 0 {
			return bad()
		}
		b = b[n:]
		size, n := binary.Uvarint(b)
		if n <= 0 || size > uint64(len(b)-n) {
			return bad()
		}
		b = b[n+int(size):]
	}
	return b, nil
}
