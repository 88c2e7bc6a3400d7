package cmd

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"kconsole/compose"
	"kconsole/compose/control"
	"kconsole/compose/runtimes"
)

// logFile is where a lab in the background writes what it has to say.
const logFile = "lab.log"

// startDetached starts this program again as the owner of the lab, free of our
// terminal, and waits until it answers.
func (a *app) startDetached(ctx context.Context, opts labUpOptions) error {
	child, err := a.startLabProcess(opts, nil)
	if err != nil {
		return err
	}
	return child.ready(ctx, a.out)
}

// labProcess is a lab that another process of this program owns.
type labProcess struct {
	dir    string
	limit  time.Duration // for it to answer
	cmd    *exec.Cmd
	exited chan struct{} // closed when it has ended
}

// startLabProcess starts `kconsole lab up` for opts.dir with its output in
// [logFile]. With a standard input it ends when that does; without, it lives on
// after us.
func (a *app) startLabProcess(opts labUpOptions, stdin *os.File) (*labProcess, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("cannot find this program to start the lab: %w", err)
	}
	if err := os.MkdirAll(opts.dir, 0o700); err != nil {
		return nil, fmt.Errorf("cannot make the lab's directory: %w", err)
	}
	log, err := os.OpenFile(filepath.Join(opts.dir, logFile), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("cannot write the lab's log: %w", err)
	}
	defer log.Close() // the child has its own handle
	args := []string{"lab", "up", "--dir", opts.dir, "--runtime", opts.runtime}
	if opts.registry != "" {
		args = append(args, "--registry", opts.registry)
	}
	if opts.noGrafana {
		args = append(args, "--no-grafana")
	}
	if opts.noEvents {
		args = append(args, "--no-events")
	}
	if stdin != nil {
		args = append(args, "--with-parent")
	}
	//nolint:noctx // it outlives any context of ours: that is what it is for
	cmd := exec.Command(self, args...)
	cmd.Stdout, cmd.Stderr = log, log
	if stdin != nil { // a nil *os.File in an interface is not nil
		cmd.Stdin = stdin
	}
	cmd.SysProcAttr = ownSession()
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("cannot start the lab: %w", err)
	}
	p := &labProcess{dir: opts.dir, limit: runtimes.StartLimit(compose.Runtime(opts.runtime)), cmd: cmd, exited: make(chan struct{})}
	go func() { // ends with the child; a detached one outlives us and so does this
		_ = cmd.Wait()
		close(p.exited)
	}()
	return p, nil
}

// ready waits until the lab has said that it is up, which is after the sample
// topics exist, and answers. Meanwhile it hands on what the lab says it is doing.
// If it ends first, its last words are the error.
func (p *labProcess) ready(ctx context.Context, say io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, p.limit)
	defer cancel()
	log, err := os.Open(filepath.Join(p.dir, logFile))
	if err != nil {
		return err
	}
	defer log.Close()
	news := bufio.NewReader(log)
	var line strings.Builder
	saidUp := false
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-p.exited:
			return fmt.Errorf("the lab did not start: %s", lastLine(filepath.Join(p.dir, logFile)))
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return fmt.Errorf("the lab does not answer after %s; look into %s", p.limit, filepath.Join(p.dir, logFile))
			}
			return ctx.Err()
		case <-tick.C:
			for part, err := news.ReadString('\n'); part != ""; part, err = news.ReadString('\n') {
				line.WriteString(part)
				if err != nil { // the rest of the line is not written yet
					break
				}
				if line.String() == labIsUp+"\n" {
					saidUp, say = true, io.Discard // the caller says what follows itself
				}
				fmt.Fprint(say, "  "+line.String())
				line.Reset()
			}
			if !saidUp {
				continue
			}
			// An owner that died before may have left its control file behind.
			info, err := control.ReadInfo(p.dir)
			if err != nil || info.PID != p.cmd.Process.Pid {
				continue
			}
			c, err := control.Open(ctx, p.dir)
			if errors.Is(err, compose.ErrNotRunning) {
				continue
			}
			if err != nil {
				return err
			}
			return c.Close()
		}
	}
}

func lastLine(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return "it left no log"
	}
	defer f.Close()
	last := "it left no word in " + path
	for lines := bufio.NewScanner(io.LimitReader(f, 1<<20)); lines.Scan(); {
		if lines.Text() != "" {
			last = lines.Text()
		}
	}
	return last
}
