package engine

import (
	"bufio"
	"fmt"
	"net"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kconsole/compose/embedded/wire"
)

// Conn is one connection to the inner broker. It is sequential, as a Kafka
// connection is: one request, then its response. It is not safe for
// concurrent use, but Close may be called from anywhere and ends a pending
// exchange.
type Conn struct {
	nc   net.Conn
	br   *bufio.Reader
	bw   *bufio.Writer
	corr int32
}

func newConn(nc net.Conn) *Conn {
	return &Conn{nc: nc, br: bufio.NewReaderSize(nc, 16<<10), bw: bufio.NewWriterSize(nc, 16<<10)}
}

// Close ends the connection. It may be called more than once.
func (c *Conn) Close() { _ = c.nc.Close() } // a pipe has nothing to lose

// Send writes a request that has no response (a produce with acks=0).
func (c *Conn) Send(frame []byte) error {
	if err := wire.WriteFrame(c.bw, frame); err != nil {
		return err
	}
	return c.bw.Flush()
}

// Exchange sends one request frame and returns the frame that answers it,
// both without size prefix.
func (c *Conn) Exchange(frame []byte) ([]byte, error) {
	if err := c.Send(frame); err != nil {
		return nil, err
	}
	return wire.ReadTrustedFrame(c.br)
}

// Request encodes req, sends it and decodes the answer. clientID is what the
// inner broker records as the client's id.
func (c *Conn) Request(req kmsg.Request, clientID string) (kmsg.Response, error) {
	c.corr++
	frame, err := c.Exchange(wire.AppendRequest(nil, req, c.corr, clientID))
	if err != nil {
		return nil, err
	}
	if got := wire.Correlation(frame); got != c.corr {
		return nil, fmt.Errorf("inner broker answered request %d with %d", c.corr, got)
	}
	return wire.DecodeResponse(req, frame)
}

// Do is Request with the answer's type known: Do[*kmsg.MetadataResponse].
func Do[R kmsg.Response](c *Conn, req kmsg.Request, clientID string) (R, error) {
	var zero R
	resp, err := c.Request(req, clientID)
	if err != nil {
		return zero, err
	}
	r, ok := resp.(R)
	if !ok {
		return zero, fmt.Errorf("inner broker answered %s with %T", kmsg.NameForKey(req.Key()), resp)
	}
	return r, nil
}

// signIn authenticates with SASL PLAIN.
func (c *Conn) signIn(user, password string) error {
	hs := kmsg.NewPtrSASLHandshakeRequest()
	hs.Version = 1
	hs.Mechanism = "PLAIN"
	hr, err := Do[*kmsg.SASLHandshakeResponse](c, hs, "")
	if err == nil {
		err = kerr.ErrorForCode(hr.ErrorCode)
	}
	if err != nil {
		return fmt.Errorf("inner broker: sign-in handshake: %w", err)
	}
	auth := kmsg.NewPtrSASLAuthenticateRequest()
	auth.Version = 2
	auth.SASLAuthBytes = []byte("\x00" + user + "\x00" + password)
	ar, err := Do[*kmsg.SASLAuthenticateResponse](c, auth, "")
	if err == nil {
		err = kerr.ErrorForCode(ar.ErrorCode)
	}
	if err != nil {
		return fmt.Errorf("inner broker: sign-in: %w", err)
	}
	return nil
}
