// Package e2e tests the built binary as people use it: in a real terminal, on
// the command line, against the embedded lab and against real Apache Kafka.
package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"kconsole/kafka/kafkatest"
)

// binary is the kconsole that TestMain built.
var binary string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "kconsole-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "kconsole")
	if built := os.Getenv("KCONSOLE_LINUX_PROGRAM"); os.Getenv("KCONSOLE_TESTBED") != "" && built != "" {
		binary = built // by the script that starts the test bed: root does not build
		return code(m)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", binary, "kconsole/cmd/kconsole")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build: %v\n%s", err, out)
		return 1
	}
	return code(m)
}

// code runs the tests and ends what they share.
func code(m *testing.M) int {
	code := m.Run()
	if err := kafkatest.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = max(code, 1)
	}
	return code
}
