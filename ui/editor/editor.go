// Package editor lets a person change a text in the editor of their choice.
package editor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// MaxBytes is how much may come back from an editor.
const MaxBytes = 4 << 20

// Edit writes text to a file called name in a folder that only its user can
// read, opens it with $VISUAL, $EDITOR, or the system's usual editor, waits
// until that ends, and returns what the file holds then. The file is gone
// afterwards. It needs the terminal for itself; when quit is closed the editor
// is ended. An editor that fails leaves the text as it was, with an error.
func Edit(quit <-chan struct{}, name string, text []byte) ([]byte, error) {
	dir, err := os.MkdirTemp("", "kconsole-edit-")
	if err != nil {
		return nil, fmt.Errorf("cannot make a file for the editor: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return nil, fmt.Errorf("cannot make a file for the editor: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		select {
		case <-quit:
			cancel()
		case <-ended:
		}
	}()
	words := command()
	cmd := exec.CommandContext(ctx, words[0], append(words[1:], path)...) //nolint:gosec // the user's own editor
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			return nil, fmt.Errorf("there is no editor %q; set EDITOR to one that is installed", words[0])
		}
		return nil, fmt.Errorf("the editor %s failed: %w; nothing was changed", words[0], err)
	}
	info, err := os.Stat(path)
	if err == nil && info.Size() > MaxBytes {
		return nil, fmt.Errorf("the text has %d bytes: at most %d can be taken", info.Size(), MaxBytes)
	}
	out, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read what the editor left: %w; nothing was changed", err)
	}
	return bytes.TrimSuffix(bytes.ReplaceAll(out, []byte("\r\n"), []byte("\n")), []byte("\n")), nil
}

// command is the editor with its arguments, as in EDITOR="code --wait".
func command() []string {
	for _, name := range []string{"VISUAL", "EDITOR"} {
		if words := strings.Fields(os.Getenv(name)); len(words) > 0 {
			return words
		}
	}
	if runtime.GOOS == "windows" {
		return []string{"notepad"}
	}
	return []string{"vi"}
}
