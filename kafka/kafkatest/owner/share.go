package owner

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// DirVar names the environment variable with the directory of a stack that
// several test programs share.
const DirVar = "KCONSOLE_TEST_STACK"

const (
	lockFile   = "test.lock"
	failedFile = "test.failed"
	retry      = 20 * time.Millisecond
)

// Lock takes the stack in dir for a test: together with others, or alone, for a
// test that breaks it. A stack that is still starting is locked by its starter.
// The lock goes with the process at the latest.
func Lock(ctx context.Context, dir string, alone bool) (release func() error, err error) {
	lock := flock.New(filepath.Join(dir, lockFile), flock.SetPermissions(0o600))
	take := lock.TryRLockContext
	if alone {
		take = lock.TryLockContext
	}
	if _, err := take(ctx, retry); err != nil {
		return nil, fmt.Errorf("waiting for the test cluster in %s: %w", dir, err)
	}
	return lock.Close, nil
}

// Fail notes for those who wait for the stack in dir why there will be none.
func Fail(dir string, why error) error {
	return os.WriteFile(filepath.Join(dir, failedFile), []byte(why.Error()), 0o600)
}

// Failed returns what [Fail] noted, or nil.
func Failed(dir string) error {
	why, err := os.ReadFile(filepath.Join(dir, failedFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.New(strings.TrimSpace(string(why)))
}
