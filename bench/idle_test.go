package bench

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// BenchmarkIdle leaves the console alone and counts what it does.
func BenchmarkIdle(b *testing.B) {
	r := newReport(9, fmt.Sprintf("Idle console for %v", *idleFor), "at most 0.2% CPU, no draw without a change")
	small, large := cluster(b, smallCluster), cluster(b, largeCluster)
	for b.Loop() {
		terminals := map[string]*terminal{
			"kconsole, 4 topics":      open(b, program(b, small, "")),
			"kconsole, 10,000 topics": open(b, program(b, large, "")),
		}
		for _, t := range terminals {
			if err := t.screen("topics", contains("sorted by name")); err != nil {
				b.Fatal(err)
			}
		}
		time.Sleep(15 * time.Second) // sizes and rates come after the first screen
		var wg sync.WaitGroup
		var mu sync.Mutex
		for name, t := range terminals {
			wg.Go(func() {
				before, used := t.count(), cpuTime(t.cmd.Process.Pid)
				time.Sleep(*idleFor)
				cpu := cpuTime(t.cmd.Process.Pid) - used
				t.mu.Lock()
				frames, empty := len(t.frames)-before, 0
				for _, f := range t.frames[before:] {
					if f.cells == 0 {
						empty++
					}
				}
				t.mu.Unlock()
				mu.Lock()
				defer mu.Unlock()
				if runtime.GOOS == "linux" {
					r.row(name, "% CPU").add(100 * cpu.Seconds() / idleFor.Seconds())
				} else {
					r.row(name, "% CPU").missing = "read from /proc, which is not there"
				}
				r.row(name, "frames").add(float64(frames))
				r.row(name, "frames without a change").add(float64(empty))
			})
		}
		wg.Wait()
		for _, t := range terminals {
			t.end()
		}
	}
	r.note("The header's clock changes once a second; that is a frame.")
	r.print(b)
}

// cpuTime is what a process has used so far, in user and kernel mode: proc(5).
func cpuTime(pid int) time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	const utime, stime, tick = 11, 12, 10 * time.Millisecond // USER_HZ is 100
	var sum time.Duration
	for _, f := range []int{utime, stime} {
		n, _ := strconv.ParseInt(fields[f], 10, 64)
		sum += time.Duration(n) * tick
	}
	return sum
}
