package config

import (
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// HTTPClient returns a client for the registry: its TLS, its sign-in (HTTP basic,
// sent to the registry's own host only, also after a redirect) and time limits,
// so that a registry that hangs costs 10 s at most. The caller closes idle
// connections when it is done: client.CloseIdleConnections.
func (r Registry) HTTPClient() (*http.Client, error) {
	base, err := url.Parse(r.URL)
	if err != nil || base.Host == "" {
		return nil, &Error{Key: "registry.url", Reason: "must be a URL such as https://127.0.0.1:8081"}
	}
	tlsConfig, err := r.TLSConfig()
	if err != nil {
		return nil, err
	}
	transport := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:       tlsConfig,
		TLSHandshakeTimeout:   5 * time.Second,
		ResponseHeaderTimeout: 10 * time.Second,
		IdleConnTimeout:       60 * time.Second,
		MaxIdleConnsPerHost:   8,
		ForceAttemptHTTP2:     true,
	}
	client := &http.Client{Transport: transport, Timeout: 10 * time.Second}
	if r.Username != "" {
		client.Transport = &signedIn{base: transport, registry: r, scheme: base.Scheme, host: base.Host}
	}
	return client, nil
}

// signedIn adds the registry's user to requests for its host.
type signedIn struct {
	base         *http.Transport
	registry     Registry
	scheme, host string
}

// RoundTrip implements [http.RoundTripper]. An Authorization header that the
// caller set stays.
func (t *signedIn) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Scheme != t.scheme || !strings.EqualFold(req.URL.Host, t.host) || req.Header.Get("Authorization") != "" {
		return t.base.RoundTrip(req)
	}
	password, err := t.registry.ResolvePassword(req.Context())
	if err != nil {
		if req.Body != nil {
			_ = req.Body.Close()
		}
		return nil, err
	}
	req = req.Clone(req.Context())
	req.SetBasicAuth(t.registry.Username, password.Reveal())
	return t.base.RoundTrip(req)
}

// CloseIdleConnections lets [http.Client.CloseIdleConnections] reach the transport.
func (t *signedIn) CloseIdleConnections() { t.base.CloseIdleConnections() }
