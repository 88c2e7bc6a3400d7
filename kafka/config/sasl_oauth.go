package config

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/oauth"
)

// Bounds of talking to a token endpoint.
const (
	tokenTimeout = 10 * time.Second
	maxToken     = 256 << 10 // bytes of the endpoint's answer
	// tokenUse is the part of a token's life after which a new one is fetched, so
	// that it never runs out between fetching and the broker's check.
	tokenUse = 0.8
	// unknownLife is how long a token is used when the endpoint does not say.
	unknownLife = 30 * time.Second
)

// mechanism signs in with a bearer token (RFC 7628, KIP-255).
func (o *OAuth) mechanism(ctx context.Context) (sasl.Mechanism, error) {
	if o == nil {
		return nil, &Error{Key: "oauth", Reason: "OAUTHBEARER needs it: token_url and client_id, or a token"}
	}
	fetch, err := o.fetcher(ctx)
	if err != nil {
		return nil, inSection("oauth", err)
	}
	return judged{oauth.Oauth(func(ctx context.Context) (oauth.Auth, error) {
		token, err := fetch(ctx)
		if err != nil {
			return oauth.Auth{}, inSection("sasl.oauth", err)
		}
		if err := checkToken(token.Reveal()); err != nil {
			return oauth.Auth{}, inSection("sasl.oauth", err)
		}
		return oauth.Auth{Token: token.Reveal(), Extensions: o.Extensions}, nil
	})}, nil
}

// judged puts a broker's refusal of a token into words; what the broker sends
// then is a challenge that means no (RFC 7628 3.2.2).
type judged struct{ sasl.Mechanism }

// Authenticate implements [sasl.Mechanism].
func (m judged) Authenticate(ctx context.Context, host string) (sasl.Session, []byte, error) {
	session, first, err := m.Mechanism.Authenticate(ctx, host)
	return judgedSession{session}, first, err
}

type judgedSession struct{ sasl.Session }

// Challenge implements [sasl.Session].
func (s judgedSession) Challenge(answer []byte) (done bool, next []byte, err error) {
	done, next, err = s.Session.Challenge(answer)
	if err != nil {
		err = &Error{Key: "sasl.oauth", Reason: "the broker does not accept the token; check its issuer, audience, scope and that it has not ended", Err: err}
	}
	return done, next, err
}

