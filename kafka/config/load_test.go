package config

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// example is the file as the documentation shows it.
const example = `current: lab
clusters:
  lab:
    brokers: [127.0.0.1:19092, 127.0.0.1:19093, 127.0.0.1:19094]
    tls: {ca: ca.pem, cert: "", key: "", server_name: ""}          # a relative path is relative to this file
    sasl: {mechanism: SCRAM-SHA-512, username: admin, password: ${KCONSOLE_PASSWORD}}   # or password_file, password_command
    registry: {url: https://127.0.0.1:18081, ca: ca.pem, username: admin, password_file: registry.secret}
    metrics: {prometheus: "http://127.0.0.1:9090"}                 # optional
    read_only: false
    color: green
    lab: {runtime: embedded, dir: .}                               # present only where breaking things is welcome
ui: {theme: auto, refresh: 2s, mouse: false, utc: false}
`

// save writes a configuration and returns its path.
func save(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "lab.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func mustLoad(t *testing.T, text string) *Config {
	t.Helper()
	cfg, err := Load(save(t, text))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func TestLoadReadsTheExample(t *testing.T) {
	t.Setenv("KCONSOLE_PASSWORD", `s3cret {"$x}`)
	cfg := mustLoad(t, example)
	dir := filepath.Dir(cfg.Path)
	want := &Config{
		Path:    cfg.Path,
		Current: "lab",
		Clusters: map[string]Cluster{"lab": {
			Name:    "lab",
			Brokers: []string{"127.0.0.1:19092", "127.0.0.1:19093", "127.0.0.1:19094"},
			TLS:     &TLS{CA: filepath.Join(dir, "ca.pem")},
			SASL: &SASL{
				Mechanism: "SCRAM-SHA-512", Username: "admin",
				Password: NewSecret(`s3cret {"$x}`), PasswordEnv: "KCONSOLE_PASSWORD",
			},
			Registry: &Registry{
				URL: "https://127.0.0.1:18081", CA: filepath.Join(dir, "ca.pem"),
				Username: "admin", PasswordFile: filepath.Join(dir, "registry.secret"),
			},
			Metrics: Metrics{Prometheus: "http://127.0.0.1:9090"},
			Color:   "green",
			Lab:     &Lab{Runtime: "embedded", Dir: dir},
		}},
		UI: UI{Theme: "auto", Refresh: 2 * time.Second},
	}
	if diff := cmp.Diff(want, cfg, cmpopts.IgnoreUnexported(Cluster{})); diff != "" {
		t.Error(diff)
	}
}

func TestLoadGivesDefaults(t *testing.T) {
	cfg := mustLoad(t, "clusters:\n  a:\n    brokers: [localhost:9092]\n")
	if cfg.UI != DefaultUI() {
		t.Errorf("UI = %+v", cfg.UI)
	}
	cl, err := cfg.Cluster("")
	if err != nil || cl.Name != "a" || cl.TLS != nil || cl.SASL != nil {
		t.Errorf("Cluster = %+v, %v", cl, err)
	}
}

func TestLoadFollowsAnchors(t *testing.T) {
	cfg := mustLoad(t, `clusters:
  a:
    brokers: [localhost:9092]
    tls: &tls {server_name: kafka.example}
  b: {brokers: [localhost:9093], tls: *tls}
`)
	if got := cfg.Clusters["b"].TLS.ServerName; got != "kafka.example" {
		t.Errorf("server name = %q", got)
	}
}

func TestLoadSplitsBrokersOfAVariable(t *testing.T) {
	t.Setenv("BROKERS", "a:1, b:2,[::1]:3")
	want := []string{"a:1", "b:2", "[::1]:3"}
	for _, text := range []string{"brokers: ${BROKERS}", "brokers: [\"${BROKERS}\"]"} {
		cfg := mustLoad(t, "clusters:\n  a:\n    "+text+"\n")
		if diff := cmp.Diff(want, cfg.Clusters["a"].Brokers); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	t.Setenv("SECRET_VALUE", "hunter2hunter2")
	const cluster = "clusters:\n  a:\n    brokers: [localhost:9092]\n"
	for name, c := range map[string]struct{ text, want string }{
		"unknown key":             {cluster + "    brokrs: []\n", `lab.yaml:4: clusters.a: unknown key "brokrs"; did you mean "brokers"?`},
		"unknown top key":         {"clusterz: {}\n", `lab.yaml:1: unknown key "clusterz"; did you mean "clusters"?`},
		"unknown far key":         {cluster + "ui:\n  wallpaper: x\n", `lab.yaml:5: ui: unknown key "wallpaper"; known are mouse, refresh, theme, utc`},
		"unknown key in flow":     {cluster + "    tls: {ca: x, servername: y}\n", `lab.yaml:4: clusters.a.tls: unknown key "servername"; did you mean "server_name"?`},
		"no way to skip":          {cluster + "    tls:\n      insecure_skip_verify: true\n", `lab.yaml:5: clusters.a.tls: unknown key "insecure_skip_verify"; certificates and host names are always verified: give ca, or server_name where the certificate has another name`},
		"list for text":           {cluster + "    color: [green]\n", `lab.yaml:4: clusters.a.color: must be a single value, not a list`},
		"keys for text":           {cluster + "    color: {a: b}\n", `lab.yaml:4: clusters.a.color: must be a single value, not a set of keys`},
		"text for keys":           {cluster + "    tls: true\n", `lab.yaml:4: clusters.a.tls: must hold keys and values, not a single value`},
		"text for bool":           {cluster + "    read_only: yes\n", `lab.yaml:4: clusters.a.read_only: must be true or false, not "yes"`},
		"variable for bool":       {cluster + "    read_only: ${SECRET_VALUE}\n", `lab.yaml:4: clusters.a.read_only: must be true or false, not "${SECRET_VALUE}"`},
		"text for duration":       {cluster + "ui:\n  refresh: 2\n", `lab.yaml:5: ui.refresh: must be a time such as 2s or 500ms, not "2"`},
		"refresh too short":       {cluster + "ui: {refresh: 1ms}\n", `lab.yaml:4: ui.refresh: 1ms must lie between 100ms and 1h`},
		"keys for list":           {"clusters:\n  a:\n    brokers: {a: b}\n", `lab.yaml:3: clusters.a.brokers: must be a list, not a set of keys`},
		"clusters as list":        {"clusters:\n  - a\n", `lab.yaml:2: clusters: must hold keys and values, not a list`},
		"scalar file":             {"hello\n", `lab.yaml:1: must hold keys and values, not a single value`},
		"empty file":              {"", `lab.yaml: clusters: there is no cluster; add one, or start an embedded one with: kconsole lab up`},
		"only a comment":          {"# nothing\n", `lab.yaml: clusters: there is no cluster; add one, or start an embedded one with: kconsole lab up`},
		"empty cluster":           {"clusters:\n  a:\n", `lab.yaml:2: clusters.a: needs brokers, a list such as [127.0.0.1:9092]`},
		"bad cluster name":        {"clusters:\n  \"a b\": {brokers: [localhost:1]}\n", `lab.yaml:2: clusters: the cluster name "a b" is not possible; use letters, digits, dot, dash and underscore, at most 64`},
		"cluster twice":           {"clusters:\n  a: {brokers: [h:1]}\n  a: {brokers: [h:2]}\n", `lab.yaml:3: is not valid YAML: mapping key "a" already defined at [2:3]`},
		"empty tls":               {cluster + "    tls:\n", `lab.yaml:4: clusters.a.tls: is empty; write tls: {} for TLS with the system's certificate authorities, or remove the line for clear text`},
		"empty sasl":              {cluster + "    sasl:\n", `lab.yaml:4: clusters.a.sasl: is empty; fill it in or remove the line`},
		"current unknown":         {"current: b1\nclusters:\n  b2: {brokers: [h:1]}\n", `lab.yaml:1: current: there is no cluster "b1"; did you mean "b2"?`},
		"no port":                 {"clusters:\n  a:\n    brokers:\n      - ok:1\n      - localhost\n", `lab.yaml:5: clusters.a.brokers[1]: "localhost" has no port; write host:port, such as 127.0.0.1:9092`},
		"scheme":                  {"clusters:\n  a: {brokers: [\"https://h:1\"]}\n", `lab.yaml:2: clusters.a.brokers[0]: "https://h:1" must be host:port without a scheme; whether TLS is used is set by tls:`},
		"bare IPv6":               {"clusters:\n  a: {brokers: [\"::1:9092\"]}\n", `lab.yaml:2: clusters.a.brokers[0]: "::1:9092" must have its IPv6 address in brackets, such as [::1]:9092`},
		"port too large":          {"clusters:\n  a: {brokers: [h:70000]}\n", `lab.yaml:2: clusters.a.brokers[0]: "h:70000" must have a port from 1 to 65535`},
		"no host":                 {"clusters:\n  a: {brokers: [\":9092\"]}\n", `lab.yaml:2: clusters.a.brokers[0]: ":9092" has no host; write host:port, such as 127.0.0.1:9092`},
		"bad host":                {"clusters:\n  a: {brokers: [\"a b:9092\"]}\n", `lab.yaml:2: clusters.a.brokers[0]: "a b:9092" has a host that is neither a name nor an IP address`},
		"mechanism":               {cluster + "    sasl: {mechanism: SCRAM-SHA-521, username: u, password: p}\n", `lab.yaml:4: clusters.a.sasl.mechanism: "SCRAM-SHA-521" is not known; did you mean "SCRAM-SHA-512"?`},
		"mechanism in a variable": {cluster + "    sasl: {mechanism: \"${SECRET_VALUE}\", username: u, password: p}\n", `lab.yaml:4: clusters.a.sasl.mechanism: "${SECRET_VALUE}" is not known; known are ` + strings.Join(Mechanisms, ", ")},
		"no mechanism":            {cluster + "    sasl: {username: u}\n", `lab.yaml:4: clusters.a.sasl: needs mechanism, one of ` + strings.Join(Mechanisms, ", ")},
		"no username":             {cluster + "    sasl: {mechanism: PLAIN, password: p}\n", `lab.yaml:4: clusters.a.sasl: PLAIN needs a username`},
		"no password":             {cluster + "    sasl: {mechanism: PLAIN, username: u}\n", `lab.yaml:4: clusters.a.sasl: needs one of password, password_file and password_command`},
		"empty password":          {cluster + "    sasl: {mechanism: PLAIN, username: u, password: \"\"}\n", `lab.yaml:4: clusters.a.sasl.password: is empty`},
		"two passwords":           {cluster + "    sasl:\n      mechanism: PLAIN\n      username: u\n      password: hunter2hunter2\n      password_file: f\n", `lab.yaml:8: clusters.a.sasl.password_file: password and password_file are given; give one of them`},
		"shell command":           {cluster + "    sasl: {mechanism: PLAIN, username: u, password_command: pass show kafka}\n", `lab.yaml:4: clusters.a.sasl.password_command: must be a list: a program and its arguments, such as [pass, show, kafka]; for a shell write [sh, -c, "..."]`},
		"empty command":           {cluster + "    sasl: {mechanism: PLAIN, username: u, password_command: [\"\"]}\n", `lab.yaml:4: clusters.a.sasl.password_command: starts with an empty text instead of a program`},
		"password as a list":      {cluster + "    sasl: {mechanism: PLAIN, username: u, password: [hunter2hunter2]}\n", `lab.yaml:4: clusters.a.sasl.password: must be a single value, not a list`},
		"cert without key":        {cluster + "    tls: {cert: c.pem}\n", `lab.yaml:4: clusters.a.tls.cert: a client certificate needs its private key: give key as well`},
		"key without cert":        {cluster + "    tls: {key: k.pem}\n", `lab.yaml:4: clusters.a.tls.key: a private key needs its certificate: give cert as well`},
		"server name":             {cluster + "    tls: {server_name: \"h:1\"}\n", `lab.yaml:4: clusters.a.tls.server_name: "h:1" is neither a host name nor an IP address; write it without port and scheme`},
		"no registry url":         {cluster + "    registry: {username: u, password: p}\n", `lab.yaml:4: clusters.a.registry: needs url, such as https://127.0.0.1:8081`},
		"registry scheme":         {cluster + "    registry: {url: \"ftp://h\"}\n", `lab.yaml:4: clusters.a.registry.url: must be a URL such as https://127.0.0.1:8081`},
		"registry with user":      {cluster + "    registry: {url: \"https://u:hunter2hunter2@h\"}\n", `lab.yaml:4: clusters.a.registry.url: must not hold a user or password; give username and password as keys`},
		"registry without host":   {cluster + "    registry: {url: \"https://\"}\n", `lab.yaml:4: clusters.a.registry.url: has no host; write a URL such as https://127.0.0.1:8081`},
		"registry with query":     {cluster + "    registry: {url: \"https://h?p=hunter2hunter2\"}\n", `lab.yaml:4: clusters.a.registry.url: must end with the path: remove what follows ? or #`},
		"registry port":           {cluster + "    registry: {url: \"https://h:0\"}\n", `lab.yaml:4: clusters.a.registry.url: must have a port from 1 to 65535`},
		"registry http with ca":   {cluster + "    registry: {url: \"http://h\", ca: x}\n", `lab.yaml:4: clusters.a.registry.url: is http, so ca, cert and server_name have no effect; write https, or remove them`},
		"registry nameless":       {cluster + "    registry: {url: \"https://h\", password: hunter2hunter2}\n", `lab.yaml:4: clusters.a.registry: has a password but no username`},
		"prometheus":              {cluster + "    metrics: {prometheus: localhost}\n", `lab.yaml:4: clusters.a.metrics.prometheus: must be a URL such as https://127.0.0.1:8081`},
		"runtime":                 {cluster + "    lab: {runtime: dokcer}\n", `lab.yaml:4: clusters.a.lab.runtime: "dokcer" is not known; did you mean "docker"?`},
		"no runtime":              {cluster + "    lab: {dir: .}\n", `lab.yaml:4: clusters.a.lab: needs runtime, one of embedded, process, docker`},
		"color":                   {cluster + "    color: gren\n", `lab.yaml:4: clusters.a.color: "gren" is not known; did you mean "green"?`},
		"theme":                   {cluster + "ui:\n  theme: drak\n", `lab.yaml:5: ui.theme: "drak" is not known; did you mean "dark"?`},
		"unset variable in ui":    {cluster + "ui:\n  theme: ${KCONSOLE_NOT_SET}\n", `lab.yaml:5: ui.theme: the environment variable KCONSOLE_NOT_SET is not set; set it, or write $$ for a dollar sign`},
		"bad variable":            {cluster + "    color: \"${no end\"\n", `lab.yaml:4: clusters.a.color: has a ${ that does not start ${NAME}; write $$ for a dollar sign`},
		"tag":                     {cluster + "    color: !!binary aGk=\n", `lab.yaml:4: clusters.a.color: YAML tags (!something) are not used in this file; remove it`},
		"merge key":               {"clusters:\n  a: &a {brokers: [h:1]}\n  b:\n    <<: *a\n", `lab.yaml:4: clusters.b: merge keys (<<) are not used in this file; write the keys out`},
		"unknown alias":           {"clusters:\n  a: *nobody\n", `lab.yaml:2: clusters.a: the alias refers to an anchor that is not defined before it`},
		"alias of itself":         {"clusters: &c\n  a: *c\n", `lab.yaml:2: clusters.a: unknown key "a"; known are brokers, color, lab, masking, metrics, read_only, registry, sasl, tls`},
		"two documents":           {cluster + "---\nui: {}\n", `lab.yaml:5: a second YAML document starts here; one file holds one configuration`},
		"tab":                     {"clusters:\n\ta: {}\n", `lab.yaml:2: is not valid YAML: found character '\t' that cannot start any token`},
		"open quote":              {cluster + "    sasl: {password: \"hunter2hunter2}\n", `lab.yaml:4: is not valid YAML: could not find end character of double-quoted text`},
		"deep":                    {strings.Repeat("[", 5000), `lab.yaml:1: brackets or dashes are nested too deeply to be a configuration`},
		"dashes":                  {"# x\n" + strings.Repeat("- ", 100_000), `lab.yaml:2: brackets or dashes are nested too deeply to be a configuration`},
		"large":                   {"# " + strings.Repeat("x", maxFile), `lab.yaml: is larger than 256 KiB, too large to be a configuration`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load(save(t, c.text))
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("error is %T: %v", err, err)
			}
			if err.Error() != c.want {
				t.Errorf("\n got %s\nwant %s", err, c.want)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Error("the error holds a secret")
			}
		})
	}
}

