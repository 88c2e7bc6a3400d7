package registry

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Everything that can be set survives a restart and a compaction, to the byte.
func TestEverythingSurvivesARestart(t *testing.T) {
	dir := t.TempDir()
	s := start(t, Config{Dir: dir})
	c := caller{t: t, url: s.URL(), client: httpClient(t)}
	for i := range 5 {
		c.register("a", fmt.Sprintf(`{"type":"record","name":"R","fields":[{"name":"f%d","type":"int","default":0}]}`, i))
	}
	c.register("b", `"string"`)
	c.register(":.other:b", `"string"`)
	user := `{"type":"record","name":"shop.User","fields":[]}`
	c.register("user", user)
	for _, step := range []struct {
		method, path string
		body         any
	}{
		{"POST", "/subjects/order/versions", map[string]any{
			"schema":     `{"type":"record","name":"shop.Order","fields":[{"name":"u","type":"shop.User"}]}`,
			"references": []Reference{{"shop.User", "user", -1}},
			"metadata":   map[string]any{"properties": map[string]string{"owner": "<b>&"}},
			"ruleSet":    map[string]any{"domainRules": []any{map[string]string{"name": "r", "kind": "CONDITION"}}},
		}},
		{"POST", "/subjects/p/versions", map[string]any{"schema": `syntax = "proto3"; message A {}`, "schemaType": "PROTOBUF"}},
		{"POST", "/subjects/j/versions", map[string]any{"schema": `{"type":"string"}`, "schemaType": "JSON"}},
		{"DELETE", "/subjects/a/versions/2", nil},
		{"DELETE", "/subjects/a/versions/5", nil},
		{"DELETE", "/subjects/a/versions/5?permanent=true", nil},
		{"PUT", "/config", map[string]any{"compatibility": "FULL"}},
		{"PUT", "/config/a", map[string]any{"compatibility": "NONE", "normalize": true, "compatibilityGroup": "major"}},
		{"PUT", "/config/alias", map[string]any{"alias": "a"}},
		{"PUT", "/mode/b", map[string]any{"mode": "READONLY"}},
		{"PUT", "/mode/:.other:", map[string]any{"mode": "READONLY"}},
	} {
		c.do(step.method, step.path, step.body).want(t, 200, 0)
	}
	look := func() string {
		var b strings.Builder
		for _, path := range []string{
			"/subjects?deleted=true", "/schemas?subjectPrefix=:*:&deleted=true", "/contexts", "/config", "/config/a", "/config/alias",
			"/mode", "/mode/b", "/mode/:.other:", "/subjects/user/versions/1/referencedby", "/subjects/alias/versions/1",
		} {
			fmt.Fprintln(&b, path, c.do("GET", path, nil))
		}
		return b.String()
	}
	before := look()
	reopen := func() {
		t.Helper()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = start(t, Config{Dir: dir})
		c.url = s.URL()
		if after := look(); after != before {
			t.Errorf("before:\n%s\nafter:\n%s", before, after)
		}
	}
	reopen()
	if err := s.registry.store.compact(); err != nil {
		t.Fatal(err)
	}
	reopen()
	// The id of the version that was removed for good is not given again.
	if id := c.register("new", `"bytes"`); id != 11 {
		t.Errorf("the next id is %d, want 11", id)
	}
}

