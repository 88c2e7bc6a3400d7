package docker

import (
	"context"
	"errors"
	"os"
	"path/filepath"
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

// Exists tells whether there is a stack in dir, running or not.
func Exists(dir string) bool {
	_, err := os.Stat(filepath.Join(Home(dir), layoutFile))
	return err == nil
}
