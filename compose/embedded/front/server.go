// Package front is what clients see of the embedded cluster: one listener per
// broker, with TLS, sign-in, bounded frames and the cluster's shape. Requests
// go on to the engine, which owns the records; requests and responses that
// show leaders, replicas, coordinators or brokers are rewritten on the way.
package front

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kconsole/compose/embedded/engine"
	"kconsole/compose/embedded/shape"
)

// Limits that keep hostile peers cheap.
const (
	maxConns           = 2000             // per broker
	maxUnauthenticated = 128              // per broker
	signInTime         = 15 * time.Second // from accept to signed in
	idleTime           = 10 * time.Minute // connections.max.idle.ms
	writeTime          = time.Minute      // for one response to leave
)

// Broker is one virtual broker's fixed part.
type Broker struct {
	ID   int32
	Host string // where it listens and what it advertises
	Port int    // 0: chosen at the first Listen, kept from then on
}

// Config configures New.
type Config struct {
	Engine     *engine.Engine
	Shape      *shape.Shape
	Brokers    []Broker
	TLS        *tls.Config // nil: plaintext
	Mechanisms []string    // SASL mechanisms on offer; none: no sign-in
	ClusterID  string
	Defaults   Defaults
	Log        *slog.Logger
}

// Defaults are the cluster-wide broker configurations that the front decides by.
type Defaults struct {
	Partitions        int32 // num.partitions
	ReplicationFactor int   // default.replication.factor
	MinISR            int   // min.insync.replicas
	AutoCreate        bool  // auto.create.topics.enable
	Unclean           bool  // unclean.leader.election.enable
	Authorizer        bool  // whether ACLs are in force
	SuperUsers        []string
	Timing            shape.Timing
	GroupHeartbeat    time.Duration
	RetentionCheck    time.Duration
}

// Server serves all brokers.
type Server struct {
	cfg    Config
	log    *slog.Logger
	apis   apiTable
	static map[string]string // what a broker's properties file would say
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup

	brokers map[int32]*broker // fixed after New
	quotas  atomic.Pointer[quotaTable]

	topicsMu   sync.Mutex // topics and partitions come and go in the engine and then in the shape
	internalMu sync.Mutex // requests on internal
	internal   *engine.Conn
}

// askInternal asks the engine as the stack itself, which may do everything.
func askInternal[R kmsg.Response](s *Server, req kmsg.Request) (R, error) {
	s.internalMu.Lock()
	defer s.internalMu.Unlock()
	return engine.Do[R](s.internal, req, "")
}

// broker is one listener and its connections.
type broker struct {
	srv  *Server
	id   int32
	host string
	port int

	mu         sync.Mutex
	ln         net.Listener
	conns      map[*conn]struct{}
	unauth     int
	gate       chan struct{} // closed: open; else paused
	advertised string        // "" or host:port shown instead of the real one
	cert       *tls.Certificate

	meters meters
}

// New prepares a server; Listen opens its brokers one by one.
func New(cfg Config) (*Server, error) {
	s := &Server{cfg: cfg, log: cfg.Log, brokers: map[int32]*broker{}, static: staticConfigs(cfg)}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	open := make(chan struct{})
	close(open)
	for _, b := range cfg.Brokers {
		s.brokers[b.ID] = &broker{srv: s, id: b.ID, host: b.Host, port: b.Port, conns: map[*conn]struct{}{}, gate: open}
	}
	in, err := cfg.Engine.DialInternal(s.ctx)
	if err != nil {
		s.cancel()
		return nil, err
	}
	s.internal = in
	if s.apis, err = loadAPIs(in); err != nil {
		s.cancel()
		in.Close()
		return nil, err
	}
	if err := s.loadQuotas(); err != nil {
		s.cancel()
		in.Close()
		return nil, err
	}
	return s, nil
}

// Close ends all listeners and connections and waits for them.
func (s *Server) Close() {
	s.cancel()
	for _, b := range s.brokers {
		b.shut()
	}
	s.wg.Wait()
	s.internal.Close()
}

func (s *Server) broker(id int32) (*broker, error) {
	if b := s.brokers[id]; b != nil {
		return b, nil
	}
	return nil, shape.ErrUnknownBroker(id)
}

