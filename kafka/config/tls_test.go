package config

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"io/fs"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kconsole/compose/pki"
)

// put writes a file into dir and returns its path.
func put(t *testing.T, dir, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func newCA(t *testing.T) *pki.CA {
	t.Helper()
	ca, err := pki.New()
	if err != nil {
		t.Fatal(err)
	}
	return ca
}

func issue(t *testing.T, ca *pki.CA, r pki.Request) *pki.Leaf {
	t.Helper()
	leaf, err := ca.Issue(r)
	if err != nil {
		t.Fatal(err)
	}
	return leaf
}

func serverTLS(t *testing.T, ca *pki.CA) *tls.Config {
	t.Helper()
	return &tls.Config{Certificates: []tls.Certificate{issue(t, ca, pki.Server("server")).TLS()}}
}

// listenTLS answers each handshake on loopback with one byte, until the test ends.
func listenTLS(t *testing.T, c *tls.Config) string {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", c)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { _ = l.Close(); <-done })
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
			_, _ = conn.Write([]byte("k"))
			_ = conn.Close()
		}
	}()
	return l.Addr().String()
}

// shake dials as the kafka client does: the host is verified unless the
// configuration names another.
func shake(t *testing.T, cl Cluster, addr string) error {
	t.Helper()
	c, err := cl.TLSConfig()
	if err != nil {
		t.Fatal(err)
	}
	if c.InsecureSkipVerify || c.MinVersion != tls.VersionTLS12 {
		t.Fatal("verification is off or old versions are allowed")
	}
	conn, err := tls.DialWithDialer(&net.Dialer{Timeout: 10 * time.Second}, "tcp", addr, c)
	if err != nil {
		return err
	}
	defer conn.Close()
	_, err = io.ReadFull(conn, make([]byte, 1)) // a refused client certificate shows here in TLS 1.3
	return err
}

func TestTLSVerifies(t *testing.T) {
	dir := t.TempDir()
	ca, other := newCA(t), newCA(t)
	caFile := put(t, dir, "ca.pem", ca.PEM())
	bundle := put(t, dir, "bundle.pem", append(append([]byte("# two authorities\n"), other.PEM()...), ca.PEM()...))
	good := listenTLS(t, &tls.Config{Certificates: []tls.Certificate{issue(t, ca, pki.Server("kafka-1")).TLS()}})
	wrongName := listenTLS(t, &tls.Config{Certificates: []tls.Certificate{issue(t, ca, pki.WrongName()).TLS()}})
	expired := listenTLS(t, &tls.Config{Certificates: []tls.Certificate{issue(t, ca, pki.Expired("kafka-1")).TLS()}})
	old := listenTLS(t, &tls.Config{
		Certificates: []tls.Certificate{issue(t, ca, pki.Server("kafka-1")).TLS()}, MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10,
	})

	for name, c := range map[string]struct {
		tls  TLS
		addr string
		want any // pointer to the type of error, or nil
	}{
		"right CA":           {TLS{CA: caFile}, good, nil},
		"CA in a bundle":     {TLS{CA: bundle}, good, nil},
		"server name":        {TLS{CA: caFile, ServerName: "kafka-1"}, good, nil},
		"wrong server name":  {TLS{CA: caFile, ServerName: "kafka-2"}, good, new(x509.HostnameError)},
		"certificate's name": {TLS{CA: caFile}, wrongName, new(x509.HostnameError)},
		"system CAs":         {TLS{}, good, new(x509.UnknownAuthorityError)},
		"other CA":           {TLS{CA: put(t, dir, "other.pem", other.PEM())}, good, new(x509.UnknownAuthorityError)},
		"expired":            {TLS{CA: caFile, ServerName: "kafka-1"}, expired, new(x509.CertificateInvalidError)},
		"TLS 1.1":            {TLS{CA: caFile}, old, new(error)},
	} {
		err := shake(t, Cluster{TLS: &c.tls}, c.addr)
		switch {
		case c.want == nil && err != nil, c.want != nil && err == nil:
			t.Errorf("%s: %v", name, err)
		case c.want != nil && !errors.As(err, c.want):
			t.Errorf("%s: %T %v", name, err, err)
		}
	}
}

func TestTLSClientCertificate(t *testing.T) {
	dir := t.TempDir()
	ca := newCA(t)
	client := issue(t, ca, pki.Client("app"))
	addr := listenTLS(t, &tls.Config{
		Certificates: []tls.Certificate{issue(t, ca, pki.Server("kafka-1")).TLS()},
		ClientAuth:   tls.RequireAndVerifyClientCert, ClientCAs: ca.Pool(),
	})
	conf := TLS{CA: put(t, dir, "ca.pem", ca.PEM()), Cert: put(t, dir, "app.pem", client.CertPEM), Key: put(t, dir, "app.key", client.KeyPEM)}
	if err := shake(t, Cluster{TLS: &conf}, addr); err != nil {
		t.Error(err)
	}
	if err := shake(t, Cluster{TLS: &TLS{CA: conf.CA}}, addr); err == nil {
		t.Error("signed in without a certificate")
	}
}

