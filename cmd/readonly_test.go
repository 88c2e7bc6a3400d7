package cmd

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kconsole/kafka"
)

// recording is a broker that notes the keys of the requests that it gets.
type recording struct {
	mu       sync.Mutex
	mutating []int16
	total    int
}

func (r *recording) start(t *testing.T) string {
	t.Helper()
	fake, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(2, "orders"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(fake.Close)
	fake.Control(func(req kmsg.Request) (kmsg.Response, error, bool) {
		fake.KeepControl()
		r.mu.Lock()
		defer r.mu.Unlock()
		r.total++
		if kafka.Mutating(req.Key()) {
			r.mutating = append(r.mutating, req.Key())
		}
		return nil, nil, false
	})
	return fake.ListenAddrs()[0]
}

func (r *recording) seen() []int16 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]int16(nil), r.mutating...)
}

// changes is a command line for each command that changes something.
var changes = map[string][]string{
	"create topic":      {"made", "--yes"},
	"create acl":        {"--principal", "app", "--operation", "READ", "--topic", "orders", "--yes"},
	"create user":       {"app", "--password-file", "PASSWORD", "--yes"},
	"create quota":      {"--user", "app", "--set", "producer_byte_rate=1", "--yes"},
	"alter topic":       {"orders", "--set", "retention.ms=1", "--yes"},
	"alter broker":      {"0", "--set", "log.cleaner.threads=1", "--yes"},
	"alter group":       {"g", "--set", "consumer.session.timeout.ms=50000", "--yes"},
	"alter user":        {"app", "--password-file", "PASSWORD", "--yes"},
	"alter quota":       {"--user", "app", "--set", "producer_byte_rate=1", "--yes"},
	"delete topic":      {"orders", "--yes"},
	"delete records":    {"orders", "--before", "end", "--yes"},
	"delete group":      {"g", "--yes"},
	"delete offsets":    {"g", "orders", "--yes"},
	"delete members":    {"g", "--yes"},
	"delete acl":        {"--principal", "app", "--yes"},
	"delete user":       {"app", "--yes"},
	"delete quota":      {"--user", "app", "--yes"},
	"reset-offsets":     {"g", "--to", "start", "--topic", "orders", "--yes"},
	"elect-leaders":     {"--yes"},
	"reassign":          {"orders:0", "--replicas", "0", "--yes"},
	"abort transaction": {"orders:0", "1", "--yes"},
	"produce":           {"orders", "--value", "x"},
	"load":              {"orders", "--records", "1", "--size", "1"},
	"schema register":   {"orders-value", "SCHEMA", "--yes"},
	"schema delete":     {"orders-value", "--yes"},
	"schema mode":       {"orders-value", "--set", "READONLY", "--yes"},
	"lab check":         {"02"},
	"lab run":           {"02"},
	"lab solve":         {"02"},
	"schema compat":     {"orders-value", "--level", "NONE", "--yes"},
}

// changingCommands collects the commands that are marked as changing something.
func changingCommands(cmd *cobra.Command, into map[string]bool) {
	if cmd.Annotations[writes] != "" {
		into[strings.TrimPrefix(cmd.CommandPath(), "kconsole ")] = true
	}
	for _, sub := range cmd.Commands() {
		changingCommands(sub, into)
	}
}

// TestReadOnlyChangesNothing: with read_only, or --read-only, each command that
// changes something exits with 3, and the broker sees no request that could.
func TestReadOnlyChangesNothing(t *testing.T) {
	var seen recording
	addr := seen.start(t)
	dir := t.TempDir()
	t.Setenv("XDG_STATE_HOME", dir)
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const cluster = "clusters:\n  c:\n    brokers: [%q]\n    read_only: %v\n    registry: {url: \"http://127.0.0.1:1\"}\n"
	closed, open := write("closed.yaml", fmt.Sprintf(cluster, addr, true)), write("open.yaml", fmt.Sprintf(cluster, addr, false))
	files := strings.NewReplacer("PASSWORD", write("password", "secret"), "SCHEMA", write("s.avsc", `"string"`))
	run := func(args ...string) int {
		for i := range args {
			args[i] = files.Replace(args[i])
		}
		return (&app{in: os.Stdin, out: io.Discard, err: io.Discard}).run(t.Context(), args)
	}
	marked := map[string]bool{}
	changingCommands((&app{}).root(), marked)
	for name := range marked {
		if changes[name] == nil {
			t.Errorf("%s changes something and is not tested here", name)
		}
	}
	for name, args := range changes {
		if !marked[name] {
			t.Errorf("%s is not marked as a command that changes something", name)
		}
		line := append(strings.Fields(name), args...)
		if code := run(append([]string{"--config", closed}, line...)...); code != exitRefused {
			t.Errorf("%s with read_only exits with %d", name, code)
		}
		if code := run(append([]string{"--config", open, "--read-only"}, line...)...); code != exitRefused {
			t.Errorf("%s with --read-only exits with %d", name, code)
		}
	}
	if keys := seen.seen(); len(keys) > 0 {
		t.Errorf("the broker saw the API keys %v", keys)
	}
	// The recorder does record: without read_only the same lines do change things.
	for _, name := range []string{"create topic", "delete topic"} {
		if code := run(append([]string{"--config", open}, append(strings.Fields(name), changes[name]...)...)...); code != exitDone {
			t.Errorf("%s exits with %d", name, code)
		}
	}
	if keys := seen.seen(); len(keys) == 0 {
		t.Errorf("no mutating request among %d is seen", seen.total)
	}
}
