package loop

import (
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"time"
)

// fewest is how many goroutines may run at a time while the loop does, however
// few processors there are.
const fewest = 4

// started is when a console has its first screens: until then more goroutines at
// a time only mean more garbage at a time.
const started = 2 * time.Second

// startingGC is the garbage collector's percentage (GOGC) until then. The first
// screen of 10,000 topics makes some 20 MiB of it, and to collect it while they
// come made the screen 15 % later.
const (
	startingGC = 800
	usualGC    = 100 // Go's own
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
// GOGC and GOMAXPROCS, where they are set, are left as they are.
func tuneProcess() (undo func()) {
	collect, share, unshare := func() {}, func() {}, func() {}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(startingGC)
		collect = func() { debug.SetGCPercent(usualGC) }
	}
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
			collect()
			share()
		}
	})
	return func() {
		timer.Stop()
		mu.Lock()
		defer mu.Unlock()
		over = true
		collect()
		unshare()
	}
}
