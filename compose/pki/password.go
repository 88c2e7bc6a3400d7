package pki

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// Password is a new random password of at least 128 bits, out of A-Z and 2-7
// only: it needs no quoting in a URL, a shell, YAML, a properties file or a
// JAAS line.
func Password() string { return rand.Text() }

// EnsurePassword returns the password in a file (without the white space
// around it), or makes one there, readable by its owner only. Of several callers
// that make it at the same time, each may get another one.
func EnsurePassword(path string) (string, error) {
	data, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("reading a password: %w", err)
	}
	if password := strings.TrimSpace(string(data)); password != "" {
		return password, nil
	}
	password := Password()
	if err := WriteFile(path, []byte(password+"\n"), 0o600); err != nil {
		return "", err
	}
	return password, nil
}