// Addr returns where a broker listens, which does not change once it has
// listened for the first time.
func (s *Server) Addr(id int32) string {
	b := s.brokers[id]
	if b == nil {
		return ""
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return net.JoinHostPort(b.host, strconv.Itoa(b.port))
}

// Listen opens a broker's port. A port that was just closed may need a moment.
func (s *Server) Listen(id int32) error {
	b, err := s.broker(id)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ln != nil {
		return nil
	}
	addr := net.JoinHostPort(b.host, strconv.Itoa(b.port))
	var ln net.Listener
	for attempt := 0; ; attempt++ {
		if ln, err = new(net.ListenConfig).Listen(s.ctx, "tcp", addr); err == nil || attempt == 20 || b.port == 0 {
			break
		}
		select {
		case <-s.ctx.Done():
			return s.ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	if err != nil {
		return fmt.Errorf("broker %d cannot listen on %s: %w; free the port or choose another", id, addr, err)
	}
	b.ln = ln
	b.port = ln.Addr().(*net.TCPAddr).Port
	s.wg.Add(1)
	go b.accept(ln)
	return nil
}

// Shut closes a broker's port and every connection to it.
func (s *Server) Shut(id int32) error {
	b, err := s.broker(id)
	if err == nil {
		b.shut()
	}
	return err
}

// Pause makes a broker hang: connections stay open and nothing is answered.
func (s *Server) Pause(id int32) error {
	b, err := s.broker(id)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	select {
	case <-b.gate:
		b.gate = make(chan struct{})
	default:
	}
	return nil
}

// Resume lets a paused broker go on where it was.
func (s *Server) Resume(id int32) error {
	b, err := s.broker(id)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.open()
	return nil
}

func (b *broker) open() {
	select {
	case <-b.gate:
	default:
		close(b.gate)
	}
}

// Advertise makes metadata show addr for a broker instead of where it
// listens; "" takes that back.
func (s *Server) Advertise(id int32, addr string) error {
	b, err := s.broker(id)
	if err != nil {
		return err
	}
	if addr != "" {
		if _, _, err := net.SplitHostPort(addr); err != nil {
			return fmt.Errorf("advertised address %q: %w", addr, err)
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.advertised = addr
	return nil
}

// Certificate makes a broker present another certificate on new connections;
// nil takes that back.
func (s *Server) Certificate(id int32, cert *tls.Certificate) error {
	b, err := s.broker(id)
	if err != nil {
		return err
	}
	if s.cfg.TLS == nil {
		return errors.New("this cluster speaks plaintext: there is no certificate to replace")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.cert = cert
	return nil
}

// Faults says in words what is wrong with a broker's listener on purpose.
func (s *Server) Faults(id int32) []string {
	b := s.brokers[id]
	if b == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []string
	if b.advertised != "" {
		out = append(out, "advertises "+b.advertised)
	}
	if b.cert != nil {
		out = append(out, "presents a wrong certificate")
	}
	return out
}

// endpoint is the host and port that metadata shows for a broker.
func (s *Server) endpoint(id int32) (string, int32) {
	b := s.brokers[id]
	if b == nil {
		return "", -1
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.advertised != "" {
		host, port, _ := net.SplitHostPort(b.advertised) // checked when it was set
		n, _ := strconv.Atoi(port)
		return host, int32(n)
	}
	return b.host, int32(b.port)
}

func (b *broker) shut() {
	b.mu.Lock()
	ln, conns := b.ln, b.conns
	b.ln, b.conns, b.unauth = nil, map[*conn]struct{}{}, 0
	b.open()
	b.mu.Unlock()
	if ln != nil {
		ln.Close()
	}
	for c := range conns {
		c.close()
	}
}

// wait blocks while the broker is paused.
func (b *broker) wait(ctx context.Context) error {
	b.mu.Lock()
	gate := b.gate
	b.mu.Unlock()
	select {
	case <-gate:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (b *broker) accept(ln net.Listener) {
	defer b.srv.wg.Done()
	for {
		nc, err := ln.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			// Out of file descriptors, most likely: others will close.
			select {
			case <-b.srv.ctx.Done():
				return
			case <-time.After(50 * time.Millisecond):
				continue
			}
		}
		c := newConn(b, nc)
		if !b.admit(ln, c) {
			nc.Close()
			continue
		}
		b.srv.wg.Add(1)
		go func() {
			defer b.srv.wg.Done()
			defer b.leave(c)
			c.run()
		}()
	}
}

// admit counts a connection in, unless there are too many or the listener was
// closed meanwhile.
func (b *broker) admit(ln net.Listener, c *conn) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ln != ln || len(b.conns) >= maxConns || b.unauth >= maxUnauthenticated {
		return false
	}
	b.conns[c] = struct{}{}
	b.unauth++
	return true
}

// signedIn moves a connection out of the small allowance for strangers.
func (b *broker) signedIn(c *conn) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.conns[c]; ok && !c.counted {
		c.counted = true
		b.unauth--
	}
}

func (b *broker) leave(c *conn) {
	c.close()
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.conns[c]; !ok {
		return // shut has reset the counts
	}
	delete(b.conns, c)
	if !c.counted {
		b.unauth--
	}
}
