package registry

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// Server is a registry that listens. Its methods may be called from several
// goroutines.
type Server struct {
	registry *Registry
	cfg      Config
	addr     string // host:port, the port settled by the first listen

	mu      sync.Mutex
	closed  bool
	running *listening    // nil while stopped
	resume  chan struct{} // closed when requests may go on; nil unless paused
	unhook  func() bool
}

// listening is one run of the server between a start and a stop.
type listening struct {
	http   *http.Server
	served chan struct{}  // closed when the accept loop has ended
	conns  sync.WaitGroup // the connections' goroutines
	ended  chan struct{}  // closed when the run is to end: frees paused requests
}

// Start opens the registry that cfg describes and serves it until ctx ends or
// Close is called. When it returns, the registry answers.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	r, err := Open(cfg)
	if err != nil {
		return nil, err
	}
	s := &Server{registry: r, cfg: r.cfg, addr: r.cfg.Addr}
	if err := s.Start(); err != nil {
		_ = r.Close()
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unhook = context.AfterFunc(ctx, func() { _ = s.Close() })
	return s, nil
}

// URL is where the registry is served: http://host:port or https://host:port,
// the same for as long as the server lives.
func (s *Server) URL() string {
	scheme := "http"
	if s.cfg.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + s.Addr()
}

// Addr is the host:port that the server listens on.
func (s *Server) Addr() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addr
}

// Handler is the registry itself, to be called without a connection. It answers
// also while the server is stopped or paused.
func (s *Server) Handler() http.Handler { return s.registry }

// Running reports whether the server listens.
func (s *Server) Running() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.running != nil
}

// Start listens again after Stop, at the same address. It does nothing when the
// server runs, and fails when the address has been taken meanwhile.
func (s *Server) Start() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return errors.New("registry: it is closed: start a new one")
	case s.running != nil:
		return nil
	}
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", s.addr)
	if err != nil {
		return fmt.Errorf("registry: cannot listen on %s: %w", s.addr, err)
	}
	s.addr = l.Addr().String()
	run := &listening{served: make(chan struct{}), ended: make(chan struct{})}
	run.http = &http.Server{
		Handler:           http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) { s.serve(run, w, req) }),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      15*time.Second + s.cfg.Limits.RequestTimeout,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(s.cfg.Logger.Handler(), slog.LevelDebug),
		ConnState: func(_ net.Conn, state http.ConnState) {
			switch state {
			case http.StateNew:
				run.conns.Add(1)
			case http.StateClosed, http.StateHijacked:
				run.conns.Done()
			}
		},
	}
	l = &boundedListener{Listener: l, free: make(chan struct{}, s.cfg.Limits.MaxConns), ended: run.ended}
	if s.cfg.TLS != nil {
		conf := s.cfg.TLS.Clone()
		if conf.MinVersion == 0 {
			conf.MinVersion = tls.VersionTLS12
		}
		// One protocol is enough, and HTTP/2 would let one connection open
		// hundreds of requests at once.
		conf.NextProtos = []string{"http/1.1"}
		l = tls.NewListener(l, conf)
	}
	s.running = run
	go func() {
		defer close(run.served)
		_ = run.http.Serve(l) // it ends when the run does
	}()
	return nil
}

// serve hands a request to the registry, or holds it back while paused.
func (s *Server) serve(run *listening, w http.ResponseWriter, req *http.Request) {
	s.mu.Lock()
	resume := s.resume
	s.mu.Unlock()
	if resume != nil {
		select {
		case <-resume:
		case <-req.Context().Done():
			return
		case <-run.ended:
			return
		}
	}
	s.registry.ServeHTTP(w, req)
}

// Stop takes the registry away: its port refuses connections and those that are
// open are cut. What was registered stays. It waits for requests in progress to
// end and does nothing when the server is stopped.
func (s *Server) Stop() {
	s.mu.Lock()
	run := s.running
	s.running = nil
	s.mu.Unlock()
	if run == nil {
		return
	}
	close(run.ended)
	_ = run.http.Close()
	<-run.served
	run.conns.Wait()
}

// Pause lets the registry hang: connections are taken, requests wait and get no
// answer until Resume, as with a process that is suspended.
func (s *Server) Pause() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.resume == nil {
		s.resume = make(chan struct{})
	}
}

// Resume ends Pause: requests that still wait are answered.
func (s *Server) Resume() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.resume != nil {
		close(s.resume)
		s.resume = nil
	}
}

// Close stops the server and lets go of its data. It can be called again.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	unhook := s.unhook
	s.mu.Unlock()
	if unhook != nil {
		unhook()
	}
	s.Stop()
	return s.registry.Close()
}

// boundedListener takes a limited number of connections at once; further ones
// wait in the system's queue.
type boundedListener struct {
	net.Listener
	free  chan struct{}
	ended <-chan struct{}
}

func (b *boundedListener) Accept() (net.Conn, error) {
	select {
	case b.free <- struct{}{}:
	case <-b.ended:
		return nil, net.ErrClosed
	}
	c, err := b.Listener.Accept()
	if err != nil {
		<-b.free
		return nil, err
	}
	return &boundedConn{Conn: c, release: sync.OnceFunc(func() { <-b.free })}, nil
}

type boundedConn struct {
	net.Conn
	release func()
}

func (c *boundedConn) Close() error {
	defer c.release()
	return c.Conn.Close()
}
