// Package apicurio is what the lab puts around Apicurio Registry so that
// clients find what they would find at Confluent's: TLS, HTTP basic sign-in
// with the lab's users, and Confluent's REST API at the root, with levels of
// subjects that mean what they mean there. Apicurio itself could take passwords
// only from an OpenID provider; it believes the tokens that the [Door] signs.
package apicurio

import (
	"context"
	"crypto/rsa"
	"crypto/subtle"
	"crypto/tls"
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
	"time"

	"kconsole/compose/labdir"
	"kconsole/compose/pki"
)

// Version is the newest that runs on Java 17.
const Version = "2.6.13.Final"

// ConfluentAPI is where Apicurio serves Confluent's REST API.
const ConfluentAPI = "/apis/ccompat/v7"

// silent is said where Apicurio does not answer.
const silent = "the registry does not answer; see its log"

// ReadyPath answers 200, without a sign-in, when the registry is ready.
const ReadyPath = "/health/ready"

const (
	maxBody      = 32 << 20 // of a request, in bytes
	maxHeader    = 64 << 10
	headerLimit  = 10 * time.Second
	answerLimit  = 30 * time.Second
	closingLimit = 2 * time.Second
)

// DoorConfig says what a [Door] is between.
type DoorConfig struct {
	Listener    net.Listener // the door closes it
	Certificate tls.Certificate
	CA          *tls.Config // how the registry behind is verified
	Backend     string      // host:port of Apicurio's TLS port
	Users       []labdir.User
	Key         *rsa.PrivateKey // signs the tokens; Apicurio knows its public half
}

// Door is the registry's door. It decides who a user is, and Apicurio what the
// user may do: admin everything, app read and write, guest nothing.
type Door struct {
	server *http.Server
	trans  *http.Transport
	done   chan struct{}
}

// Open begins to answer.
func Open(c DoorConfig) *Door {
	d := &Door{trans: Transport(c.CA), done: make(chan struct{})}
	target := &url.URL{Scheme: "https", Host: c.Backend}
	proxy := &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { rewrite(r, target) },
		Transport: d.trans,
		ErrorLog:  log.New(io.Discard, "", 0),
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) {
			refuse(w, http.StatusServiceUnavailable, silent)
		},
	}
	mux := http.NewServeMux()
	mux.Handle("GET "+ReadyPath, proxy)
	tokens := &signer{key: c.Key}
	mux.Handle("/", signIn(c.Users, tokens, proxy))
	l := &levels{client: &http.Client{Transport: d.trans}, backend: c.Backend, next: proxy}
	mux.Handle("GET /config/{subject}", signIn(c.Users, tokens, http.HandlerFunc(l.get)))
	mux.Handle("PUT /config/{subject}", signIn(c.Users, tokens, http.HandlerFunc(l.put)))
	mux.Handle("DELETE /config/{subject}", signIn(c.Users, tokens, http.HandlerFunc(l.unset)))
	d.server = &http.Server{
		Handler:           mux,
		TLSConfig:         &tls.Config{Certificates: []tls.Certificate{c.Certificate}, MinVersion: tls.VersionTLS12},
		ReadHeaderTimeout: headerLimit,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          log.New(io.Discard, "", 0), // strangers' handshakes are no news
	}
	go func() { // ends with Close
		defer close(d.done)
		_ = d.server.ServeTLS(c.Listener, "", "")
	}()
	return d
}

// Transport is a client's for the registry behind the door. The caller closes
// its idle connections.
func Transport(ca *tls.Config) *http.Transport {
	return &http.Transport{
		TLSClientConfig:       ca,
		MaxIdleConnsPerHost:   8,
		IdleConnTimeout:       answerLimit,
		ResponseHeaderTimeout: answerLimit,
	}
}

// Done is closed when the door answers no more.
func (d *Door) Done() <-chan struct{} { return d.done }

// Close lets requests that run come to their end, and ends.
func (d *Door) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closingLimit)
	defer cancel()
	err := d.server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = d.server.Close()
	}
	<-d.done
	d.trans.CloseIdleConnections()
	return err
}

// rewrite puts Confluent's API at the root; Apicurio's own stays where it is.
func rewrite(r *httputil.ProxyRequest, target *url.URL) {
	r.SetURL(target)
	if strings.HasPrefix(r.In.URL.Path, "/apis/") || r.In.URL.Path == ReadyPath {
		return
	}
	r.Out.URL.Path, r.Out.URL.RawPath = ConfluentAPI+r.In.URL.Path, ""
	if r.In.URL.RawPath != "" {
		r.Out.URL.RawPath = ConfluentAPI + r.In.URL.RawPath
	}
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
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		next.ServeHTTP(w, r)
	})
}

// refuse answers as Confluent's registry does.
func refuse(w http.ResponseWriter, status int, message string) { refuseAs(w, status, status, message) }

// refuseAs is refuse with a code of its own.
func refuseAs(w http.ResponseWriter, status, code int, message string) {
	reply(w, status, map[string]any{"error_code": code, "message": message})
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/vnd.schemaregistry.v1+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// Verify is how what this authority certified is verified.
func Verify(ca *pki.CA) *tls.Config {
	return &tls.Config{RootCAs: ca.Pool(), MinVersion: tls.VersionTLS12}
}

// SetDefaultLevel gives the registry at url the compatibility level that
// Confluent's has from the start: Apicurio's is none.
func SetDefaultLevel(ctx context.Context, client *http.Client, url string, admin labdir.User) error {
	const what = "setting the registry's compatibility level"
	ctx, cancel := context.WithTimeout(ctx, answerLimit)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, url+"/config", strings.NewReader(`{"compatibility":"BACKWARD"}`))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/vnd.schemaregistry.v1+json")
	req.SetBasicAuth(admin.Name, admin.Password)
	res, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", what, res.Status)
	}
	return nil
}
