package front

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kconsole/compose/embedded/engine"
	"kconsole/compose/embedded/wire"
)

// errDrop ends a connection without an answer, as a broker does for what it
// cannot answer.
var errDrop = errors.New("connection dropped")

// conn is one client connection: frames are read ahead by one, handled one at
// a time and answered in order, as the protocol demands.
type conn struct {
	srv     *Server
	b       *broker
	nc      net.Conn // TLS included once the handshake is through
	raw     net.Conn
	bw      *bufio.Writer
	be      *engine.Conn
	ctx     context.Context
	cancel  context.CancelFunc
	once    sync.Once
	counted bool // out of the broker's allowance for strangers; guarded by b.mu

	sign signIn
	mute time.Duration // how long the client is throttled after this answer
}

func newConn(b *broker, nc net.Conn) *conn {
	c := &conn{srv: b.srv, b: b, nc: nc, raw: nc}
	c.ctx, c.cancel = context.WithCancel(b.srv.ctx)
	return c
}

// close may be called from anywhere, also twice.
func (c *conn) close() {
	c.once.Do(func() {
		c.cancel()
		c.raw.Close()
	})
}

func (c *conn) run() {
	if err := c.serve(); err != nil && c.ctx.Err() == nil {
		c.srv.log.Debug("connection ended", "broker", c.b.id, "peer", c.raw.RemoteAddr().String(), "err", err)
	}
}

func (c *conn) serve() error {
	if err := c.b.wait(c.ctx); err != nil {
		return err
	}
	if err := c.handshake(); err != nil {
		return err
	}
	be, err := c.srv.cfg.Engine.Dial(c.ctx, c.raw.RemoteAddr())
	if err != nil {
		return err
	}
	c.be = be
	// A pending exchange ends with the connection.
	stop := context.AfterFunc(c.ctx, be.Close)
	defer func() {
		stop()
		be.Close()
	}()
	if len(c.srv.cfg.Mechanisms) == 0 {
		c.sign.done = true
		c.b.signedIn(c)
	}
	frames := make(chan []byte)
	readErr := make(chan error, 1)
	c.srv.wg.Add(1)
	go func() {
		defer c.srv.wg.Done()
		readErr <- c.read(frames)
		c.close() // the peer is gone: end what is pending for it
	}()
	c.bw = bufio.NewWriterSize(c.nc, 16<<10)
	for {
		select {
		case frame := <-frames:
			if err := c.serveOne(frame); err != nil {
				c.close()
				return errors.Join(err, <-readErr)
			}
		case err := <-readErr:
			return err
		}
	}
}

// handshake wraps the connection in TLS, with the certificate that the broker
// shows at this moment.
func (c *conn) handshake() error {
	cfg := c.srv.cfg.TLS
	deadline := time.Now().Add(signInTime)
	if err := c.nc.SetDeadline(deadline); err != nil {
		return err
	}
	if cfg == nil {
		return nil
	}
	c.b.mu.Lock()
	cert := c.b.cert
	c.b.mu.Unlock()
	if cert != nil {
		cfg = cfg.Clone()
		cfg.Certificates = []tls.Certificate{*cert}
		cfg.GetCertificate, cfg.GetConfigForClient = nil, nil
	}
	tc := tls.Server(c.nc, cfg)
	if err := tc.HandshakeContext(c.ctx); err != nil {
		return fmt.Errorf("TLS handshake: %w", err)
	}
	c.nc = tc
	return nil
}

// read hands frames over one by one. What a stranger may send is small, and
// must come before the sign-in deadline.
func (c *conn) read(frames chan<- []byte) error {
	br := bufio.NewReaderSize(c.nc, 16<<10)
	for {
		if c.sign.complete() {
			if err := c.nc.SetReadDeadline(time.Now().Add(idleTime)); err != nil {
				return err
			}
		}
		frame, err := wire.ReadFrame(br, c.frameLimit)
		if err != nil {
			return err
		}
		select {
		case frames <- frame:
		case <-c.ctx.Done():
			return c.ctx.Err()
		}
	}
}

func (c *conn) frameLimit() int {
	if c.sign.complete() {
		return wire.MaxFrame
	}
	return wire.MaxUnauthenticated
}

func (c *conn) serveOne(frame []byte) error {
	if err := c.b.wait(c.ctx); err != nil {
		return err
	}
	r, err := wire.ParseRequest(frame)
	if err != nil {
		return err
	}
	resp, err := c.dispatch(&r)
	if err != nil && resp == nil {
		return err
	}
	if resp != nil {
		// A broker that was paused meanwhile does not answer either.
		if werr := c.b.wait(c.ctx); werr != nil {
			return werr
		}
		if werr := c.write(resp); werr != nil {
			return werr
		}
	}
	if err == nil && c.mute > 0 {
		err = c.sleep(c.mute)
		c.mute = 0
	}
	return err // an answer that is the last one comes with an error
}

func (c *conn) sleep(d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-c.ctx.Done():
		return c.ctx.Err()
	}
}

func (c *conn) write(resp []byte) error {
	if c.sign.complete() {
		if err := c.nc.SetWriteDeadline(time.Now().Add(writeTime)); err != nil {
			return err
		}
	}
	if err := wire.WriteFrame(c.bw, resp); err != nil {
		return err
	}
	return c.bw.Flush()
}

// dispatch answers one request. It refuses, before anything reaches the
// engine, what this cluster does not serve and what strangers may not ask.
func (c *conn) dispatch(r *wire.Request) ([]byte, error) {
	api, ok := c.srv.apis[r.Key]
	if !ok {
		return nil, fmt.Errorf("%w: API key %d is not served", errDrop, r.Key)
	}
	signedIn := c.sign.complete()
	if !signedIn && !api.stranger {
		return nil, fmt.Errorf("%w: %s before sign-in", errDrop, kmsg.NameForKey(r.Key))
	}
	if r.Version < api.min || r.Version > api.max {
		if r.Key == kmsg.ApiVersions.Int16() && r.Version > api.max {
			return c.apiVersionsTooNew(r), nil
		}
		return nil, fmt.Errorf("%w: %s v%d is not served", errDrop, kmsg.NameForKey(r.Key), r.Version)
	}
	if !signedIn {
		if err := r.CheckStranger(); err != nil {
			return nil, err
		}
	}
	req, err := r.Decode()
	if err != nil {
		return nil, err
	}
	if api.handle == nil {
		return c.be.Exchange(r.Frame)
	}
	return api.handle(c, r, req)
}

// ask sends req to the engine as this client and decodes the answer.
func ask[R kmsg.Response](c *conn, r *wire.Request, req kmsg.Request) (R, error) {
	return engine.Do[R](c.be, req, r.ClientID)
}

func answer(r *wire.Request, resp kmsg.Response) []byte {
	return wire.AppendResponse(nil, resp, r.Correlation)
}
