package docker

import (
	"os"
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

// program is kconsole as the containers run it; the script that starts the test
// bed builds it.
func program(t *testing.T) string {
	t.Helper()
	path := os.Getenv(ProgramVar)
	if path == "" {
		t.Fatal(ProgramVar + " is not set: run make test-docker")
	}
	return path
}
