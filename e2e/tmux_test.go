package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// terminal is a real terminal: a tmux server of its own with one window.
type terminal struct {
	t      *testing.T
	socket string
}

// patience is how long a text may take to appear. It never decides a passing
// test's duration: waits end as soon as the text is there.
const patience = 30 * time.Second

// openTerminal runs a command line of sh in a terminal of the given size. The
// window stays when the command ends, so that what it left can be read.
func openTerminal(t *testing.T, width, height int, env []string, command string) *terminal {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		missing(t, "tmux")
	}
	// A socket path has about 100 characters: t.TempDir can be longer.
	dir, err := os.MkdirTemp("", "kc-e2e-") //nolint:usetesting // its path is too long here
	if err != nil {
		t.Fatal(err)
	}
	term := &terminal{t: t, socket: filepath.Join(dir, "s")}
	t.Cleanup(func() {
		_ = term.command(context.Background(), "kill-server").Run()
		_ = os.RemoveAll(dir)
	})
	args := []string{
		"-f", os.DevNull, "new-session", "-d", "-x", strconv.Itoa(width), "-y", strconv.Itoa(height),
		"sh", "-c", command + "; printf '\\n[exit %d]\\n' $?; exec cat",
	}
	cmd := term.command(t.Context(), args...)
	cmd.Env = append(append(os.Environ(), "TERM=xterm-256color", "COLORTERM=", "LC_ALL=C.UTF-8"), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("tmux: %v\n%s", err, out)
	}
	return term
}

func (m *terminal) command(ctx context.Context, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, "tmux", append([]string{"-u", "-S", m.socket}, args...)...)
}

func (m *terminal) tmux(args ...string) string {
	m.t.Helper()
	ctx, cancel := context.WithTimeout(m.t.Context(), patience)
	defer cancel()
	out, err := m.command(ctx, args...).CombinedOutput()
	if err != nil {
		m.t.Fatalf("tmux %s: %v\n%s", args[0], err, out)
	}
	return string(out)
}

// keys presses keys, by their tmux names: "Enter", "Escape", "C-d".
func (m *terminal) keys(names ...string) {
	m.t.Helper()
	m.tmux(append([]string{"send-keys", "--"}, names...)...)
}

// write types a text, letter by letter.
func (m *terminal) write(text string) {
	m.t.Helper()
	m.tmux("send-keys", "-l", "--", text)
}

func (m *terminal) resize(width, height int) {
	m.t.Helper()
	m.tmux("resize-window", "-x", strconv.Itoa(width), "-y", strconv.Itoa(height))
}

// screen is what a person sees.
func (m *terminal) screen() string {
	m.t.Helper()
	return m.tmux("capture-pane", "-p")
}

// waitFor polls until every text is on the screen at once, and returns it.
func (m *terminal) waitFor(texts ...string) string {
	m.t.Helper()
	return m.waitUntil(fmt.Sprintf("%q", texts), func(screen string) bool {
		for _, text := range texts {
			if !strings.Contains(screen, text) {
				return false
			}
		}
		return true
	})
}

func (m *terminal) waitUntil(what string, ok func(screen string) bool) string {
	m.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		screen := m.screen()
		if ok(screen) {
			return screen
		}
		if time.Now().After(deadline) {
			m.t.Fatalf("waited %s for %s; the screen is:\n%s", patience, what, screen)
		}
		time.Sleep(30 * time.Millisecond) // the pace of polling, not a wait for an effect
	}
}

// missing ends a test that lacks a real part: in CI as a failure.
func missing(t *testing.T, part string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is missing, and CI must have it", part)
	}
	t.Skipf("NOT TESTED: %s is not installed here", part)
}
