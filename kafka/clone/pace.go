package clone

import (
	"context"
	"time"

	"kconsole/kafka"
)

const (
	catchUp = time.Second          // how much time that was lost may be made up for
	nap     = 5 * time.Millisecond // a shorter sleep is not worth it: the next one is longer
)

// pace keeps to a number of bytes a second.
type pace struct {
	rate int64 // not positive: no bound
	due  time.Time
}

// wait sleeps until as many bytes more may follow.
func (p *pace) wait(ctx context.Context, bytes int64) error {
	if p.rate <= 0 {
		return nil
	}
	now := time.Now()
	if oldest := now.Add(-catchUp); p.due.IsZero() {
		p.due = now
	} else if p.due.Before(oldest) {
		p.due = oldest
	}
	p.due = p.due.Add(time.Duration(float64(bytes) / float64(p.rate) * float64(time.Second)))
	left := p.due.Sub(now)
	if left < nap {
		return nil
	}
	timer := time.NewTimer(left)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// reportEvery is how often it is told how far the copy is; the rate is that of
// the last rateSpan of these.
const (
	reportEvery = 250 * time.Millisecond
	rateSpan    = 12
)

// report tells how far the copy is until it is stopped.
type report struct{ end, done chan struct{} }

func startReport(tell func(kafka.Progress), now func() kafka.Progress) *report {
	r := &report{end: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(r.done)
		if tell == nil {
			return
		}
		start := time.Now()
		var counts []int64
		say := func() {
			p := now()
			p.Elapsed = time.Since(start)
			counts = append(counts, p.Done)
			if len(counts) > rateSpan {
				counts = counts[1:]
			}
			if n := len(counts); n > 1 {
				p.Rate = float64(counts[n-1]-counts[0]) / (reportEvery * time.Duration(n-1)).Seconds()
			}
			tell(p)
		}
		ticker := time.NewTicker(reportEvery)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				say()
			case <-r.end:
				say()
				return
			}
		}
	}()
	return r
}

// stop tells it one last time.
func (r *report) stop() {
	close(r.end)
	<-r.done
}