func TestTLSErrors(t *testing.T) {
	dir := t.TempDir()
	ca := newCA(t)
	client, stranger := issue(t, ca, pki.Client("app")), issue(t, ca, pki.Client("other"))
	file := func(name string, content []byte) string { return put(t, dir, name, content) }
	caFile, cert, key := file("ca.pem", ca.PEM()), file("app.pem", client.CertPEM), file("app.key", client.KeyPEM)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	legacy := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Headers: map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-256-CBC,00"}, Bytes: x509.MarshalPKCS1PrivateKey(rsaKey)})
	for name, c := range map[string]struct {
		tls  TLS
		want string // after the folder was cut
	}{
		"no CA file":     {TLS{CA: filepath.Join(dir, "none.pem")}, "ca: none.pem: file does not exist; check the path (a relative one is relative to the configuration)"},
		"CA is a folder": {TLS{CA: dir}, "is a directory"},
		"CA is empty":    {TLS{CA: file("empty", nil)}, "ca: empty is empty"},
		"CA is text":     {TLS{CA: file("text", []byte("hello"))}, "ca: text is not PEM: it has no -----BEGIN CERTIFICATE----- line"},
		"CA is DER":      {TLS{CA: file("der", ca.Certificate().Raw)}, "ca: der is binary (DER or PKCS12), not PEM; convert it with openssl x509 -inform DER, or openssl pkcs12"},
		"CA is JKS":      {TLS{CA: file("jks", []byte("\xFE\xED\xFE\xED\x00\x00\x00\x02"))}, "ca: jks is a Java key store (JKS), not PEM; read it with: kconsole config import"},
		"CA is a key":    {TLS{CA: key}, "ca: app.key holds PRIVATE KEY but no CERTIFICATE"},
		"CA is damaged":  {TLS{CA: file("damaged", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte{1, 2, 3}}))}, "ca: damaged: certificate 1 cannot be parsed: x509: malformed certificate"},
		"CA is huge":     {TLS{CA: file("huge", make([]byte, maxPEM+1))}, "ca: huge is larger than 4 MiB, too large for certificates"},
		"no key file":    {TLS{CA: caFile, Cert: cert, Key: filepath.Join(dir, "none.key")}, "key: none.key: file does not exist; check the path (a relative one is relative to the configuration)"},
		"other's key":    {TLS{CA: caFile, Cert: cert, Key: file("other.key", stranger.KeyPEM)}, "key: other.key is not the private key of the certificate in app.pem"},
		"key of a kind":  {TLS{CA: caFile, Cert: cert, Key: file("rsa.key", pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(rsaKey)}))}, "key: rsa.key is not the private key of the certificate in app.pem"},
		"key is a cert":  {TLS{CA: caFile, Cert: cert, Key: cert}, "key: app.pem holds no private key"},
		"encrypted key":  {TLS{CA: caFile, Cert: cert, Key: file("enc.key", pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: []byte{1}}))}, "key: enc.key is encrypted; decrypt it with: openssl pkey -in KEY -out NEW (and chmod 600 NEW)"},
		"legacy key":     {TLS{CA: caFile, Cert: cert, Key: file("legacy.key", legacy)}, "key: legacy.key is encrypted; decrypt it with: openssl pkey -in KEY -out NEW (and chmod 600 NEW)"},
		"key is text":    {TLS{CA: caFile, Cert: cert, Key: file("text.key", []byte("x"))}, "key: text.key is not PEM: it has no -----BEGIN PRIVATE KEY----- line"},
	} {
		_, err := Cluster{TLS: &c.tls}.TLSConfig()
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%s: %T %v", name, err, err)
			continue
		}
		if got := strings.ReplaceAll(err.Error(), dir+string(filepath.Separator), ""); !strings.HasSuffix(got, c.want) {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
		}
	}
	_, err = KgoOptions(Cluster{Name: "lab", TLS: &TLS{CA: filepath.Join(dir, "none.pem")}})
	if err == nil || !strings.HasPrefix(err.Error(), "clusters.lab.tls.ca: ") || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("KgoOptions: %v", err)
	}
}

func TestRegistryClient(t *testing.T) {
	dir := t.TempDir()
	ca := newCA(t)
	var stranger *httptest.Server
	answer := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/away" {
			http.Redirect(w, r, stranger.URL, http.StatusTemporaryRedirect)
			return
		}
		user, pass, _ := r.BasicAuth()
		_, _ = io.WriteString(w, user+"/"+pass)
	})
	start := func() *httptest.Server {
		s := httptest.NewUnstartedServer(answer)
		s.TLS = serverTLS(t, ca)
		s.Config.ErrorLog = log.New(io.Discard, "", 0)
		s.StartTLS()
		t.Cleanup(s.Close)
		return s
	}
	stranger = start()
	own := start()
	reg := Registry{
		URL: own.URL, CA: put(t, dir, "ca.pem", ca.PEM()), Username: "admin",
		PasswordFile: put(t, dir, "registry.secret", []byte("first\n")),
	}
	client, err := reg.HTTPClient()
	if err != nil {
		t.Fatal(err)
	}
	defer client.CloseIdleConnections()
	get := func(url string) string {
		t.Helper()
		resp, err := client.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
	if got := get(own.URL); got != "admin/first" {
		t.Errorf("signed in as %q", got)
	}
	put(t, dir, "registry.secret", []byte("second"))
	if got := get(own.URL); got != "admin/second" {
		t.Errorf("after a change of the file: %q", got)
	}
	if got := get(own.URL + "/away"); got != "/" {
		t.Errorf("a redirect took the password to a stranger: %q", got)
	}

	reg.CA = put(t, dir, "other.pem", newCA(t).PEM())
	distrust, err := reg.HTTPClient()
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := distrust.Get(own.URL); err == nil {
		resp.Body.Close()
		t.Error("trusted a registry of another CA")
	}
	reg.CA = filepath.Join(dir, "none.pem")
	if _, err := reg.HTTPClient(); err == nil {
		t.Error("no error without the CA file")
	}
}
