package process

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"kconsole/compose"
	"kconsole/compose/labdir"
)

const (
	recordFile = "process.json"
	stdoutFile = "stdout.log" // what the Java machine itself says
	logFile    = "server.log" // what the program logs
	tmpDir     = "tmp"

	termGrace = 25 * time.Second      // for an orderly end, before it is ended the hard way
	askAgain  = 20 * time.Millisecond // between two looks at a process
)

// unit is one process of the stack. Its methods that change something hold a
// file lock, so that several programs can steer one stack.
type unit struct {
	name string // kafka-2, registry
	dir  string
	// command is the program and its arguments, and what to add to its environment.
	command func() (bin string, args, env []string)
	grace   time.Duration // for an orderly end; 0: termGrace
}

func (u *unit) file(name string) string { return filepath.Join(u.dir, name) }

// locked runs fn while nobody else changes the unit.
func (u *unit) locked(ctx context.Context, fn func() error) error {
	return labdir.Locked(ctx, u.file("lock"), fn)
}

// state answers at once, from the record and the system's list of processes.
func (u *unit) state() (compose.State, record, error) {
	rec, err := readRecord(u.file(recordFile))
	if err != nil {
		return compose.Stopped, rec, err
	}
	if rec.PID == 0 {
		if rec.Launch != "" {
			return compose.Starting, rec, nil
		}
		return compose.Stopped, rec, nil
	}
	reap(rec.PID)
	start, stopped, err := look(rec.PID)
	switch {
	case err != nil:
		return compose.Stopped, rec, err
	case start == "" || start != rec.Start:
		return compose.Stopped, rec, nil
	case stopped:
		return compose.Paused, rec, nil
	case !rec.Ready:
		return compose.Starting, rec, nil
	}
	return compose.Running, rec, nil
}

// settle is state for the holder of the lock: a launch that its starter could
// not finish writing down is finished or forgotten.
func (u *unit) settle(ctx context.Context) (compose.State, record, error) {
	rec, err := readRecord(u.file(recordFile))
	if err != nil {
		return compose.Stopped, rec, err
	}
	if rec.PID == 0 && rec.Launch != "" {
		pid, err := findLaunch(ctx, launchFlag+rec.Launch)
		if err != nil {
			return compose.Stopped, rec, err
		}
		if pid == 0 {
			err = u.forget()
		} else {
			err = u.writeDown(pid, rec)
		}
		if err != nil {
			return compose.Stopped, rec, err
		}
	}
	return u.state()
}

const launchFlag = "-Dkconsole.launch="

// launch starts the process if it is not there. The caller holds the lock.
func (u *unit) launch(ctx context.Context) (started bool, err error) {
	state, _, err := u.settle(ctx)
	if err != nil || state != compose.Stopped {
		return false, err
	}
	if err := os.MkdirAll(u.file(tmpDir), 0o700); err != nil {
		return false, err
	}
	out, err := os.OpenFile(u.file(stdoutFile), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return false, err
	}
	defer out.Close()

	rec := record{Launch: rand.Text(), Since: time.Now()}
	if err := rec.write(u.file(recordFile)); err != nil {
		return false, err
	}
	bin, args, env := u.command()
	cmd := exec.Command(bin, append([]string{launchFlag + rec.Launch}, args...)...) //nolint:noctx // it outlives every context
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = u.dir, out, out, ownSession()
	cmd.Env = append(bareEnvironment(), env...)
	if err := cmd.Start(); err != nil {
		return false, errors.Join(fmt.Errorf("starting %s: %w", u.name, err), u.forget())
	}
	err = u.writeDown(cmd.Process.Pid, rec)
	_ = cmd.Process.Release() // reaped by process id, whoever is asked for its state
	return true, err
}

// writeDown completes the record of a launch.
func (u *unit) writeDown(pid int, rec record) error {
	start, _, err := look(pid)
	if err != nil {
		return err
	}
	if start == "" {
		start = "ended" // matches no process, so that the unit shows as stopped
	}
	rec.PID, rec.Start = pid, start
	return rec.write(u.file(recordFile))
}

// ready notes that the process accepts clients. The caller holds the lock.
func (u *unit) ready() error {
	rec, err := readRecord(u.file(recordFile))
	if err != nil || rec.Ready {
		return err
	}
	rec.Ready = true
	rec.Since = time.Now()
	return rec.write(u.file(recordFile))
}

// mark notes when the state changed. The caller holds the lock.
func (u *unit) mark() error {
	rec, err := readRecord(u.file(recordFile))
	if err != nil {
		return err
	}
	rec.Since = time.Now()
	return rec.write(u.file(recordFile))
}

func (u *unit) forget() error {
	err := os.Remove(u.file(recordFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// freeze stops and thaw continues the process with a signal. The caller holds the lock.
func (u *unit) freeze() error { return u.signalAndMark(sigStop) }
func (u *unit) thaw() error   { return u.signalAndMark(sigCont) }

func (u *unit) signalAndMark(sig signal) error {
	_, rec, err := u.state()
	if err != nil {
		return err
	}
	if err := send(rec.PID, sig); err != nil {
		return err
	}
	// The system does it soon, not at once; who asks next shall see it done.
	limit := time.Now().Add(2 * time.Second)
	for time.Now().Before(limit) {
		if _, stopped, err := look(rec.PID); err != nil || stopped == (sig == sigStop) {
			break
		}
		time.Sleep(time.Millisecond)
	}
	return u.mark()
}

// end asks the process to end, or makes it (sigKill), and returns when it is
// gone. One that ignores the request for termGrace is made to. The caller holds
// the lock.
func (u *unit) end(ctx context.Context, sig signal) error {
	state, rec, err := u.settle(ctx)
	if err != nil || state == compose.Stopped {
		return err
	}
	// Who watches shall know that it did not end by itself, so this comes first.
	rec.Ending = "stopped"
	if sig == sigKill {
		rec.Ending = "killed"
	}
	if err := rec.write(u.file(recordFile)); err != nil {
		return err
	}
	if err := send(rec.PID, sig); err != nil {
		return err
	}
	if sig != sigKill {
		if state == compose.Paused {
			_ = send(rec.PID, sigCont) // a frozen process hears nothing but SIGKILL
		}
		limit, cancel := context.WithTimeout(ctx, cmp.Or(u.grace, termGrace))
		gone := u.awaitEnd(limit, rec)
		cancel()
		if gone {
			return u.mark()
		}
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("%s was asked to end and still runs: %w", u.name, err)
		}
		if err := send(rec.PID, sigKill); err != nil {
			return err
		}
	}
	if !u.awaitEnd(ctx, rec) {
		return fmt.Errorf("%s does not end: %w", u.name, ctx.Err())
	}
	return u.mark()
}

// awaitEnd tells whether the process was gone before ctx ended.
func (u *unit) awaitEnd(ctx context.Context, rec record) bool {
	tick := time.NewTicker(askAgain)
	defer tick.Stop()
	for {
		reap(rec.PID)
		if start, _, err := look(rec.PID); err == nil && start != rec.Start {
			return true
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return false
		}
	}
}

// bareEnvironment is what a Java machine needs of ours, and no secret.
func bareEnvironment() []string {
	var env []string
	for _, name := range []string{"PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}
