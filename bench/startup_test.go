package bench

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"testing"
)

var largeTopicName = regexp.MustCompile(`team-\d\d\.service-\d{4}\.events-\d`)

// screenful is how many topics make a screen of them.
const screenful = 20

// painted tells whether a screenful of the large cluster's topics has been
// written to a terminal.
func painted(all []byte) bool {
	seen := map[string]bool{}
	for _, name := range largeTopicName.FindAll(all, -1) {
		seen[string(name)] = true
	}
	return len(seen) >= screenful
}

// paintedShort is painted for a program that cuts their names short.
func paintedShort(all []byte) bool { return bytes.Count(all, []byte("tea")) >= screenful }

// BenchmarkStartup measures the cold start of the console on the large cluster:
// from the start of the process to the last byte of the frame with the topics.
func BenchmarkStartup(b *testing.B) {
	r := newReport(3, "Cold start to the painted topics screen, 10,000 topics", "at most 150 ms and 64 MiB, 25 times as fast as kaskade")
	at := cluster(b, largeCluster)
	dir := b.TempDir()
	toTopics := func(there func([]byte) bool, cmd func() *exec.Cmd) func(b *testing.B) (map[string]float64, error) {
		return func(b *testing.B) (map[string]float64, error) {
			t := open(b, cmd())
			took, err := t.raw("topics on the screen", there)
			if err != nil {
				return nil, err
			}
			values := map[string]float64{"ms": float64(took.Microseconds()) / 1e3}
			if peak, err := t.peak(); err == nil {
				values["MiB"] = peak
			} else if runtime.GOOS == "linux" {
				return nil, err
			}
			used := t.cmd.ProcessState.UserTime() + t.cmd.ProcessState.SystemTime()
			values["ms of CPU"] = float64(used.Microseconds()) / 1e3
			return values, nil
		}
	}
	ours := &contestant{name: "kconsole", run: toTopics(painted, func() *exec.Cmd { return program(b, at, "") })}
	theirs := &contestant{name: "kaskade admin"}
	if path, err := kaskade(); err != nil {
		theirs.missing = firstLine(err.Error())
	} else {
		theirs.run = toTopics(paintedShort, func() *exec.Cmd {
			cmd := exec.CommandContext(b.Context(), path, "admin", "-b", at)
			cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_CONFIG_HOME="+dir)
			return cmd
		})
	}
	kcat := &contestant{name: "kcat -L", missing: found("kcat"), run: func(b *testing.B) (map[string]float64, error) {
		ms, err := command(exec.CommandContext(b.Context(), "kcat", "-b", at, "-L", "-q"))
		return map[string]float64{"ms": ms}, err
	}}
	for b.Loop() {
		r.race(b, *rounds, ours, kcat)
		r.race(b, min(*rounds, 3), ours, theirs)
	}
	r.row("kconsole", "ms").beside(r.row("kaskade admin", "ms"))
	r.row("kconsole", "MiB").beside(r.row("kaskade admin", "MiB"))
	r.print(b)
}
