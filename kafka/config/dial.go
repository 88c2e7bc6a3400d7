package config

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"time"
)

// DialLimit bounds a TCP connection and the TLS handshake on it.
const DialLimit = 3 * time.Second

// dialer connects, with TLS if there is a configuration for it, which verifies the
// certificate for the host that is dialed unless it names another.
func dialer(secure *tls.Config) func(ctx context.Context, network, address string) (net.Conn, error) {
	plain := &net.Dialer{Timeout: DialLimit}
	if secure == nil {
		return plain.DialContext
	}
	d := &tls.Dialer{NetDialer: plain, Config: secure}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := d.DialContext(ctx, network, address)
		return conn, ofThisBroker(remote{network, address}, err)
	}
}

// Handshake is the Op of the [net.OpError] of a failed TLS handshake.
const Handshake = "tls handshake"

// remote is what was dialed, by the name that it was dialed by.
type remote struct{ network, address string }

func (r remote) Network() string { return r.network }
func (r remote) String() string  { return r.address }

// ofThisBroker makes a failed handshake one with this broker, of which the client
// library knows that another may do better. Bare, it takes the error for one that no
// broker can mend: one wrong certificate in a cluster failed each request that was
// sent there by chance.
func ofThisBroker(addr remote, err error) error {
	_, certificate := errors.AsType[*tls.CertificateVerificationError](err)
	_, noTLS := errors.AsType[tls.RecordHeaderError](err)
	if certificate || noTLS {
		return &net.OpError{Op: Handshake, Net: addr.network, Addr: addr, Err: err} // not "dial": it is no use to try this one again
	}
	return err
}