func (o *OAuth) fetcher(ctx context.Context) (func(context.Context) (Secret, error), error) {
	if o.TokenURL == "" {
		token := o.token()
		if _, err := token.resolve(ctx); err != nil {
			return nil, err
		}
		// Tokens are short-lived: file and command are asked for every sign-in.
		return token.resolve, nil
	}
	tlsConfig, err := newTLS(o.CA, "", "", "")
	if err != nil {
		return nil, err
	}
	secret, err := o.clientSecret().current(ctx)
	if err != nil {
		return nil, err
	}
	endpoint := &tokenEndpoint{
		url: o.TokenURL, clientID: o.ClientID, secret: secret, scope: o.Scope, audience: o.Audience,
		client: &http.Client{
			Timeout: tokenTimeout,
			Transport: &http.Transport{
				Proxy: http.ProxyFromEnvironment, TLSClientConfig: tlsConfig, DisableKeepAlives: true, ForceAttemptHTTP2: true,
				DialContext: (&net.Dialer{Timeout: 5 * time.Second}).DialContext, TLSHandshakeTimeout: 5 * time.Second,
			},
			// A redirect would take the client's secret somewhere else.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		now: time.Now,
	}
	return endpoint.token, nil
}

// bearer is the form of a token, RFC 6750 2.1.
var bearer = regexp.MustCompile(`^[A-Za-z0-9._~+/-]+=*$`)

func checkToken(token string) error {
	if !bearer.MatchString(token) {
		return &Error{Key: "token", Reason: "is not a bearer token: it may hold letters, digits and - . _ ~ + / only (RFC 6750)"}
	}
	return nil
}

// tokenEndpoint fetches tokens with the client credentials grant and keeps the
// last one while it is good. It is safe for concurrent use; one fetch at a time.
type tokenEndpoint struct {
	url, clientID   string
	secret          func(context.Context) (Secret, error)
	scope, audience string
	client          *http.Client
	now             func() time.Time

	mu    sync.Mutex
	last  Secret
	until time.Time
}

func (t *tokenEndpoint) token(ctx context.Context) (Secret, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.last.IsZero() && t.now().Before(t.until) {
		return t.last, nil
	}
	token, life, err := t.fetch(ctx)
	if err != nil {
		return Secret{}, err
	}
	t.last, t.until = token, t.now().Add(time.Duration(float64(life)*tokenUse))
	return token, nil
}

// fetch asks for a token, RFC 6749 4.4.2; the client signs in as 2.3.1 prefers.
func (t *tokenEndpoint) fetch(ctx context.Context) (Secret, time.Duration, error) {
	fail := func(format string, args ...any) (Secret, time.Duration, error) {
		err := fmt.Errorf(format, args...)
		return Secret{}, 0, &Error{Key: "token_url", Reason: err.Error(), Err: errors.Unwrap(err)}
	}
	secret, err := t.secret(ctx)
	if err != nil {
		return Secret{}, 0, err
	}
	form := url.Values{"grant_type": {"client_credentials"}}
	if t.scope != "" {
		form.Set("scope", t.scope)
	}
	if t.audience != "" {
		form.Set("audience", t.audience)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.url, strings.NewReader(form.Encode()))
	if err != nil {
		return fail("is not a URL")
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	req.SetBasicAuth(url.QueryEscape(t.clientID), url.QueryEscape(secret.Reveal()))
	resp, err := t.client.Do(req)
	if err != nil {
		var asURL *url.Error
		if errors.As(err, &asURL) {
			err = asURL.Err
		}
		return fail("the token endpoint cannot be asked: %w", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxToken+1))
	if err != nil {
		return fail("the token endpoint's answer broke off: %w", err)
	}
	var answer struct {
		AccessToken string      `json:"access_token"`
		TokenType   string      `json:"token_type"`
		ExpiresIn   json.Number `json:"expires_in"` // some endpoints send a string
		Error       string      `json:"error"`
		Description string      `json:"error_description"`
	}
	jsonErr := json.Unmarshal(body, &answer)
	switch {
	case len(body) > maxToken:
		return fail("the token endpoint's answer is larger than %d KiB", maxToken>>10)
	case resp.StatusCode != http.StatusOK:
		why := printable(strings.TrimSpace(answer.Error + " " + answer.Description))
		if hidden := secret.Reveal(); hidden != "" {
			why = strings.ReplaceAll(why, hidden, masked)
		}
		if why != "" {
			why = " (" + clip(why) + ")"
		}
		return fail("the token endpoint refused: HTTP %d%s; check token_url, client_id, client_secret and scope", resp.StatusCode, why)
	case jsonErr != nil:
		return fail("the token endpoint's answer is not JSON; check token_url")
	case answer.AccessToken == "":
		return fail("the token endpoint's answer holds no access_token; check token_url")
	case answer.TokenType != "" && !strings.EqualFold(answer.TokenType, "bearer"):
		return fail("the token endpoint gives tokens of type %q, not bearer tokens", clip(answer.TokenType))
	}
	life := unknownLife
	if seconds, err := answer.ExpiresIn.Float64(); err == nil && seconds > 0 {
		life = time.Duration(min(seconds, 24*3600) * float64(time.Second))
	}
	return NewSecret(answer.AccessToken), life, nil
}

// printable keeps what a foreign text may show on one line.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7E {
			return -1
		}
		return r
	}, s)
}

// inSection prefixes the key of an error with the section it is in.
func inSection(section string, err error) error {
	var e *Error
	if errors.As(err, &e) {
		moved := *e
		moved.Key = join(section, e.Key)
		return &moved
	}
	return err
}
