package importer

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/binary"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pavlo-v-chernykh/keystore-go/v4"
	"software.sslmate.com/src/go-pkcs12"

	"kconsole/compose/pki"
)

// identity is a CA and a client certificate of it.
type identity struct {
	ca   *pki.CA
	leaf *pki.Leaf
}

func newIdentity(t *testing.T) identity {
	t.Helper()
	ca, err := pki.New()
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := ca.Issue(pki.Client("app"))
	if err != nil {
		t.Fatal(err)
	}
	return identity{ca, leaf}
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func (id identity) jks(t *testing.T, trust, private bool) []byte {
	t.Helper()
	ks := keystore.New()
	cert := func(c *x509.Certificate) keystore.Certificate {
		return keystore.Certificate{Type: "X.509", Content: c.Raw}
	}
	if trust {
		if err := ks.SetTrustedCertificateEntry("ca", keystore.TrustedCertificateEntry{CreationTime: time.Now(), Certificate: cert(id.ca.Certificate())}); err != nil {
			t.Fatal(err)
		}
	}
	if private {
		entry := keystore.PrivateKeyEntry{
			CreationTime: time.Now(), PrivateKey: must[[]byte](t)(x509.MarshalPKCS8PrivateKey(id.leaf.Key)),
			CertificateChain: []keystore.Certificate{cert(id.leaf.Cert), cert(id.ca.Certificate())},
		}
		if err := ks.SetPrivateKeyEntry("app", entry, []byte("keypass")); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if err := ks.Store(&out, []byte("storepass")); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func (id identity) check(t *testing.T, s store, wantKey bool) {
	t.Helper()
	if !wantKey {
		if len(s.authorities) != 1 || !s.authorities[0].Equal(id.ca.Certificate()) || s.key != nil {
			t.Errorf("trust store: %d authorities, key %v", len(s.authorities), s.key != nil)
		}
		return
	}
	key, ok := s.key.(*ecdsa.PrivateKey)
	if !ok || !key.Equal(id.leaf.Key) || len(s.chain) == 0 || !s.chain[0].Equal(id.leaf.Cert) {
		t.Errorf("key store: key %T, %d certificates", s.key, len(s.chain))
	}
}

func TestOpenStore(t *testing.T) {
	id := newIdentity(t)
	pw := storePasswords{store: "storepass", key: "keypass"}
	chain := []*x509.Certificate{id.ca.Certificate()}
	for name, c := range map[string]struct {
		raw  []byte
		key  bool
		same bool // the key's password is the store's
	}{
		"JKS trust":           {id.jks(t, true, false), false, false},
		"JKS key":             {id.jks(t, false, true), true, false},
		"PKCS12 trust":        {must[[]byte](t)(pkcs12.Modern.EncodeTrustStore(chain, "storepass")), false, true},
		"PKCS12 key":          {must[[]byte](t)(pkcs12.Modern.Encode(id.leaf.Key, id.leaf.Cert, chain, "storepass")), true, true},
		"PKCS12 key, old RC2": {must[[]byte](t)(pkcs12.LegacyRC2.Encode(id.leaf.Key, id.leaf.Cert, chain, "storepass")), true, true},
		"PEM trust":           {id.ca.PEM(), false, true},
		"PEM key":             {id.leaf.Keystore(), true, true},
	} {
		s, err := openStore(c.raw, pw)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		id.check(t, s, c.key)
		if !bytes.HasPrefix(c.raw, []byte("-----")) {
			if _, err := openStore(c.raw, storePasswords{store: "hunter2"}); err == nil || err.Error() != errWrongPassword.Error() {
				t.Errorf("%s with a wrong password: %v", name, err)
			}
		}
	}
	if _, err := openStore(id.jks(t, false, true), storePasswords{store: "storepass"}); err == nil || err.Error() != `the key "app" does not open with ssl.key.password` {
		t.Errorf("JKS with a wrong key password: %v", err)
	}
}

func TestOpenStoreRefuses(t *testing.T) {
	id := newIdentity(t)
	good := id.jks(t, true, true)
	u32 := func(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }
	rounds := must[[]byte](t)(asn1.Marshal(struct {
		Salt   []byte
		Rounds int
	}{[]byte("12345678"), 2_000_000_000}))
	for name, c := range map[string]struct {
		raw  []byte
		want string
	}{
		"nothing":         {nil, "is neither a PKCS12, JKS nor PEM store"},
		"text":            {[]byte("hello"), "is neither a PKCS12, JKS nor PEM store"},
		"JCEKS":           {[]byte("\xCE\xCE\xCE\xCE"), "is a JCEKS store, which cannot be read; convert it with: keytool -importkeystore -srcstoretype JCEKS -deststoretype PKCS12"},
		"version":         {append([]byte("\xFE\xED\xFE\xED"), u32(7)...), "is a JKS store of version 7; only 1 and 2 exist"},
		"four billion":    {append(append([]byte("\xFE\xED\xFE\xED"), u32(2)...), u32(0xFFFFFFFF)...), "is a damaged JKS store"},
		"huge key":        {append(append(append(append([]byte("\xFE\xED\xFE\xED"), u32(2)...), u32(1)...), u32(1)...), "\x00\x01a\x00\x00\x00\x00\x00\x00\x00\x00\xFF\xFF\xFF\xFF"...), "is a damaged JKS store"},
		"cut":             {good[:len(good)-1], "is a damaged JKS store"},
		"longer":          {append(bytes.Clone(good), 0), "is a damaged JKS store"},
		"DER":             {id.ca.Certificate().Raw, "cannot be read as PKCS12: "},
		"years of rounds": {must[[]byte](t)(asn1.Marshal([]asn1.RawValue{{FullBytes: rounds}})), "asks for more than two million rounds of key derivation, which no usual tool writes"},
		"empty PEM":       {[]byte("-----BEGIN X-----\n-----END X-----\n"), "holds neither a certificate nor a private key"},
		"old encryption":  {pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Headers: map[string]string{"DEK-Info": "x"}}), "holds a private key with OpenSSL's old encryption; convert it with: openssl pkcs8 -topk8"},
	} {
		_, err := openStore(c.raw, storePasswords{store: "storepass", key: "keypass"})
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s:\n got %v\nwant %s", name, err, c.want)
		}
	}
}

