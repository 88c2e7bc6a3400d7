package process

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"time"

	"kconsole/compose/labdir"
	"kconsole/compose/pki"
)

// The registry's roles, as Apicurio names them.
const (
	roleAdmin     = "sr-admin"
	roleDeveloper = "sr-developer"
)

const tokenLife = time.Hour

// front is the registry's door: TLS, HTTP basic sign-in with the lab's users,
// and Confluent's API at the root, as clients expect it. It signs a token for
// each user, by which Apicurio decides what the user may do: admin everything,
// app read and write, guest nothing.
type front struct {
	server *http.Server
	trans  *http.Transport
	done   chan struct{}
}

// openFront listens on the registry's port.
func openFront(ctx context.Context, ports Ports, ca *pki.CA, users []labdir.User, key *rsa.PrivateKey) (*front, error) {
	leaf, err := ca.Issue(pki.Server("registry"))
	if err != nil {
		return nil, err
	}
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", loopback(ports.Registry))
	if err != nil {
		return nil, fmt.Errorf("the registry's port: %w", err)
	}
	f := &front{trans: backend(ca), done: make(chan struct{})}
	target := &url.URL{Scheme: "https", Host: loopback(ports.Backend)}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			if !strings.HasPrefix(r.In.URL.Path, "/apis/") {
				r.Out.URL.Path, r.Out.URL.RawPath = ccompat+r.In.URL.Path, ""
				if r.In.URL.RawPath != "" {
					r.Out.URL.RawPath = ccompat + r.In.URL.RawPath
				}
			}
		},
		Transport: f.trans,
		ErrorLog:  log.New(io.Discard, "", 0),
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) {
			refuse(w, http.StatusServiceUnavailable, "the registry does not answer; see its log in the lab's directory")
		},
	}
	f.server = &http.Server{
		Handler:           signIn(users, &signer{key: key}, proxy),
		TLSConfig:         serverTLS(leaf),
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          log.New(io.Discard, "", 0), // strangers' handshakes are no news
	}
	go func() {
		defer close(f.done)
		_ = f.server.ServeTLS(ln, "", "")
	}()
	return f, nil
}

func serverTLS(leaf *pki.Leaf) *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{leaf.TLS()}, MinVersion: tls.VersionTLS12}
}

func (f *front) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	err := f.server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = f.server.Close()
	}
	<-f.done
	f.trans.CloseIdleConnections()
	return err
}

// signIn replaces a user's password by a token that Apicurio believes.
func signIn(users []labdir.User, tokens *signer, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, password, _ := r.BasicAuth()
		var who *labdir.User
		for i := range users {
			same := subtle.ConstantTimeCompare([]byte(users[i].Password), []byte(password)) == 1
			if users[i].Name == name && same {
				who = &users[i]
			}
		}
		if who == nil {
			w.Header().Set("WWW-Authenticate", `Basic realm="kconsole lab"`)
			refuse(w, http.StatusUnauthorized, "Unauthorized")
			return
		}
		var role string
		switch {
		case who.Super:
			role = roleAdmin
		case who.Name == labdir.App:
			role = roleDeveloper
		default:
			refuse(w, http.StatusForbidden, "User is denied operation on this server.")
			return
		}
		token, err := tokens.token(who.Name, role)
		if err != nil {
			refuse(w, http.StatusInternalServerError, err.Error())
			return
		}
		r.Header.Set("Authorization", "Bearer "+token)
		r.Body = http.MaxBytesReader(w, r.Body, 32<<20)
		next.ServeHTTP(w, r)
	})
}

// refuse answers as Confluent's registry does.
func refuse(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/vnd.schemaregistry.v1+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"error_code": status, "message": message})
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
