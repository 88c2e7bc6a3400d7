package registry

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
)

// caller sends requests to a registry, as a user or as nobody.
type caller struct {
	t      *testing.T
	url    string
	client *http.Client
	user   string
	pass   string
}

// answered is what came back.
type answered struct {
	Status int
	Code   int
	Body   string
	Header http.Header
}

func (a answered) String() string { return fmt.Sprintf("%d %s", a.Status, a.Body) }

// do sends one request; body is a string as it stands, or anything as JSON.
func (c caller) do(method, path string, body any) answered {
	c.t.Helper()
	var b []byte
	switch v := body.(type) {
	case nil:
	case string:
		b = []byte(v)
	default:
		var err error
		if b, err = json.Marshal(v); err != nil {
			c.t.Fatal(err)
		}
	}
	req, err := http.NewRequest(method, c.url+path, bytes.NewReader(b))
	if err != nil {
		c.t.Fatal(err)
	}
	if len(b) > 0 {
		req.Header.Set("Content-Type", "application/vnd.schemaregistry.v1+json")
	}
	if c.user != "" {
		req.SetBasicAuth(c.user, c.pass)
	}
	resp, err := c.client.Do(req)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	var e errorBody
	_ = json.Unmarshal(text, &e) // not every answer is an object
	return answered{resp.StatusCode, e.Code, string(text), resp.Header}
}

// register adds a schema and returns its id; it must be accepted.
func (c caller) register(subject, schema string) int {
	c.t.Helper()
	a := c.do("POST", "/subjects/"+subject+"/versions", map[string]any{"schema": schema})
	var out struct{ ID int }
	if a.Status != 200 || json.Unmarshal([]byte(a.Body), &out) != nil {
		c.t.Fatalf("register %s: %v", subject, a)
	}
	return out.ID
}

// want fails the test unless the answer has this status and error code.
func (a answered) want(t *testing.T, status, code int) {
	t.Helper()
	if a.Status != status || a.Code != code {
		t.Errorf("answer %v, want %d with code %d", a, status, code)
	}
}
