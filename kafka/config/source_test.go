package config

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// The test binary is its own password_command, so that no shell is needed and
// Windows is tested as well.
func TestMain(m *testing.M) {
	switch os.Getenv("KCONSOLE_TEST_COMMAND") {
	case "":
		goleak.VerifyTestMain(m)
	case "print":
		os.Stdout.WriteString(strings.Join(os.Args[1:], " ") + "\n")
	case "flood":
		line := []byte(strings.Repeat("x", 1<<16))
		for range 64 {
			os.Stdout.Write(line)
		}
	case "fail":
		os.Stdout.WriteString("hunter2")
		os.Stderr.WriteString("hunter2")
		os.Exit(3)
	case "hang":
		time.Sleep(time.Minute)
	}
}

func TestResolvePassword(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("FROM_ENV", "env")
	for want, s := range map[string]SASL{
		"plain": {Password: NewSecret("plain")},
		"env":   {PasswordEnv: "FROM_ENV"},
		"lf":    {PasswordFile: put(t, dir, "lf", []byte("lf\n"))},
		"crlf":  {PasswordFile: put(t, dir, "crlf", []byte("crlf\r\n"))},
		" a b ": {PasswordFile: put(t, dir, "space", []byte(" a b "))},
		"":      {},
	} {
		got, err := s.ResolvePassword(t.Context())
		if err != nil || got.Reveal() != want {
			t.Errorf("%q: %q, %v", want, got.Reveal(), err)
		}
	}
	t.Setenv("KCONSOLE_TEST_COMMAND", "print")
	s := SASL{PasswordCommand: []string{os.Args[0], "$HOME", ";", "a b"}}
	got, err := s.ResolvePassword(t.Context())
	if err != nil || got.Reveal() != "$HOME ; a b" {
		t.Errorf("command: %q, %v (a shell must not see it)", got.Reveal(), err)
	}
}

func TestResolvePasswordErrors(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct {
		s       SASL
		command string
		want    string
		is      error
	}{
		"no file":      {SASL{PasswordFile: filepath.Join(dir, "none")}, "", "password_file: none: file does not exist; create it with the secret as its only line", os.ErrNotExist},
		"folder":       {SASL{PasswordFile: dir}, "", "", nil},
		"empty file":   {SASL{PasswordFile: put(t, dir, "empty", []byte("\n"))}, "", "password_file: empty gave nothing", nil},
		"two lines":    {SASL{PasswordFile: put(t, dir, "two", []byte("hunter2\nand more\n"))}, "", "password_file: two gave more than one line; the secret must be its only one", nil},
		"huge file":    {SASL{PasswordFile: put(t, dir, "huge", make([]byte, maxSecret+1))}, "", "password_file: huge gave more than 64 KiB, which is no secret", nil},
		"no variable":  {SASL{PasswordEnv: "KCONSOLE_NOT_SET"}, "", "password: the environment variable KCONSOLE_NOT_SET is not set", nil},
		"no program":   {SASL{PasswordCommand: []string{"kconsole-no-such-program", "hunter2"}}, "", "password_command: there is no program kconsole-no-such-program: executable file not found in $PATH", exec.ErrNotFound},
		"no such path": {SASL{PasswordCommand: []string{filepath.Join(dir, "none")}}, "", "", exec.ErrNotFound},
		"it fails":     {SASL{PasswordCommand: []string{os.Args[0], "hunter2"}}, "fail", "failed: exit status 3; run it by hand to see why", nil},
		"it floods":    {SASL{PasswordCommand: []string{os.Args[0]}}, "flood", "gave more than 64 KiB, which is no secret", nil},
		"it is silent": {SASL{PasswordCommand: []string{os.Args[0], ""}}, "print", "gave nothing", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("KCONSOLE_TEST_COMMAND", c.command)
			got, err := c.s.ResolvePassword(t.Context())
			if err == nil || !got.IsZero() {
				t.Fatalf("no error, but %s", got)
			}
			text := strings.ReplaceAll(err.Error(), dir+string(filepath.Separator), "")
			if !strings.HasSuffix(text, c.want) || strings.Contains(text, "hunter2") || strings.Contains(text, "\n") {
				t.Errorf("\n got %s\nwant %s", text, c.want)
			}
			if c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("%v is not %v", err, c.is)
			}
		})
	}
}

func TestResolvePasswordEndsWithItsContext(t *testing.T) {
	t.Setenv("KCONSOLE_TEST_COMMAND", "hang")
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	s := SASL{PasswordCommand: []string{os.Args[0]}}
	if _, err := s.ResolvePassword(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}
