package loop

import (
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Frames is how long the event loop was held by frames: by the posts or the key
// that caused one, the drawing, and telling what changed to what writes it to the
// terminal (where that is the terminal itself, until it is written). While it lasts
// no key is answered. A frame that a slow terminal misses is none.
type Frames struct {
	Drawn int64         // frames since the start, or the last reset
	Max   time.Duration // the longest
	P50   time.Duration // half of them took no longer
	P99   time.Duration // 99 of 100 took no longer
}

// meter measures frames. What it knows of the present one belongs to the event
// loop.
type meter struct {
	began time.Time // of the present frame; zero: there is none

	mu   sync.Mutex
	hist *hdrhistogram.Histogram // microseconds
}

// longestFrame bounds what is told apart: longer ones count as this long.
const longestFrame = time.Minute

func newMeter() *meter {
	return &meter{hist: hdrhistogram.New(1, longestFrame.Microseconds(), 3)}
}

// begin notes that the event loop is held from now on, unless it is already.
func (m *meter) begin() {
	if m.began.IsZero() {
		m.began = time.Now()
	}
}

// drop forgets what began: nothing was drawn.
func (m *meter) drop() { m.began = time.Time{} }

// shown ends the frame.
func (m *meter) shown() {
	if m.began.IsZero() {
		return
	}
	took := min(max(time.Since(m.began), time.Microsecond), longestFrame)
	m.drop()
	m.mu.Lock()
	defer m.mu.Unlock()
	_ = m.hist.RecordValue(took.Microseconds()) // within its bounds: no error
}

// Frames tells how long frames took. It may be called from anywhere.
func (l *Loop) Frames() Frames {
	m := l.meter
	m.mu.Lock()
	defer m.mu.Unlock()
	at := func(percent float64) time.Duration {
		return time.Duration(m.hist.ValueAtPercentile(percent)) * time.Microsecond
	}
	return Frames{
		Drawn: m.hist.TotalCount(), Max: time.Duration(m.hist.Max()) * time.Microsecond,
		P50: at(50), P99: at(99),
	}
}

// ResetFrames begins to count anew.
func (l *Loop) ResetFrames() {
	l.meter.mu.Lock()
	defer l.meter.mu.Unlock()
	l.meter.hist.Reset()
}
