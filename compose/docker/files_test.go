package docker

import (
	"encoding/json"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"kconsole/compose/kafkaconf"
	"kconsole/compose/labdir"
	"kconsole/compose/pki"
)

// composeService is what the tests look at of a service in compose.yaml.
type composeService struct {
	Image       string
	Ports       []string
	Volumes     []string
	Profiles    []string
	MemLimit    string `yaml:"mem_limit"`
	Healthcheck map[string]any
	CapDrop     []string `yaml:"cap_drop"`
	Privileged  bool
	NetworkMode string `yaml:"network_mode"`
}

type composeText struct {
	Services map[string]composeService
	Volumes  map[string]any
}

func parseCompose(t *testing.T) composeText {
	t.Helper()
	var c composeText
	if err := yaml.Unmarshal(read(composeFile), &c); err != nil {
		t.Fatal(err)
	}
	if len(c.Services) < 10 {
		t.Fatalf("%d services", len(c.Services))
	}
	return c
}

var (
	publishedPort = regexp.MustCompile(`^127\.0\.0\.1:\$\{(KCONSOLE_\w+_PORT):-(\d+)\}:\d+$`)
	pinnedImage   = regexp.MustCompile(`:v?\d+\.\d+(\.\d+)?(\.Final)?$`)
)

// No port is bound beyond loopback, none is in the ephemeral range, and no two
// are the same.
func TestPortsAreLoopback(t *testing.T) {
	used := map[string]string{}
	published := 0
	for name, s := range parseCompose(t).Services {
		if s.NetworkMode != "" || s.Privileged {
			t.Errorf("%s: network mode %q, privileged %v", name, s.NetworkMode, s.Privileged)
		}
		for _, port := range s.Ports {
			published++
			m := publishedPort.FindStringSubmatch(port)
			if m == nil {
				t.Errorf("%s publishes %q: not 127.0.0.1 with a variable and a default", name, port)
				continue
			}
			if n, _ := strconv.Atoi(m[2]); n < 1024 || n >= 32768 {
				t.Errorf("%s publishes %d", name, n)
			}
			if other := used[m[2]]; other != "" && other != m[1] {
				t.Errorf("%s and %s are both %s by default", other, m[1], m[2])
			}
			used[m[2]] = m[1]
		}
	}
	if published < 9 {
		t.Errorf("only %d ports are published", published)
	}
}

// Versions are pinned, memory is bounded, everything tells its health, and what
// shall stay is in a named volume.
func TestServicesAreBounded(t *testing.T) {
	c := parseCompose(t)
	for name, s := range c.Services {
		if !pinnedImage.MatchString(s.Image) {
			t.Errorf("%s: image %q is not pinned", name, s.Image)
		}
		if s.MemLimit == "" {
			t.Errorf("%s has no memory limit", name)
		}
		if s.Healthcheck["test"] == nil {
			t.Errorf("%s has no health check", name)
		}
		if !slices.Equal(s.CapDrop, []string{"ALL"}) {
			t.Errorf("%s keeps capabilities: it drops %v", name, s.CapDrop)
		}
		for _, v := range s.Volumes {
			source, _, _ := strings.Cut(v, ":")
			if strings.HasPrefix(source, "./") {
				if !strings.Contains(v, ":ro") {
					t.Errorf("%s may write to %s", name, source)
				}
			} else if _, ok := c.Volumes[source]; !ok {
				t.Errorf("%s: volume %q is not declared", name, source)
			}
		}
	}
	for _, name := range []string{"controller", "kafka-1", "kafka-2", "kafka-3", "prometheus", "grafana"} {
		if !slices.ContainsFunc(c.Services[name].Volumes, func(v string) bool { return strings.HasPrefix(v, name+"-data:") }) {
			t.Errorf("%s keeps nothing in a volume of its own", name)
		}
	}
}

// written writes the files of a stack without starting it.
func written(t *testing.T) (*start, string) {
	t.Helper()
	o := Options{Dir: filepath.Join(t.TempDir(), "lab"), AnyPorts: true}
	if err := o.defaults(); err != nil {
		t.Fatal(err)
	}
	st := &start{o: &o, now: layout{Project: projectName(o.Dir), ClusterID: kafkaconf.NewUUID(), Profiles: o.profiles()}}
	if err := locked(t.Context(), o.Dir, func() error { return st.secrets() }); err != nil {
		t.Fatal(err)
	}
	var err error
	if st.now.Ports, err = choosePorts(t.Context(), o.Dir, ports{}, true); err != nil {
		t.Fatal(err)
	}
	if err := st.writeFiles(); err != nil {
		t.Fatal(err)
	}
	return st, Home(o.Dir)
}

