package tailbox

import (
	"sync"
	"time"
)

// painter asks for frames, at most one in a while, and never more than one at a
// time: a loop that is busy gets no second one on top.
type painter struct {
	post  func(func())
	every time.Duration

	mu      sync.Mutex
	running bool
	asked   bool // a frame is to come
	last    time.Time
	timer   *time.Timer
}

func newPainter(post func(func()), every time.Duration) *painter {
	return &painter{post: post, every: every}
}

func (p *painter) start() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running, p.asked = p.post != nil, false
}

func (p *painter) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running = false
	if p.timer != nil {
		p.timer.Stop()
	}
}

// ask makes a frame come, now or when the last one is old enough.
func (p *painter) ask() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.running || p.asked {
		return
	}
	p.asked = true
	p.timer = time.AfterFunc(p.every-time.Since(p.last), func() {
		p.mu.Lock()
		running := p.running
		p.mu.Unlock()
		if running {
			p.post(p.painted)
		}
	})
}

// painted runs on the event loop, right before the frame is drawn.
func (p *painter) painted() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked, p.last = false, time.Now()
}
