// Command realstack runs real Kafka for tests.
//
//	realstack run go test ./...   one stack for all packages, for as long as the command runs
//	realstack up                  one for as long as this runs; prints what to export
//	realstack fetch               only fetch what is needed, and prepare it
//
// The stack starts while the command already runs: tests that need it wait for
// it. It ends with the command, also when this program is killed. The exit code
// is the command's. Where Java 17 or Maven is missing the command runs without a
// stack, after one loud line; with CI=true that is a failure.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"

	"kconsole/compose/process"
	"kconsole/kafka/kafkatest"
	"kconsole/kafka/kafkatest/owner"
)

func main() {
	code, err := realMain(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "realstack:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

func realMain(args []string) (int, error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	switch {
	case len(args) > 1 && args[0] == "run":
		return run(ctx, args[1:])
	case len(args) == 1 && args[0] == "up":
		return 0, up(ctx)
	case len(args) == 1 && args[0] == "fetch":
		return 0, process.Prepare(ctx, process.Options{Progress: say})
	}
	return 2, errors.New("usage: realstack run COMMAND [ARGUMENT]... | up | fetch")
}

func say(line string) { fmt.Fprintln(os.Stderr, "realstack:", line) }

// stack is a stack that starts in the background.
type stack struct {
	dir     string
	started chan error // nil when it is ready; closed
	owner   *owner.Owner
	cancel  context.CancelFunc
}

func begin() (*stack, error) {
	dir, err := os.MkdirTemp("", "kconsole-test-")
	if err != nil {
		return nil, err
	}
	// Who needs the stack takes this lock, and so waits for it.
	release, err := owner.Lock(context.Background(), dir, true)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &stack{dir: dir, started: make(chan error, 1), cancel: cancel}
	go func() {
		defer close(s.started)
		var err error
		s.owner, err = owner.Start(ctx, owner.Spec{Dir: dir, Session: kafkatest.SessionTimeout, Remove: true}, say)
		switch {
		case ctx.Err() != nil:
			err = nil // nobody wanted it any more
		case err != nil:
			err = errors.Join(err, os.MkdirAll(dir, 0o700), owner.Fail(dir, err))
		}
		s.started <- errors.Join(err, release())
	}()
	return s, nil
}

// end takes the stack down. An error of the start is reported once, here.
func (s *stack) end() error {
	s.cancel() // a start that is still under way is not waited for
	err := <-s.started
	if s.owner != nil {
		err = errors.Join(err, s.owner.Stop())
	}
	return errors.Join(err, os.RemoveAll(s.dir))
}

func run(ctx context.Context, command []string) (int, error) {
	env := os.Environ()
	var s *stack
	if err := process.Available(ctx, process.Options{}); err != nil {
		if os.Getenv("CI") == "true" {
			return 1, err
		}
		kafkatest.Loud(err)
	} else {
		if s, err = begin(); err != nil {
			return 1, err
		}
		env = append(env, owner.DirVar+"="+s.dir)
	}
	cmd := exec.Command(command[0], command[1:]...) //nolint:noctx // it is asked to end, see below
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = env, os.Stdin, os.Stdout, os.Stderr
	err := cmd.Start()
	if err == nil {
		stop := context.AfterFunc(ctx, func() { _ = cmd.Process.Signal(syscall.SIGTERM) })
		err = cmd.Wait()
		stop()
	}
	var exit *exec.ExitError
	code := 0
	if errors.As(err, &exit) {
		code, err = max(exit.ExitCode(), 1), nil
	}
	if s != nil {
		err = errors.Join(err, s.end())
	}
	return code, err
}

func up(ctx context.Context) error {
	s, err := begin()
	if err != nil {
		return err
	}
	select {
	case err := <-s.started:
		if err != nil {
			return errors.Join(err, os.RemoveAll(s.dir))
		}
		fmt.Printf("export %s=%s\n", owner.DirVar, s.dir)
		fmt.Fprintf(os.Stderr, "console: kconsole --config %s\nctrl-C ends the stack.\n", filepath.Join(s.dir, "lab.yaml"))
		<-ctx.Done()
	case <-ctx.Done():
	}
	return s.end()
}
