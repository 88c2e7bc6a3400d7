package docker

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// needEngine skips a test unless it runs beside the test bed's engine: a test
// must not touch the containers of whoever runs it.
func needEngine(t *testing.T) {
	t.Helper()
	if os.Getenv("KCONSOLE_TESTBED") == "" {
		t.Skip("needs the container engine that `make test-docker` starts")
	}
	if err := Available(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// options are for the images that the test bed has.
func options(t *testing.T, dir string) Options {
	t.Helper()
	return Options{
		Dir: dir, Program: program(t), NoGrafana: os.Getenv("KCONSOLE_GRAFANA") == "",
		Progress: func(line string) { t.Log(line) },
	}
}

var build = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "kconsole-docker-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "kconsole")
	cmd := exec.Command("go", "build", "-o", path, "kconsole/cmd/kconsole")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", &exec.Error{Name: string(out), Err: err}
	}
	return path, nil
})

// program is kconsole as the containers run it.
func program(t *testing.T) string {
	t.Helper()
	if path := os.Getenv(ProgramVar); path != "" {
		return path
	}
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return path
}
