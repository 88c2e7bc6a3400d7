package control

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	"kconsole/compose"
)

// Client is a [compose.Stack] whose owner is another process. When that process
// was replaced by another one, it goes on with that.
type Client struct {
	dir   string
	info  atomic.Pointer[Info]
	http  *http.Client
	trans *http.Transport
}

var _ compose.Stack = (*Client)(nil)

// Open finds the owner of the lab in dir and checks that it answers. A control
// file whose owner is gone is [compose.ErrNotRunning].
func Open(ctx context.Context, dir string) (*Client, error) {
	info, err := ReadInfo(dir)
	if err != nil {
		return nil, err
	}
	trans := &http.Transport{
		DialContext:         (&net.Dialer{Timeout: 2 * time.Second}).DialContext,
		MaxIdleConnsPerHost: 2,
	}
	c := &Client{dir: dir, http: &http.Client{Transport: trans}, trans: trans}
	c.info.Store(&info)
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	if err := c.call(ctx, http.MethodGet, "/v1/ping", nil); err != nil {
		_ = c.Close()
		return nil, fmt.Errorf("%w: its process (pid %d) does not answer; start it with `kconsole lab up`", compose.ErrNotRunning, info.PID)
	}
	return c, nil
}

// Info tells who owns the stack.
func (c *Client) Info() Info { return *c.info.Load() }

// Runtime is what runs the brokers.
func (c *Client) Runtime() compose.Runtime { return c.Info().Runtime }

// Close drops the idle connections; the stack runs on.
func (c *Client) Close() error {
	c.trans.CloseIdleConnections()
	return nil
}

// Down asks the owner to take the stack down. It returns when the owner has
// heard it, not when it is done.
func (c *Client) Down(ctx context.Context) error {
	return c.call(ctx, http.MethodPost, "/v1/down", nil)
}

// Brokers lists the brokers of the stack by id.
func (c *Client) Brokers(ctx context.Context) ([]compose.Broker, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	var list []compose.Broker
	return list, c.call(ctx, http.MethodGet, "/v1/brokers", &list)
}

// Stop ends a broker in good order.
func (c *Client) Stop(ctx context.Context, id int32) error { return c.act(ctx, id, "stop") }

// Start starts a broker and returns when it accepts clients.
func (c *Client) Start(ctx context.Context, id int32) error { return c.act(ctx, id, "start") }

// Kill ends a broker at once.
func (c *Client) Kill(ctx context.Context, id int32) error { return c.act(ctx, id, "kill") }

// Pause freezes a broker.
func (c *Client) Pause(ctx context.Context, id int32) error { return c.act(ctx, id, "pause") }

// Resume lets a paused broker go on.
func (c *Client) Resume(ctx context.Context, id int32) error { return c.act(ctx, id, "resume") }

func (c *Client) act(ctx context.Context, id int32, action string) error {
	return c.call(ctx, http.MethodPost, fmt.Sprintf("/v1/brokers/%d/%s", id, action), nil)
}

// Logs returns a broker's log; the caller closes it.
func (c *Client) Logs(ctx context.Context, id int32, tail int, follow bool) (io.ReadCloser, error) {
	query := url.Values{"tail": {strconv.Itoa(tail)}, "follow": {strconv.FormatBool(follow)}}
	res, err := c.do(ctx, http.MethodGet, fmt.Sprintf("/v1/brokers/%d/logs?%s", id, query.Encode()))
	if err != nil {
		return nil, err
	}
	return res.Body, nil
}

// Events delivers what happens to the stack until ctx ends or its owner goes.
func (c *Client) Events(ctx context.Context) (<-chan compose.Event, error) {
	res, err := c.do(ctx, http.MethodGet, "/v1/events") //nolint:bodyclose // closed by the goroutine below
	if err != nil {
		return nil, err
	}
	out := make(chan compose.Event, 64)
	go func() {
		defer close(out)
		defer res.Body.Close()
		lines := bufio.NewScanner(res.Body)
		lines.Buffer(nil, maxBody)
		for lines.Scan() {
			var e compose.Event
			if json.Unmarshal(lines.Bytes(), &e) != nil {
				continue
			}
			select {
			case out <- e:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out, nil
}

func (c *Client) call(ctx context.Context, method, path string, into any) error {
	res, err := c.do(ctx, method, path)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if into == nil {
		return nil
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, maxBody)).Decode(into); err != nil {
		return fmt.Errorf("the lab stack's answer is damaged: %w", err)
	}
	return nil
}

func (c *Client) do(ctx context.Context, method, path string) (*http.Response, error) {
	res, err := c.send(ctx, method, path)
	if err != nil && ctx.Err() == nil && c.replaced() {
		res, err = c.send(ctx, method, path)
	}
	if err != nil {
		return nil, fmt.Errorf("the lab stack (pid %d) does not answer: %w", c.Info().PID, err)
	}
	if res.StatusCode < http.StatusMultipleChoices {
		return res, nil
	}
	defer res.Body.Close()
	var p problem
	raw, _ := io.ReadAll(io.LimitReader(res.Body, maxBody))
	if json.Unmarshal(raw, &p) != nil || p.Text == "" {
		return nil, fmt.Errorf("the lab stack refused: %s", res.Status)
	}
	return nil, p.err()
}

func (c *Client) send(ctx context.Context, method, path string) (*http.Response, error) {
	info := c.Info()
	req, err := http.NewRequestWithContext(ctx, method, "http://"+info.Addr+path, http.NoBody)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+info.Token)
	return c.http.Do(req)
}

// replaced looks whether another process owns the lab now.
func (c *Client) replaced() bool {
	info, err := ReadInfo(c.dir)
	if err != nil || info.Token == c.Info().Token {
		return false
	}
	c.info.Store(&info)
	return true
}
