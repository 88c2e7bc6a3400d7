package e2e

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// labDir is a fresh directory for a lab, short enough for anything in it.
func labDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "kc-lab-") //nolint:usetesting // its path is too long here
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// kconsole runs the binary without a terminal and returns what it printed.
func kconsole(t *testing.T, args ...string) string {
	t.Helper()
	// Not the test's context: clean-ups call this too.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, args...)
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("kconsole %s: %v\n%s", strings.Join(args, " "), err, errs.String())
	}
	return out.String()
}

// The first thing a newcomer sees: one command, live decoded records, and the
// terminal as it was when they leave.
func TestDemoInATerminal(t *testing.T) {
	dir := labDir(t)
	start := time.Now()
	term := openTerminal(t, 100, 30, nil, binary+" demo --dir "+dir)
	term.waitFor("Topics", "orders")
	t.Logf("topics on the screen %s after the terminal was opened", time.Since(start).Round(time.Millisecond))
	term.waitFor("3/3 brokers", "simulated", "avro v1", "user-registrations")

	// Find a topic by filter and open its partitions.
	term.keys("/")
	term.write("ord")
	term.waitUntil("only orders", func(s string) bool {
		return strings.Contains(s, "orders") && !strings.Contains(s, "user-registrations")
	})
	term.keys("Enter")
	term.keys("Enter")
	term.waitFor("LEADER", "1,2,3")

	// The live tail, decoded, and one record whole.
	term.keys("l")
	term.waitFor(`{"id":"o-`, "following")
	term.keys("Enter")
	term.waitFor(`"customer": {`, "orders-value v1", "sample-shop")

	// Small, and large again.
	term.resize(80, 24)
	term.waitUntil("a record at 80x24", func(s string) bool {
		lines := strings.Split(strings.TrimRight(s, "\n"), "\n")
		return len(lines) <= 24 && strings.Contains(s, `"customer": {`)
	})
	term.resize(160, 50)
	term.waitFor(`"customer": {`)

	// Help is made from what the screen can do.
	term.keys("?")
	term.waitUntil("the help page", func(s string) bool { return !strings.Contains(s, `"customer": {`) })
	term.keys("Escape")
	term.waitFor(`"customer": {`)

	// Leave: the shell's line, the exit code, and no lab left behind.
	term.keys(":")
	term.write("q")
	term.keys("Enter")
	screen := term.waitFor("[exit 0]")
	if strings.Contains(screen, "following") {
		t.Errorf("the console is still on the screen:\n%s", screen)
	}
	if _, err := os.Stat(filepath.Join(dir, "control.json")); !os.IsNotExist(err) {
		t.Errorf("the lab's control file is still there: %v", err)
	}
}

func TestDemoWithoutATerminal(t *testing.T) {
	dir := labDir(t)
	out := kconsole(t, "demo", "--dir", dir)
	for _, want := range []string{"orders", "user-registrations", "orders-value version 1", "make run", "--detach"} {
		if !strings.Contains(out, want) {
			t.Errorf("the output lacks %q", want)
		}
	}
	if n := strings.Count(out, `"customer": {`); n != 20 {
		t.Errorf("%d decoded records, not 20", n)
	}
	if _, err := os.Stat(filepath.Join(dir, "control.json")); !os.IsNotExist(err) {
		t.Errorf("the lab's control file is still there: %v", err)
	}
}

// decoded reads the lines of `tail -o jsonl`.
func decoded(t *testing.T, out string) []map[string]any {
	t.Helper()
	var records []map[string]any
	for line := range strings.Lines(out) {
		var rec map[string]any
		if err := json.Unmarshal([]byte(line), &rec); err != nil {
			t.Fatalf("no JSON: %v\n%s", err, line)
		}
		records = append(records, rec)
	}
	return records
}

// Foreign clients use the files that the lab writes, as they are.
func TestEmbeddedLabServesConfluentsPython(t *testing.T) {
	dir := labDir(t)
	kconsole(t, "lab", "up", "--detach", "--no-events", "--dir", dir)
	t.Cleanup(func() { kconsole(t, "lab", "down", "--dir", dir) })
	writtenByPython(t, dir, "e2e.payments")
}