func TestLoadFileThatIsNotThere(t *testing.T) {
	_, err := Load(filepath.Join(t.TempDir(), "lab.yaml"))
	if want := "lab.yaml: does not exist; check the path, or start an embedded cluster with: kconsole lab up"; err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
	if !errors.Is(err, os.ErrNotExist) {
		t.Error("cause is lost")
	}
	if _, err = Load(t.TempDir()); err == nil || !strings.Contains(err.Error(), "cannot be read") {
		t.Errorf("folder: %v", err)
	}
}

// A variable that only one cluster needs must not lock people out of the others.
func TestUnsetVariableConcernsItsCluster(t *testing.T) {
	cfg := mustLoad(t, `current: lab
clusters:
  lab: {brokers: [localhost:9092]}
  prod:
    brokers: [localhost:9093]
    sasl: {mechanism: PLAIN, username: "${KCONSOLE_NO_USER}-${KCONSOLE_NO_TEAM}", password: ${KCONSOLE_NO_PASSWORD}}
`)
	if _, err := cfg.Cluster(""); err != nil {
		t.Fatal(err)
	}
	want := "lab.yaml:6: clusters.prod.sasl.username: the environment variables KCONSOLE_NO_USER, KCONSOLE_NO_TEAM are not set; set them, or write $$ for a dollar sign"
	_, err := cfg.Cluster("prod")
	if err == nil || err.Error() != want {
		t.Errorf("Cluster: %v\nwant %s", err, want)
	}
	// Whoever takes it from the map gets no further.
	prod := cfg.Clusters["prod"]
	if _, err := KgoOptions(prod); err == nil || err.Error() != want {
		t.Errorf("KgoOptions: %v", err)
	}
	if _, err := prod.TLSConfig(); err == nil || err.Error() != want {
		t.Errorf("TLSConfig: %v", err)
	}
	if _, err := ClientProperties(t.Context(), prod); err == nil || err.Error() != want {
		t.Errorf("ClientProperties: %v", err)
	}
}

