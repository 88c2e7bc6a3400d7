// Package heavy bounds how much of the machine goes into working through what a
// large cluster has sent: tens of thousands of partitions, many times a minute.
// One processor is always left for whoever waits for a key to be answered.
package heavy

import "runtime"

// turns are taken by those at work. How many there are is told by GOMAXPROCS as it is
// when the program starts, which heeds what a container may use.
var turns = make(chan struct{}, max(1, runtime.GOMAXPROCS(0)-1))

// Do runs f when it is its turn: as many run at a time as the machine has
// processors but one, and one at least. f only computes: it neither waits for
// anything nor calls Do.
func Do(f func()) {
	turns <- struct{}{}
	defer func() { <-turns }()
	f()
}
