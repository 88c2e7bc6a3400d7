package engine

import (
	"context"
	"net"
	"sync"
)

// pipeListener is the door through which the front reaches the log: every
// dial is an in-memory pipe, so no port of the inner broker exists that
// another process could reach.
type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipeListener() *pipeListener {
	return &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *pipeListener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

// dial hands one end of a new pipe to Accept and returns the other. The inner
// broker sees remote as its peer, which is what host based ACLs look at.
func (l *pipeListener) dial(ctx context.Context, remote net.Addr) (net.Conn, error) {
	inner, outer := net.Pipe()
	select {
	case l.conns <- peer{Conn: inner, remote: remote}:
		return outer, nil
	case <-l.closed:
	case <-ctx.Done():
	}
	inner.Close()
	outer.Close()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return nil, net.ErrClosed
}

// peer is a pipe end that answers with the address of the real client.
type peer struct {
	net.Conn
	remote net.Addr
}

func (p peer) RemoteAddr() net.Addr { return p.remote }
