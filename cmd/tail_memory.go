package cmd

import (
	"os"
	"runtime/debug"
)

// fetchBytes is how much a tail to a pipe or file asks a broker for at a time.
const fetchBytes = 4 << 20

// Go's collector runs when the heap has doubled; where it holds nothing but a few
// fetches that is several times in each of them, and half of what reading costs.
// A tail lets it grow to five times, unless it is as large as tailHeap.
const (
	tailGC   = 400
	tailHeap = 256 << 20
)

// spareGC has garbage collected less often, and returns what undoes it. GOGC and
// GOMEMLIMIT, where they are set, are left as they are.
func spareGC() (undo func()) {
	percent, limit := -1, int64(-1)
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		percent, limit = debug.SetGCPercent(tailGC), debug.SetMemoryLimit(tailHeap)
	}
	return func() {
		if limit >= 0 {
			debug.SetGCPercent(percent)
			debug.SetMemoryLimit(limit)
		}
	}
}
