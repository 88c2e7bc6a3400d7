package registry

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/sr/srfake"
	"go.uber.org/goleak"

	"kconsole/avro"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clock is a time that tests move.
type clock struct{ at atomic.Int64 }

func (c *clock) now() time.Time          { return time.Unix(0, c.at.Load()) }
func (c *clock) advance(d time.Duration) { c.at.Add(int64(d)) }

func newClient(t *testing.T, o Options) *Client {
	t.Helper()
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if o.HTTP == nil {
		o.HTTP = &http.Client{Transport: transport}
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		transport.CloseIdleConnections()
	})
	return c
}

func fake(t *testing.T) *srfake.Registry {
	t.Helper()
	r := srfake.New()
	t.Cleanup(r.Close)
	return r
}

const userSchema = `{"type":"record","name":"User","namespace":"x","fields":[{"name":"id","type":"long"}]}`

func TestSchemaByIDWithReferencesAndUses(t *testing.T) {
	r := fake(t)
	c := newClient(t, Options{URL: r.URL()})
	w, err := c.Writer()
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	apply := func(p Plan, err error) Outcome {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		out, err := p.Apply(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	apply(w.Register(ctx, "users-value", Draft{Text: userSchema}))
	order := `{"type":"record","name":"Order","namespace":"x","fields":[{"name":"user","type":"User"}]}`
	out := apply(w.Register(ctx, "orders-value", Draft{Text: order, References: []Reference{{"x.User", "users-value", 1}}}))

	s, err := c.SchemaByID(ctx, out.ID)
	if err != nil {
		t.Fatal(err)
	}
	if s.AvroErr != nil || s.Kind != Avro {
		t.Fatalf("schema %+v", s)
	}
	if u, ok := s.UseFor("orders-value"); !ok || u != (Use{"orders-value", 1}) {
		t.Errorf("use %v %v", u, ok)
	}
	got, err := s.Avro.AppendJSON(nil, []byte{14}, avro.Limits{})
	if err != nil || string(got) != `{"user":{"id":7}}` {
		t.Errorf("%s, %v", got, err)
	}
	if again, _ := c.SchemaByID(ctx, out.ID); again != s {
		t.Error("the second lookup did not come from the cache")
	}
	latest, err := c.Version(ctx, "orders-value", Latest)
	if err != nil || latest.Version != 1 || latest.ID != out.ID {
		t.Errorf("latest %+v, %v", latest, err)
	}
	if found, err := c.Lookup(ctx, "users-value", Draft{Text: userSchema}); err != nil || found.Version != 1 {
		t.Errorf("lookup %+v, %v", found, err)
	}
}

// server counts requests and answers with a handler.
func server(t *testing.T, h http.HandlerFunc) (url string, requests *atomic.Int64) {
	t.Helper()
	var n atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n.Add(1)
		h(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL, &n
}

func TestCallersShareOneRequest(t *testing.T) {
	release := make(chan struct{})
	url, n := server(t, func(w http.ResponseWriter, r *http.Request) {
		<-release
		if strings.HasSuffix(r.URL.Path, "/versions") {
			_, _ = w.Write([]byte(`[]`))
			return
		}
		_, _ = w.Write([]byte(`{"schema":"\"long\""}`))
	})
	c := newClient(t, Options{URL: url})
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if s, err := c.SchemaByID(t.Context(), 7); err != nil || s.Avro == nil {
				t.Errorf("%v, %v", s, err)
			}
		})
	}
	close(release)
	wg.Wait()
	if got := n.Load(); got != 2 { // the schema, and where it is registered
		t.Errorf("%d requests, want 2", got)
	}
}

func TestUnknownIDIsNotAskedForAgainUntilLater(t *testing.T) {
	url, n := server(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte(`{"error_code":40403,"message":"Schema 7 not found"}`))
	})
	var k clock
	c := newClient(t, Options{URL: url, Now: k.now, UnknownFor: time.Minute})
	for range 5 {
		_, err := c.SchemaByID(t.Context(), 7)
		if !errors.Is(err, ErrNotFound) || !strings.HasPrefix(err.Error(), "schema 7 not available: ") {
			t.Fatal(err)
		}
	}
	if n.Load() != 1 {
		t.Errorf("%d requests, want 1", n.Load())
	}
	k.advance(time.Minute)
	_, _ = c.SchemaByID(t.Context(), 7)
	if n.Load() != 2 {
		t.Errorf("%d requests after the wait, want 2", n.Load())
	}
}

