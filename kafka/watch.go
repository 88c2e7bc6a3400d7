package kafka

import (
	"crypto/tls"
	"errors"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// watch listens to what happens on the connections. The client library retries
// and then reports the last thing that it noticed, often only that time ran
// out; the reason (refused, a certificate, a dropped sign-in) is seen here.
type watch struct {
	mu      sync.Mutex
	version uint16 // TLS version of the newest connection
	last    failure
	signIns map[int32]error // broker id -> how its sign-in broke, until one succeeds
	latency latencies
	worked  bool        // a request was answered, so TLS and sign-in are as they should be
	client  *kgo.Client // that it listens to
}

// failure is a connection that could not be made or signed in.
type failure struct {
	at     time.Time
	addr   string
	err    error
	signIn bool
}

var (
	_ kgo.HookBrokerConnect = (*watch)(nil)
	_ kgo.HookBrokerE2E     = (*watch)(nil)
	_ kgo.HookNewClient     = (*watch)(nil)
)

func newWatch() *watch { return &watch{signIns: make(map[int32]error)} }

// OnNewClient is called once, when the client is made.
func (w *watch) OnNewClient(client *kgo.Client) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.client = client
}

// OnBrokerConnect is called after each attempt to connect, including the
// negotiation of versions and the sign-in.
func (w *watch) OnBrokerConnect(meta kgo.BrokerMetadata, _ time.Duration, conn net.Conn, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	broken := w.signIns[meta.NodeID]
	delete(w.signIns, meta.NodeID)
	if err != nil {
		if errors.Is(err, kgo.ErrClientClosed) {
			return
		}
		addr := net.JoinHostPort(meta.Host, strconv.Itoa(int(meta.Port)))
		w.last = failure{at: time.Now(), addr: addr, err: err, signIn: broken != nil}
		// The broker may have another address by now; the client itself would ask for it
		// once in its metadata's age. This returns at once.
		if w.client != nil && meta.NodeID >= 0 {
			w.client.ForceMetadataRefresh()
		}
		return
	}
	w.last = failure{}
	if secured, ok := conn.(interface{ ConnectionState() tls.ConnectionState }); ok {
		w.version = secured.ConnectionState().Version
	}
}

// OnBrokerE2E notices a connection that breaks while it signs in, and that the
// settings are right, once something was answered.
func (w *watch) OnBrokerE2E(meta kgo.BrokerMetadata, key int16, e2e kgo.BrokerE2E) {
	w.latency.measure(meta.NodeID, key, e2e)
	err := e2e.Err()
	w.mu.Lock()
	defer w.mu.Unlock()
	switch key {
	case kmsg.SASLAuthenticate.Int16(), kmsg.SASLHandshake.Int16():
		if err != nil {
			w.signIns[meta.NodeID] = err
		}
	case kmsg.ApiVersions.Int16(): // answered before the sign-in
	default:
		w.worked = w.worked || err == nil
	}
}

// hasWorked tells whether anything was ever answered.
func (w *watch) hasWorked() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.worked
}

func (w *watch) tlsVersion() uint16 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.version
}

// since returns the newest failure to connect, if it is not older than t and
// nothing has connected after it.
func (w *watch) since(t time.Time) (failure, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last, w.last.err != nil && !w.last.at.Before(t)
}
