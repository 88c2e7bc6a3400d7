package registrytest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sort"
	"strings"
)

// Target is a server to run the table against.
type Target struct {
	// URL is what every path is put behind, without a slash at its end.
	URL string
	// Client sends the requests; nil is http.DefaultClient.
	Client *http.Client
	// User and Password sign in with basic authentication, where User is set.
	User, Password string
	// SetLevel sets the global compatibility level to BACKWARD first, for servers
	// that begin with another.
	SetLevel bool
	// Prefix begins the names of all subjects and contexts; it makes runs
	// against one server independent of each other. Letters and digits only.
	Prefix string
}

// Result is what came of one step.
type Result struct {
	Step    string // group/step
	Status  int
	Code    int    // 0 for an answer that is no error
	Body    string // the answer, shortened
	Known   string // why the answer differs, where that is known
	Skipped bool
	// Err is why the answer is not as it should be; nil when it is.
	Err error
}

const (
	mediaType = "application/vnd.schemaregistry.v1+json"
	maxBody   = 1 << 20
)

// Run sends every request of the table in order and compares the answers. It
// fails only when a difference names a step that the table does not have.
func Run(ctx context.Context, target Target, t Table, known []Difference) ([]Result, error) {
	diffs, err := index(t, known)
	if err != nil {
		return nil, err
	}
	if target.SetLevel {
		r := &groupRun{target: target}
		set := Step{Do: "PUT /config", JSON: map[string]any{"compatibility": "BACKWARD"}}
		got, err := r.send(ctx, set)
		if err != nil {
			return nil, fmt.Errorf("the global level cannot be set: %w", err)
		}
		if got.status != http.StatusOK {
			return nil, fmt.Errorf("the global level cannot be set: %d %s", got.status, clip(string(got.body)))
		}
	}
	var out []Result
	for i, g := range t.Groups {
		r := &groupRun{target: target, table: t, vars: map[string]string{"p": fmt.Sprintf("%sg%02d-", target.Prefix, i)}}
		for _, s := range g.Steps {
			id := g.Name + "/" + s.Name
			res := r.step(ctx, s, diffs[id])
			res.Step = id
			out = append(out, res)
		}
	}
	return out, nil
}

func index(t Table, known []Difference) (map[string]*Difference, error) {
	steps := map[string][]string{}
	for _, g := range t.Groups {
		for _, s := range g.Steps {
			id := g.Name + "/" + s.Name
			steps[id] = []string{id}
			steps[g.Name+"/*"] = append(steps[g.Name+"/*"], id)
		}
	}
	out := map[string]*Difference{}
	for i, d := range known {
		if len(steps[d.Step]) == 0 {
			return nil, fmt.Errorf("difference for %q: the table has no such step", d.Step)
		}
		for _, id := range steps[d.Step] {
			out[id] = &known[i]
		}
	}
	return out, nil
}

// groupRun is a group in progress: what its steps have saved so far.
type groupRun struct {
	target Target
	table  Table
	vars   map[string]string
}

func (r *groupRun) step(ctx context.Context, s Step, d *Difference) (res Result) {
	if d != nil {
		res.Known = d.Why
		if d.Skip {
			res.Skipped = true
			return res
		}
	}
	got, err := r.send(ctx, s)
	if err != nil {
		res.Err = err
		return res
	}
	res.Status, res.Body = got.status, clip(string(got.body))
	if m, ok := got.json.(map[string]any); ok && res.Status >= 400 {
		if code, ok := m["error_code"].(float64); ok {
			res.Code = int(code)
		}
	}
	want := s.Want
	if d != nil {
		want = d.apply(want)
	}
	if res.Err = r.compare(want, d, got); res.Err == nil && d != nil {
		if r.compare(s.Want, nil, got) == nil {
			res.Err = errors.New("the answer is as in the table now: take this difference off the list")
		}
	}
	r.save(s, got.json)
	return res
}

