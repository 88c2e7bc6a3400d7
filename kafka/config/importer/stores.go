package importer

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"software.sslmate.com/src/go-pkcs12"
)

// store is what a trust or key store holds.
type store struct {
	authorities []*x509.Certificate
	chain       []*x509.Certificate // leaf first; empty for a trust store
	key         any                 // private key of the leaf
	others      int                 // further key entries, which were left out
}

// storePasswords of a store: its own, and the key's where that differs.
type storePasswords struct{ store, key string }

// openStore reads a store by what its first bytes say it is: Java has written
// PKCS12 into files called .jks since version 9.
func openStore(raw []byte, pw storePasswords) (store, error) {
	switch {
	case bytes.HasPrefix(raw, []byte("\xFE\xED\xFE\xED")):
		return openJKS(raw, pw)
	case bytes.HasPrefix(raw, []byte("\xCE\xCE\xCE\xCE")):
		return store{}, errors.New("is a JCEKS store, which cannot be read; convert it with: keytool -importkeystore -srcstoretype JCEKS -deststoretype PKCS12")
	case len(raw) > 0 && raw[0] == 0x30:
		return openPKCS12(raw, pw)
	case bytes.Contains(raw, []byte("-----BEGIN ")):
		return openPEM(raw, pw.key)
	}
	return store{}, errors.New("is neither a PKCS12, JKS nor PEM store")
}

// openPKCS12 reads a key store, else a trust store.
func openPKCS12(raw []byte, pw storePasswords) (store, error) {
	if manyRounds(raw, 0) {
		return store{}, errIterations
	}
	// A PKCS12 store has one password for everything; Java uses the store's.
	key, leaf, chain, err := pkcs12.DecodeChain(raw, pw.store)
	if err == nil {
		return store{key: key, chain: append([]*x509.Certificate{leaf}, chain...)}, nil
	}
	if errors.Is(err, pkcs12.ErrIncorrectPassword) {
		return store{}, errWrongPassword
	}
	authorities, trustErr := pkcs12.DecodeTrustStore(raw, pw.store)
	if trustErr != nil {
		return store{}, fmt.Errorf("cannot be read as PKCS12: %w", err)
	}
	return store{authorities: authorities}, nil
}

var errWrongPassword = errors.New("does not open with the password that the file gives for it")

// openPEM reads certificates and a private key out of one text (KIP-651).
func openPEM(raw []byte, password string) (store, error) {
	var s store
	for rest := raw; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		switch {
		case block.Type == "CERTIFICATE":
			cert, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return store{}, fmt.Errorf("certificate %d cannot be parsed: %w", len(s.chain)+1, err)
			}
			s.chain = append(s.chain, cert)
		case strings.HasSuffix(block.Type, "PRIVATE KEY"):
			if s.key != nil {
				s.others++
				continue
			}
			key, err := parseKey(block, password)
			if err != nil {
				return store{}, err
			}
			s.key = key
		}
	}
	if s.key == nil {
		s.authorities, s.chain = s.chain, nil
	}
	if s.key == nil && len(s.authorities) == 0 {
		return store{}, errors.New("holds neither a certificate nor a private key")
	}
	return s, nil
}

// parseKey reads a private key in any of its usual forms.
func parseKey(block *pem.Block, password string) (any, error) {
	switch block.Type {
	case "ENCRYPTED PRIVATE KEY":
		der, err := decryptPKCS8(block.Bytes, password)
		if err != nil {
			return nil, err
		}
		return x509.ParsePKCS8PrivateKey(der)
	case "PRIVATE KEY":
		return x509.ParsePKCS8PrivateKey(block.Bytes)
	}
	if block.Headers["DEK-Info"] != "" {
		return nil, errors.New("holds a private key with OpenSSL's old encryption; convert it with: openssl pkcs8 -topk8")
	}
	if block.Type == "RSA PRIVATE KEY" {
		return x509.ParsePKCS1PrivateKey(block.Bytes)
	}
	return x509.ParseECPrivateKey(block.Bytes)
}

func pemCertificates(certs []*x509.Certificate) []byte {
	var out []byte
	for _, c := range certs {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	return out
}

func pemKey(key any) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("holds a private key of a kind that cannot be used: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

func isPEM(raw []byte) bool {
	block, _ := pem.Decode(raw)
	return block != nil
}

func isEncrypted(raw []byte) bool { return bytes.Contains(raw, []byte("ENCRYPTED")) }
