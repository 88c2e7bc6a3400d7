package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
)

// The size of the terminals that screens are measured in.
const (
	terminalWidth  = 160
	terminalHeight = 50
)

// waitLimit bounds each wait for something on a screen.
const waitLimit = time.Minute

// terminal is a pseudo-terminal with a program in it. It notes when bytes came,
// and keeps what they put on the screen.
type terminal struct {
	cmd   *exec.Cmd
	began time.Time
	file  *os.File
	done  chan struct{} // closed when the program has closed its side

	mu     sync.Mutex
	came   sync.Cond
	ended  bool
	last   time.Time    // when the newest bytes came
	tail   bytes.Buffer // everything that came, as long as keep is set
	keep   bool
	grid   *grid
	frames []frame
}

// frame is what a program wrote between the sequences that bracket one (private
// mode 2026, synchronized output).
type frame struct {
	ended time.Time // when its last byte came
	bytes int
	cells int // written characters; 0: it changed nothing
}

// open starts a program in a pseudo-terminal. It is ended with the benchmark, if
// it has not been by then.
func open(b *testing.B, cmd *exec.Cmd) *terminal {
	b.Helper()
	cmd.Env = append(cmd.Environ(), "TERM=xterm-256color", "COLORTERM=", "LC_ALL=C.UTF-8")
	t := &terminal{cmd: cmd, keep: true, done: make(chan struct{}), grid: newGrid(terminalWidth, terminalHeight)}
	t.came.L = &t.mu
	t.began = time.Now()
	var err error
	t.file, err = pty.StartWithSize(cmd, &pty.Winsize{Rows: terminalHeight, Cols: terminalWidth})
	if err != nil {
		b.Fatal(err)
	}
	go t.read()
	b.Cleanup(func() { t.end() })
	return t
}

// end ends the program and waits for it. It may be called more than once.
func (t *terminal) end() {
	_ = t.cmd.Process.Kill()
	_ = t.cmd.Wait()
	_ = t.file.Close()
	<-t.done
}

func (t *terminal) read() {
	defer close(t.done)
	buf := make([]byte, 64<<10)
	for {
		n, err := t.file.Read(buf)
		now := time.Now()
		t.mu.Lock()
		if n > 0 {
			t.last = now
			if t.keep {
				t.tail.Write(buf[:n])
			}
			t.frames = t.grid.write(buf[:n], now, t.frames)
		}
		t.ended = err != nil
		t.came.Broadcast()
		t.mu.Unlock()
		if err != nil {
			return // the other side is closed
		}
	}
}

// wait waits until ok, which is asked under the lock whenever bytes have come.
func (t *terminal) wait(what string, ok func() bool) error {
	ctx, cancel := context.WithTimeout(context.Background(), waitLimit)
	defer cancel()
	defer context.AfterFunc(ctx, func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.came.Broadcast()
	})()
	t.mu.Lock()
	defer t.mu.Unlock()
	for !ok() {
		if t.ended {
			return fmt.Errorf("%s: the program has ended before; its screen:\n%s", what, t.grid)
		}
		if ctx.Err() != nil {
			return fmt.Errorf("%s: not within %v; the screen:\n%s", what, waitLimit, t.grid)
		}
		t.came.Wait()
	}
	return nil
}

// raw waits until everything that came passes a check, and tells when the bytes
// came that made it so, from the program's start on.
func (t *terminal) raw(what string, ok func(all []byte) bool) (time.Duration, error) {
	err := t.wait(what, func() bool { return ok(t.tail.Bytes()) })
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.last.Sub(t.began), err
}

// screen waits until the screen passes a check after a whole frame.
func (t *terminal) screen(what string, ok func(g *grid) bool) error {
	return t.wait(what, func() bool { return !t.grid.inFrame && ok(t.grid) })
}

// count is how many frames there were so far.
func (t *terminal) count() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.frames)
}

// press writes a key and waits for the first whole frame from then on after which
// the screen passes a check: how long until its last byte had come.
func (t *terminal) press(key string, ok func(g *grid) bool) (time.Duration, error) {
	t.mu.Lock()
	t.keep = false
	t.tail.Reset()
	t.mu.Unlock()
	var pressed time.Time
	at, err := t.after(fmt.Sprintf("after the key %q", key), func() error {
		pressed = time.Now()
		_, err := t.file.WriteString(key)
		return err
	}, ok)
	return at.Sub(pressed), err
}

// after does something and waits for the first whole frame from then on after
// which the screen passes a check: when its last byte had come.
func (t *terminal) after(what string, do func() error, ok func(g *grid) bool) (time.Time, error) {
	t.mu.Lock()
	before := len(t.frames)
	t.mu.Unlock()
	var at time.Time
	if err := do(); err != nil {
		return at, err
	}
	err := t.wait(what, func() bool {
		if len(t.frames) == before || t.grid.inFrame || !ok(t.grid) {
			return false
		}
		at = t.frames[len(t.frames)-1].ended
		return true
	})
	return at, err
}

// peak is the most memory that the program has had so far, in MiB; it ends it.
func (t *terminal) peak() (float64, error) {
	defer t.end()
	most, _, err := t.memory()
	return most, err
}

// memory is the most memory that the program has had so far, and what it has now,
// in MiB. What a process has had counts from its exec on, which the usage that
// wait(2) tells does not.
func (t *terminal) memory() (most, now float64, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", t.cmd.Process.Pid))
	if err != nil {
		return 0, 0, err
	}
	mib := map[string]float64{}
	for _, found := range residentSize.FindAllSubmatch(text, -1) {
		kib, err := strconv.Atoi(string(found[2]))
		if err != nil {
			return 0, 0, err
		}
		mib[string(found[1])] = float64(kib) / (1 << 10)
	}
	if len(mib) != 2 {
		return 0, 0, errors.New("the system does not tell how much memory a process has had")
	}
	return mib["VmHWM"], mib["VmRSS"], nil
}

var residentSize = regexp.MustCompile(`(VmHWM|VmRSS):\s+(\d+) kB`)

// contains is a check of a screen.
func contains(text string) func(*grid) bool {
	return func(g *grid) bool { return strings.Contains(g.String(), text) }
}
