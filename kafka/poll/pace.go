package poll

import (
	"context"
	"time"
)

// How a poller with [Options.Spare] spares a large cluster and itself. A round
// that reads few things comes at its interval, a large one when what it reads has
// been paid for. A console on 10,000 topics so reads all of them every ten to
// twenty seconds, and once a minute while nobody is at it; one on a few hundred
// reads them every two seconds.
const (
	attendedRate    = 8_000 // offsets, partitions, replicas or groups a second, in each lane
	attendedLongest = 20 * time.Second
	idleRate        = 800
	idleLongest     = time.Minute
	// idleAfter is how long somebody who has pressed a key is at it.
	idleAfter = 10 * time.Second
	// unrestLasts is how long a change makes others likely: leaders move, replicas
	// come back into sync.
	unrestLasts = time.Minute
	// earliest bounds how soon a change may bring the next whole round, in
	// intervals.
	earliest = 5
)

// Touch tells that somebody is at it: what was read less often because nobody was
// is read now. It does not wait and may be called with every key.
func (p *Poller) Touch() {
	now := time.Now()
	was := time.Unix(0, p.touched.Swap(now.UnixNano()))
	if !p.opts.Spare || now.Sub(was) < idleAfter {
		return
	}
	for _, l := range p.lanes {
		select {
		case l.touch <- struct{}{}:
		default:
		}
	}
}

// within tells whether a moment, in Unix nanoseconds, is no longer ago than d.
func within(at int64, d time.Duration) bool { return time.Since(time.Unix(0, at)) < d }

// every is the time from the start of one round of a lane to the start of the
// next.
func (p *Poller) every(l *lane) time.Duration {
	if !p.opts.Spare {
		return l.every
	}
	rate, longest := time.Duration(idleRate), idleLongest
	if within(p.touched.Load(), idleAfter) || within(p.unrest.Load(), unrestLasts) {
		rate, longest = attendedRate, attendedLongest
	}
	return max(l.every, min(time.Duration(l.cost)*time.Second/rate, longest))
}

// rest waits until the next round of a lane is due, or somebody asks for it. In
// the meantime it keeps up to date what is looked at.
func (p *Poller) rest(ctx context.Context, l *lane, start time.Time) {
	ended := time.Now()
	glanced := ended
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		every := p.every(l)
		// A read that took longer than the interval still leaves a pause.
		due := start.Add(every)
		if least := ended.Add(l.every / 4); due.Before(least) {
			due = least
		}
		next := due
		if l.glance != nil && every > l.every {
			if at := glanced.Add(l.every); at.Before(next) {
				next = at
			}
		}
		timer.Reset(time.Until(next))
		select {
		case <-ctx.Done():
			return
		case <-l.wake:
			if p.asked(l) {
				return
			}
			continue // the last round had begun when it came
		case <-l.touch:
			continue // it may be due now
		case <-timer.C:
		}
		switch now := time.Now(); {
		case !now.Before(start.Add(p.every(l))) && !now.Before(ended.Add(l.every/4)):
			return
		case l.glance != nil && !now.Before(glanced.Add(l.every)):
			glanced = now
			if l.glance(ctx, p.wanted()) {
				continue
			}
			p.unrest.Store(now.UnixNano())
			if now.Sub(start) >= earliest*l.every {
				return
			}
		}
	}
}
