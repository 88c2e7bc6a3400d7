package docker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"kconsole/compose"
)

// Down stops the stack in a lab's directory, whoever started it: brokers first,
// then the rest, and removes the containers. The data stay, in volumes. A stack
// that is not running is no error.
func Down(ctx context.Context, dir string) error { return takeDown(ctx, dir, false) }

// Destroy ends the stack at once and deletes everything of it: containers,
// volumes and files. What labs of every runtime share stays (package labdir
// removes that).
func Destroy(ctx context.Context, dir string) error {
	if err := takeDown(ctx, dir, true); err != nil {
		return err
	}
	return os.RemoveAll(Home(dir))
}

func takeDown(ctx context.Context, dir string, data bool) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	l, err := readLayout(dir)
	if err != nil || l.Project == "" {
		return err
	}
	e, err := connect(ctx)
	if err != nil {
		return err
	}
	defer e.close()
	return locked(ctx, dir, func() error { return e.remove(ctx, l.Project, data) })
}

// Shutdown is Down, and closes the handle.
func (s *Stack) Shutdown(ctx context.Context) error {
	return errors.Join(s.Close(), Down(ctx, s.dir))
}

// Running tells, without an error, whether any container of the stack in dir
// runs.
func Running(ctx context.Context, dir string) (bool, error) {
	s, err := Open(ctx, dir)
	if errors.Is(err, compose.ErrNotRunning) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("the lab's containers: %w", err)
	}
	return true, s.Close()
}
