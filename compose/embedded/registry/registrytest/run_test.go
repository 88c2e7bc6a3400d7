package registrytest

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const small = `
schemas: {s: '"string"'}
groups:
  - group: g
    doc: a test
    steps:
      - {step: make, do: 'POST /subjects/{p}a/versions', json: {schema: $s}, want: {status: 200, json: {id: <int>}}, save: {id: id}}
      - {step: read, do: 'GET /schemas/ids/{saved.id}', want: {status: 200, json: {schema: $s, gone: <absent>}}}
      - {step: list, do: 'GET /subjects', want: {status: 200, json: {<has>: ['{p}a'], <lacks>: [other]}}}
      - {step: text, do: 'GET /schemas/ids/{saved.id}/schema', want: {status: 200, text: '"string"'}}
      - {step: error, do: 'GET /nowhere', want: {status: 404, code: 40401, says: not found}}
`

// server answers the small table rightly, but for what the test changes.
func server(t *testing.T, wrong map[string]string) string {
	t.Helper()
	right := map[string]string{
		"POST /subjects/g00-a/versions": "200 {\"id\":7}",
		"GET /schemas/ids/7":            "200 {\"schema\":\"\\\"string\\\"\"}",
		"GET /subjects":                 "200 [\"x\",\"g00-a\"]",
		"GET /schemas/ids/7/schema":     "200 \"string\"",
		"GET /nowhere":                  "404 {\"error_code\":40401,\"message\":\"Not found.\"}",
	}
	for k, v := range wrong {
		right[k] = v
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			if b, _ := io.ReadAll(r.Body); string(b) != `{"schema":"\"string\""}` {
				http.Error(w, "the body is "+string(b), http.StatusTeapot)
				return
			}
		}
		a := right[r.Method+" "+r.URL.Path]
		w.Header().Set("Content-Type", mediaType)
		if ct, text, ok := strings.Cut(a, "|"); ok {
			w.Header().Set("Content-Type", ct)
			a = text
		}
		w.WriteHeader(map[string]int{"2": 200, "4": 404, "5": 500}[a[:1]])
		_, _ = io.WriteString(w, a[4:])
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func run(t *testing.T, url string, known ...Difference) map[string]string {
	t.Helper()
	table, err := ParseTable([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	tr := &http.Transport{}
	t.Cleanup(tr.CloseIdleConnections)
	results, err := Run(context.Background(), Target{URL: url, Client: &http.Client{Transport: tr}}, table, known)
	if err != nil {
		t.Fatal(err)
	}
	if len(results) != table.Len() {
		t.Fatalf("%d results for %d steps", len(results), table.Len())
	}
	failed := map[string]string{}
	for _, r := range results {
		if r.Err != nil {
			failed[strings.TrimPrefix(r.Step, "g/")] = r.Err.Error()
		}
	}
	return failed
}

// The runner accepts right answers and notices each kind of wrong one.
func TestTheRunnerJudges(t *testing.T) {
	if failed := run(t, server(t, nil)); len(failed) > 0 {
		t.Errorf("right answers were refused: %v", failed)
	}
	for _, c := range []struct{ request, answer, step string }{
		{"POST /subjects/g00-a/versions", `200 {"id":"7"}`, "make"},
		{"POST /subjects/g00-a/versions", `200 {}`, "make"},
		{"POST /subjects/g00-a/versions", `200 [7]`, "make"},
		{"POST /subjects/g00-a/versions", `500 {"error_code":500,"message":"x"}`, "make"},
		{"GET /schemas/ids/7", `200 {"schema":"string"}`, "read"},
		{"GET /schemas/ids/7", `200 {"schema":"\"string\"","gone":1}`, "read"},
		{"GET /schemas/ids/7", `200 not JSON`, "read"},
		{"GET /subjects", `200 ["x"]`, "list"},
		{"GET /subjects", `200 ["g00-a","other"]`, "list"},
		{"GET /subjects", `200 {}`, "list"},
		{"GET /subjects", `text/html|200 ["g00-a"]`, "list"},
		{"GET /schemas/ids/7/schema", `200 string`, "text"},
		{"GET /nowhere", `404 {"error_code":40402,"message":"Not found."}`, "error"},
		{"GET /nowhere", `404 {"error_code":"40401","message":"Not found."}`, "error"},
		{"GET /nowhere", `404 {"error_code":40401,"message":"Gone."}`, "error"},
		{"GET /nowhere", `404 {"error_code":40401}`, "error"},
		{"GET /nowhere", `404 Not found.`, "error"},
		{"GET /nowhere", `200 {}`, "error"},
	} {
		failed := run(t, server(t, map[string]string{c.request: c.answer}))
		if failed[c.step] == "" {
			t.Errorf("%s answered %s: not noticed (%v)", c.request, c.answer, failed)
		}
	}
}

func TestKnownDifferences(t *testing.T) {
	other := server(t, map[string]string{"GET /nowhere": `500 oh no`, "GET /subjects": `200 []`})
	known := []Difference{
		{Step: "g/error", Status: 500, Why: "it fails"},
		{Step: "g/list", Body: true, Why: "it lists nothing"},
		{Step: "g/text", Skip: true, Why: "not wanted"},
	}
	if failed := run(t, other, known...); len(failed) > 0 {
		t.Errorf("known differences: %v", failed)
	}
	if failed := run(t, other); len(failed) != 2 {
		t.Errorf("unknown differences: %v", failed)
	}
	// A difference that is gone is to be taken off the list.
	if failed := run(t, server(t, nil), known...); len(failed) != 2 {
		t.Errorf("differences that are gone: %v", failed)
	}
	// A difference that has become another one is noticed.
	if failed := run(t, server(t, map[string]string{"GET /nowhere": `200 {}`}), known[0]); failed["error"] == "" {
		t.Error("another difference was not noticed")
	}
	table, err := ParseTable([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Run(context.Background(), Target{URL: other}, table, []Difference{{Step: "g/none", Why: "x"}}); err == nil {
		t.Error("a difference for a step that is not there was accepted")
	}
}

func TestTablesAreChecked(t *testing.T) {
	for name, text := range map[string]string{
		"unknown key":  "groups: [{group: g, steps: [{step: a, do: GET /, wants: {status: 200}}]}]",
		"no status":    "groups: [{group: g, steps: [{step: a, do: GET /}]}]",
		"no method":    "groups: [{group: g, steps: [{step: a, do: /x, want: {status: 200}}]}]",
		"same name":    "groups: [{group: g, steps: [{step: a, do: GET /, want: {status: 200}}, {step: a, do: GET /, want: {status: 200}}]}]",
		"not a table":  "- 1",
		"no such name": "",
	} {
		if _, err := ParseTable([]byte(text)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := ParseDifferences([]byte("- {step: a/b, status: 404}")); err == nil {
		t.Error("a difference without a reason was accepted")
	}
	table, err := Confluent()
	if err != nil {
		t.Fatal(err)
	}
	known, err := Apicurio()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := index(table, known); err != nil {
		t.Error(err)
	}
}
