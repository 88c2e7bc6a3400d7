package cmd

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestClusterThatIsSilent: a broker that takes connections and never answers
// costs ten seconds at most, and is told in one line.
func TestClusterThatIsSilent(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	dir := t.TempDir()
	t.Setenv("XDG_STATE_HOME", dir)
	conf := filepath.Join(dir, "lab.yaml")
	if err := os.WriteFile(conf, fmt.Appendf(nil, "clusters:\n  c:\n    brokers: [%q]\n", silent.Addr()), 0o600); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for _, line := range []string{
		"get topics", "get groups", "get acls", "describe topic orders", "describe connection", "tail orders", "produce orders --value x",
		"delete topic orders --yes", "reset-offsets g --to start --yes", "access app READ orders", "doctor",
	} {
		wg.Go(func() {
			var text bytes.Buffer
			start := time.Now()
			code := (&app{in: os.Stdin, out: io.Discard, err: &text}).run(t.Context(), append([]string{"--config", conf}, strings.Fields(line)...))
			took := time.Since(start)
			if code != exitUnreachable || strings.Count(text.String(), "\n") != 1 {
				t.Errorf("%s exits with %d and says %q", line, code, text.String())
			}
			t.Logf("%s: %s", line, took.Round(time.Millisecond))
			if took > time.Minute { // it is ten seconds by the limits of each call; this machine may be slow
				t.Errorf("%s took %s", line, took)
			}
		})
	}
	wg.Wait()
}