// Random changes, with restarts and compactions between them, leave the same as
// in a registry that never stopped.
func TestRandomChangesSurvive(t *testing.T) {
	minCompact = 2 << 10
	defer func() { minCompact = 1 << 20 }()
	rnd := rand.New(rand.NewPCG(7, 11))
	dir := t.TempDir()
	open := func(dir string) *Registry {
		r, err := Open(Config{Dir: dir, Level: None})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	disk, mem := open(dir), open("")
	defer func() { _ = mem.Close() }()
	ctx := context.Background()
	for i := range 400 {
		change := randomChange(rnd)
		a, errA := change(ctx, disk)
		b, errB := change(ctx, mem)
		if fmt.Sprint(a, errA) != fmt.Sprint(b, errB) {
			t.Fatalf("change %d: on disk %v %v, in memory %v %v", i, a, errA, b, errB)
		}
		if i%50 == 49 {
			if err := disk.Close(); err != nil {
				t.Fatal(err)
			}
			disk = open(dir)
		}
	}
	defer func() { _ = disk.Close() }()
	for _, r := range []*Registry{disk, mem} {
		if err := r.store.st.check(); err != nil {
			t.Fatal(err)
		}
	}
	if a, b := dump(t, disk), dump(t, mem); a != b {
		t.Errorf("on disk:\n%s\nin memory:\n%s", a, b)
	}
	if a, b := disk.store.st.bytes, mem.store.st.bytes; a != b {
		t.Errorf("%d bytes counted on disk, %d in memory", a, b)
	}
	info, err := os.Stat(filepath.Join(dir, walName))
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() > 8*disk.store.st.bytes+minCompact {
		t.Errorf("the log has %d bytes for %d bytes of schemas: it is not compacted", info.Size(), disk.store.st.bytes)
	}
}

// dump is the state without times.
func dump(t *testing.T, r *Registry) string {
	t.Helper()
	ops := r.store.st.snapshot()
	for i := range ops {
		ops[i].TS = 0
	}
	b, err := json.MarshalIndent(ops, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func randomChange(rnd *rand.Rand) func(context.Context, *Registry) (any, error) {
	n := name{[]string{".", ".x"}[rnd.IntN(2)], fmt.Sprintf("s%d", rnd.IntN(4))}
	number := 1 + rnd.IntN(6)
	switch k := rnd.IntN(20); {
	case k < 9:
		text := fmt.Sprintf(`{"type":"fixed","name":"F","size":%d}`, 1+rnd.IntN(12))
		return func(ctx context.Context, r *Registry) (any, error) {
			s, err := r.register(ctx, n, &registerRequest{Schema: &text}, false)
			s.TS = 0
			return s, err
		}
	case k < 12:
		permanent := rnd.IntN(2) == 0
		return func(ctx context.Context, r *Registry) (any, error) { return r.deleteVersion(ctx, n, number, permanent) }
	case k < 15:
		permanent := rnd.IntN(2) == 0
		return func(ctx context.Context, r *Registry) (any, error) { return r.deleteSubject(ctx, n, permanent) }
	case k < 17:
		level := []string{"NONE", "FULL"}[rnd.IntN(2)]
		return func(ctx context.Context, r *Registry) (any, error) {
			return r.setSettings(ctx, n, &configRequest{Compatibility: &level})
		}
	case k < 18:
		return func(ctx context.Context, r *Registry) (any, error) { return r.unsetSettings(ctx, n) }
	case k < 19:
		return func(ctx context.Context, r *Registry) (any, error) { return r.unsetMode(ctx, n, false) }
	}
	mode := []Mode{ReadOnly, ReadWrite, ReadWrite, Import}[rnd.IntN(4)]
	return func(ctx context.Context, r *Registry) (any, error) { return r.setMode(ctx, n, modeBody{mode}, false) }
}

func TestAFullRegistryRefusesAndCanBeEmptied(t *testing.T) {
	s := start(t, Config{Level: None, Limits: Limits{MaxStoreBytes: 40 << 10}})
	c := caller{t: t, url: s.URL(), client: httpClient(t)}
	var last answered
	n := 0
	for ; n < 100; n++ {
		doc := strings.Repeat("x", 2000)
		last = c.do("POST", "/subjects/a/versions", map[string]any{"schema": fmt.Sprintf(`{"type":"record","name":"R%d","doc":"%s","fields":[]}`, n, doc)})
		if last.Status != 200 {
			break
		}
	}
	last.want(t, 500, codeStore)
	if !strings.Contains(last.Body, "full") {
		t.Errorf("it does not say why: %s", last.Body)
	}
	c.do("PUT", "/config/"+strings.Repeat("x", 400), map[string]any{"compatibility": "FULL"})
	for i := range 1000 {
		a := c.do("PUT", fmt.Sprintf("/mode/%d%s", i, strings.Repeat("x", 400)), map[string]any{"mode": "READONLY"})
		if a.Status != 200 {
			break
		}
		if i > 100 {
			t.Fatal("modes are not counted")
		}
	}
	c.do("DELETE", "/subjects/a", nil).want(t, 200, 0)
	c.do("DELETE", "/subjects/a?permanent=true", nil).want(t, 200, 0)
	c.register("b", `"string"`)
}

// Many clients at once: every registered schema gets one id, every id one schema.
func TestConcurrentClients(t *testing.T) {
	s := start(t, Config{Dir: t.TempDir(), Level: None})
	c := caller{t: t, url: s.URL(), client: httpClient(t)}
	const clients, schemas = 8, 12
	ids := make([][]int, clients)
	var wg sync.WaitGroup
	for i := range clients {
		wg.Go(func() {
			for j := range schemas {
				body, _ := json.Marshal(map[string]any{"schema": fmt.Sprintf(`{"type":"fixed","name":"F","size":%d}`, j+1)})
				resp, err := c.client.Post(fmt.Sprintf("%s/subjects/s%d/versions", c.url, (i+j)%5), mediaTypes[0], bytes.NewReader(body))
				if err != nil {
					t.Error(err)
					return
				}
				var out struct{ ID int }
				err = json.NewDecoder(resp.Body).Decode(&out)
				_ = resp.Body.Close()
				if err != nil || resp.StatusCode != http.StatusOK {
					t.Errorf("status %d: %v", resp.StatusCode, err)
				}
				ids[i] = append(ids[i], out.ID)
				if resp, err := c.client.Get(c.url + "/schemas"); err == nil {
					_ = resp.Body.Close()
				}
			}
		})
	}
	wg.Wait()
	seen := map[int]bool{}
	for j := range schemas {
		for i := range clients {
			if ids[i][j] != ids[0][j] {
				t.Errorf("schema %d has ids %d and %d", j, ids[0][j], ids[i][j])
			}
		}
		if seen[ids[0][j]] {
			t.Errorf("id %d stands for two schemas", ids[0][j])
		}
		seen[ids[0][j]] = true
	}
	if err := s.registry.store.st.check(); err != nil {
		t.Error(err)
	}
}