func TestClusterSuggestsNames(t *testing.T) {
	cfg := mustLoad(t, "clusters:\n  prod-eu: {brokers: [h:1]}\n  lab: {brokers: [h:1]}\n")
	for name, want := range map[string]string{
		"prod-ue": `lab.yaml: there is no cluster "prod-ue"; did you mean "prod-eu"?`,
		"nothing": `lab.yaml: there is no cluster "nothing"; known are lab, prod-eu`,
		"":        `lab.yaml: current: no cluster is chosen; set current, or pass --cluster NAME; known are lab, prod-eu`,
	} {
		_, err := cfg.Cluster(name)
		if err == nil || err.Error() != want || !errors.Is(err, ErrUnknownCluster) {
			t.Errorf("%q: %v\nwant %s", name, err, want)
		}
	}
}

func TestLoadWarns(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs the permission bits of a Unix file system")
	}
	t.Setenv("SECRET_VALUE", "hunter2")
	text := `clusters:
  a:
    brokers: [h:1]
    sasl: {mechanism: PLAIN, username: u, password: hunter2}
    registry: {url: "http://h", username: u, password: "x${SECRET_VALUE}"}
  b:
    brokers: [h:1]
    tls: {}
    sasl: {mechanism: PLAIN, username: u, password: ${SECRET_VALUE}}
    registry: {url: "https://h", username: u, password_file: shared.secret}
`
	path := save(t, text)
	secret := filepath.Join(filepath.Dir(path), "shared.secret")
	if err := os.WriteFile(secret, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	check := func(want ...string) {
		t.Helper()
		cfg, err := Load(path)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, w := range cfg.Warnings {
			got = append(got, strings.ReplaceAll(w.String(), secret, "shared.secret"))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	unsafe := []string{
		"lab.yaml:4: clusters.a.sasl.mechanism: PLAIN without tls sends the password in clear text; add tls, or use SCRAM-SHA-512",
		"lab.yaml:5: clusters.a.registry.url: http sends the registry's password in clear text; use https",
	}
	check(unsafe...)
	for _, p := range []string{path, secret} {
		if err := os.Chmod(p, 0o640); err != nil {
			t.Fatal(err)
		}
	}
	check(append(unsafe,
		"lab.yaml:4: clusters.a.sasl.password: others may read this file and the secret in it; run chmod 600 on it, or write ${NAME}",
		"lab.yaml:5: clusters.a.registry.password: others may read this file and the secret in it; run chmod 600 on it, or write ${NAME}",
		"lab.yaml:10: clusters.b.registry.password_file: others may read shared.secret; run chmod 600 on it",
	)...)
}

func FuzzParse(f *testing.F) {
	f.Add(example)
	f.Add("clusters: &c\n  a: *c\n")
	f.Add("a: [[[[{{{{\n")
	f.Add("clusters:\n  a:\n    brokers: ${B}\n    tls: &x {ca: ~/x}\n    registry: *x\n")
	f.Add("? [a]\n: b\n<<: {}\n")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := parse("lab.yaml", []byte(text), func(name string) (string, bool) { return "v", len(name)%2 == 0 })
		if err == nil && len(p.problems) == 0 {
			for _, name := range p.cfg.Names() {
				_, _ = p.cfg.Cluster(name)
			}
		}
	})
}
