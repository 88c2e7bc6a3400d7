package heavy

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
)

// TestDo lets more goroutines at it than there are turns: no more than those run
// at a time, and all of them do.
func TestDo(t *testing.T) {
	var wg sync.WaitGroup
	var now, most, ran atomic.Int64
	const all = 64
	for range all {
		wg.Go(func() {
			Do(func() {
				n := now.Add(1)
				for {
					seen := most.Load()
					if n <= seen || most.CompareAndSwap(seen, n) {
						break
					}
				}
				runtime.Gosched()
				now.Add(-1)
				ran.Add(1)
			})
		})
	}
	wg.Wait()
	if limit := int64(max(1, runtime.GOMAXPROCS(0)-1)); most.Load() > limit || ran.Load() != all {
		t.Errorf("%d ran, %d at a time; want %d and at most %d", ran.Load(), most.Load(), all, limit)
	}
}

// TestDoPanics: a turn is given back whatever happens in it.
func TestDoPanics(t *testing.T) {
	for range 2 * runtime.NumCPU() {
		func() {
			defer func() { _ = recover() }()
			Do(func() { panic("in its turn") })
		}()
	}
	ran := false
	Do(func() { ran = true })
	if !ran {
		t.Error("nothing ran after a panic")
	}
}
