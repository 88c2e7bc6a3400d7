package bench

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofrs/flock"

	"kconsole/compose/process"
)

// python is the directory of programs of a virtual environment, in the user's
// cache and made the first time, with what clients/requirements.txt names.
var python = sync.OnceValues(func() (string, error) {
	if _, err := exec.LookPath("python3"); err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	wanted, err := os.ReadFile(filepath.Join("clients", "requirements.txt"))
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(wanted)
	dir := filepath.Join(cache, "kconsole", "bench-python-"+hex.EncodeToString(sum[:6]))
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return "", err
	}
	lock := flock.New(dir + ".lock")
	if err := lock.Lock(); err != nil {
		return "", err
	}
	defer lock.Close()
	bin, done := filepath.Join(dir, "bin"), filepath.Join(dir, "complete")
	if _, err := os.Stat(done); err == nil {
		return bin, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	for _, args := range [][]string{
		{"python3", "-m", "venv", "--clear", dir},
		{filepath.Join(bin, "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", filepath.Join("clients", "requirements.txt")},
	} {
		if out, err := exec.CommandContext(ctx, args[0], args[1:]...).CombinedOutput(); err != nil {
			return "", fmt.Errorf("%s: %w: %s", filepath.Base(args[0]), err, out)
		}
	}
	return bin, os.WriteFile(done, nil, 0o644)
})

// kaskade is the program of that name (PyPI).
func kaskade() (string, error) {
	bin, err := python()
	return filepath.Join(bin, "kaskade"), err
}

// found is why a program of the machine is missing; empty: it is there.
func found(name string) string {
	if _, err := exec.LookPath(name); err != nil {
		return name + " is not installed here"
	}
	return ""
}

// javaTools are Kafka's own programs.
var javaTools = sync.OnceValues(func() (*process.Tools, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	if err := process.Available(ctx, process.Options{NoRegistry: true}); err != nil {
		return nil, err
	}
	return process.OpenTools(ctx, process.Options{})
})

// java runs one of Kafka's own programs to its end.
func java(b *testing.B, class string, args ...string) (string, error) {
	b.Helper()
	tools, err := javaTools()
	if err != nil {
		return "", err
	}
	cmd, err := tools.Command(b.Context(), b.TempDir(), class, args...)
	if err != nil {
		return "", err
	}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s", class, err, stderr.String())
	}
	return string(out), nil
}

func javaMissing() string {
	if _, err := javaTools(); err != nil {
		return firstLine(err.Error())
	}
	return ""
}

// command runs a program to its end and returns how long that took, in
// milliseconds.
func command(cmd *exec.Cmd) (float64, error) {
	var stderr strings.Builder
	cmd.Stderr = &stderr
	ms, err := timed(cmd.Run)
	if err != nil {
		return 0, fmt.Errorf("%s: %w: %s", filepath.Base(cmd.Path), err, stderr.String())
	}
	return ms, nil
}
