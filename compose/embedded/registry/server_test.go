package registry

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// testTLS makes a certificate for 127.0.0.1 and the pool that trusts it.
func testTLS(t *testing.T) (*tls.Config, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "registry"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, pool
}

func TestHTTPS(t *testing.T) {
	conf, pool := testTLS(t)
	s := start(t, Config{TLS: conf})
	if !strings.HasPrefix(s.URL(), "https://127.0.0.1:") {
		t.Fatalf("URL %s", s.URL())
	}
	client := httpClient(t)
	tr, _ := client.Transport.(*http.Transport)
	tr.TLSClientConfig = &tls.Config{RootCAs: pool}
	c := caller{t: t, url: s.URL(), client: client}
	c.register("a", `"string"`)
	c.do("GET", "/subjects", nil).want(t, 200, 0)

	stranger := httpClient(t)
	if resp, err := stranger.Get(s.URL()); err == nil {
		_ = resp.Body.Close()
		t.Error("a client that does not trust the certificate was served")
	}
	if _, err := tls.Dial("tcp", s.Addr(), &tls.Config{RootCAs: pool, MaxVersion: tls.VersionTLS11}); err == nil {
		t.Error("TLS 1.1 was accepted")
	}
}

func TestStopAndStart(t *testing.T) {
	for _, dir := range []string{"", t.TempDir()} {
		s := start(t, Config{Dir: dir})
		c := caller{t: t, url: s.URL(), client: httpClient(t)}
		id := c.register("a", `"string"`)
		s.Stop()
		s.Stop()
		if s.Running() {
			t.Error("it says that it runs after Stop")
		}
		conn, err := net.Dial("tcp", s.Addr())
		if err == nil {
			_ = conn.Close()
		}
		if err == nil || runtime.GOOS != "windows" && !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("stopped: %v, want the connection refused", err)
		}
		c.client.CloseIdleConnections() // a POST is not sent again over another one
		if err := s.Start(); err != nil {
			t.Fatal(err)
		}
		if err := s.Start(); err != nil {
			t.Errorf("a second Start: %v", err)
		}
		if s.URL() != c.url {
			t.Errorf("the address changed from %s to %s", c.url, s.URL())
		}
		if again := c.register("a", `"string"`); again != id {
			t.Errorf("id %d after the restart, was %d", again, id)
		}
	}
}

func TestStopCutsOpenConnections(t *testing.T) {
	s := start(t, Config{})
	conn, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.Write([]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 1024)
	if _, err := conn.Read(buf); err != nil {
		t.Fatal(err)
	}
	s.Stop()
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := conn.Read(buf); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the connection is still open after Stop: %v", err)
	}
}

func TestPauseHangsAndResumeAnswers(t *testing.T) {
	s := start(t, Config{})
	client := httpClient(t)
	s.Pause()
	s.Pause()
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL(), http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err == nil {
		_ = resp.Body.Close()
	}
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("paused: %v, want no answer", err)
	}
	answer := make(chan error, 1)
	go func() {
		resp, err := client.Get(s.URL() + "/subjects")
		if err == nil {
			_ = resp.Body.Close()
		}
		answer <- err
	}()
	s.Resume()
	s.Resume()
	if err := <-answer; err != nil {
		t.Errorf("after Resume: %v", err)
	}
	s.Pause()
	go func() {
		resp, err := client.Get(s.URL() + "/subjects")
		if err == nil {
			_ = resp.Body.Close()
		}
		answer <- err
	}()
	s.Stop() // must not wait for the one that is paused
	if err := <-answer; err == nil {
		t.Error("a paused request was answered by Stop")
	}
}

func TestServerEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	s, err := Start(ctx, Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	for deadline := time.Now().Add(10 * time.Second); s.Running(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the server outlives its context")
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := s.Start(); err == nil {
		t.Error("a closed server starts")
	}
}

func TestStartFailsInOneLine(t *testing.T) {
	s := start(t, Config{Dir: t.TempDir()})
	for name, cfg := range map[string]Config{
		"address taken": {Addr: s.Addr()},
		"directory":     {Dir: s.cfg.Dir},
		"level":         {Level: "SIDEWARD"},
		"mode":          {Mode: "SLEEPING"},
		"user":          {Users: []User{{Name: "a"}, {Name: "a"}}},
		"no name":       {Users: []User{{Password: "x"}}},
	} {
		other, err := Start(context.Background(), cfg)
		if err == nil {
			_ = other.Close()
			t.Errorf("%s: it started", name)
			continue
		}
		if strings.Contains(err.Error(), "\n") || !strings.HasPrefix(err.Error(), "registry: ") {
			t.Errorf("%s: %q", name, err)
		}
	}
}

// More connections than allowed are served one after the other.
func TestConnectionsAreBounded(t *testing.T) {
	s := start(t, Config{Limits: Limits{MaxConns: 2}})
	var idle []net.Conn
	for range 2 {
		c, err := net.Dial("tcp", s.Addr())
		if err != nil {
			t.Fatal(err)
		}
		idle = append(idle, c)
	}
	answer := make(chan error, 1)
	client := httpClient(t)
	go func() {
		resp, err := client.Get(s.URL())
		if err == nil {
			_ = resp.Body.Close()
		}
		answer <- err
	}()
	select {
	case err := <-answer:
		t.Errorf("a third connection was served: %v", err)
	case <-time.After(100 * time.Millisecond):
	}
	for _, c := range idle {
		_ = c.Close()
	}
	if err := <-answer; err != nil {
		t.Errorf("once there was room: %v", err)
	}
}
