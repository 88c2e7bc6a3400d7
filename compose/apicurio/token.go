package apicurio

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"

	"kconsole/compose/pki"
)

// The registry's roles, as Apicurio names them.
const (
	roleAdmin     = "sr-admin"
	roleDeveloper = "sr-developer"
)

const tokenLife = time.Hour

// TokenKey makes or reads the key that signs the tokens. It is kept, because a
// registry that runs already trusts the key that it knew.
func TokenKey(path string) (*rsa.PrivateKey, error) {
	text, err := os.ReadFile(path)
	if err == nil {
		if block, _ := pem.Decode(text); block != nil {
			if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
				return key, nil
			}
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	block := &pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}
	return key, pki.WriteFile(path, pem.EncodeToMemory(block), 0o600)
}

// Settings are Apicurio's, by property name, that have to do with the door: no
// request without a token that the key signed.
func Settings(key *rsa.PublicKey) (map[string]string, error) {
	public, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return nil, err
	}
	return map[string]string{
		"quarkus.oidc.public-key":                 base64.StdEncoding.EncodeToString(public),
		"quarkus.oidc.auth-server-url":            "", // there is no provider: the key says it all
		"quarkus.http.insecure-requests":          "disabled",
		"quarkus.http.io-threads":                 "2",
		"quarkus.thread-pool.max-threads":         "8",
		"quarkus.datasource.jdbc.initial-size":    "1",
		"quarkus.datasource.jdbc.min-size":        "1",
		"quarkus.datasource.jdbc.max-size":        "8",
		"registry.auth.enabled":                   "true",
		"registry.auth.role-based-authorization":  "true",
		"registry.auth.role-source":               "token",
		"registry.rest.artifact.deletion.enabled": "true",
	}, nil
}

// signer makes JSON Web Tokens (RFC 7519, RS256), and keeps one for each user.
type signer struct {
	key *rsa.PrivateKey

	mu     sync.Mutex
	issued map[string]issued
}

type issued struct {
	token string
	until time.Time
}

func (s *signer) token(user, role string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if have, ok := s.issued[user]; ok && now.Add(tokenLife/4).Before(have.until) {
		return have.token, nil
	}
	until := now.Add(tokenLife)
	claims, err := json.Marshal(map[string]any{
		"iss": "kconsole-lab", "sub": user, "upn": user, "preferred_username": user,
		"groups": []string{role}, "realm_access": map[string]any{"roles": []string{role}},
		"iat": now.Unix(), "exp": until.Unix(),
	})
	if err != nil {
		return "", err
	}
	text := encode([]byte(`{"alg":"RS256","typ":"JWT"}`)) + "." + encode(claims)
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, s.key, crypto.SHA256, sum[:])
	if err != nil {
		return "", fmt.Errorf("signing a token for the registry: %w", err)
	}
	if s.issued == nil {
		s.issued = make(map[string]issued)
	}
	s.issued[user] = issued{text + "." + encode(signature), until}
	return s.issued[user].token, nil
}

func encode(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }
