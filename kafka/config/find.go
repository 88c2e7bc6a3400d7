package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/adrg/xdg"
)

// Find returns the path of the configuration to use: explicit (the --config
// flag) if given, else $KCONSOLE_CONFIG, else kconsole/config.yaml under
// $XDG_CONFIG_HOME. A file that was named but is not there is an error; when
// nothing was named and nothing is there, the error wraps [ErrNoConfig] and says
// how to start the embedded lab.
func Find(explicit string) (string, error) {
	if explicit != "" {
		return existing(explicit, "--config")
	}
	if env := os.Getenv("KCONSOLE_CONFIG"); env != "" {
		return existing(env, "$KCONSOLE_CONFIG")
	}
	def := DefaultPath()
	if _, err := os.Stat(def); err == nil {
		return def, nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("cannot read %s: %w", def, cause(err))
	}
	return "", fmt.Errorf("%w: there is no %s, and neither --config nor $KCONSOLE_CONFIG names another; to try kconsole on an embedded cluster run: kconsole lab up", ErrNoConfig, def)
}

// DefaultPath is $XDG_CONFIG_HOME/kconsole/config.yaml, or the platform's
// equivalent where that variable is not set.
func DefaultPath() string {
	home := xdg.ConfigHome
	// The xdg package reads the environment once, when the program starts.
	if env := os.Getenv("XDG_CONFIG_HOME"); filepath.IsAbs(env) {
		home = env
	}
	return filepath.Join(home, "kconsole", "config.yaml")
}

func existing(path, origin string) (string, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("%w: %s names %s, which does not exist; check the path, or start an embedded cluster with: kconsole lab up", ErrNoConfig, origin, path)
	case err != nil:
		return "", fmt.Errorf("%s names %s, which cannot be read: %w", origin, path, cause(err))
	case info.IsDir():
		return "", fmt.Errorf("%s names %s, which is a folder; name the lab.yaml in it", origin, path)
	}
	return path, nil
}

// cause strips the operation and path that the os package adds, because our own
// messages name the path already.
func cause(err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err
	}
	return err
}