// Java's and OpenSSL's own tools make the stores that people really have.
func TestStoresOfKeytool(t *testing.T) {
	keytool, err := exec.LookPath("keytool")
	if err != nil {
		t.Skip("needs a JDK on the PATH: keytool")
	}
	id := newIdentity(t)
	dir := t.TempDir()
	put(t, dir, "ca.pem", id.ca.PEM())
	p12 := put(t, dir, "app.p12", must[[]byte](t)(pkcs12.Modern.Encode(id.leaf.Key, id.leaf.Cert, []*x509.Certificate{id.ca.Certificate()}, "storepass")))
	for _, kind := range []string{"JKS", "PKCS12"} {
		trust, key := filepath.Join(dir, kind+".trust"), filepath.Join(dir, kind+".key")
		run(t, keytool, "-importcert", "-noprompt", "-alias", "ca", "-file", filepath.Join(dir, "ca.pem"), "-keystore", trust, "-storetype", kind, "-storepass", "storepass")
		run(t, keytool, "-importkeystore", "-srckeystore", p12, "-srcstorepass", "storepass", "-destkeystore", key, "-deststoretype", kind, "-deststorepass", "storepass")
		for file, wantKey := range map[string]bool{trust: false, key: true} {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s, err := openStore(raw, storePasswords{store: "storepass"})
			if err != nil {
				t.Errorf("%s: %v", filepath.Base(file), err)
				continue
			}
			id.check(t, s, wantKey)
		}
	}
}

func TestEncryptedKeysOfOpenSSL(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("needs OpenSSL on the PATH: openssl")
	}
	dir := t.TempDir()
	rsaKey := must[*rsa.PrivateKey](t)(rsa.GenerateKey(rand.Reader, 2048))
	plain := put(t, dir, "plain", pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(rsaKey)}))
	for _, args := range [][]string{
		{"-v2", "aes-256-cbc"}, {"-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA1"}, {"-v2", "aes-192-cbc", "-v2prf", "hmacWithSHA512"}, {"-v2", "aes-256-cbc", "-iter", "100000"},
	} {
		out := filepath.Join(dir, "out")
		run(t, openssl, append([]string{"pkcs8", "-topk8", "-in", plain, "-out", out, "-passout", "pass:s3cret"}, args...)...)
		raw, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		s, err := openPEM(raw, "s3cret")
		if err != nil {
			t.Errorf("%v: %v", args, err)
			continue
		}
		if key, ok := s.key.(*rsa.PrivateKey); !ok || !key.Equal(rsaKey) {
			t.Errorf("%v: another key", args)
		}
		for password, want := range map[string]string{
			"":        "holds an encrypted private key, and the file gives no password for it",
			"hunter2": "holds a private key that does not open with the password that the file gives for it",
		} {
			// One wrong password in 256 leaves a valid padding; then the key does not parse.
			if _, err := openPEM(raw, password); err == nil || err.Error() != want && !strings.Contains(err.Error(), "asn1") && !strings.Contains(err.Error(), "x509") {
				t.Errorf("%q: %v", password, err)
			}
		}
	}
	run(t, openssl, "pkcs8", "-topk8", "-in", plain, "-out", filepath.Join(dir, "des"), "-passout", "pass:x", "-v2", "des3")
	raw, err := os.ReadFile(filepath.Join(dir, "des"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := openPEM(raw, "x"); err == nil || !strings.HasPrefix(err.Error(), "holds a private key with an encryption that is not known here") {
		t.Error(err)
	}
}

func run(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v\n%s", filepath.Base(name), args, err, out)
	}
}

func put(t *testing.T, dir, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func FuzzOpenStore(f *testing.F) {
	f.Add([]byte("\xFE\xED\xFE\xED\x00\x00\x00\x02\x00\x00\x00\x01\x00\x00\x00\x01\x00\x01a"))
	f.Add([]byte("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMA==\n-----END ENCRYPTED PRIVATE KEY-----\n"))
	f.Add([]byte("0\x03\x02\x01\x03"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if s, err := openStore(raw, storePasswords{store: "x"}); err == nil && s.key == nil && len(s.authorities) == 0 {
			t.Fatal("neither content nor an error")
		}
	})
}
