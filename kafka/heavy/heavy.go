// Package heavy bounds how much of the machine goes into working through what a
// large cluster has sent: tens of thousands of partitions, many times a minute.
// One processor is always left for whoever waits for a key to be answered; and
// garbage is collected when it suits what the program does.
package heavy

import (
	"os"
	"runtime"
	"runtime/debug"
)

// turns are taken by those at work. How many there are is told by GOMAXPROCS as it is
// when the program starts, which heeds what a container may use.
var turns = make(chan struct{}, max(1, runtime.GOMAXPROCS(0)-1))

// Do runs f when it is its turn: as many run at a time as the machine has
// processors but one, and one at least. f only computes: it waits for no more than
// a lock that is held for moments, and does not call Do.
func Do(f func()) {
	turns <- struct{}{}
	defer func() { <-turns }()
	f()
}

// Garbage sets how much garbage may lie about: the collector's percentage (GOGC),
// and how many bytes it may take together with what is in use (GOMEMLIMIT). Where
// the user has set one of them, both stay as they are. undo sets what was before.
func Garbage(percent int, memory int64) (undo func()) {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return func() {}
	}
	percent, memory = debug.SetGCPercent(percent), debug.SetMemoryLimit(memory)
	return func() {
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(memory)
	}
}
