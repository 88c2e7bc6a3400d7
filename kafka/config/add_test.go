package config

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func add(path string, clusters map[string]Cluster, current string) error {
	a, err := PlanAdd(path, clusters, current)
	if err != nil {
		return err
	}
	return a.Write()
}

func TestAddKeepsTheRest(t *testing.T) {
	t.Setenv("KCONSOLE_PASSWORD", "x")
	path := save(t, "# mine\ncurrent: lab   # here\nclusters:   # all of them\n\n    # the lab\n    lab:\n      brokers: [h:1]\n      sasl: {mechanism: PLAIN, username: u, password: ${KCONSOLE_PASSWORD}}\nui: {refresh: 5s}\n")
	err := add(path, map[string]Cluster{
		"new":  {Brokers: []string{"n:1"}, TLS: &TLS{CA: filepath.Join(filepath.Dir(path), "ca.pem")}},
		"true": {Brokers: []string{"t:1"}, Masking: []MaskRule{{Topics: []string{"a*"}, Fields: []string{"**.x"}}, {Key: true}}},
	}, "new")
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := `# mine
current: lab   # here
clusters:   # all of them
    new:
      brokers: [n:1]
      tls:
        ca: ca.pem
    "true":
      brokers: [t:1]
      masking:
        - topics: ["a*"]
          fields: ["**.x"]
        - key: true

    # the lab
    lab:
      brokers: [h:1]
      sasl: {mechanism: PLAIN, username: u, password: ${KCONSOLE_PASSWORD}}
ui: {refresh: 5s}
`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
	cfg, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"lab", "new", "true"}, cfg.Names()); diff != "" || len(cfg.Clusters["true"].Masking) != 2 {
		t.Error(diff)
	}
}

func TestAddRefuses(t *testing.T) {
	one := map[string]Cluster{"new": {Brokers: []string{"n:1"}}}
	for in, want := range map[string]string{
		"clusters: {lab: {brokers: [h:1]}}\n":        "lab.yaml: clusters: is not written one cluster below the other, so nothing can be added to it; write it so, or add the cluster by hand",
		"clusters:\n  new: {brokers: [h:1]}\n":       "lab.yaml:2: clusters.new: exists already; choose another name with --name, or remove it there",
		"clusters:\n  lab: {brokers: [h:1], x: y}\n": `lab.yaml:2: clusters.lab: unknown key "x"; known are brokers, color, lab, masking, metrics, read_only, registry, sasl, tls`,
	} {
		path := save(t, in)
		if err := add(path, one, ""); err == nil || err.Error() != want {
			t.Errorf("%s got %v\nwant %s", in, err, want)
		}
		if after, _ := os.ReadFile(path); string(after) != in {
			t.Errorf("the file was changed: %s", after)
		}
	}
	if err := add(save(t, "clusters:\n  lab: {brokers: [h:1]}\n"), map[string]Cluster{"bad": {}}, ""); err == nil || err.Error() != "clusters.bad: needs brokers, a list such as [127.0.0.1:9092]" {
		t.Error(err)
	}
}

func TestAddMakesAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := add(path, map[string]Cluster{"new": {Brokers: []string{"n:1"}}}, ""); err != nil {
		t.Fatal(err)
	}
	if cfg, err := Load(path); err != nil || len(cfg.Clusters) != 1 {
		t.Error(err)
	}
}

// What a command without --cluster is about does not change by an import, and
// there is always such a cluster.
func TestAddChooses(t *testing.T) {
	one := map[string]Cluster{"new": {Brokers: []string{"n:1"}}}
	two := map[string]Cluster{"new": {Brokers: []string{"n:1"}}, "more": {Brokers: []string{"m:1"}}}
	for name, c := range map[string]struct {
		file     string
		clusters map[string]Cluster
		current  string
		want     string
	}{
		"a new file":             {"", one, "", "new"},
		"a new file, chosen":     {"", two, "more", "more"},
		"a new file, not chosen": {"", two, "", ""},
		"the only one so far":    {"# mine\nclusters:\n  lab: {brokers: [h:1]}\n", one, "new", "lab"},
		"named already":          {"current: b\nclusters:\n  a: {brokers: [h:1]}\n  b: {brokers: [h:1]}\n", one, "new", "b"},
		"several, none named":    {"clusters:\n  a: {brokers: [h:1]}\n  b: {brokers: [h:1]}\n", two, "more", "more"},
		"an empty key":           {"current: \"\"\nclusters:\n  a: {brokers: [h:1]}\n  b: {brokers: [h:1]}\n", one, "", ""},
	} {
		path := filepath.Join(t.TempDir(), "config.yaml")
		if c.file != "" {
			path = save(t, c.file)
		}
		plan, err := PlanAdd(path, c.clusters, c.current)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if before, err := os.ReadFile(path); string(before) != c.file {
			t.Errorf("%s: planning changed the file: %s %v", name, before, err)
		}
		if err := plan.Write(); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		cfg, err := Load(path)
		if err != nil || cfg.Current != c.want || plan.Current != c.want {
			t.Errorf("%s: current is %q, planned %q, not %q (%v)", name, cfg.Current, plan.Current, c.want, err)
		}
	}
}

// Dotfile managers put a link there; it must stay one.
func TestAddFollowsLinks(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs a file system where everybody may make symbolic links")
	}
	target := save(t, "clusters:\n  lab: {brokers: [h:1]}\n")
	link := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	if err := add(link, map[string]Cluster{"new": {Brokers: []string{"n:1"}}}, ""); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Error("the link is gone", err)
	}
	if cfg, err := Load(target); err != nil || len(cfg.Clusters) != 2 {
		t.Error(err)
	}
}
