package e2e

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/gofrs/flock"
)

// pythonSetup makes the virtual environment once a test binary.
var pythonSetup = sync.OnceValues(func() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	wanted, err := os.ReadFile(filepath.Join("clients", "requirements.txt"))
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(wanted)
	dir := filepath.Join(cache, "kconsole", "python-"+hex.EncodeToString(sum[:6]))
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return "", err
	}
	lock := flock.New(dir + ".lock")
	if err := lock.Lock(); err != nil {
		return "", err
	}
	defer lock.Close()
	python := filepath.Join(dir, "bin", "python")
	done := filepath.Join(dir, "complete")
	if _, err := os.Stat(done); err == nil {
		return python, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	for _, args := range [][]string{
		{"python3", "-m", "venv", "--clear", dir},
		{python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", filepath.Join("clients", "requirements.txt")},
	} {
		if out, err := exec.CommandContext(ctx, args[0], args[1:]...).CombinedOutput(); err != nil {
			return "", &commandError{args, out, err}
		}
	}
	return python, os.WriteFile(done, nil, 0o644)
})

type commandError struct {
	args []string
	out  []byte
	err  error
}

func (e *commandError) Error() string { return e.args[0] + ": " + e.err.Error() + "\n" + string(e.out) }

// python runs a script of the clients folder with Confluent's Python client and
// returns what it printed.
func python(t *testing.T, script string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath("python3"); err != nil {
		missing(t, "python3")
	}
	interpreter, err := pythonSetup()
	if err != nil {
		t.Fatalf("the Python client cannot be installed: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, interpreter, append([]string{filepath.Join("clients", script)}, args...)...)
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s%s", script, err, out.Bytes(), stderr.Bytes())
	}
	return out.String()
}
