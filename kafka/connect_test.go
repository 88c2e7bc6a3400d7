package kafka_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"kconsole/kafka"
	"kconsole/kafka/config"
)

// authority makes server certificates for these tests.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	file string // PEM
}

func newAuthority(t *testing.T, name string) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return &authority{cert, key, file}
}

// server is a server's TLS configuration for one host, valid from an hour ago until notAfter.
func (a *authority) server(t *testing.T, host string, notAfter time.Time) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: time.Now().Add(-time.Hour), NotAfter: notAfter,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if ip := net.ParseIP(host); ip != nil {
		tmpl.IPAddresses = []net.IP{ip}
	} else {
		tmpl.DNSNames = []string{host}
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, a.cert, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

// listen accepts connections and gives each to serve, until the test ends.
func listen(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { l.Close(); <-done })
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			serve(conn)
		}
	}()
	return l.Addr().String()
}

// hung is when a call that ends by itself after 8 s counts as one that does not,
// on a machine that is busy with other things.
const hung = time.Minute

func TestConnectionsThatFailSayWhy(t *testing.T) {
	ca, stranger := newAuthority(t, "our CA"), newAuthority(t, "stranger CA")
	soon := time.Now().Add(time.Hour)
	sasl := func(mechanism, user, password string) *config.SASL {
		return &config.SASL{Mechanism: mechanism, Username: user, Password: config.NewSecret(password)}
	}
	tlsOf := func(a *authority, host string, notAfter time.Time) []string {
		return fakeCluster(t, kfake.TLS(a.server(t, host, notAfter))).ListenAddrs()
	}
	signed := fakeCluster(t, kfake.EnableSASL(), kfake.Superuser("SCRAM-SHA-512", "admin", "right"), kfake.Superuser("PLAIN", "admin", "right")).ListenAddrs()
	plaintext := fakeCluster(t).ListenAddrs()
	closed := func() string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		return l.Addr().String()
	}()
	tests := []struct {
		name string
		cfg  config.Cluster
		kind kafka.Kind
		text string
	}{
		{"nothing listens", config.Cluster{Brokers: []string{closed}}, kafka.Unreachable, closed + " (connection refused)"},
		{"no such host", config.Cluster{Brokers: []string{"no-such-host.invalid:9092"}}, kafka.Unreachable, "no-such-host.invalid"},
		{"unknown authority", config.Cluster{Brokers: tlsOf(stranger, "127.0.0.1", soon), TLS: &config.TLS{CA: ca.file}}, kafka.TLS, "not trusted; set tls.ca"},
		{"wrong name", config.Cluster{Brokers: tlsOf(ca, "kafka.example.com", soon), TLS: &config.TLS{CA: ca.file}}, kafka.TLS, "only for kafka.example.com"},
		{"expired", config.Cluster{Brokers: tlsOf(ca, "127.0.0.1", time.Now().Add(-time.Minute)), TLS: &config.TLS{CA: ca.file}}, kafka.TLS, "is valid only from"},
		{"TLS to a clear listener", config.Cluster{Brokers: plaintext, TLS: &config.TLS{CA: ca.file}}, kafka.Unreachable, "whether that listener speaks TLS"},
		{"clear text to a TLS listener", config.Cluster{Brokers: tlsOf(ca, "127.0.0.1", soon)}, kafka.Unreachable, "add a tls section"},
		{"wrong password, SCRAM", config.Cluster{Brokers: signed, SASL: sasl("SCRAM-SHA-512", "admin", "wrong")}, kafka.Auth, "of user admin (SCRAM-SHA-512)"},
		{"wrong password, PLAIN", config.Cluster{Brokers: signed, SASL: sasl("PLAIN", "admin", "wrong")}, kafka.Auth, "of user admin (PLAIN)"},
		{"unknown user", config.Cluster{Brokers: signed, SASL: sasl("SCRAM-SHA-512", "nobody", "wrong")}, kafka.Auth, "of user nobody"},
		{"mechanism not offered", config.Cluster{Brokers: signed, SASL: sasl("SCRAM-SHA-256", "admin", "right")}, kafka.Auth, "SCRAM-SHA-256"},
		{"no sign-in where one is asked for", config.Cluster{Brokers: signed}, kafka.Auth, "add a sasl section"},
		{"not Kafka", config.Cluster{Brokers: []string{listen(t, func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
			_ = c.Close()
		})}}, kafka.Invalid, "not Kafka's"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.cfg.Name = "lab"
			c := connect(t, test.cfg)
			start := time.Now()
			_, _, err := c.Metadata(context.Background())
			took := time.Since(start)
			t.Logf("%s after %s", err, took.Round(time.Millisecond))
			if kafka.KindOf(err) != test.kind {
				t.Errorf("kind %s, want %s", kafka.KindOf(err), test.kind)
			}
			if !strings.Contains(err.Error(), test.text) {
				t.Errorf("%q does not say %q", err, test.text)
			}
			if !strings.HasPrefix(err.Error(), "cannot read the topics: ") || strings.Contains(err.Error(), "\n") {
				t.Errorf("%q is not one line that begins with what failed", err)
			}
			if took > hung {
				t.Errorf("took %s", took)
			}
		})
	}
}

func TestSilentBrokerIsATimeout(t *testing.T) {
	t.Parallel()
	var held []net.Conn
	t.Cleanup(func() { // after the listener has ended
		for _, c := range held {
			c.Close()
		}
	})
	addr := listen(t, func(c net.Conn) { held = append(held, c) })
	c := connect(t, config.Cluster{Name: "lab", Brokers: []string{addr}})
	start := time.Now()
	_, _, err := c.Metadata(context.Background())
	if took := time.Since(start); took > hung {
		t.Errorf("took %s", took)
	}
	if kafka.KindOf(err) != kafka.Timeout {
		t.Errorf("%v is %s, want timeout", err, kafka.KindOf(err))
	}
}

func TestSecurityAndPrincipal(t *testing.T) {
	ca := newAuthority(t, "our CA")
	cluster := fakeCluster(t, kfake.TLS(ca.server(t, "127.0.0.1", time.Now().Add(time.Hour))),
		kfake.EnableSASL(), kfake.Superuser("SCRAM-SHA-512", "admin", "right"))
	c := connect(t, config.Cluster{
		Brokers: cluster.ListenAddrs(), TLS: &config.TLS{CA: ca.file},
		SASL: &config.SASL{Mechanism: "SCRAM-SHA-512", Username: "admin", Password: config.NewSecret("right")},
	})
	if got := c.Security(); got != "SCRAM-SHA-512 · TLS" {
		t.Errorf("before a connection: %q", got)
	}
	if _, _, err := c.Metadata(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got := c.Security(); got != "SCRAM-SHA-512 · TLS 1.3" {
		t.Errorf("after a connection: %q", got)
	}
	if c.Principal() != "admin" {
		t.Errorf("principal %q", c.Principal())
	}
	if c := connect(t, config.Cluster{Brokers: []string{"127.0.0.1:1"}}); c.Principal() != "anonymous" || c.Security() != "clear text" {
		t.Errorf("%q, %q", c.Principal(), c.Security())
	}
}

func TestCanceled(t *testing.T) {
	_, c := fake(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := c.Metadata(ctx); kafka.KindOf(err) != kafka.Canceled {
		t.Errorf("%v, want canceled", err)
	}
}
