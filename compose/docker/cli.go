package docker

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"
)

// ErrNoCompose is a machine with an engine and without docker compose.
var ErrNoCompose = errors.New("docker compose was not found")

const (
	versionLimit = 10 * time.Second
	interrupted  = 15 * time.Second // for compose to end when it is asked to
)

// composeCLI is docker compose as a program: the v2 plugin, or docker-compose.
type composeCLI struct {
	args []string // how it is called: docker compose, docker-compose
	host string
}

// ComposeVar names the environment variable with the path of a docker compose
// that is not to be looked for.
const ComposeVar = "KCONSOLE_COMPOSE"

// findCompose takes the first that works. Version 1 is enough from 1.28 on,
// which knows profiles.
func findCompose(ctx context.Context, e *engine) (*composeCLI, error) {
	choices := [][]string{{"docker", "compose"}, {"docker-compose"}, {"podman", "compose"}}
	if given := os.Getenv(ComposeVar); given != "" {
		choices = [][]string{{given}}
	}
	for _, args := range choices {
		c := &composeCLI{args: args, host: e.host}
		ctx, cancel := context.WithTimeout(ctx, versionLimit)
		out, err := c.command(ctx, ".", nil, "version", "--short").Output()
		cancel()
		if version := strings.TrimSpace(string(out)); err == nil && version != "" && !tooOld(version) {
			return c, nil
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return nil, fmt.Errorf("%w: install Docker's compose plugin (docker-compose-plugin) or docker-compose 1.28 or newer; %s", ErrNoCompose, otherRuntimes)
}

func tooOld(version string) bool {
	var major, minor int
	_, err := fmt.Sscanf(strings.TrimPrefix(version, "v"), "%d.%d", &major, &minor)
	return err == nil && major == 1 && minor < 28
}

// command is compose with arguments, to be run in dir. What the user's own
// environment says about other projects does not count.
func (c *composeCLI) command(ctx context.Context, dir string, profiles []string, args ...string) *exec.Cmd {
	all := slices.Concat(c.args, args)
	cmd := exec.CommandContext(ctx, all[0], all[1:]...) //nolint:gosec // the three programs above
	cmd.Dir = dir
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, "COMPOSE_") && !strings.HasPrefix(name, "KCONSOLE_") && name != "DOCKER_CONTEXT" && name != "DOCKER_HOST" {
			cmd.Env = append(cmd.Env, entry)
		}
	}
	cmd.Env = append(cmd.Env, "DOCKER_HOST="+c.host)
	if profiles != nil {
		cmd.Env = append(cmd.Env, "COMPOSE_PROFILES="+strings.Join(profiles, ","))
	}
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = interrupted
	return cmd
}

// run runs compose and hands each line of what it says to say. What it said
// last is the error's text.
func (c *composeCLI) run(ctx context.Context, l layout, home string, say func(string), args ...string) error {
	cmd := c.command(ctx, home, l.Profiles, append([]string{
		"--project-name", l.Project, "--project-directory", home, "--file", composeFile, "--ansi", "never",
	}, args...)...)
	var words lastWords
	r, w := io.Pipe()
	cmd.Stdout, cmd.Stderr = w, w
	var reading sync.WaitGroup
	reading.Go(func() {
		for lines := bufio.NewScanner(r); lines.Scan(); {
			if line := strings.TrimSpace(lines.Text()); line != "" {
				words.add(line)
				say(line)
			}
		}
		_, _ = io.Copy(io.Discard, r) // a line that is too long must not block compose
	})
	err := cmd.Run()
	_ = w.Close()
	reading.Wait()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("%s %s: %s", strings.Join(c.args, " "), args[0], words.text(err))
	}
	return nil
}

// lastWords keeps the last lines of an output.
type lastWords []string

func (w *lastWords) add(line string) {
	*w = append(*w, line)
	if len(*w) > 20 {
		*w = (*w)[1:]
	}
}

// text is the line that tells of an error, or the last.
func (w lastWords) text(err error) string {
	for _, line := range slices.Backward(w) {
		lower := strings.ToLower(line)
		if strings.Contains(lower, "error") || strings.Contains(lower, "cannot") || strings.Contains(lower, "denied") {
			return line
		}
	}
	if len(w) > 0 {
		return w[len(w)-1]
	}
	return err.Error()
}
