package registry

import (
	"errors"
	"io"
	"net/http"
)

var errTooLong = errors.New("the answer is longer than 64 MiB")

// boundedClient is a copy of c whose answers end at MaxResponse bytes: the
// body is read whole, and whoever answers on that port decides its length.
func boundedClient(c *http.Client) *http.Client {
	bounded := http.Client{Timeout: RequestLimit}
	if c != nil {
		bounded = *c
	}
	if bounded.Timeout <= 0 || bounded.Timeout > RequestLimit {
		bounded.Timeout = RequestLimit
	}
	next := bounded.Transport
	if next == nil {
		next = http.DefaultTransport
	}
	bounded.Transport = boundedTransport{next}
	return &bounded
}

type boundedTransport struct{ next http.RoundTripper }

func (t boundedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(r)
	if err != nil {
		return resp, err
	}
	resp.Body = &boundedBody{body: resp.Body, left: MaxResponse}
	return resp, nil
}

// CloseIdleConnections lets http.Client.CloseIdleConnections reach the transport.
func (t boundedTransport) CloseIdleConnections() {
	if c, ok := t.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

type boundedBody struct {
	body io.ReadCloser
	left int64
}

func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooLong
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.body.Read(p)
	b.left -= int64(n)
	return n, err
}

func (b *boundedBody) Close() error { return b.body.Close() }
