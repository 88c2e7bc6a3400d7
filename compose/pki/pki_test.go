package pki_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"kconsole/compose/pki"
)

// handshake connects a client that trusts ca and expects host to a server that
// shows leaf, over a real socket.
func handshake(t *testing.T, leaf *pki.Leaf, ca *pki.CA, host string, client ...tls.Certificate) error {
	t.Helper()
	conf := &tls.Config{Certificates: []tls.Certificate{leaf.TLS()}, MinVersion: tls.VersionTLS12}
	if len(client) > 0 {
		conf.ClientAuth, conf.ClientCAs = tls.RequireAndVerifyClientCert, ca.Pool()
	}
	ln, err := tls.Listen("tcp", "127.0.0.1:0", conf)
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	served := make(chan error, 1)
	go func() {
		conn, err := ln.Accept()
		if err == nil {
			err = conn.(*tls.Conn).HandshakeContext(context.Background())
			conn.Close()
		}
		served <- err
	}()
	d := tls.Dialer{
		NetDialer: &net.Dialer{Timeout: 10 * time.Second},
		Config:    &tls.Config{RootCAs: ca.Pool(), ServerName: host, Certificates: client, MinVersion: tls.VersionTLS12},
	}
	conn, err := d.DialContext(t.Context(), "tcp", ln.Addr().String())
	if err == nil {
		conn.Close()
	}
	return errors.Join(err, <-served)
}

func TestServerIsAcceptedForLoopbackAndItsNames(t *testing.T) {
	ca, err := pki.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := ca.Ensure("kafka-1", pki.Server("kafka-1", "10.1.2.3"))
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"127.0.0.1", "::1", "localhost", "kafka-1", "10.1.2.3"} {
		if err := handshake(t, leaf, ca, host); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
	var wrong x509.HostnameError
	if err := handshake(t, leaf, ca, "kafka-2"); !errors.As(err, &wrong) {
		t.Errorf("kafka-2: want a host name error, got %v", err)
	}
	if leaf.Cert.Subject.String() != "CN=kafka-1,O=kconsole lab" {
		t.Errorf("subject: %s", leaf.Cert.Subject)
	}
}

