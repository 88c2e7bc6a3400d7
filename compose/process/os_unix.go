//go:build unix

package process

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

// supported is nil where this runtime can work.
func supported() error { return nil }

// ownSession lets a process outlive its starter's terminal: ctrl-C there is
// not meant for the brokers.
func ownSession() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }

type signal = syscall.Signal

const (
	sigTerm = syscall.SIGTERM
	sigKill = syscall.SIGKILL
	sigStop = syscall.SIGSTOP
	sigCont = syscall.SIGCONT
)

// send sends a signal; a process that is gone already is no error.
func send(pid int, sig signal) error {
	if err := syscall.Kill(pid, sig); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("signal %v to process %d: %w", sig, pid, err)
	}
	return nil
}

// reap takes the exit status of a child that has ended. Of a process that is
// not our child it knows nothing.
func reap(pid int) {
	var status syscall.WaitStatus
	_, _ = syscall.Wait4(pid, &status, syscall.WNOHANG, nil)
}

// findLaunch looks for the process that has the text among its arguments.
func findLaunch(ctx context.Context, text string) (pid int, err error) {
	out, err := exec.CommandContext(ctx, "ps", "-A", "-ww", "-o", "pid=", "-o", "args=").Output()
	if err != nil {
		return 0, fmt.Errorf("listing processes with ps: %w", err)
	}
	for line := range strings.Lines(string(out)) {
		id, args, _ := strings.Cut(strings.TrimSpace(line), " ")
		if strings.Contains(args, text) {
			return strconv.Atoi(id)
		}
	}
	return 0, nil
}
