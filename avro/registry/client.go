package registry

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/sr"
)

// RequestLimit is how long one request may take, and MaxResponse how many
// bytes an answer may have.
const (
	RequestLimit = 10 * time.Second
	MaxResponse  = 64 << 20
)

// Options say how a registry is reached. Only URL is required.
type Options struct {
	// URL is the registry's base, such as https://127.0.0.1:18081 or
	// https://host/apis/ccompat/v7. Further addresses of the same registry
	// may follow, separated by commas; they are tried in order.
	URL string
	// HTTP carries TLS settings and, if it wants to, the sign-in. nil is a
	// client with the system's certificates.
	HTTP *http.Client
	// Username and Password are sent as HTTP basic auth, Token as a bearer
	// token. Leave them empty when HTTP signs in by itself.
	Username, Password string
	Token              string
	// Context scopes every request to a registry context; "" is the default one.
	Context string
	// ReadOnly makes Client.Writer refuse.
	ReadOnly bool

	// CacheBytes bounds the memory that cached schemas take. Default 64 MiB.
	CacheBytes int
	// UnknownFor is how long an unknown id is not asked for again. Default 30 s.
	UnknownFor time.Duration
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// String shows where the registry is, and no secret.
func (o Options) String() string { return "registry " + redact(o.URL) }

// GoString is String: %#v prints no secret either.
func (o Options) GoString() string { return o.String() }

// Client reads a schema registry. It is safe for concurrent use. Close it.
type Client struct {
	sr       *sr.Client
	where    string // the first address, without secrets
	readOnly bool
	now      func() time.Time

	base   context.Context //nolint:containedctx // ends the fetches that outlive their first caller
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	cache   *cache
	flights map[key]*flight
	away    backoff
}

// New makes a client. It sends nothing: an unreachable registry shows at the
// first request.
func New(o Options) (*Client, error) {
	var urls []string
	for _, raw := range strings.Split(o.URL, ",") {
		u, err := url.Parse(strings.TrimSpace(raw))
		if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
			return nil, fmt.Errorf("registry url %q: must look like https://host:8081", redact(raw))
		}
		if u.User != nil && o.Username == "" { // as people paste it from a cloud console
			o.Username = u.User.Username()
			o.Password, _ = u.User.Password()
		}
		u.User = nil
		urls = append(urls, strings.TrimRight(u.String(), "/"))
	}
	if o.CacheBytes <= 0 {
		o.CacheBytes = 64 << 20
	}
	if o.UnknownFor <= 0 {
		o.UnknownFor = 30 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	opts := []sr.ClientOpt{sr.URLs(urls...), sr.HTTPClient(boundedClient(o.HTTP)), sr.UserAgent("kconsole")}
	if o.Username != "" {
		opts = append(opts, sr.BasicAuth(o.Username, o.Password))
	}
	if o.Token != "" {
		opts = append(opts, sr.BearerToken(o.Token))
	}
	if o.Context != "" {
		opts = append(opts, sr.DefaultSchemaContext(o.Context))
	}
	cl, err := sr.NewClient(opts...)
	if err != nil {
		return nil, fmt.Errorf("registry %s: %w", urls[0], err)
	}
	c := &Client{
		sr: cl, where: urls[0], readOnly: o.ReadOnly, now: o.Now,
		cache: newCache(o.CacheBytes, o.UnknownFor), flights: map[key]*flight{},
	}
	c.base, c.cancel = context.WithCancel(context.Background())
	return c, nil
}

// Close ends the requests under way and waits for them. It is safe to call twice.
func (c *Client) Close() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.cancel()
	c.wg.Wait()
}

// Where is the registry's address, for display.
func (c *Client) Where() string { return c.where }

// call runs one request under the time limit and turns its error into an
// [*Error] about what.
func (c *Client) call(ctx context.Context, what string, f func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, RequestLimit)
	defer cancel()
	if err := f(ctx); err != nil {
		return c.explain(what, err)
	}
	return nil
}

// redact removes a user and password from an address that may not parse.
func redact(raw string) string {
	if i := strings.LastIndexByte(raw, '@'); i >= 0 {
		if j := strings.Index(raw, "://"); j >= 0 && j < i {
			return raw[:j+3] + "***@" + raw[i+1:]
		}
		return "***@" + raw[i+1:]
	}
	return raw
}

var errClosed = errors.New("the registry client is closed")
