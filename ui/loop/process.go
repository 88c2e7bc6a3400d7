package loop

import (
	"math"
	"os"
	"runtime"
	"sync"
	"time"

	"kconsole/kafka/heavy"
)

// fewest is how many goroutines may run at a time while the loop does, however
// few processors there are.
const fewest = 4

// started is when a console has its first screens: until then more goroutines at
// a time only mean more garbage at a time.
const started = 2 * time.Second

// How much garbage may lie about: the collector's percentage (GOGC), and how many
// bytes all of it and what is in use may take together (GOMEMLIMIT).
const (
	// Until the console has started. The first screen of 10,000 topics makes some
	// 20 MiB of garbage, and to collect it while they come made the screen 15 %
	// later. The limit is for a topic with much in it that is shown first.
	startingGC     = 800
	startingMemory = 128 << 20
	// From then on. While it collects, whoever allocates has to help, the event loop
	// too. With Go's own 100 the longest frames were twice as long while a large
	// cluster was read; what it costs is memory: as much again as is in use.
	usualGC     = 200
	usualMemory = math.MaxInt64
	// Go's own, for what else the process does when the console has ended.
	goGC = 100
)

// tuneProcess fits the process to a console, and returns what undoes it.
//
// At first it has to paint soon: garbage waits. Then it lets more goroutines run
// at a time than a small machine has processors. Go takes a processor from a
// goroutine after 10 ms at the earliest; where two of them decode what a large
// cluster has sent, the event loop waits that long in the middle of a frame. The
// system's scheduler is faster to see who sleeps most of the time: on two
// processors it halved the longest frames.
//
// GOMAXPROCS, where it is set, is left as it is, like GOGC and GOMEMLIMIT.
func tuneProcess() (undo func()) {
	share, unshare := func() {}, func() {}
	heavy.Garbage(startingGC, startingMemory)
	if runtime.GOMAXPROCS(0) < fewest && os.Getenv("GOMAXPROCS") == "" {
		share = func() { runtime.GOMAXPROCS(fewest) }
		unshare = runtime.SetDefaultGOMAXPROCS
	}
	var mu sync.Mutex
	over := false
	timer := time.AfterFunc(started, func() {
		mu.Lock()
		defer mu.Unlock()
		if !over {
			heavy.Garbage(usualGC, usualMemory)
			share()
		}
	})
	return func() {
		timer.Stop()
		mu.Lock()
		defer mu.Unlock()
		over = true
		heavy.Garbage(goGC, usualMemory)
		unshare()
	}
}