// What the containers read is readable by their users, and nobody else's: the
// directory around it is the owner's. Writing twice changes nothing.
func TestWrittenFiles(t *testing.T) {
	st, home := written(t)
	info, err := os.Stat(home)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Fatalf("%v, %v", info.Mode(), err)
	}
	first := contents(t, home)
	for _, name := range []string{
		"compose.yaml", ".env", "kafka/kafka-3/server.properties", "kafka/controller/format.args", "registry/users.json",
		"grafana/dashboards/kafka-cluster.json", "prometheus/alerts.yml", "schema-registry/keystore.p12", "exporter/kconsole.yaml",
	} {
		if first[name] == "" {
			t.Errorf("%s is missing", name)
		}
	}
	for path := range first {
		if strings.HasPrefix(path, "tls/") || strings.HasSuffix(path, ".env") || path == "lock" {
			continue
		}
		if info, err := os.Stat(filepath.Join(home, path)); err != nil || info.Mode().Perm()&0o044 != 0o044 {
			t.Errorf("a container's user cannot read %s: %v %v", path, info.Mode(), err)
		}
	}
	if err := st.writeFiles(); err != nil {
		t.Fatal(err)
	}
	for path, text := range contents(t, home) {
		if first[path] != text {
			t.Errorf("%s changed when it was written again", path)
		}
	}
	props := first["kafka/kafka-2/server.properties"]
	for _, want := range []string{
		"advertised.listeners=CLIENT://" + loopback(st.now.Ports.Clients[1]) + ",INTERNAL://kafka-2:9093,NETWORK://kafka-2:9094,MTLS://" + loopback(st.now.Ports.MutualTLS[1]),
		"authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
		"process.roles=broker\n", "node.id=2\n", "controller.quorum.voters=100@controller:9093",
		"listener.name.network.scram-sha-512.sasl.jaas.config=", "super.users=User:kafka-1;User:kafka-2;User:kafka-3;User:admin",
	} {
		if !strings.Contains(props, want) {
			t.Errorf("server.properties of broker 2 lacks %s", want)
		}
	}
	if strings.Contains(first["compose.yaml"], st.users[0].Password) {
		t.Error("compose.yaml has a password in it")
	}
}

func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		all[filepath.ToSlash(name)] = string(raw)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Every panel has a query, and shows the one data source that is provisioned.
func TestDashboards(t *testing.T) {
	for name, panels := range dashboards(t) {
		if len(panels) < 8 {
			t.Errorf("%s has %d panels", name, len(panels))
		}
		for _, p := range panels {
			if p.Title == "" || p.Description == "" || len(p.Targets) == 0 {
				t.Errorf("%s: panel %d (%q) lacks a title, a description or a query", name, p.ID, p.Title)
			}
			for _, target := range p.Targets {
				if target.Datasource.UID != "prometheus" {
					t.Errorf("%s, %s: data source %q", name, p.Title, target.Datasource.UID)
				}
			}
		}
	}
}

type panel struct {
	ID                 int
	Title, Description string
	Targets            []struct {
		Expr       string
		Datasource struct{ UID string }
	}
}

// dashboards are the panels by the file's name.
func dashboards(t *testing.T) map[string][]panel {
	t.Helper()
	files, err := fs.Glob(static, "files/grafana/dashboards/*.json")
	if err != nil || len(files) < 2 {
		t.Fatal(files, err)
	}
	all := map[string][]panel{}
	for _, path := range files {
		raw, err := static.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var d struct{ Panels []panel }
		if err := json.Unmarshal(raw, &d); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		all[filepath.Base(path)] = d.Panels
	}
	return all
}

// Ports stay what they were while they are free, and give way where not.
func TestPortsStayAndGiveWay(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "lab")
	if _, err := labdir.Users(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := pki.Open(dir); err != nil {
		t.Fatal(err)
	}
	first, err := choosePorts(t.Context(), dir, ports{}, true)
	if err != nil {
		t.Fatal(err)
	}
	again, err := choosePorts(t.Context(), dir, first, true)
	if err != nil || again != first {
		t.Errorf("free ports changed: %v, then %v (%v)", first, again, err)
	}
	ln, err := net.Listen("tcp", loopback(first.Grafana))
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	other, err := choosePorts(t.Context(), dir, first, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, port := range other.all() {
		if *port == first.Grafana || *port >= 32768 {
			t.Errorf("port %d was chosen: %v", *port, other)
		}
	}
}
