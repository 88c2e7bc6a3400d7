package cmd

// fetchBytes is how much a tail to a pipe or file asks a broker for at a time.
const fetchBytes = 4 << 20

// Go's collector runs when the heap has doubled; where it holds nothing but a few
// fetches that is several times in each of them, and half of what reading costs.
// A tail lets it grow to five times, unless it is as large as tailHeap.
const (
	tailGC   = 400
	tailHeap = 256 << 20
)
