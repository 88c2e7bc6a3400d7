package docker

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// compose2Var names the docker compose v2 of the test bed; version 1 is the
// docker-compose that Debian installs.
const compose2Var = "KCONSOLE_COMPOSE_2"

// composes are the docker composes that are here, by their major version. In
// the test bed both must be.
func composes(t *testing.T) map[string]*composeCLI {
	t.Helper()
	found := map[string]*composeCLI{}
	for _, args := range [][]string{{os.Getenv(compose2Var)}, {"docker-compose"}, {"docker", "compose"}} {
		if args[0] == "" {
			continue
		}
		c := &composeCLI{args: args, host: "unix:///nowhere"}
		out, err := c.command(t.Context(), ".", nil, "version", "--short").Output()
		version := strings.TrimPrefix(strings.TrimSpace(string(out)), "v")
		major, _, ok := strings.Cut(version, ".")
		if err != nil || !ok || found[major] != nil {
			continue
		}
		found[major] = c
		t.Logf("docker compose %s: %s", version, strings.Join(args, " "))
	}
	switch testbed := os.Getenv("KCONSOLE_TESTBED") != ""; {
	case testbed && (found["1"] == nil || found["2"] == nil):
		t.Fatalf("the test bed shall have docker compose 1.29 and 2, and has %v", found)
	case len(found) == 0:
		t.Skip("there is no docker compose here; make test-docker brings two")
	}
	return found
}

// Every docker compose that is there accepts the file, with all profiles, and
// understands it as it is meant: all services, and no port beyond loopback.
func TestComposeAccepts(t *testing.T) {
	st, home := written(t)
	ours := parseCompose(t)
	for version, c := range composes(t) {
		profiles := []string{string(Apicurio), string(Confluent), "prometheus", "grafana"}
		cmd := c.command(t.Context(), home, profiles, "--project-name", "kconsole-test", "--file", composeFile, "config")
		out, err := cmd.Output()
		if err != nil {
			var exit *exec.ExitError
			errors.As(err, &exit)
			t.Errorf("version %s: %v\n%s", version, err, exit.Stderr)
			continue
		}
		var got struct {
			Services map[string]struct {
				Image    string
				Ports    []any
				MemLimit any `yaml:"mem_limit"`
			}
		}
		if err := yaml.Unmarshal(out, &got); err != nil {
			t.Errorf("version %s writes what is no YAML: %v\n%s", version, err, out)
			continue
		}
		var published []int
		for name, service := range ours.Services {
			is := got.Services[name]
			if is.Image != service.Image || is.MemLimit == nil || len(is.Ports) != len(service.Ports) {
				t.Errorf("version %s made this of %s: %+v", version, name, is)
			}
			for _, port := range is.Ports {
				host, number := resolvedPort(port)
				if host != "127.0.0.1" {
					t.Errorf("version %s publishes %v of %s on %q", version, port, name, host)
				}
				published = append(published, number)
			}
		}
		for _, want := range st.now.Ports.all() {
			if !slices.Contains(published, *want) {
				t.Errorf("version %s does not publish port %d of .env: %v", version, *want, published)
			}
		}
	}
}

// resolvedPort reads a port as compose writes it: version 1 in one text,
// HOST:PUBLISHED:TARGET/tcp, version 2 in fields.
func resolvedPort(port any) (host string, published int) {
	if fields, ok := port.(map[string]any); ok {
		published, _ = strconv.Atoi(fmt.Sprint(fields["published"]))
		return fmt.Sprint(fields["host_ip"]), published
	}
	parts := strings.Split(fmt.Sprint(port), ":")
	if len(parts) != 3 {
		return "", 0
	}
	published, _ = strconv.Atoi(parts[1])
	return parts[0], published
}

func TestYAMLLint(t *testing.T) {
	if _, err := exec.LookPath("yamllint"); err != nil {
		if os.Getenv("KCONSOLE_TESTBED") != "" {
			t.Fatal(err)
		}
		t.Skip("there is no yamllint here; make test-docker brings it")
	}
	_, home := written(t) // as people get it, which is also what is embedded
	rules := "{extends: default, rules: {line-length: disable, braces: {max-spaces-inside: 0}}}"
	for _, dir := range []string{"files", home} {
		out, err := exec.Command("yamllint", "--strict", "-d", rules, dir).CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s", dir, err, out)
		}
	}
}
