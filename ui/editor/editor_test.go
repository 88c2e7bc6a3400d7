package editor_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"kconsole/ui/editor"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// script makes a shell script the editor.
func script(t *testing.T, text string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("NOT TESTED: Windows has no sh to be the editor")
	}
	path := filepath.Join(t.TempDir(), "editor")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o700); err != nil { //nolint:gosec // it is to be run
		t.Fatal(err)
	}
	t.Setenv("VISUAL", "")
	t.Setenv("EDITOR", path+" --wait")
}

func TestEditTakesWhatTheEditorLeaves(t *testing.T) {
	where := filepath.Join(t.TempDir(), "where")
	script(t, `[ "$1" = --wait ] || exit 3; echo "$2" > `+where+`; printf 'changed: ' > "$2.new"; cat "$2" >> "$2.new"; echo >> "$2.new"; mv "$2.new" "$2"`)
	out, err := editor.Edit(nil, "value.json", []byte(`{"a":1}`))
	if err != nil || string(out) != `changed: {"a":1}` {
		t.Fatalf("%q, %v", out, err)
	}
	path, err := os.ReadFile(where)
	if err != nil || !strings.HasSuffix(strings.TrimSpace(string(path)), "value.json") {
		t.Fatalf("%s, %v", path, err)
	}
	if _, err := os.Stat(strings.TrimSpace(string(path))); !os.IsNotExist(err) {
		t.Errorf("the file is still there: %v", err)
	}
}

func TestEditFails(t *testing.T) {
	script(t, "exit 7")
	if _, err := editor.Edit(nil, "x", nil); err == nil || !strings.Contains(err.Error(), "nothing was changed") {
		t.Errorf("an editor that fails: %v", err)
	}
	t.Setenv("EDITOR", "no-such-editor-anywhere")
	if _, err := editor.Edit(nil, "x", nil); err == nil || !strings.Contains(err.Error(), "set EDITOR") {
		t.Errorf("an editor that is not there: %v", err)
	}
	script(t, "exec sleep 600")
	quit := make(chan struct{})
	close(quit)
	if _, err := editor.Edit(quit, "x", nil); err == nil {
		t.Error("an editor outlives the console")
	}
}