func (d *Difference) apply(w Want) Want {
	if d.Status != 0 {
		w.Status, w.Code = d.Status, d.Code
		w.JSON, w.Text, w.Says = nil, "", ""
	} else if d.Code != 0 {
		w.Code, w.Says = d.Code, ""
	}
	if d.Body {
		w.JSON, w.Text, w.Says = nil, "", ""
	}
	return w
}

// answer is what a server sent back.
type answer struct {
	status      int
	contentType string
	body        []byte
	json        any   // the body, where it is JSON
	jsonErr     error // why it is not
}

func (r *groupRun) send(ctx context.Context, s Step) (answer, error) {
	var got answer
	method, path, _ := strings.Cut(s.Do, " ")
	path, err := r.fill(path)
	if err != nil {
		return got, err
	}
	body, err := r.body(s)
	if err != nil {
		return got, err
	}
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, method, r.target.URL+path, reader)
	if err != nil {
		return got, err
	}
	req.Header.Set("Accept", mediaType+", application/json")
	if body != "" {
		req.Header.Set("Content-Type", mediaType)
	}
	for k, v := range s.Headers {
		if req.Header.Del(k); v != "" {
			req.Header.Set(k, v)
		}
	}
	if r.target.User != "" {
		req.SetBasicAuth(r.target.User, r.target.Password)
	}
	client := r.target.Client
	if client == nil {
		client = http.DefaultClient
	}
	resp, err := client.Do(req)
	if err != nil {
		return got, err
	}
	defer func() { _ = resp.Body.Close() }()
	got.status, got.contentType = resp.StatusCode, resp.Header.Get("Content-Type")
	got.body, err = io.ReadAll(io.LimitReader(resp.Body, maxBody))
	got.jsonErr = json.Unmarshal(got.body, &got.json)
	return got, err
}

func (r *groupRun) body(s Step) (string, error) {
	if s.JSON == nil {
		return r.fill(s.Body)
	}
	v, err := r.fillValue(s.JSON)
	if err != nil {
		return "", err
	}
	if m, ok := v.(map[string]any); ok {
		if name, ok := m["schema"].(string); ok && strings.HasPrefix(name, "$") {
			text, ok := r.table.Schemas[name[1:]]
			if !ok {
				return "", fmt.Errorf("the table has no schema %s", name)
			}
			m["schema"] = text
		}
	}
	b, err := json.Marshal(v)
	return string(b), err
}

// fill puts saved values in the place of their names.
func (r *groupRun) fill(s string) (string, error) {
	for _, k := range sortedKeys(r.vars) {
		s = strings.ReplaceAll(s, "{"+k+"}", r.vars[k])
	}
	if i := strings.Index(s, "{saved."); i >= 0 {
		return "", fmt.Errorf("%s: no earlier step saved it", s[i:])
	}
	return s, nil
}

// fillValue fills the strings of a value. A string that is nothing but a saved
// number becomes that number.
func (r *groupRun) fillValue(v any) (any, error) {
	switch v := v.(type) {
	case string:
		s, err := r.fill(v)
		if err == nil && s != v && strings.HasPrefix(v, "{saved.") && strings.HasSuffix(v, "}") {
			var n json.Number
			if json.Unmarshal([]byte(s), &n) == nil {
				return n, nil
			}
		}
		return s, err
	case map[string]any:
		out := map[string]any{}
		for k, x := range v {
			key, err := r.fill(k)
			if err == nil {
				out[key], err = r.fillValue(x)
			}
			if err != nil {
				return nil, err
			}
		}
		return out, nil
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			var err error
			if out[i], err = r.fillValue(x); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return v, nil
}

func (r *groupRun) save(s Step, decoded any) {
	for name, path := range s.Save {
		v := decoded
		for part := range strings.SplitSeq(path, ".") {
			m, _ := v.(map[string]any)
			v = m[part]
		}
		switch v := v.(type) {
		case string:
			r.vars["saved."+name] = v
		case float64:
			r.vars["saved."+name] = fmt.Sprintf("%.0f", v)
		}
	}
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

func clip(s string) string {
	if len(s) > 600 {
		return s[:600] + "..."
	}
	return s
}
