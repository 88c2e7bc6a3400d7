package config

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// maxPEM bounds a certificate or key file; the system's whole bundle of
// authorities is about 250 KiB.
const maxPEM = 4 << 20

// TLSConfig returns the client's side of the cluster's TLS, nil for a cluster in
// clear text. TLS 1.2 is the least, and the host name is always verified: where
// ServerName is empty the dialler fills in the host it dials.
func (cl Cluster) TLSConfig() (*tls.Config, error) {
	if cl.unresolved != nil {
		return nil, cl.unresolved
	}
	if cl.TLS == nil {
		return nil, nil
	}
	t := *cl.TLS
	return newTLS(t.CA, t.Cert, t.Key, t.ServerName)
}

// TLSConfig is the same for a registry; nil when its URL is http.
func (r Registry) TLSConfig() (*tls.Config, error) {
	if !strings.HasPrefix(r.URL, "https://") {
		return nil, nil
	}
	return newTLS(r.CA, r.Cert, r.Key, r.ServerName)
}

func newTLS(ca, cert, key, serverName string) (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: serverName}
	if ca != "" {
		certs, err := readCertificates("ca", ca)
		if err != nil {
			return nil, err
		}
		c.RootCAs = x509.NewCertPool()
		for _, one := range certs {
			c.RootCAs.AddCert(one)
		}
	}
	if cert == "" && key == "" {
		return c, nil
	}
	pair, err := clientCertificate(cert, key)
	if err != nil {
		return nil, err
	}
	c.Certificates = []tls.Certificate{pair}
	return c, nil
}

func tlsError(key, format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	return &Error{Key: key, Reason: err.Error(), Err: errors.Unwrap(err)}
}

// readBounded reads a file of at most maxPEM bytes, with errors for people.
func readBounded(key, path string) ([]byte, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, tlsError(key, "%s: %w; check the path (a relative one is relative to the configuration)", path, fs.ErrNotExist)
	}
	if err != nil {
		return nil, tlsError(key, "%s: %w", path, cause(err))
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxPEM+1))
	if err != nil {
		return nil, tlsError(key, "%s: %w", path, cause(err))
	}
	if len(raw) > maxPEM {
		return nil, tlsError(key, "%s is larger than %d MiB, too large for certificates", path, maxPEM>>20)
	}
	return raw, nil
}

// readCertificates reads a PEM bundle: every certificate in it, in order.
// Comments and other blocks between them are skipped.
func readCertificates(key, path string) ([]*x509.Certificate, error) {
	raw, err := readBounded(key, path)
	if err != nil {
		return nil, err
	}
	var certs []*x509.Certificate
	var others []string
	for rest := raw; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			others = appendOnce(others, block.Type)
			continue
		}
		one, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, tlsError(key, "%s: certificate %d cannot be parsed: %w", path, len(certs)+1, err)
		}
		certs = append(certs, one)
	}
	switch {
	case len(certs) > 0:
		return certs, nil
	case len(others) > 0:
		return nil, tlsError(key, "%s holds %s but no CERTIFICATE", path, strings.Join(others, ", "))
	}
	return nil, tlsError(key, "%s %s", path, notPEM(raw))
}

// notPEM says what a file is that is not PEM, as far as its first bytes tell.
func notPEM(raw []byte) string {
	switch {
	case len(raw) == 0:
		return "is empty"
	case len(raw) > 4 && raw[0] == 0xFE && raw[1] == 0xED && raw[2] == 0xFE && raw[3] == 0xED:
		return "is a Java key store (JKS), not PEM; read it with: kconsole config import"
	case raw[0] == 0x30:
		return "is binary (DER or PKCS12), not PEM; convert it with openssl x509 -inform DER, or openssl pkcs12"
	}
	return "is not PEM: it has no -----BEGIN CERTIFICATE----- line"
}

// clientCertificate reads a certificate chain and its private key.
func clientCertificate(certPath, keyPath string) (tls.Certificate, error) {
	var none tls.Certificate
	if _, err := readCertificates("cert", certPath); err != nil {
		return none, err
	}
	certPEM, err := readBounded("cert", certPath)
	if err != nil {
		return none, err
	}
	keyPEM, err := readBounded("key", keyPath)
	if err != nil {
		return none, err
	}
	if why := checkKey(keyPEM); why != "" {
		return none, tlsError("key", "%s %s", keyPath, why)
	}
	pair, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		if strings.Contains(err.Error(), "does not match") {
			return none, tlsError("key", "%s is not the private key of the certificate in %s", keyPath, certPath)
		}
		return none, tlsError("key", "%s cannot be used with %s: %w", keyPath, certPath, err)
	}
	return pair, nil
}

// checkKey says why a file cannot be a private key, or nothing.
func checkKey(raw []byte) string {
	found := false
	for rest := raw; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		found = true
		if block.Type == "ENCRYPTED PRIVATE KEY" || block.Headers["DEK-Info"] != "" {
			return "is encrypted; decrypt it with: openssl pkey -in KEY -out NEW (and chmod 600 NEW)"
		}
		if strings.HasSuffix(block.Type, "PRIVATE KEY") {
			return ""
		}
	}
	if found {
		return "holds no private key"
	}
	return strings.Replace(notPEM(raw), "CERTIFICATE", "PRIVATE KEY", 1)
}
