package pki

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const organization = "kconsole lab"

// Request says what a certificate is for. [Server], [Client], [WrongName] and
// [Expired] make the usual ones.
type Request struct {
	CommonName string
	Names      []string      // host names and IP addresses that it is valid for
	ServerAuth bool          // extended key usage serverAuth
	ClientAuth bool          // extended key usage clientAuth
	Life       time.Duration // from now; 0: 820 days; negative: over already
}

// Server asks for a certificate for loopback (127.0.0.1, ::1, localhost) and
// the given names. It has both extended key usages, because a Kafka broker is
// its peers' client too. The first name is its common name.
func Server(names ...string) Request {
	cn := "localhost"
	if len(names) > 0 {
		cn = names[0]
	}
	return Request{
		CommonName: cn,
		Names:      append([]string{"127.0.0.1", "::1", "localhost"}, names...),
		ServerAuth: true,
		ClientAuth: true,
	}
}

// Client asks for a certificate that names its holder and no host.
func Client(commonName string) Request {
	return Request{CommonName: commonName, ClientAuth: true}
}

// WrongName asks for a server certificate that is in order but for a host that
// nobody connects to: clients that verify host names refuse it.
func WrongName() Request {
	return Request{
		CommonName: "elsewhere.invalid",
		Names:      []string{"elsewhere.invalid"}, // RFC 2606: never resolves
		ServerAuth: true,
		ClientAuth: true,
	}
}

// Expired asks for a server certificate whose life ended an hour ago.
func Expired(names ...string) Request {
	r := Server(names...)
	r.Life = -time.Hour
	return r
}

// Leaf is a certificate with its private key.
type Leaf struct {
	Cert *x509.Certificate
	Key  *ecdsa.PrivateKey

	CertPEM []byte // the certificate alone
	KeyPEM  []byte // PKCS #8, not encrypted
	ca      []byte

	// Where they lie; empty for a leaf in memory.
	CertFile     string // NAME.pem
	KeyFile      string // NAME-key.pem, 0600
	KeystoreFile string // NAME-keystore.pem, 0600: what Keystore returns
}

// Keystore is key, certificate and CA in one PEM text, as Kafka's
// ssl.keystore.type=PEM wants it (KIP-651).
func (l *Leaf) Keystore() []byte { return slices.Concat(l.KeyPEM, l.CertPEM, l.ca) }

// TLS is the certificate as crypto/tls takes it.
func (l *Leaf) TLS() tls.Certificate {
	return tls.Certificate{Certificate: [][]byte{l.Cert.Raw}, PrivateKey: l.Key, Leaf: l.Cert}
}

// Issue makes a certificate in memory.
func (c *CA) Issue(r Request) (*Leaf, error) {
	if r.CommonName == "" {
		return nil, errors.New("a certificate needs a common name")
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making the key of %s: %w", r.CommonName, err)
	}
	serial, err := serialNumber()
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{Organization: []string{organization}, CommonName: r.CommonName},
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  r.usages(),
	}
	template.DNSNames, template.IPAddresses = r.split()
	template.NotBefore, template.NotAfter = r.validity(c.cert)
	der, err := x509.CreateCertificate(rand.Reader, template, c.cert, key.Public(), c.key)
	if err != nil {
		return nil, fmt.Errorf("making the certificate of %s: %w", r.CommonName, err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("making the certificate of %s: %w", r.CommonName, err)
	}
	return c.leaf(cert, key)
}

func (c *CA) leaf(cert *x509.Certificate, key *ecdsa.PrivateKey) (*Leaf, error) {
	keyPEM, err := encodeKey(key)
	if err != nil {
		return nil, err
	}
	return &Leaf{Cert: cert, Key: key, CertPEM: encodeCert(cert.Raw), KeyPEM: keyPEM, ca: c.pem}, nil
}

