//go:build unix

package cmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/term"
)

// promptPatience is how long a text may take to appear; no passing test waits it out.
const promptPatience = 30 * time.Second

// TestPromptsEndWithCtrlC: whatever a command waits for on a terminal, ctrl-C ends
// it with 130, and the terminal is as it was.
func TestPromptsEndWithCtrlC(t *testing.T) {
	var seen recording
	dir := t.TempDir()
	conf := filepath.Join(dir, "lab.yaml")
	text := fmt.Sprintf("clusters:\n  c:\n    brokers: [%q]\n", seen.start(t))
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ line, prompt string }{
		{"delete topic orders", "Type orders to do it: "},
		{"create topic made", "Do it? [y/N] "},
		{"create user bob", "Password of bob: "},
		{"lab reset --dir " + dir, "with all its data? [y/N] "},
	} {
		t.Run(strings.Join(strings.Fields(test.line)[:2], " "), func(t *testing.T) {
			p := openPrompt(t, append([]string{"kconsole", "--config", conf}, strings.Fields(test.line)...))
			p.wait(t, test.prompt)
			for late := time.Now().Add(promptPatience); strings.HasPrefix(test.prompt, "Password") && reflect.DeepEqual(p.state(t), p.before); {
				if time.Now().After(late) {
					t.Fatal("what is typed is shown")
				}
				time.Sleep(time.Millisecond) // the prompt comes before the echo goes
			}
			if _, err := p.file.WriteString("\x03"); err != nil {
				t.Fatal(err)
			}
			p.wait(t, "exit 130.")
			if !reflect.DeepEqual(p.state(t), p.before) {
				t.Error("the terminal is not as it was")
			}
		})
	}
}

// prompt is a command in a pseudo-terminal.
type prompt struct {
	file, tty *os.File
	before    *term.State
	out       chan []byte // what it writes; closed with the terminal
	all       bytes.Buffer
}

// openPrompt runs a command below a shell: that one keeps the terminal when the
// command is gone, so that its state can be looked at.
func openPrompt(t *testing.T, args []string) *prompt {
	t.Helper()
	p := &prompt{out: make(chan []byte)}
	var err error
	if p.file, p.tty, err = pty.Open(); err != nil {
		t.Fatal(err)
	}
	p.before = p.state(t)
	const script = `trap : INT; "$@"; echo "exit $?."; read -r _`
	cmd := exec.CommandContext(t.Context(), "sh", append([]string{"-c", script, "sh"}, args...)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = p.tty, p.tty, p.tty
	cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { // ends with the terminal
		defer close(p.out)
		for {
			buf := make([]byte, 4096)
			n, err := p.file.Read(buf)
			if err != nil {
				return
			}
			p.out <- buf[:n]
		}
	}()
	t.Cleanup(func() { // and whatever the shell has started
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
		_ = p.tty.Close()
		_ = p.file.Close()
		for range p.out { // until it is closed
		}
	})
	return p
}

func (p *prompt) state(t *testing.T) *term.State {
	t.Helper()
	state, err := term.GetState(int(p.tty.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	return state
}

func (p *prompt) wait(t *testing.T, text string) {
	t.Helper()
	late := time.After(promptPatience)
	for !strings.Contains(p.all.String(), text) {
		select {
		case got := <-p.out:
			p.all.Write(got)
		case <-late:
			t.Fatalf("%q is not shown; what is:\n%s", text, p.all.String())
		}
	}
}

// TestInputEndsWithTheCommand: a file of records or moves that is typed is left as
// soon as the command is interrupted.
func TestInputEndsWithTheCommand(t *testing.T) {
	in, silent, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	defer silent.Close()
	ctx, interrupt := context.WithCancel(t.Context())
	read := make(chan error)
	go func() { // ends with ctx
		_, err := io.ReadAll(&interruptible{ctx: ctx, in: in})
		read <- err
	}()
	interrupt()
	if err := <-read; !errors.Is(err, context.Canceled) {
		t.Errorf("it ended with %v", err)
	}
}

// TestConfirmWhereLinesAreRead: `lab run` has every line already, so an answer is
// the next of them.
func TestConfirmWhereLinesAreRead(t *testing.T) {
	typed := make(chan string, 1)
	a := &app{out: new(bytes.Buffer), terminal: true, typed: typed}
	typed <- "y"
	if err := a.confirm(t.Context(), "Remove all that?", false); err != nil {
		t.Error(err)
	}
}
