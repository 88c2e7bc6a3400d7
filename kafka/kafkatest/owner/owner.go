// Package owner keeps real Kafka alive for tests, in a process of its own: the
// test's own program, started once more. It takes the stack down when the
// program that asked for it closes the pipe between them, which the system does
// for it however it ends: by returning, by a panic, by kill -9.
package owner

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"kconsole/compose/process"
)

// Spec says which stack is wanted.
type Spec struct {
	Dir     string        `json:"dir"`
	Session time.Duration `json:"session"` // see process.Options.SessionTimeout
	Remove  bool          `json:"remove"`  // delete Dir at the end
}

const (
	specVar  = "KCONSOLE_TEST_OWNER" // holds the Spec of a program that is to be an owner
	ready    = "ready"
	problem  = "problem: "
	progress = "progress: "

	upLimit   = 10 * time.Minute // a first start fetches Kafka
	downLimit = time.Minute
)

// An owner is the same program as its starter, so it is found here, before
// anything else of the program runs.
func init() {
	text, ok := os.LookupEnv(specVar)
	if !ok {
		return
	}
	_ = os.Unsetenv(specVar)
	if err := own(text); err != nil {
		fmt.Println(problem + strings.ReplaceAll(err.Error(), "\n", "; "))
		os.Exit(1)
	}
	os.Exit(0)
}

// own runs the stack until standard input ends.
func own(text string) (err error) {
	// An interrupt is meant for our starter, whose end we see; and to say
	// something that nobody reads any more must not be our own end.
	signal.Ignore(os.Interrupt, syscall.SIGPIPE)
	var spec Spec
	if err := json.Unmarshal([]byte(text), &spec); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), upLimit)
	defer cancel()
	gone := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		close(gone)
		cancel() // also in the middle of a start
	}()
	stack, err := process.Up(ctx, process.Options{
		Dir: spec.Dir, AnyPorts: true, SessionTimeout: spec.Session,
		Progress: func(line string) { fmt.Println(progress + line) },
	})
	if err == nil {
		fmt.Println(ready)
		<-gone
	}
	quit, cancelQuit := context.WithTimeout(context.Background(), downLimit)
	defer cancelQuit()
	if stack != nil {
		err = stack.Close()
	}
	if spec.Remove {
		err = errors.Join(err, process.Destroy(quit, spec.Dir), os.RemoveAll(spec.Dir))
	} else {
		err = errors.Join(err, process.Down(quit, spec.Dir))
	}
	return err
}

// Owner is a running owner, as its starter sees it.
type Owner struct {
	spec  Spec
	cmd   *exec.Cmd
	stdin io.Closer
	lines *bufio.Reader
}

// Start starts an owner and returns when its stack is ready.
func Start(ctx context.Context, spec Spec, say func(string)) (*Owner, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(spec)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self) //nolint:noctx // it ends with our pipe, not with a context
	cmd.Env = append(os.Environ(), specVar+"="+string(text))
	cmd.SysProcAttr = ownSession()
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting the owner of a test cluster: %w", err)
	}
	o := &Owner{spec: spec, cmd: cmd, stdin: stdin, lines: bufio.NewReader(stdout)}
	stop := context.AfterFunc(ctx, func() { _ = stdin.Close() })
	defer stop()
	if err := o.await(say); err != nil {
		_ = stdin.Close()
		_ = cmd.Wait() // it has ended, and said why
		return nil, err
	}
	return o, nil
}

func (o *Owner) await(say func(string)) error {
	for {
		line, err := o.lines.ReadString('\n')
		line = strings.TrimSuffix(line, "\n")
		switch {
		case line == ready:
			return nil
		case strings.HasPrefix(line, problem):
			return errors.New(strings.TrimPrefix(line, problem))
		case strings.HasPrefix(line, progress):
			say(strings.TrimPrefix(line, progress))
		case err != nil:
			return fmt.Errorf("the owner of the test cluster ended while it started: %w", err)
		}
	}
}

// Stop takes the stack down, through the owner, or itself if that is gone.
func (o *Owner) Stop() error {
	_ = o.stdin.Close()
	rest, _ := io.ReadAll(io.LimitReader(o.lines, 1<<20))
	err := o.cmd.Wait()
	if err == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), downLimit)
	defer cancel()
	_, why, _ := strings.Cut(string(rest), problem)
	err = errors.Join(fmt.Errorf("the owner of the test cluster failed: %w: %s", err, strings.TrimSpace(why)),
		process.Down(ctx, o.spec.Dir))
	if o.spec.Remove {
		err = errors.Join(err, os.RemoveAll(o.spec.Dir))
	}
	return err
}