func TestRegistryAwayIsLeftAloneAndThenCaughtUp(t *testing.T) {
	var up atomic.Bool
	url, n := server(t, func(w http.ResponseWriter, _ *http.Request) {
		if !up.Load() {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		_, _ = w.Write([]byte(`{"schema":"\"long\""}`))
	})
	var k clock
	c := newClient(t, Options{URL: url, Now: k.now})
	for i := range 50 {
		if _, err := c.SchemaByID(t.Context(), i); !errors.Is(err, ErrUnavailable) {
			t.Fatal(err)
		}
	}
	if n.Load() != 1 {
		t.Errorf("%d requests while away, want 1", n.Load())
	}
	k.advance(backoffMin)
	_, _ = c.SchemaByID(t.Context(), 1)
	k.advance(backoffMin) // the second wait is twice as long
	_, _ = c.SchemaByID(t.Context(), 1)
	if n.Load() != 2 {
		t.Errorf("%d requests, want 2", n.Load())
	}
	up.Store(true)
	k.advance(backoffMax)
	if _, err := c.SchemaByID(t.Context(), 1); err != nil {
		t.Errorf("not caught up: %v", err)
	}
}

func TestCacheIsBoundedInBytes(t *testing.T) {
	url, _ := server(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/versions") {
			_, _ = w.Write([]byte(`[]`))
			return
		}
		_, _ = w.Write([]byte(`{"schema":"{\"type\":\"record\",\"name\":\"R\",\"doc\":\"` + strings.Repeat("d", 4000) + `\",\"fields\":[]}"}`))
	})
	c := newClient(t, Options{URL: url, CacheBytes: 200 << 10})
	for id := range 50 {
		if _, err := c.SchemaByID(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	if c.cache.used > c.cache.limit {
		t.Errorf("cache holds %d bytes, limit %d", c.cache.used, c.cache.limit)
	}
	if _, ok := c.CachedByID(49); !ok {
		t.Error("the newest is gone")
	}
	if _, ok := c.CachedByID(0); ok {
		t.Error("the oldest is still there")
	}
}

func TestErrorsSayWhatToDo(t *testing.T) {
	status := func(code int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(code)
			_, _ = w.Write([]byte(body))
		}
	}
	tests := []struct {
		name string
		h    http.HandlerFunc
		kind error
		says string
	}{
		{"401", status(401, `{"error_code":401,"message":"Unauthorized"}`), ErrUnauthorized, "check the registry's username and password"},
		{"403", status(403, `{"error_code":40301,"message":"no"}`), ErrForbidden, "may not do that"},
		{"404 of a web server", status(404, `<html>`), ErrUnsupported, "check the url's path"},
		{"500", status(500, `{"error_code":50001,"message":"store\nbroken"}`), ErrUnavailable, "failed with status 500: store broken"},
		{"422", status(422, `{"error_code":42201,"message":"bad"}`), ErrInvalid, "bad"},
		{"read-only", status(422, `{"error_code":42205,"message":"Subject in read-only mode"}`), ErrReadOnly, "read-only"},
		{"not a registry", status(200, `<html>hello`), ErrUnavailable, "does not answer like a schema registry"},
		{"too long", func(w http.ResponseWriter, _ *http.Request) {
			chunk := []byte(strings.Repeat(" ", 1<<20))
			for range 66 {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		}, ErrUnavailable, "more than 64 MiB"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			url, _ := server(t, tt.h)
			c := newClient(t, Options{URL: url})
			_, err := c.Subjects(t.Context(), false)
			if !errors.Is(err, tt.kind) || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v", err)
			}
		})
	}
	t.Run("nobody there", func(t *testing.T) {
		s := httptest.NewServer(http.NotFoundHandler())
		s.Close()
		c := newClient(t, Options{URL: s.URL})
		_, err := c.SchemaByID(t.Context(), 7)
		if !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "schema 7 not available: the registry at http://127.0.0.1") {
			t.Errorf("%v", err)
		}
	})
	t.Run("unknown authority", func(t *testing.T) {
		s := httptest.NewUnstartedServer(http.NotFoundHandler())
		s.Config.ErrorLog = log.New(io.Discard, "", 0)
		s.StartTLS()
		t.Cleanup(s.Close)
		c := newClient(t, Options{URL: s.URL})
		_, err := c.Subjects(t.Context(), false)
		if !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "set the registry's ca") {
			t.Errorf("%v", err)
		}
	})
	t.Run("plain where TLS is expected", func(t *testing.T) {
		url, _ := server(t, status(200, `[]`))
		c := newClient(t, Options{URL: strings.Replace(url, "http:", "https:", 1)})
		_, err := c.Subjects(t.Context(), false)
		if err == nil || !strings.Contains(err.Error(), "use http://") {
			t.Errorf("%v", err)
		}
	})
	t.Run("a caller who leaves", func(t *testing.T) {
		release := make(chan struct{})
		url, _ := server(t, func(http.ResponseWriter, *http.Request) { <-release })
		c := newClient(t, Options{URL: url})
		t.Cleanup(func() { close(release) })
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := c.SchemaByID(ctx, 7)
		if !errors.Is(err, ErrUnavailable) || !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
	})
}

