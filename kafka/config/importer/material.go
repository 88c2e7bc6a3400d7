package importer

import (
	"path/filepath"

	"kconsole/kafka/config"
)

// material collects what a file says about TLS, from stores, files and inline
// PEM, and turns what is not a plain PEM file into one.
type material struct {
	res  *Result
	name string // the cluster's
	dir  string
}

// place promises a file in the target folder and returns its path.
func (m material) place(suffix string, content []byte) string {
	path := filepath.Join(m.dir, m.name+suffix)
	m.res.Files = append(m.res.Files, File{Path: path, Content: content})
	return path
}

// authorities returns the path of a PEM file with a trust store's certificates.
// A trust store that is PEM already stays where it is.
func (m material) authorities(line int, key, path string, inline []byte, password string) (string, error) {
	raw, err := m.content(line, key, path, inline)
	if err != nil {
		return "", err
	}
	s, err := openStore(raw, storePasswords{store: password})
	if err != nil {
		return "", lineError(line, key, "%s %w", m.called(path), err)
	}
	certs := s.authorities
	if len(certs) == 0 {
		// Java trusts the leaf and chain of key entries only as issuers; a key
		// store given as a trust store usually means its own authority.
		certs = s.chain[min(1, len(s.chain)):]
	}
	if len(certs) == 0 {
		return "", lineError(line, key, "%s holds no certificate of an authority", m.called(path))
	}
	if path != "" && isPEM(raw) {
		return path, nil
	}
	return m.place("-ca.pem", pemCertificates(certs)), nil
}

// identity returns the paths of a client's certificate chain and private key.
func (m material) identity(line int, key, path string, inline []byte, pw storePasswords) (cert, private string, err error) {
	raw, err := m.content(line, key, path, inline)
	if err != nil {
		return "", "", err
	}
	s, err := openStore(raw, pw)
	if err != nil {
		return "", "", lineError(line, key, "%s %w", m.called(path), err)
	}
	if s.key == nil || len(s.chain) == 0 {
		return "", "", lineError(line, key, "%s holds no certificate with its private key", m.called(path))
	}
	if s.others > 0 {
		m.res.ignore(line, key, "the store holds several private keys; the first by name is taken")
	}
	if path != "" && isPEM(raw) && !isEncrypted(raw) {
		return path, path, nil
	}
	keyPEM, err := pemKey(s.key)
	if err != nil {
		return "", "", lineError(line, key, "%s %w", m.called(path), err)
	}
	return m.place("-client.pem", pemCertificates(s.chain)), m.place("-client.key", keyPEM), nil
}

// privateKey returns the path of a key that is not encrypted.
func (m material) privateKey(line int, key, path string, inline []byte, password string) (string, error) {
	raw, err := m.content(line, key, path, inline)
	if err != nil {
		return "", err
	}
	s, err := openPEM(raw, password)
	if err != nil || s.key == nil {
		if err == nil {
			return "", lineError(line, key, "%s holds no private key", m.called(path))
		}
		return "", lineError(line, key, "%s %w", m.called(path), err)
	}
	if path != "" && !isEncrypted(raw) {
		return path, nil
	}
	keyPEM, err := pemKey(s.key)
	if err != nil {
		return "", lineError(line, key, "%s %w", m.called(path), err)
	}
	return m.place("-client.key", keyPEM), nil
}

// content is the inline text, or what the file holds.
func (m material) content(line int, key, path string, inline []byte) ([]byte, error) {
	if path == "" {
		return inline, nil
	}
	raw, err := readFile(path, maxStore)
	if err != nil {
		return nil, &config.Error{Line: line, Key: key, Reason: path + ": " + reason(err), Err: err}
	}
	return raw, nil
}

// called names a store in a message.
func (m material) called(path string) string {
	if path == "" {
		return "the value"
	}
	return path
}
