package process

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	ossignal "os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

// guardVar makes this program the guard of another's stacks: it reads their
// directories, one a line, and destroys what is in them when the pipe ends,
// which is when the other program ends, however that happens.
const guardVar = "KCONSOLE_TEST_GUARD"

func runGuard() {
	// Ours are the pipe's end and nothing else.
	ossignal.Ignore(os.Interrupt, syscall.SIGTERM, syscall.SIGPIPE)
	var dirs []string
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		dirs = append(dirs, lines.Text())
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	for _, dir := range dirs {
		_ = Destroy(ctx, dir)
		_ = os.RemoveAll(dir)
	}
}

// guard is the one guard of this program.
var guard struct {
	once sync.Once
	pipe io.WriteCloser
	err  error
	cmd  *exec.Cmd
}

// labDir is a directory for a stack that ends with the test, and also when this
// program is killed.
func labDir(t *testing.T) string {
	t.Helper()
	guard.once.Do(func() {
		guard.cmd = exec.Command(os.Args[0])
		guard.cmd.Env = append(os.Environ(), guardVar+"=1")
		guard.cmd.SysProcAttr = ownSession()
		if guard.pipe, guard.err = guard.cmd.StdinPipe(); guard.err == nil {
			guard.err = guard.cmd.Start()
		}
	})
	if guard.err != nil {
		t.Fatal(guard.err)
	}
	dir := filepath.Join(t.TempDir(), "lab")
	if _, err := fmt.Fprintln(guard.pipe, dir); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := Destroy(ctx, dir); err != nil {
			t.Error(err)
		}
		if err := supported(); err != nil {
			return
		}
		if pid, err := findLaunch(ctx, dir); err != nil || pid != 0 {
			t.Errorf("process %d of %s is left (%v)", pid, dir, err)
		}
	})
	return dir
}

// dismissGuard ends the guard; every test has cleaned up by itself before.
func dismissGuard() {
	if guard.cmd != nil && guard.cmd.Process != nil {
		_ = guard.pipe.Close()
		_ = guard.cmd.Wait()
	}
}
