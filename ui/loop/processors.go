package loop

import (
	"os"
	"runtime"
	"sync"
	"time"
)

// fewest is how many goroutines may run at a time while the loop does, however
// few processors there are.
const fewest = 4

// started is when a console has its first screens: until then more goroutines at
// a time only mean more garbage at a time.
const started = 2 * time.Second

// shareProcessors soon lets more goroutines run at a time than a small machine
// has processors, and returns what undoes it. Go takes a processor from a
// goroutine after 10 ms at the earliest; where two of them decode what a large
// cluster has sent, the event loop waits that long in the middle of a frame. The
// system's scheduler is faster to see who sleeps most of the time: on two
// processors it halved the longest frames. GOMAXPROCS, where it is set, is left
// as it is.
func shareProcessors() (undo func()) {
	before := runtime.GOMAXPROCS(0)
	if before >= fewest || os.Getenv("GOMAXPROCS") != "" {
		return func() {}
	}
	var mu sync.Mutex
	over := false
	timer := time.AfterFunc(started, func() {
		mu.Lock()
		defer mu.Unlock()
		if !over {
			runtime.GOMAXPROCS(fewest)
		}
	})
	return func() {
		timer.Stop()
		mu.Lock()
		defer mu.Unlock()
		over = true
		runtime.GOMAXPROCS(before)
	}
}
