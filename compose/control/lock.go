package control

import (
	"fmt"
	"path/filepath"

	"github.com/gofrs/flock"
)

// lockName is the file that the owner of a lab holds a lock on. The lock goes
// with the process, however that ends; the file stays.
const lockName = "lab.lock"

// Lock makes this process the owner of the lab in dir. Where there is one
// already the error names it. Release with the returned function.
func Lock(dir string) (release func() error, err error) {
	lock := flock.New(filepath.Join(dir, lockName), flock.SetPermissions(0o600))
	got, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("cannot lock the lab's directory: %w", err)
	}
	if !got {
		owner := "another process"
		if info, err := ReadInfo(dir); err == nil {
			owner = fmt.Sprintf("process %d", info.PID)
		}
		return nil, fmt.Errorf("%s runs the lab in %s already; stop it with `kconsole lab down`, or choose another --dir", owner, dir)
	}
	return lock.Unlock, nil
}

// Held tells whether some process owns the lab in dir.
func Held(dir string) bool {
	release, err := Lock(dir)
	if err != nil {
		return true
	}
	_ = release()
	return false
}
