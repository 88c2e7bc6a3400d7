package config

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

func TestWriteIsReadBack(t *testing.T) {
	t.Setenv("KCONSOLE_PASSWORD", "from the environment")
	dir := t.TempDir()
	path := filepath.Join(dir, "lab.yaml")
	want := Config{
		Path: path, Current: "lab",
		Clusters: map[string]Cluster{
			"lab": {
				Name: "lab", Brokers: []string{"127.0.0.1:1", "[::1]:2"},
				TLS:      &TLS{CA: filepath.Join(dir, "certs", "ca.pem"), Cert: filepath.Join(dir, "~", "c"), Key: filepath.Join(filepath.Dir(dir), "k"), ServerName: "kafka"},
				SASL:     &SASL{Mechanism: "SCRAM-SHA-512", Username: "a: $b #c", Password: NewSecret("from the environment"), PasswordEnv: "KCONSOLE_PASSWORD"},
				Registry: &Registry{URL: "https://h:1/x", Username: "u", PasswordCommand: []string{"sh", "-c", "echo $HOME | cat"}},
				Metrics:  Metrics{Prometheus: "http://h"}, ReadOnly: true, Color: "#00ff00",
				Lab: &Lab{Runtime: "embedded", Dir: dir},
			},
			"guest": {Name: "guest", Brokers: []string{"h:1"}, TLS: &TLS{}, SASL: &SASL{Mechanism: "PLAIN", Username: "g", Password: NewSecret("${NOT_A_VARIABLE} $$")}},
		},
		UI: UI{Theme: "dark", Refresh: 1500 * time.Millisecond, Mouse: true, UTC: true},
	}
	if err := Write(path, want); err != nil {
		t.Fatal(err)
	}
	got, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&want, got, cmpopts.IgnoreUnexported(Cluster{})); diff != "" {
		t.Error(diff)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), "password: ${KCONSOLE_PASSWORD}\n") || strings.Contains(string(text), "from the") {
		t.Error("the variable was replaced by its content")
	}
	if !strings.Contains(string(text), "ca: certs/ca.pem\n") {
		t.Error("a path inside the folder is not relative")
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".lab.yaml*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestWriteRefuses(t *testing.T) {
	dir := t.TempDir()
	if err := Write(filepath.Join(dir, "a.yaml"), Config{}); err == nil {
		t.Error("wrote a configuration without clusters")
	}
	ok := Config{Clusters: map[string]Cluster{"a": {Brokers: []string{"h:1"}}}}
	err := Write(filepath.Join(dir, "none", "a.yaml"), ok)
	if err == nil || !strings.HasSuffix(err.Error(), "a.yaml: no such file or directory") && runtime.GOOS != "windows" {
		t.Error(err)
	}
	bad := Config{Clusters: map[string]Cluster{"a": {Brokers: []string{"h:1"}, Color: "gren"}}}
	if err := Write(filepath.Join(dir, "b.yaml"), bad); err == nil || err.Error() != `clusters.a.color: "gren" is not known; did you mean "green"?` {
		t.Error(err)
	}
}

// Whatever stands in a secret or a name survives the file.
func TestWriteKeepsAnyText(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "lab.yaml")
	text := rapid.OneOf(
		rapid.StringMatching(`[ -~]{1,24}`),
		rapid.StringMatching("[${}:#'\"\\\\\\[\\]&*!|>%@`, -]{1,12}"),
		rapid.StringOfN(rapid.RuneFrom(nil, unicode.Letter, unicode.Symbol), 1, 20, -1),
		rapid.SampledFrom([]string{"null", "~", "true", "no", "1e3", "0x1F", "0o7", "1_000", ".inf", "2026-11-23", "<<", "=", "- a", "? a", "a: b", "\t", "a\nb", "a\r\nb", " lead", "trail ", "é", "\u2028", "\u00a0", "\ufeff", "---", "..."}),
	)
	rapid.Check(t, func(t *rapid.T) {
		s := SASL{Mechanism: "PLAIN", Username: text.Draw(t, "user"), Password: NewSecret(text.Draw(t, "password"))}
		r := &Registry{URL: "https://h", Username: "u", PasswordCommand: rapid.SliceOfN(text, 1, 4).Draw(t, "command")}
		c := Config{Clusters: map[string]Cluster{"a": {Brokers: []string{"h:1"}, TLS: &TLS{}, SASL: &s, Registry: r}}}
		if err := Write(path, c); err != nil {
			t.Fatal(err)
		}
		got, err := Load(path)
		if err != nil {
			raw, _ := os.ReadFile(path)
			t.Fatalf("%v\n%s", err, raw)
		}
		a := got.Clusters["a"]
		if a.SASL.Username != s.Username || !a.SASL.Password.Equal(s.Password) {
			t.Fatalf("%q %q became %q %q", s.Username, s.Password.Reveal(), a.SASL.Username, a.SASL.Password.Reveal())
		}
		if diff := cmp.Diff(r.PasswordCommand, a.Registry.PasswordCommand); diff != "" {
			t.Fatal(diff)
		}
	})
}
