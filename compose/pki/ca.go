package pki

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"time"
)

const (
	caLife   = 10 * 365 * 24 * time.Hour
	leafLife = 820 * 24 * time.Hour // under the 825 days that some TLS stacks allow at most
	renewAt  = 30 * 24 * time.Hour  // what is left of its life when a certificate is made anew
	skew     = time.Hour            // how far back a certificate's life begins, for clocks that lag

	caFile    = "ca.pem"
	caKeyFile = "ca-key.pem"
)

// CA is a certificate authority. It is safe for concurrent use, except that
// two calls of [CA.Ensure] for one name must not overlap.
type CA struct {
	dir  string // empty: only in memory
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  []byte
}

// New makes an authority that exists only in memory.
func New() (*CA, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making the CA's key: %w", err)
	}
	serial, err := serialNumber()
	if err != nil {
		return nil, err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: serial,
		// The serial is in the name so that two labs' authorities, side by
		// side in one trust store, are told apart by people and by OpenSSL,
		// which looks issuers up by name.
		Subject: pkix.Name{
			Organization: []string{organization},
			CommonName:   fmt.Sprintf("kconsole lab CA %08x", new(big.Int).Rsh(serial, uint(max(serial.BitLen()-32, 0)))),
		},
		NotBefore:             now.Add(-skew),
		NotAfter:              now.Add(caLife),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
		MaxPathLenZero:        true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("making the CA's certificate: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("making the CA's certificate: %w", err)
	}
	return &CA{cert: cert, key: key, pem: encodeCert(der)}, nil
}

// Open takes the authority that lies in dir (ca.pem, ca-key.pem), or makes one
// there: also when the files are damaged, do not belong together or end their
// life within 30 days. Every certificate of an older authority is then made
// anew by [CA.Ensure]. It creates dir, for its owner only.
func Open(dir string) (*CA, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the directory for certificates: %w", err)
	}
	ca, err := load(dir)
	if err != nil {
		return nil, err
	}
	if ca != nil {
		return ca, nil
	}
	if ca, err = New(); err != nil {
		return nil, err
	}
	ca.dir = dir
	keyPEM, err := encodeKey(ca.key)
	if err != nil {
		return nil, err
	}
	// The key goes first: a crash in between leaves files that do not belong
	// together, which load notices.
	if err := WriteFile(filepath.Join(dir, caKeyFile), keyPEM, 0o600); err != nil {
		return nil, err
	}
	if err := WriteFile(filepath.Join(dir, caFile), ca.pem, 0o644); err != nil {
		return nil, err
	}
	return ca, nil
}

// load returns nil without an error where there is no usable authority, and an
// error only where files exist that cannot be read: those are not ours to replace.
func load(dir string) (*CA, error) {
	certPEM, err := os.ReadFile(filepath.Join(dir, caFile))
	if err == nil {
		var keyPEM []byte
		if keyPEM, err = os.ReadFile(filepath.Join(dir, caKeyFile)); err == nil {
			return parseCA(dir, certPEM, keyPEM), nil
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return nil, fmt.Errorf("reading the lab's CA: %w", err)
}

func parseCA(dir string, certPEM, keyPEM []byte) *CA {
	cert, err := parseCert(certPEM)
	if err != nil || !cert.IsCA || !fresh(cert) {
		return nil
	}
	key, err := parseKey(keyPEM)
	if err != nil || !key.PublicKey.Equal(cert.PublicKey) {
		return nil
	}
	return &CA{dir: dir, cert: cert, key: key, pem: encodeCert(cert.Raw)}
}

// Certificate is the authority's own certificate. It must not be changed.
func (c *CA) Certificate() *x509.Certificate { return c.cert }

// PEM is the authority's certificate, for a client's trust store.
func (c *CA) PEM() []byte { return bytes.Clone(c.pem) }

// File is the path of ca.pem; empty for an authority in memory.
func (c *CA) File() string {
	if c.dir == "" {
		return ""
	}
	return filepath.Join(c.dir, caFile)
}

// Pool is a trust store with this authority alone.
func (c *CA) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(c.cert)
	return pool
}

func serialNumber() (*big.Int, error) {
	// RFC 5280, 4.1.2.2: positive, at most 20 octets.
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, fmt.Errorf("making a serial number: %w", err)
	}
	return serial.Add(serial, big.NewInt(1)), nil
}

// fresh tells whether a certificate is valid now and for a while.
func fresh(cert *x509.Certificate) bool {
	now := time.Now()
	return !now.Before(cert.NotBefore) && now.Add(renewAt).Before(cert.NotAfter)
}
