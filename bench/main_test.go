package bench

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

var (
	rounds  = flag.Int("rounds", 5, "how many `rounds` each benchmark runs")
	results = flag.String("results", "", "`file` to write the results into; sections of benchmarks that did not run stay")
	idleFor = flag.Duration("idle", time.Minute, "how long the idle console is watched")
)

// roleVar names what a child process of this test program plays; see roles.
const roleVar = "KCONSOLE_BENCH_ROLE"

// roles are the programs that this test program also is: the large cluster, and
// the plain programs that kconsole is measured beside.
var roles = map[string]func(ctx context.Context, args []string) error{
	"cluster": serveCluster, "console": measuredConsole, "steady": steady, "table": bareTable, "kadm": bareKadm, "reads": ownReads, "kadm-lag": bareLag, "produce": bareProduce, "flood": flood,
	"consume": bareConsume, "goavro": goavroText,
}

func TestMain(m *testing.M) {
	if name := os.Getenv(roleVar); name != "" {
		if err := roles[name](context.Background(), os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, name+":", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	flag.Parse()
	dir, err := os.MkdirTemp("", "kconsole-bench-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	scratch = dir
	code := m.Run()
	stopClusters()
	if *results != "" && len(reports) > 0 {
		if err := writeResults(*results); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	return code
}

// scratch is a directory for the whole run.
var scratch string

// role is this program in one of its roles.
func role(ctx context.Context, name string, args ...string) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Env = append(os.Environ(), roleVar+"="+name)
	return cmd, nil
}

// kconsole builds the program that is measured, once.
var kconsole = sync.OnceValues(func() (string, error) {
	path := filepath.Join(scratch, "kconsole")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, "kconsole/cmd/kconsole")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building kconsole: %w\n%s", err, out)
	}
	return path, nil
})

// program is kconsole with a configuration of its own, for a cluster without
// TLS and sign-in, and with nobody's settings.
func program(b *testing.B, brokers, registry string, args ...string) *exec.Cmd {
	b.Helper()
	path, err := kconsole()
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	text := "clusters:\n  bench:\n    brokers: [" + brokers + "]\n"
	if registry != "" {
		text += "    registry: {url: " + registry + "}\n"
	}
	file := filepath.Join(dir, "lab.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	cmd := exec.CommandContext(b.Context(), path, append([]string{"--config", file}, args...)...)
	cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+dir, "XDG_STATE_HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CACHE_HOME="+dir)
	return cmd
}
