// Package runtimes opens, starts and ends the lab stack in a directory, whatever
// runs it.
package runtimes

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"kconsole/compose"
	"kconsole/compose/control"
	"kconsole/compose/docker"
	"kconsole/compose/embedded/lab"
	"kconsole/compose/process"
)

// All are the runtimes, the default first.
var All = []compose.Runtime{compose.Embedded, compose.Process, compose.Docker}

// StartLimit is how long a stack may take to answer, with what it has to fetch
// the first time.
func StartLimit(r compose.Runtime) time.Duration {
	switch r {
	case compose.Process:
		return 20 * time.Minute
	case compose.Docker:
		return 30 * time.Minute
	}
	return time.Minute
}

// StopLimit is how long a stack may take to end in good order.
const StopLimit = 2 * time.Minute

// Options configure [Own].
type Options struct {
	Dir      string
	Progress compose.Progress
	Log      *slog.Logger // of the embedded stack

	// Of the Docker runtime.
	Registry  string // apicurio, confluent or none; empty: apicurio
	NoGrafana bool
}

// Lab is a stack that this program owns: others reach it through package
// control.
type Lab interface {
	control.Started
	// DownAsked is closed when another program asked that it be taken down.
	DownAsked() <-chan struct{}
}

// Own starts a stack, or adopts what is left of one whose owner died. Where a
// stack of another runtime runs in the directory, the error says so.
func Own(ctx context.Context, r compose.Runtime, o Options) (Lab, error) {
	if err := alone(ctx, r, o.Dir); err != nil {
		return nil, err
	}
	switch r {
	case compose.Embedded:
		return ownEmbedded(ctx, o)
	case compose.Process:
		return own(ctx, o.Dir, func(ctx context.Context) (*process.Stack, error) {
			return process.Up(ctx, process.Options{Dir: o.Dir, Progress: o.Progress})
		})
	case compose.Docker:
		return own(ctx, o.Dir, func(ctx context.Context) (*docker.Stack, error) {
			return docker.Up(ctx, docker.Options{
				Dir: o.Dir, Registry: docker.Registry(o.Registry), NoGrafana: o.NoGrafana, Progress: o.Progress,
			})
		})
	}
	return nil, fmt.Errorf("there is no runtime %q", r)
}

// own is control.Own, and returns no interface around a nil pointer.
func own[S control.Started](ctx context.Context, dir string, up func(context.Context) (S, error)) (Lab, error) {
	l, err := control.Own(ctx, dir, up)
	if err != nil {
		return nil, err
	}
	return l, nil
}

// alone is nil unless a stack of another runtime is left running in dir.
func alone(ctx context.Context, r compose.Runtime, dir string) error {
	stack, err := openLeft(ctx, dir)
	if errors.Is(err, compose.ErrNotRunning) {
		return nil
	}
	if err != nil {
		if r == compose.Docker {
			return err
		}
		return nil // no engine, so no containers that are in the way
	}
	defer stack.Close()
	if other := stack.Runtime(); other != r {
		return fmt.Errorf("a lab of runtime %s runs in %s; end it with `kconsole lab down --dir %s` first", other, dir, dir)
	}
	return nil
}

// embeddedLab gives the embedded lab the role of an owner.
type embeddedLab struct {
	*lab.Lab
	down <-chan struct{}
}

func (l embeddedLab) DownAsked() <-chan struct{} { return l.down }

func ownEmbedded(ctx context.Context, o Options) (Lab, error) {
	l, err := lab.Up(ctx, lab.Options{Dir: o.Dir, Progress: o.Progress, Log: o.Log})
	if err != nil {
		return nil, err
	}
	down, err := l.Serve()
	if err != nil {
		return nil, errors.Join(err, l.Shutdown(context.WithoutCancel(ctx)))
	}
	return embeddedLab{l, down}, nil
}

// Open opens the running stack in dir: through its owner, or directly where
// brokers run that have none any more. Where nothing runs it is
// [compose.ErrNotRunning].
func Open(ctx context.Context, dir string) (compose.Stack, error) {
	stack, err := control.Open(ctx, dir)
	if err == nil {
		return stack, nil
	}
	if !errors.Is(err, compose.ErrNotRunning) {
		return nil, err
	}
	left, leftErr := openLeft(ctx, dir)
	switch {
	case leftErr == nil:
		return left, nil
	case errors.Is(leftErr, compose.ErrNotRunning):
		return nil, err
	}
	return nil, leftErr
}

// openLeft opens what runs without an owner.
func openLeft(ctx context.Context, dir string) (compose.Stack, error) {
	if docker.Exists(dir) {
		stack, err := docker.Open(ctx, dir)
		if err == nil {
			return stack, nil
		}
		if !errors.Is(err, compose.ErrNotRunning) && !hasProcesses(dir) {
			return nil, err
		}
	}
	if hasProcesses(dir) {
		stack, err := process.Open(ctx, dir)
		if err == nil {
			return stack, nil
		}
		return nil, err
	}
	return nil, compose.ErrNotRunning
}

func hasProcesses(dir string) bool {
	_, err := os.Stat(process.Home(dir))
	return err == nil
}

// Down ends what runs in dir without an owner and keeps its data. It tells
// whether there was something.
func Down(ctx context.Context, dir string) (bool, error) {
	left, err := openLeft(ctx, dir)
	if errors.Is(err, compose.ErrNotRunning) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	r := left.Runtime()
	_ = left.Close()
	if r == compose.Docker {
		return true, docker.Down(ctx, dir)
	}
	return true, process.Down(ctx, dir)
}

// Destroy ends what is left in dir and deletes what the runtimes keep of their
// own, outside the directory too: containers and volumes.
func Destroy(ctx context.Context, dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	var errs []error
	if docker.Exists(dir) {
		errs = append(errs, docker.Destroy(ctx, dir))
	}
	if hasProcesses(dir) {
		errs = append(errs, process.Destroy(ctx, dir))
	}
	return errors.Join(errs...)
}
