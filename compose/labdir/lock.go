package labdir

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// lockAgain is the time between two tries to get a lock.
const lockAgain = 20 * time.Millisecond

// Make makes a directory of a lab, and those above it, for its owner only.
func Make(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("making the lab's directory: %w", err)
	}
	return nil
}

// Locked runs fn while no other program holds the lock file at path, which it
// makes. It waits for the lock until ctx ends. The lock goes with the process,
// however that ends; the file stays.
func Locked(ctx context.Context, path string, fn func() error) (err error) {
	if err := Make(filepath.Dir(path)); err != nil {
		return err
	}
	lock := flock.New(path, flock.SetPermissions(0o600))
	if _, err := lock.TryLockContext(ctx, lockAgain); err != nil {
		return fmt.Errorf("waiting for another program that changes the stack: %w", err)
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	return fn()
}
