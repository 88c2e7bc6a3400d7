package load

import (
	"math"
	"time"
)

// pace is a schedule: record i is due i/rate seconds after the start. Being late
// is made up for, so that the mean rate stays, and a record's delay counts from
// when it was due.
type pace struct {
	rate float64 // records a second
}

// due is how many records should have been sent after that time.
func (p pace) due(elapsed time.Duration) int64 {
	return int64(math.Floor(elapsed.Seconds()*p.rate)) + 1
}

// at is when record i is due, from 0.
func (p pace) at(i int64) time.Duration {
	return time.Duration(float64(i) / p.rate * float64(time.Second))
}

// nap is the shortest sleep: the timers of operating systems are not better, and
// what becomes due meanwhile is sent together.
const nap = time.Millisecond

// wait is how long to sleep until record i is due; 0: it is.
func (p pace) wait(elapsed time.Duration, i int64) time.Duration {
	left := p.at(i) - elapsed
	if left <= 0 {
		return 0
	}
	return max(left, nap)
}

// clock is the time, and sleeping; tests have their own.
type clock struct {
	now   func() time.Time
	sleep func(d time.Duration, done <-chan struct{})
}

var wallClock = clock{now: time.Now, sleep: func(d time.Duration, done <-chan struct{}) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-done:
	}
}}