func TestMutualTLS(t *testing.T) {
	ca, err := pki.New()
	if err != nil {
		t.Fatal(err)
	}
	server, err := ca.Issue(pki.Server())
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]pki.Request{"client": pki.Client("app"), "broker as client": pki.Server("kafka-1")} {
		client, err := ca.Issue(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := handshake(t, server, ca, "127.0.0.1", client.TLS()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	other, err := pki.New()
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := other.Issue(pki.Client("app"))
	if err != nil {
		t.Fatal(err)
	}
	if err := handshake(t, server, ca, "127.0.0.1", stranger.TLS()); err == nil {
		t.Error("a client of another authority was let in")
	}
	if err := handshake(t, server, other, "127.0.0.1"); err == nil {
		t.Error("a server of another authority was trusted")
	}
}

func TestFaultyCertificatesAreRefused(t *testing.T) {
	ca, err := pki.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	wrong, err := ca.Ensure("wrong", pki.WrongName())
	if err != nil {
		t.Fatal(err)
	}
	var hostname x509.HostnameError
	if err := handshake(t, wrong, ca, "127.0.0.1"); !errors.As(err, &hostname) {
		t.Errorf("wrong name: %v", err)
	}
	expired, err := ca.Ensure("expired", pki.Expired())
	if err != nil {
		t.Fatal(err)
	}
	var invalid x509.CertificateInvalidError
	if err := handshake(t, expired, ca, "127.0.0.1"); !errors.As(err, &invalid) || invalid.Reason != x509.Expired {
		t.Errorf("expired: %v", err)
	}
	again, err := ca.Ensure("expired", pki.Expired())
	if err != nil {
		t.Fatal(err)
	}
	if !again.Cert.Equal(expired.Cert) {
		t.Error("an expired certificate was made twice")
	}
}

func TestFilesAreReused(t *testing.T) {
	dir := t.TempDir()
	open := func() *pki.CA {
		t.Helper()
		ca, err := pki.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		return ca
	}
	ensure := func(r pki.Request) *pki.Leaf {
		t.Helper()
		leaf, err := open().Ensure("kafka-1", r)
		if err != nil {
			t.Fatal(err)
		}
		if err := leaf.Cert.CheckSignatureFrom(open().Certificate()); err != nil {
			t.Fatal(err)
		}
		return leaf
	}
	ca, first := open(), ensure(pki.Server("kafka-1"))
	if !open().Certificate().Equal(ca.Certificate()) {
		t.Error("the authority was made twice")
	}
	if !ensure(pki.Server("kafka-1")).Cert.Equal(first.Cert) {
		t.Error("the certificate was made twice")
	}
	second := ensure(pki.Server("kafka-1", "host.test"))
	if below, err := open().Ensure("data/tls/kafka-1", pki.Server()); err != nil || filepath.Dir(below.KeyFile) != filepath.Join(dir, "data", "tls") {
		t.Errorf("a name with directories: %v", err)
	}
	if second.Cert.Equal(first.Cert) {
		t.Error("a certificate without the name that was asked for was kept")
	}
	damage := func(file string) {
		t.Helper()
		if err := os.WriteFile(file, []byte("-----BEGIN"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{second.CertFile, second.KeyFile, second.KeystoreFile} {
		before := ensure(pki.Server("kafka-1", "host.test"))
		damage(file)
		if ensure(pki.Server("kafka-1", "host.test")).Cert.Equal(before.Cert) {
			t.Errorf("%s: damage was not noticed", filepath.Base(file))
		}
	}
	damage(filepath.Join(dir, "ca-key.pem"))
	if open().Certificate().Equal(ca.Certificate()) {
		t.Error("an authority without its key was kept")
	}
	ensure(pki.Server("kafka-1", "host.test")) // checks the new signature
	short := pki.Server("kafka-1")
	short.Life = time.Hour
	if life := time.Until(ensure(short).Cert.NotAfter); life > time.Hour || life < 59*time.Minute {
		t.Errorf("asked for one hour, got %v", life)
	}
}

func TestFileModes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("windows has no file modes")
	}
	dir := filepath.Join(t.TempDir(), "pki")
	ca, err := pki.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := ca.Ensure("kafka-1", pki.Server())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pki.EnsurePassword(filepath.Join(dir, "admin.secret")); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	public := map[string]bool{filepath.Base(ca.File()): true, filepath.Base(leaf.CertFile): true}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		want := os.FileMode(0o600)
		if public[e.Name()] {
			want = 0o644
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s: %v, want %v", e.Name(), info.Mode().Perm(), want)
		}
	}
	if len(entries) != 6 {
		t.Errorf("%d files, want 6: %v", len(entries), entries)
	}
}

func TestKeystoreIsKeyThenCertificateThenCA(t *testing.T) {
	ca, err := pki.New()
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := ca.Issue(pki.Server())
	if err != nil {
		t.Fatal(err)
	}
	want := string(leaf.KeyPEM) + string(leaf.CertPEM) + string(ca.PEM())
	if string(leaf.Keystore()) != want || !strings.HasPrefix(want, "-----BEGIN PRIVATE KEY-----") {
		t.Errorf("key store:\n%s", leaf.Keystore())
	}
	if _, err := tls.X509KeyPair(leaf.CertPEM, leaf.KeyPEM); err != nil {
		t.Error(err)
	}
}

func TestNamesThatAreNoFileNames(t *testing.T) {
	ca, err := pki.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"", ".", "..", "../x", "a/../../x", "a/.x", "/x", "ca", "./ca"} {
		if _, err := ca.Ensure(name, pki.Server()); err == nil {
			t.Errorf("%q was accepted", name)
		}
	}
}

func TestPasswords(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	first, err := pki.EnsurePassword(file)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := pki.EnsurePassword(file); err != nil || again != first {
		t.Errorf("again: %q, %v", again, err)
	}
	if len(first) < 26 || strings.Trim(first, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "" {
		t.Errorf("%q needs quoting or is short", first)
	}
	if pki.Password() == first {
		t.Error("two passwords are equal")
	}
}

func TestWriteFileLeavesTheOldOneWhenItFails(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(dir, "target")
	if err := os.MkdirAll(filepath.Join(target, "full"), 0o700); err != nil { // a directory cannot be replaced
		t.Fatal(err)
	}
	if err := pki.WriteFile(target, []byte("x"), 0o600); err == nil {
		t.Fatal("a directory was replaced by a file")
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 {
		t.Errorf("a failed write left something behind: %v", entries)
	}
}