// Ensure takes the certificate that lies in the authority's directory under
// name (which may have directories in it), or makes it: also when the one there was asked for differently, is of
// another authority, is damaged, or ends its life within 30 days.
func (c *CA) Ensure(name string, r Request) (*Leaf, error) {
	if c.dir == "" {
		return nil, errors.New("an authority in memory keeps no files: use Issue")
	}
	base := filepath.Join(c.dir, name)
	if !filepath.IsLocal(name) || strings.HasPrefix(filepath.Base(name), ".") || base+".pem" == c.File() {
		return nil, fmt.Errorf("%q cannot name a certificate's files", name)
	}
	if err := os.MkdirAll(filepath.Dir(base), 0o700); err != nil {
		return nil, fmt.Errorf("making the directory for certificates: %w", err)
	}
	leaf, err := c.existing(base, r)
	if err != nil {
		return nil, err
	}
	made := leaf == nil
	if made {
		if leaf, err = c.Issue(r); err != nil {
			return nil, err
		}
	}
	leaf.CertFile, leaf.KeyFile, leaf.KeystoreFile = base+".pem", base+"-key.pem", base+"-keystore.pem"
	if !made {
		return leaf, nil
	}
	// The certificate goes last: only with it is the set complete.
	if err := WriteFile(leaf.KeyFile, leaf.KeyPEM, 0o600); err != nil {
		return nil, err
	}
	if err := WriteFile(leaf.KeystoreFile, leaf.Keystore(), 0o600); err != nil {
		return nil, err
	}
	if err := WriteFile(leaf.CertFile, leaf.CertPEM, 0o644); err != nil {
		return nil, err
	}
	return leaf, nil
}

// existing returns nil without an error where no fitting certificate lies.
func (c *CA) existing(base string, r Request) (*Leaf, error) {
	var files [3][]byte
	for i, suffix := range []string{".pem", "-key.pem", "-keystore.pem"} {
		data, err := os.ReadFile(base + suffix)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		if err != nil {
			return nil, fmt.Errorf("reading a certificate: %w", err)
		}
		files[i] = data
	}
	return c.usable(files, r), nil
}

// usable is the leaf in the three files, or nil if they are damaged or not what
// was asked for.
func (c *CA) usable(files [3][]byte, r Request) *Leaf {
	cert, err := parseCert(files[0])
	if err != nil {
		return nil
	}
	key, err := parseKey(files[1])
	if err != nil || !key.PublicKey.Equal(cert.PublicKey) || !c.fits(cert, r) {
		return nil
	}
	leaf, err := c.leaf(cert, key)
	if err != nil || string(leaf.Keystore()) != string(files[2]) {
		return nil
	}
	return leaf
}

func (c *CA) fits(cert *x509.Certificate, r Request) bool {
	dns, ips := r.split()
	return cert.CheckSignatureFrom(c.cert) == nil &&
		cert.Subject.CommonName == r.CommonName &&
		slices.Equal(cert.ExtKeyUsage, r.usages()) &&
		slices.Equal(cert.DNSNames, dns) &&
		slices.EqualFunc(cert.IPAddresses, ips, net.IP.Equal) &&
		r.stillGood(cert)
}

func (r Request) stillGood(cert *x509.Certificate) bool {
	switch {
	case r.Life < 0:
		return time.Now().After(cert.NotAfter)
	case r.Life > 0: // a short life is asked for on purpose: keep it until it is over
		return time.Now().Before(cert.NotAfter)
	default:
		return fresh(cert)
	}
}

func (r Request) validity(ca *x509.Certificate) (from, until time.Time) {
	now := time.Now()
	switch {
	case r.Life < 0:
		until = now.Add(r.Life)
		return until.Add(-24 * time.Hour), until
	case r.Life > 0:
		until = now.Add(r.Life)
	default:
		until = now.Add(leafLife)
	}
	if until.After(ca.NotAfter) {
		until = ca.NotAfter
	}
	return now.Add(-skew), until
}

func (r Request) usages() []x509.ExtKeyUsage {
	var out []x509.ExtKeyUsage
	if r.ServerAuth {
		out = append(out, x509.ExtKeyUsageServerAuth)
	}
	if r.ClientAuth {
		out = append(out, x509.ExtKeyUsageClientAuth)
	}
	return out
}

// split sorts the names into host names and addresses, without doubles.
func (r Request) split() (dns []string, ips []net.IP) {
	for _, name := range r.Names {
		name = strings.TrimSuffix(name, ".")
		if ip := net.ParseIP(name); ip != nil {
			if !slices.ContainsFunc(ips, ip.Equal) {
				ips = append(ips, ip)
			}
		} else if !slices.Contains(dns, name) {
			dns = append(dns, name)
		}
	}
	return dns, ips
}