func TestSecretsAreNotShown(t *testing.T) {
	o := Options{URL: "https://me:hunter2@host:1", Username: "u", Password: "hunter3", Token: "hunter4"}
	c := newClient(t, Options{URL: "http://me:hunter2@127.0.0.1:1"})
	_, err := c.Subjects(t.Context(), false)
	_, bad := New(Options{URL: "://me:hunter2@x"})
	for _, s := range []string{o.String(), o.GoString(), err.Error(), c.Where(), bad.Error()} {
		if strings.Contains(s, "hunter") {
			t.Errorf("a secret is shown: %s", s)
		}
	}
}

func TestSignIn(t *testing.T) {
	var got atomic.Value
	url, _ := server(t, func(w http.ResponseWriter, r *http.Request) {
		got.Store(r.Header.Get("Authorization"))
		_, _ = w.Write([]byte(`[]`))
	})
	for _, tt := range []struct {
		o    Options
		want string
	}{
		{Options{URL: url, Username: "u", Password: "p"}, "Basic dTpw"},
		{Options{URL: url, Token: "t"}, "Bearer t"},
		{Options{URL: strings.Replace(url, "//", "//u:p@", 1)}, "Basic dTpw"},
	} {
		if _, err := newClient(t, tt.o).Subjects(t.Context(), false); err != nil || got.Load() != tt.want {
			t.Errorf("sent %v, %v; want %s", got.Load(), err, tt.want)
		}
	}
}

func TestLevelFallsBackToTheRegistrys(t *testing.T) {
	url, _ := server(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/config":
			_, _ = w.Write([]byte(`{"compatibilityLevel":"FULL"}`))
		case "/config/own-value":
			_, _ = w.Write([]byte(`{"compatibilityLevel":"NONE"}`))
		default:
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write([]byte(`{"error_code":40408,"message":"no level of its own"}`))
		}
	})
	c := newClient(t, Options{URL: url})
	level, inherited, err := c.Level(t.Context(), "other-value")
	if err != nil || level != avro.LevelFull || !inherited {
		t.Errorf("%s %v %v", level, inherited, err)
	}
	level, inherited, err = c.Level(t.Context(), "own-value")
	if err != nil || level != avro.LevelNone || inherited {
		t.Errorf("%s %v %v", level, inherited, err)
	}
}

func TestNaming(t *testing.T) {
	if s := TopicRecordName.Subject("orders", "shop.Order", false); s != "orders-shop.Order" {
		t.Error(s)
	}
	if context, name := SplitContext(":.prod:orders-value"); context != "prod" || name != "orders-value" {
		t.Error(context, name)
	}
	if context, name := SplitContext("orders-value"); context != "" || name != "orders-value" {
		t.Error(context, name)
	}
}

func TestExplain(t *testing.T) {
	v := map[string]string{
		"1": `{"type":"record","name":"R","fields":[{"name":"a","type":"int"}]}`,
		"2": `{"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"b","type":"int","default":0}]}`,
	}
	url, _ := server(t, func(w http.ResponseWriter, r *http.Request) {
		last := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
		switch {
		case r.URL.Path == "/config/r-value":
			_, _ = w.Write([]byte(`{"compatibilityLevel":"BACKWARD_TRANSITIVE"}`))
		case r.URL.Path == "/subjects/r-value/versions":
			_, _ = w.Write([]byte(`[2,1]`))
		case v[last] != "":
			_ = json.NewEncoder(w).Encode(map[string]any{"subject": "r-value", "version": int(last[0] - '0'), "id": int(last[0]), "schema": v[last]})
		default:
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write([]byte(`{"error_code":40401,"message":"no such subject"}`))
		}
	})
	c := newClient(t, Options{URL: url})
	bad := Draft{Text: `{"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"c","type":"int"}]}`}
	e, err := c.Explain(t.Context(), "r-value", bad)
	if err != nil || e.Accepted() || len(e.Violations) != 2 || len(e.Against) != 2 || e.Against[0] != 1 {
		t.Fatalf("%+v, %v", e, err)
	}
	if len(e.Changes) != 2 || len(e.Passing) != 3 { // c added, b removed; NONE and the two FORWARD
		t.Errorf("%+v\n%v", e.Changes, e.Passing)
	}
	e, err = c.Explain(t.Context(), "r-value", Draft{Text: v["2"]})
	if err != nil || !e.Accepted() {
		t.Errorf("%+v, %v", e, err)
	}
	if _, err := c.Explain(t.Context(), "r-value", Draft{Kind: JSON}); !errors.Is(err, ErrUnsupported) {
		t.Error(err)
	}
}
