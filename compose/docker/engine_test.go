package docker

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/events"

	"kconsole/compose"
)

// Without an engine there is one line, which names the other runtimes.
func TestNoEngine(t *testing.T) {
	nowhere := "unix://" + filepath.Join(t.TempDir(), "docker.sock")
	t.Setenv("DOCKER_HOST", nowhere)
	for what, do := range map[string]func() error{
		"Available": func() error { return Available(t.Context()) },
		"Up": func() error {
			_, err := Up(t.Context(), Options{Dir: filepath.Join(t.TempDir(), "lab")})
			return err
		},
	} {
		err := do()
		if !errors.Is(err, ErrNoEngine) {
			t.Fatalf("%s: %v", what, err)
		}
		text := err.Error()
		for _, want := range []string{nowhere, "--runtime embedded", "--runtime process"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s says %q, without %q", what, text, want)
			}
		}
		if strings.Contains(text, "\n") || len(text) > 400 {
			t.Errorf("%s: no line for people: %q", what, text)
		}
	}
}

// An engine on another machine is refused before it is spoken to.
func TestForeignEngine(t *testing.T) {
	for _, host := range []string{"ssh://me@example.invalid", "tcp://192.0.2.1:2375", "tcp://example.invalid:2376"} {
		t.Setenv("DOCKER_HOST", host)
		if err := Available(t.Context()); err == nil || !strings.Contains(err.Error(), "another machine") {
			t.Errorf("%s: %v", host, err)
		}
	}
	for _, host := range []string{"unix:///var/run/docker.sock", "npipe:////./pipe/docker_engine", "tcp://127.0.0.1:2375", "tcp://localhost:2375"} {
		if err := local(host); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
}

// Rootless Docker and Podman listen where the user's own programs do: both are
// found without being named, and the one that answers is taken.
func TestRootlessEngines(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("windows has one place for engines, a named pipe")
	}
	run, err := os.MkdirTemp("", "kc") //nolint:usetesting // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(run) })
	t.Setenv("XDG_RUNTIME_DIR", run)
	t.Setenv("HOME", run)
	rootless, podman := filepath.Join(run, "docker.sock"), filepath.Join(run, "podman", "podman.sock")
	if err := os.Mkdir(filepath.Dir(podman), 0o700); err != nil {
		t.Fatal(err)
	}
	// A socket that is left over, of an engine that does not run.
	if err := os.WriteFile(rootless, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("unix", podman)
	if err != nil {
		t.Fatal(err)
	}
	answering := &httptest.Server{Listener: ln, Config: &http.Server{
		ReadHeaderTimeout: time.Minute,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Api-Version", "1.41") // what Podman 4 says
			_, _ = w.Write([]byte("OK"))
		}),
	}}
	answering.Start()
	defer answering.Close()
	hosts := usualHosts()
	first, second := slices.Index(hosts, "unix://"+rootless), slices.Index(hosts, "unix://"+podman)
	if first < 0 || second < first {
		t.Errorf("looked for at %v", hosts)
	}
	if _, err := connectTo(t.Context(), "unix://"+rootless); err == nil {
		t.Error("a file that is no engine's was taken")
	}
	e, err := connectTo(t.Context(), "unix://"+podman)
	if err != nil {
		t.Fatal(err)
	}
	defer e.close()
	if got := e.api.ClientVersion(); got != "1.41" {
		t.Errorf("spoken to by version %s, the engine has 1.41", got)
	}
}

// The docker command's current context counts, unless DOCKER_HOST does.
func TestContextHost(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("DOCKER_CONFIG", dir)
	t.Setenv("DOCKER_CONTEXT", "")
	if got := contextHost(); got != "" {
		t.Errorf("without a configuration: %q", got)
	}
	sum := sha256.Sum256([]byte("rootless"))
	meta := filepath.Join(dir, "contexts", "meta", hex.EncodeToString(sum[:]))
	if err := os.MkdirAll(meta, 0o700); err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string]string{
		filepath.Join(dir, "config.json"): `{"currentContext":"rootless"}`,
		filepath.Join(meta, "meta.json"):  `{"Name":"rootless","Endpoints":{"docker":{"Host":"unix:///run/user/1000/docker.sock"}}}`,
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got := contextHost(); got != "unix:///run/user/1000/docker.sock" {
		t.Errorf("the context's engine is %q", got)
	}
	t.Setenv("DOCKER_CONTEXT", "default")
	if got := contextHost(); got != "" {
		t.Errorf("the default context's engine is %q", got)
	}
}

func TestNothingIsUp(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "lab")
	if _, err := Open(t.Context(), dir); !errors.Is(err, compose.ErrNotRunning) {
		t.Errorf("open: %v", err)
	}
	if Exists(dir) {
		t.Error("there is a stack where none was made")
	}
	for what, do := range map[string]func(context.Context, string) error{"down": Down, "destroy": Destroy} {
		if err := do(t.Context(), dir); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("they made the directory: %v", err)
	}
}

// A program that cannot run in a container is refused with what to do.
func TestProgram(t *testing.T) {
	text := filepath.Join(t.TempDir(), "kconsole")
	if err := os.WriteFile(text, []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := installProgram(t.TempDir(), text); !errors.Is(err, ErrNoProgram) || !strings.Contains(err.Error(), ProgramVar) {
		t.Errorf("a script: %v", err)
	}
}

func TestEventsInWords(t *testing.T) {
	news := translator{ending: map[int32]string{}}
	for i, step := range []struct {
		service, action, number, want string // the signal's number, or the exit code
	}{
		{"kafka-2", "kill", "15", ""},
		{"kafka-2", "die", "", "2 stopped"},
		{"kafka-2", "start", "", "2 starting"},
		{"kafka-2", "health_status: healthy", "", "2 started"},
		{"kafka-2", "pause", "", "2 paused"},
		{"kafka-2", "unpause", "", "2 resumed"},
		{"kafka-2", "kill", "9", ""},
		{"kafka-2", "die", "", "2 killed"},
		{"kafka-3", "die", "1", "3 ended by itself"},
		{"kafka-3", "start", "", "3 starting"},
		// The event of the signal after the one of the end.
		{"kafka-3", "die", "143", "3 stopped"},
		{"kafka-3", "kill", "15", ""},
		{"kafka-3", "start", "", "3 starting"},
		{"kafka-3", "die", "137", "3 killed"},
		{"kafka-3", "kill", "9", ""},
		{"kafka-3", "start", "", "3 starting"},
		{"kafka-3", "die", "1", "3 ended by itself"},
		{"kafka-1", "exec_start: bash", "", ""},
		{"apicurio", "die", "", "-1 apicurio stopped"},
	} {
		m := events.Message{Action: events.Action(step.action)}
		m.Actor.Attributes = map[string]string{serviceLabel: step.service, "signal": step.number, "exitCode": step.number}
		id, what := news.of(m)
		got := ""
		if what != "" {
			got = fmt.Sprintf("%d %s", id, what)
		}
		if got != step.want {
			t.Errorf("%d: %s of %s: %q, want %q", i, step.action, step.service, got, step.want)
		}
	}
}
