package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"kconsole/compose/control"
)

// dockerLab is the lab in containers as people start it, in a directory that
// the test resets.
type dockerLab struct {
	t   *testing.T
	dir string
}

func upDockerLab(t *testing.T) *dockerLab {
	t.Helper()
	if os.Getenv("KCONSOLE_TESTBED") == "" {
		t.Skip("needs the container engine that `make test-docker` starts")
	}
	l := &dockerLab{t: t, dir: filepath.Join(t.TempDir(), "lab")}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
		defer cancel()
		if out, err := l.command(ctx, "lab", "reset", "--yes").CombinedOutput(); err != nil {
			t.Errorf("lab reset: %v\n%s", err, out)
		}
	})
	l.run("lab", "up", "--runtime", "docker", "--no-grafana", "--detach")
	return l
}

func (l *dockerLab) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Getenv("KCONSOLE_LINUX_PROGRAM"), append(args, "--dir", l.dir)...)
	cmd.WaitDelay = time.Second // a lab in the background may hold the pipe
	return cmd
}

func (l *dockerLab) run(args ...string) string {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), 8*time.Minute)
	defer cancel()
	out, err := l.command(ctx, args...).CombinedOutput()
	if err != nil {
		l.t.Fatalf("kconsole %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// states are the brokers' states, by id.
func (l *dockerLab) states() string {
	l.t.Helper()
	var brokers []struct{ State string }
	if err := json.Unmarshal([]byte(l.run("lab", "status", "-o", "json")), &brokers); err != nil {
		l.t.Fatal(err)
	}
	var all []string
	for _, b := range brokers {
		all = append(all, b.State)
	}
	return strings.Join(all, " ")
}

// brokerLine is a broker's row in :brokers: id, state, address, ...
func brokerLine(screen, id string) []string {
	for _, line := range strings.Split(screen, "\n") {
		fields := strings.Fields(strings.Trim(line, " │┃▌>"))
		if len(fields) > 2 && fields[0] == id && (strings.Contains(line, "127.0.0.1") || fields[1] == "stopped") {
			return fields
		}
	}
	return nil
}

// reactionLimit is how soon the screen shows what a stopped broker leads to, on
// a machine that is not busy with something else.
const reactionLimit = 15 * time.Second

// busyness is how many programs were ready to run for each processor, over the last
// minute.
func busyness(t *testing.T) float64 {
	t.Helper()
	raw, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		t.Fatal(err)
	}
	var minute float64
	if _, err := fmt.Sscan(string(raw), &minute); err != nil {
		t.Fatal(err)
	}
	return minute / float64(runtime.NumCPU())
}

var (
	inSync = regexp.MustCompile(`\b(\d+)/(\d+)\b`)
	number = regexp.MustCompile(`^\d+$`)
	// A container's memory beside its limit in compose.yaml, 640 MiB.
	memoryUse = regexp.MustCompile(`[0-9.]+ MB of 671 MB`)

	idList = regexp.MustCompile(`\b\d+(?:,\d+)+\b`)
)

// TestDocker is one lab in containers, in a terminal and on the command line.
func TestDocker(t *testing.T) {
	l := upDockerLab(t)
	t.Run("BrokersOnScreen", l.onScreen)
	t.Run("CommandLine", l.onCommandLine)
}

// onScreen stops a broker's container with a key, in a real terminal: its
// leaderships move and the ISR shrinks on the screen; started again, the ISR is
// full. The terminal is tall: every event has its line.
func (l *dockerLab) onScreen(t *testing.T) {
	term := openTerminal(t, 120, 200, nil, fmt.Sprintf("%s --config %s -c brokers", os.Getenv("KCONSOLE_LINUX_PROGRAM"), filepath.Join(l.dir, "lab.yaml")))
	full := func(screen string) bool {
		for _, id := range []string{"1", "2", "3"} {
			line := brokerLine(screen, id)
			m := inSync.FindStringSubmatch(strings.Join(line, " "))
			if line == nil || line[1] != "up" || m == nil || m[1] != m[2] || m[1] == "0" {
				return false
			}
		}
		return true
	}
	term.waitUntil("three brokers, all in sync", full)

	term.write("/^2 ")
	term.keys("Enter")
	term.waitUntil("broker 2 alone", func(s string) bool { return brokerLine(s, "2") != nil && brokerLine(s, "1") == nil })
	term.keys("s")
	begun := time.Now()
	term.keys("Escape")
	term.waitUntil("broker 2 stopped, the others leading", func(s string) bool {
		two := brokerLine(s, "2")
		return two != nil && two[1] == "stopped" && brokerLine(s, "1") != nil
	})
	t.Logf("broker 2 is shown as stopped after %.1f s", time.Since(begun).Seconds())

	term.write(":topic orders")
	term.keys("Enter")
	term.waitUntil("partitions of orders without broker 2", func(s string) bool {
		return strings.Contains(s, "ISR") && ordersWithout(s, "2")
	})
	took := time.Since(begun)
	t.Logf("the new leaders and ISRs are shown after %.1f s", took.Seconds())
	if took > reactionLimit {
		if busy := busyness(t); busy < 2 {
			t.Errorf("the screen needed %s for them, the limit is %s", took, reactionLimit)
		} else {
			t.Logf("that is more than %s, and no verdict: every processor had %.1f programs to run", reactionLimit, busy)
		}
	}

	l.run("lab", "broker", "start", "2")
	term.write(":brokers")
	term.keys("Enter")
	term.waitUntil("all in sync again", full)
	term.waitUntil("what their containers use", memoryUse.MatchString)

	// What happened is told: by the engine, by the cluster, and in sum.
	term.write(":events")
	term.keys("Enter")
	term.waitFor("broker 2", "stopped", "started", "orders", "leader", "ISR", "under-replicated")
	term.write(":logs 2")
	term.keys("Enter")
	term.waitFor("broker 2 log", "INFO")
	term.keys("C-c")
}

// ordersWithout tells whether every partition of the topic's page has a leader
// and an ISR without a broker.
func ordersWithout(screen, id string) bool {
	rows := 0
	for _, line := range strings.Split(screen, "\n") {
		fields := strings.Fields(strings.Trim(line, " │┃▌>"))
		// PARTITION LEADER REPLICAS ISR ...
		lists := idList.FindAllString(line, -1)
		if len(fields) < 4 || !number.MatchString(fields[0]) || len(lists) == 0 {
			continue
		}
		rows++
		if fields[1] == id || len(lists) < 2 || strings.Contains(","+lists[1]+",", ","+id+",") {
			return false
		}
	}
	return rows > 0
}

// onCommandLine is the life of a lab on the command line, with an owner that is
// killed in between: nothing is lost, nothing is left.
func (l *dockerLab) onCommandLine(t *testing.T) {
	if again := l.run("lab", "up", "--runtime", "docker", "--no-grafana", "--detach"); !strings.Contains(again, "is running already") {
		t.Errorf("a second lab up says:\n%s", again)
	}
	if got := l.states(); got != "running running running" {
		t.Errorf("states: %s", got)
	}
	l.run("lab", "broker", "pause", "3")
	l.run("lab", "broker", "kill", "1")
	if got := l.states(); got != "stopped running paused" {
		t.Errorf("states: %s", got)
	}
	if log := l.run("lab", "broker", "logs", "2", "--tail", "3"); len(strings.Split(strings.TrimSpace(log), "\n")) != 3 {
		t.Errorf("the log's last 3 lines:\n%s", log)
	}

	info, err := control.ReadInfo(l.dir)
	if err != nil {
		t.Fatal(err)
	}
	owner, err := os.FindProcess(info.PID)
	if err != nil {
		t.Fatal(err)
	}
	if err := owner.Kill(); err != nil {
		t.Fatal(err)
	}
	// The containers do not need their owner, and the commands do not either.
	if got := l.states(); got != "stopped running paused" {
		t.Errorf("states without an owner: %s", got)
	}
	l.run("lab", "broker", "resume", "3")
	if up := l.run("lab", "up", "--runtime", "docker", "--no-grafana", "--detach"); !strings.Contains(up, "The lab is up.") {
		t.Errorf("adopting says:\n%s", up)
	}
	if got := l.states(); got != "running running running" {
		t.Errorf("states after adopting: %s", got)
	}
	l.run("lab", "down")
	if again := l.run("lab", "down"); !strings.Contains(again, "not running") {
		t.Errorf("a second lab down says:\n%s", again)
	}
}
