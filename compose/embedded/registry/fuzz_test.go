package registry

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"kconsole/compose/embedded/registry/registrytest"
)

// panicWatch is a log handler that remembers that a request panicked.
type panicWatch struct {
	slog.Handler
	mu   sync.Mutex
	seen string
}

func newPanicWatch() *panicWatch { return &panicWatch{Handler: slog.DiscardHandler} }

func (p *panicWatch) Enabled(context.Context, slog.Level) bool { return true }

func (p *panicWatch) Handle(_ context.Context, r slog.Record) error {
	if !strings.Contains(r.Message, "failed badly") {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	r.Attrs(func(a slog.Attr) bool {
		p.seen += a.String() + "\n"
		return true
	})
	return nil
}

func (p *panicWatch) panics() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seen
}

// FuzzRequest sends any method, path and body: the answer has the API's shape,
// comes soon, nothing panics, and the state still adds up.
func FuzzRequest(f *testing.F) {
	table, err := registrytest.Confluent()
	if err != nil {
		f.Fatal(err)
	}
	for _, g := range table.Groups {
		for _, s := range g.Steps {
			method, path, _ := strings.Cut(s.Do, " ")
			body, err := json.Marshal(s.JSON)
			if err != nil {
				f.Fatal(err)
			}
			text := string(body)
			for name, schema := range table.Schemas {
				quoted, _ := json.Marshal(schema)
				text = strings.ReplaceAll(text, `"$`+name+`"`, string(quoted))
			}
			f.Add(method, strings.ReplaceAll(path, "{p}", "x"), text+s.Body)
		}
	}
	watch := newPanicWatch()
	r, err := Open(Config{Logger: slog.New(watch), Limits: Limits{MaxStoreBytes: 1 << 20}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, method, path, body string) {
		req, err := http.NewRequest(method, "http://registry"+path, strings.NewReader(body))
		if err != nil {
			t.Skip("not a request that a client could send")
		}
		w := httptest.NewRecorder()
		began := time.Now()
		r.ServeHTTP(w, req)
		if took := time.Since(began); took > slow {
			t.Errorf("%s %s took %v", method, path, took)
		}
		if p := watch.panics(); p != "" {
			t.Fatal(p)
		}
		checkAnswer(t, w)
		if err := r.store.st.check(); err != nil {
			t.Fatal(err)
		}
		if r.store.st.bytes < 0 || r.store.st.bytes > 1<<20 {
			t.Fatalf("%d bytes are counted as stored", r.store.st.bytes)
		}
	})
}

// checkAnswer checks that an error has the API's shape.
func checkAnswer(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	if w.Code < 400 {
		return
	}
	var e errorBody
	if err := json.Unmarshal(w.Body.Bytes(), &e); err != nil || e.Message == "" || statusOf(e.Code) != w.Code {
		t.Errorf("status %d with %s", w.Code, w.Body)
	}
	if bytes.ContainsAny(w.Body.Bytes(), "\n\x00") {
		t.Errorf("the message is not one line: %s", w.Body)
	}
}

// FuzzAvro looks for schemas that the guard lets through and that then take too
// long to parse, to render or to compare.
func FuzzAvro(f *testing.F) {
	for n, src := range hostileSchemas() {
		if src.kind == Avro && len(src.text) < 4096 {
			f.Add(src.text, src.text)
		}
		_ = n
	}
	for _, c := range changes {
		f.Add(c.from, c.to)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		lim := Limits{MaxSchemaBytes: 64 << 10}.withDefaults()
		began := time.Now()
		pa, errA := parseSource(source{kind: Avro, text: a}, lim)
		pb, errB := parseSource(source{kind: Avro, text: b}, lim)
		if errA == nil && errB == nil {
			_, _, _ = pa.reads(pb)
			_, _, _ = pb.reads(pa)
			_ = pa.normalized()
		}
		if errA == nil {
			again, err := parseSource(source{kind: Avro, text: pa.canonical()}, lim)
			if err != nil || again.canonical() != pa.canonical() {
				t.Errorf("%s\nis canonically\n%s\nand that %v", a, pa.canonical(), err)
			}
		}
		if took := time.Since(began); took > slow {
			t.Errorf("took %v", took)
		}
	})
}

// FuzzOtherTypes does the same for Protobuf and JSON Schema.
func FuzzOtherTypes(f *testing.F) {
	for _, src := range hostileSchemas() {
		if src.kind != Avro && len(src.text) < 4096 {
			f.Add(src.kind == JSON, src.text)
		}
	}
	f.Add(false, `syntax = "proto3"; package a.b; import "google/protobuf/any.proto"; message M { map<string, int32> m = 1; oneof o { google.protobuf.Any a = 2; } enum E { Z = 0; } }`)
	f.Add(true, `{"$schema":"https://json-schema.org/draft/2020-12/schema","$defs":{"a":{"type":["string","null"],"pattern":"^a+$"}},"anyOf":[{"$ref":"#/$defs/a"},{"if":{},"then":{"items":{"$ref":"#"}}}]}`)
	f.Fuzz(func(t *testing.T, isJSON bool, text string) {
		kind := Protobuf
		if isJSON {
			kind = JSON
		}
		lim := Limits{MaxSchemaBytes: 64 << 10}.withDefaults()
		began := time.Now()
		if p, err := parseSource(source{kind: kind, text: text}, lim); err == nil {
			again, err := parseSource(source{kind: kind, text: p.canonical()}, lim)
			if err != nil || !p.same(again) {
				t.Errorf("%s\nis canonically\n%s\nand that %v", text, p.canonical(), err)
			}
		} else if strings.Contains(err.Error(), "panic") {
			t.Error(err)
		}
		if took := time.Since(began); took > slow {
			t.Errorf("took %v", took)
		}
	})
}
