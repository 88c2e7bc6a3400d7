package importer

import (
	"bytes"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/pavlo-v-chernykh/keystore-go/v4"
)

// openJKS reads Java's own store format.
func openJKS(raw []byte, pw storePasswords) (store, error) {
	if err := checkJKS(raw); err != nil {
		return store{}, err
	}
	ks := keystore.New(keystore.WithOrderedAliases())
	if err := ks.Load(bytes.NewReader(raw), []byte(pw.store)); err != nil {
		return store{}, errWrongPassword // the structure was checked: only the digest is left
	}
	if pw.key == "" {
		pw.key = pw.store
	}
	var s store
	for _, alias := range ks.Aliases() {
		switch {
		case ks.IsTrustedCertificateEntry(alias):
			entry, err := ks.GetTrustedCertificateEntry(alias)
			if err != nil {
				return store{}, fmt.Errorf("entry %q: %w", alias, err)
			}
			cert, err := x509.ParseCertificate(entry.Certificate.Content)
			if err != nil {
				return store{}, fmt.Errorf("entry %q: %w", alias, err)
			}
			s.authorities = append(s.authorities, cert)
		case ks.IsPrivateKeyEntry(alias):
			if s.key != nil {
				s.others++
				continue
			}
			entry, err := ks.GetPrivateKeyEntry(alias, []byte(pw.key))
			if err != nil {
				return store{}, fmt.Errorf("the key %q does not open with ssl.key.password", alias)
			}
			if s.key, err = x509.ParsePKCS8PrivateKey(entry.PrivateKey); err != nil {
				return store{}, fmt.Errorf("the key %q: %w", alias, err)
			}
			for _, c := range entry.CertificateChain {
				cert, err := x509.ParseCertificate(c.Content)
				if err != nil {
					return store{}, fmt.Errorf("the chain of %q: %w", alias, err)
				}
				s.chain = append(s.chain, cert)
			}
		}
	}
	if s.key == nil && len(s.authorities) == 0 {
		return store{}, errors.New("is empty")
	}
	return s, nil
}

// checkJKS walks through the store without copying, because the library
// allocates whatever a length says before it looks whether so much is there.
// https://github.com/openjdk/jdk/blob/master/src/java.base/share/classes/sun/security/provider/JavaKeyStore.java
func checkJKS(raw []byte) error {
	r := jksReader{rest: raw}
	r.skip(4) // magic
	version := r.u32()
	if version != 1 && version != 2 {
		return fmt.Errorf("is a JKS store of version %d; only 1 and 2 exist", version)
	}
	for range r.count() {
		tag := r.u32()
		r.skip(int(r.u16())) // alias
		r.skip(8)            // time of creation
		switch tag {
		case 1:
			r.skip(r.length()) // encrypted key
			for range r.count() {
				r.certificate(version)
			}
		case 2:
			r.certificate(version)
		default:
			return errors.New("is a damaged JKS store")
		}
		if r.bad {
			break
		}
	}
	if r.skip(20); r.bad || len(r.rest) > 0 { // digest
		return errors.New("is a damaged JKS store")
	}
	return nil
}

type jksReader struct {
	rest []byte
	bad  bool
}

func (r *jksReader) skip(n int) []byte {
	if n < 0 || n > len(r.rest) {
		r.bad, r.rest = true, nil
		return nil
	}
	head := r.rest[:n]
	r.rest = r.rest[n:]
	return head
}

func (r *jksReader) u16() uint16 {
	if b := r.skip(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

func (r *jksReader) u32() uint32 {
	if b := r.skip(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

// length is a count of bytes that must still be there.
func (r *jksReader) length() int {
	n := r.u32()
	if uint64(n) > uint64(len(r.rest)) {
		r.bad = true
		return 0
	}
	return int(n)
}

// count is a number of entries, each of which takes some bytes.
func (r *jksReader) count() int { return r.length() }

func (r *jksReader) certificate(version uint32) {
	if version == 2 {
		r.skip(int(r.u16())) // type
	}
	r.skip(r.length())
}
