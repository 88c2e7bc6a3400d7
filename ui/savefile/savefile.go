// Package savefile writes what a person saves: to a file that was not there
// before, whole or not at all.
package savefile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Name is a text as a part of a file name: what no file system takes becomes
// an underscore; nothing at all becomes the other.
func Name(text, other string) string {
	if text == "" {
		return other
	}
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) || r < ' ' {
			return '_'
		}
		return r
	}, text)
}

// File is a file that is being written. It has its name only after [File.Done].
type File struct {
	*os.File
	path string
}

// Create begins a file at a path as typed: ~/ is the home folder. A file that
// exists is left alone, and is an error.
func Create(typed string) (*File, error) {
	path := strings.TrimSpace(typed)
	if path == "" {
		return nil, errors.New("type the name of a file")
	}
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		home, err := os.UserHomeDir()
		if err != nil {
			return nil, fmt.Errorf("cannot find the home folder: %w", err)
		}
		path = filepath.Join(home, rest)
	}
	if _, err := os.Lstat(path); err == nil {
		return nil, fmt.Errorf("%s exists: choose another name", path)
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".kconsole-*.part")
	if err != nil {
		return nil, fmt.Errorf("cannot write to %s: %w", filepath.Dir(path), cause(err))
	}
	return &File{file, path}, nil
}

// Path is the name that the file gets.
func (f *File) Path() string { return f.path }

// Done closes the file and gives it its name.
func (f *File) Done() error {
	err := f.Close()
	if err == nil {
		err = os.Rename(f.Name(), f.path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("cannot write %s: %w", f.path, cause(err))
	}
	return nil
}

// Discard leaves nothing of the file.
func (f *File) Discard() {
	_ = f.Close()
	_ = os.Remove(f.Name())
}

// cause is the reason without the path, which the message names already.
func cause(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
