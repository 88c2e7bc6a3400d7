//go:build unix

package owner

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"kconsole/compose/process"
)

// starterVar makes this program one that asks for a stack in the directory
// that it names, and says what it hears.
const starterVar = "KCONSOLE_TEST_STARTER"

func TestMain(m *testing.M) {
	if dir, ok := os.LookupEnv(starterVar); ok {
		_ = os.Unsetenv(starterVar)
		_, err := Start(context.Background(), Spec{Dir: dir, Remove: true}, func(line string) { fmt.Println(line) })
		fmt.Println("started:", err)
		select {}
	}
	goleak.VerifyTestMain(m)
}

// nothingLeft waits until no process has the directory in its arguments, and
// the directory is gone.
func nothingLeft(t *testing.T, dir string) {
	t.Helper()
	deadline := time.Now().Add(2 * time.Minute)
	for {
		out, err := exec.Command("ps", "-A", "-ww", "-o", "args=").Output()
		if err != nil {
			t.Fatal(err)
		}
		var left []string
		for line := range strings.Lines(string(out)) {
			if strings.Contains(line, dir) {
				left = append(left, line)
			}
		}
		_, statErr := os.Stat(dir)
		if len(left) == 0 && os.IsNotExist(statErr) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("left: the directory: %v, processes: %q", statErr, left)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func TestStarterThatIsKilledLeavesNothing(t *testing.T) {
	if err := process.Available(t.Context(), process.Options{}); err != nil {
		t.Skip(err) // kafkatest says so aloud, and fails in CI
	}
	for _, until := range []string{"starting kafka-1", "started: <nil>"} {
		dir := filepath.Join(t.TempDir(), "stack")
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), starterVar+"="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		seen := false
		for lines := bufio.NewScanner(out); !seen && lines.Scan(); {
			seen = lines.Text() == until
		}
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if !seen {
			t.Fatalf("%q was not said", until)
		}
		nothingLeft(t, dir)
	}
}

func TestStopTakesTheStackDown(t *testing.T) {
	if err := process.Available(t.Context(), process.Options{}); err != nil {
		t.Skip(err)
	}
	dir := filepath.Join(t.TempDir(), "stack")
	o, err := Start(t.Context(), Spec{Dir: dir, Remove: true}, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	if err := o.Stop(); err != nil {
		t.Fatal(err)
	}
	nothingLeft(t, dir)
}

func TestStartThatFailsSaysWhy(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Start(t.Context(), Spec{Dir: filepath.Join(file, "below")}, func(string) {})
	if err == nil || !strings.Contains(err.Error(), "not a directory") {
		t.Errorf("%v", err)
	}
}

func TestLockIsForOneOrForMany(t *testing.T) {
	dir := t.TempDir()
	first, err := Lock(t.Context(), dir, false)
	if err != nil {
		t.Fatal(err)
	}
	second, err := Lock(t.Context(), dir, false)
	if err != nil {
		t.Fatal(err)
	}
	refused := func(alone bool) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if release, err := Lock(ctx, dir, alone); err == nil {
			t.Error("a test has the stack that it must wait for")
			_ = release()
		}
	}
	refused(true)
	_ = first()
	refused(true)
	_ = second()
	alone, err := Lock(t.Context(), dir, true)
	if err != nil {
		t.Fatal(err)
	}
	refused(false)
	_ = alone()
	if err := Failed(dir); err != nil {
		t.Errorf("nothing failed: %v", err)
	}
	if err := Fail(dir, os.ErrDeadlineExceeded); err != nil {
		t.Fatal(err)
	}
	if err := Failed(dir); err == nil || err.Error() != os.ErrDeadlineExceeded.Error() {
		t.Errorf("%v", err)
	}
}
