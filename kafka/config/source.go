package config

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// Bounds of a secret that is fetched.
const (
	maxSecret = 64 << 10 // bytes; tokens are the largest
	// commandTimeout is how long a password_command may take: long enough for a
	// password manager, short enough that nobody thinks the console hangs.
	commandTimeout = 10 * time.Second
)

// source is a secret in one of its three forms. name is the key of the first:
// password, password_file, password_command.
type source struct {
	name    string
	value   Secret
	env     string // the variable that value came from, or is to come from
	file    string
	command []string
}

func (s *SASL) source() source {
	return source{"password", s.Password, s.PasswordEnv, s.PasswordFile, s.PasswordCommand}
}

func (r *Registry) source() source {
	return source{"password", r.Password, r.PasswordEnv, r.PasswordFile, r.PasswordCommand}
}

func (o *OAuth) clientSecret() source {
	return source{"client_secret", o.ClientSecret, o.ClientSecretEnv, o.ClientSecretFile, o.ClientSecretCommand}
}

func (o *OAuth) token() source {
	return source{"token", o.Token, o.TokenEnv, o.TokenFile, o.TokenCommand}
}

func (a *AWS) secretKey() source {
	return source{"secret_key", a.SecretKey, a.SecretKeyEnv, a.SecretKeyFile, a.SecretKeyCommand}
}

func (a *AWS) sessionToken() source {
	return source{"session_token", a.SessionToken, a.SessionTokenEnv, a.SessionTokenFile, a.SessionTokenCommand}
}

// secretKeys are the last words of keys whose value is a secret.
var secretKeys = []string{"password", "client_secret", "token", "secret_key", "session_token"}

// sources yields every secret that a cluster gives, with the section it is in.
func (cl Cluster) sources() iter.Seq2[string, source] {
	return func(yield func(string, source) bool) {
		all := map[string][]source{}
		if s := cl.SASL; s != nil {
			all["sasl"] = []source{s.source()}
			if s.OAuth != nil {
				all["sasl.oauth"] = []source{s.OAuth.clientSecret(), s.OAuth.token()}
			}
			if s.AWS != nil {
				all["sasl.aws"] = []source{s.AWS.secretKey(), s.AWS.sessionToken()}
			}
		}
		if cl.Registry != nil {
			all["registry"] = []source{cl.Registry.source()}
		}
		for _, section := range slices.Sorted(maps.Keys(all)) {
			for _, s := range all[section] {
				if s.given() && !yield(section, s) {
					return
				}
			}
		}
	}
}

// given reports whether there is a secret in any form.
func (s source) given() bool {
	return !s.value.IsZero() || s.env != "" || s.file != "" || len(s.command) > 0
}

// ResolvePassword returns the password: the value, the file's content or the
// command's output. It blocks as long as the command runs, at most 10 s.
func (s *SASL) ResolvePassword(ctx context.Context) (Secret, error) { return s.source().resolve(ctx) }

// ResolvePassword is [SASL.ResolvePassword] for the registry.
func (r *Registry) ResolvePassword(ctx context.Context) (Secret, error) {
	return r.source().resolve(ctx)
}

func (s source) resolve(ctx context.Context) (Secret, error) {
	switch {
	case s.file != "":
		return s.fromFile()
	case len(s.command) > 0:
		return s.fromCommand(ctx)
	case s.value.IsZero() && s.env != "":
		value, ok := os.LookupEnv(s.env)
		if !ok || value == "" {
			return Secret{}, s.fail("the environment variable %s is not set", s.env)
		}
		return NewSecret(value), nil
	}
	return s.value, nil
}

func (s source) fail(format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	return &Error{Key: s.name, Reason: err.Error(), Err: errors.Unwrap(err)}
}

func (s source) fromFile() (Secret, error) {
	s.name += "_file"
	f, err := os.Open(s.file)
	if errors.Is(err, fs.ErrNotExist) {
		return Secret{}, s.fail("%s: %w; create it with the secret as its only line", s.file, fs.ErrNotExist)
	}
	if err != nil {
		return Secret{}, s.fail("%s: %w", s.file, cause(err))
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	if err != nil {
		return Secret{}, s.fail("%s: %w", s.file, cause(err))
	}
	return s.clean(raw, s.file)
}

func (s source) fromCommand(ctx context.Context) (Secret, error) {
	s.name += "_command"
	out, err := s.run(ctx)
	if err != nil {
		return Secret{}, err
	}
	return s.clean(out, s.command[0])
}

// run returns what the command prints, at most one byte more than maxSecret.
func (s source) run(ctx context.Context) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	// The command is the user's own configuration; there is no shell to inject into.
	cmd := exec.CommandContext(ctx, s.command[0], s.command[1:]...)
	cmd.WaitDelay = time.Second // a grandchild may keep the pipe open
	out := &capped{left: maxSecret + 1}
	cmd.Stdout = out
	err := cmd.Run()
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return nil, s.fail("%s did not end in time (at most %s) and was stopped: %w; run it by hand to see what it waits for", s.command[0], commandTimeout, context.DeadlineExceeded)
	case ctx.Err() != nil:
		return nil, s.fail("%s was stopped: %w", s.command[0], ctx.Err())
	case errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist):
		return nil, s.fail("there is no program %s: %w", s.command[0], exec.ErrNotFound)
	case err != nil:
		// Neither its arguments nor its output: both may hold the secret.
		return nil, s.fail("%s failed: %w; run it by hand to see why", s.command[0], cause(err))
	}
	return out.buf.Bytes(), nil
}

// clean cuts one line end and refuses what cannot be a secret.
func (s source) clean(raw []byte, from string) (Secret, error) {
	if len(raw) > maxSecret {
		return Secret{}, s.fail("%s gave more than %d KiB, which is no secret", from, maxSecret>>10)
	}
	text := strings.TrimSuffix(strings.TrimSuffix(string(raw), "\n"), "\r")
	switch {
	case text == "":
		return Secret{}, s.fail("%s gave nothing", from)
	case strings.ContainsAny(text, "\r\n\x00"):
		return Secret{}, s.fail("%s gave more than one line; the secret must be its only one", from)
	}
	return NewSecret(text), nil
}

// capped keeps the first left bytes and drops the rest, so that a command that
// never stops printing costs no memory.
type capped struct {
	buf  bytes.Buffer
	left int
}

func (c *capped) Write(p []byte) (int, error) {
	n := min(len(p), c.left)
	c.buf.Write(p[:n])
	c.left -= n
	return len(p), nil
}
