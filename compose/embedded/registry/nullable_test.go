package registry_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"kconsole/compose/embedded/registry"
)

// The trap of every first evolution: a new optional field still needs its
// default, or the new reader cannot read the old records.
func TestNullableFieldNeedsItsDefault(t *testing.T) {
	r, err := registry.Open(registry.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	register := func(fields string) *httptest.ResponseRecorder {
		body := `{"schema": "{\"type\":\"record\",\"name\":\"U\",\"fields\":[` + strings.ReplaceAll(fields, `"`, `\"`) + `]}"}`
		req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/subjects/users-value/versions", strings.NewReader(body))
		w := httptest.NewRecorder()
		r.ServeHTTP(w, req)
		return w
	}
	const id = `{"name":"id","type":"long"}`
	if w := register(id); w.Code != http.StatusOK {
		t.Fatalf("version 1: %d %s", w.Code, w.Body)
	}
	w := register(id + `,{"name":"phone","type":["null","string"]}`)
	if w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "has no default") || !strings.Contains(w.Body.String(), "phone") {
		t.Errorf("without a default: %d %s", w.Code, w.Body)
	}
	if w := register(id + `,{"name":"phone","type":["null","string"],"default":null}`); w.Code != http.StatusOK {
		t.Errorf("with a default: %d %s", w.Code, w.Body)
	}
}
