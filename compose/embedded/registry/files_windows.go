package registry

import (
	"os"

	"golang.org/x/sys/windows"
)

// lockFile opens path and takes a lock on it that ends with the process at the
// latest. It does not wait.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	const flags = windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY
	if err := windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, new(windows.Overlapped)); err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// syncDir does nothing: Windows has no sync of a directory, and a rename is
// durable with the file system's own journal.
func syncDir(string) error { return nil }
