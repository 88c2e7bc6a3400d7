package poll

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"kconsole/kafka"
)

// Options say how a [Poller] polls. The zero value is fine.
type Options struct {
	// Interval is the time from the start of one round to the start of the
	// next; 2 s if not positive. What changes rarely or costs more (ACLs,
	// subjects, sizes) is read less often.
	Interval time.Duration
	// Spare reads a large cluster less often than at the interval, and even less
	// while nobody is at it, as [Poller.Touch] tells; but for what is looked at, as
	// [Poller.Focus] tells. Without it every round comes at the interval.
	Spare bool
	// Timeout bounds each read of a round; 8 s if not positive.
	Timeout time.Duration
	// Registry is where subjects come from; nil if there is no registry.
	Registry SubjectSource
	// Clock tells the time that goes into snapshots; time.Now if nil.
	Clock func() time.Time
}

// SubjectSource lists the subjects of a schema registry with their versions.
// What could be read comes beside the error.
type SubjectSource interface {
	Subjects(ctx context.Context) ([]kafka.Subject, error)
}

// Poller reads a cluster again and again, as long as [Poller.Run] runs, and
// only what is watched. It holds the newest [Snapshot]; nobody who reads it
// waits, and it waits for nobody.
type Poller struct {
	cluster *kafka.Cluster
	opts    Options
	latest  atomic.Pointer[Snapshot]
	notify  chan struct{}
	history *History
	events  eventLog

	touched atomic.Int64  // when somebody was last at it, in Unix nanoseconds
	unrest  atomic.Int64  // when brokers last came or went
	turn    atomic.Uint32 // of the rounds that read the offsets; see kinds

	publishing sync.Mutex // one snapshot is made at a time

	spare topicsCopy // the sizes' lane's own, not published

	mu       sync.Mutex // guards what follows; held for moments only
	watchers map[Scope]int
	problems map[Scope]Problem
	lanes    []*lane
	waiting  Scope             // for the first topics
	focus    []string          // topics on the screen
	schemas  map[string]string // topic -> "avro v3", from the newest subjects
}

// lane is one sequence of reads: within it nothing overlaps, and what is slow
// in one does not hold up the others.
type lane struct {
	scopes Scope
	every  time.Duration
	// read tells how many offsets, partitions, replicas or groups it has read.
	read func(ctx context.Context, want Scope) (cost int)
	// glance keeps up to date what is looked at between two rounds that are far
	// apart, and tells whether they may stay so; nil: nothing does.
	glance func(ctx context.Context, want Scope) (calm bool)
	wake   chan struct{} // capacity 1: somebody asked for what no round has read, where asked is set
	touch  chan struct{} // capacity 1: the interval may be another one now
	cost   int           // of the last round; the lane's own
	asked  bool          // since the last round began; guarded by the poller's lock
}

// New makes a poller; it reads nothing before [Poller.Run].
func New(c *kafka.Cluster, opts Options) *Poller {
	if opts.Interval <= 0 {
		opts.Interval = 2 * time.Second
	}
	if opts.Timeout <= 0 {
		opts.Timeout = 8 * time.Second
	}
	if opts.Clock == nil {
		opts.Clock = time.Now
	}
	p := &Poller{
		cluster: c, opts: opts, notify: make(chan struct{}, 1), history: newHistory(),
		watchers: make(map[Scope]int), problems: make(map[Scope]Problem),
	}
	p.latest.Store(&Snapshot{At: opts.Clock(), Cluster: kafka.ClusterInfo{Controller: kafka.NoLeader}, History: p.history})
	p.Touch()
	p.lane(Topics|Offsets, opts.Interval, p.readTopics).glance = p.glanceTopics
	p.lane(Groups|Lag, opts.Interval, p.readGroups)
	p.lane(Sizes, max(opts.Interval, slowInterval), p.readSizes)
	p.lane(Last, max(opts.Interval, slowInterval), p.readLast)
	p.lane(ACLs, max(opts.Interval, slowInterval), p.readACLs)
	if opts.Registry != nil {
		p.lane(Subjects, max(opts.Interval, slowInterval), p.readSubjects)
	}
	return p
}

// slowInterval is how often things are read that change rarely.
const slowInterval = 5 * time.Second

func (p *Poller) lane(scopes Scope, every time.Duration, read func(context.Context, Scope) int) *lane {
	l := &lane{scopes: scopes, every: every, read: read, wake: make(chan struct{}, 1), touch: make(chan struct{}, 1)}
	p.lanes = append(p.lanes, l)
	return l
}

// Run polls until ctx ends. It returns when all reads have ended. Call it once.
func (p *Poller) Run(ctx context.Context) {
	var wg sync.WaitGroup
	for _, l := range p.lanes {
		wg.Go(func() { p.run(ctx, l) })
	}
	wg.Wait()
}

// Watch asks for scopes to be kept up to date until release is called. What
// nobody else watches is read at once. Release may be called more than once.
func (p *Poller) Watch(scopes Scope) (release func()) {
	p.mu.Lock()
	var fresh Scope
	for one := Scope(1); one <= scopes; one <<= 1 {
		if scopes&one == 0 {
			continue
		}
		if p.watchers[one]++; p.watchers[one] == 1 {
			fresh |= one
		}
	}
	// With the same lock: a round that begins now knows of it, and none comes after.
	p.askLocked(fresh)
	p.mu.Unlock()
	p.wake(fresh)
	var once sync.Once
	return func() { once.Do(func() { p.unwatch(scopes) }) }
}

func (p *Poller) unwatch(scopes Scope) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for one := Scope(1); one <= scopes; one <<= 1 {
		if scopes&one == 0 {
			continue
		}
		if p.watchers[one]--; p.watchers[one] <= 0 {
			delete(p.watchers, one)
		}
	}
	want := p.wantedLocked()
	for scope := range p.problems {
		if want&scope == 0 { // nobody will read it again, so nobody can end it
			delete(p.problems, scope)
		}
	}
}

// Refresh reads everything that is watched again, now.
func (p *Poller) Refresh() {
	p.turn.Store(0)
	p.again(^Scope(0))
}

// again has scopes read anew.
func (p *Poller) again(scopes Scope) {
	p.mu.Lock()
	p.askLocked(scopes)
	p.mu.Unlock()
	p.wake(scopes)
}

func (p *Poller) askLocked(scopes Scope) {
	for _, l := range p.lanes {
		if l.scopes&scopes != 0 {
			l.asked = true
		}
	}
}

// asked tells whether somebody asked for more since a lane's last round began.
func (p *Poller) asked(l *lane) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return l.asked
}

// wake has lanes look at what is asked for.
func (p *Poller) wake(scopes Scope) {
	for _, l := range p.lanes {
		if l.scopes&scopes == 0 {
			continue
		}
		select {
		case l.wake <- struct{}{}:
		default:
		}
	}
}

// Latest is the newest snapshot. It is never nil; before the first good read
// its parts are not Ready.
func (p *Poller) Latest() *Snapshot { return p.latest.Load() }

// Notify receives a value after something changed in the newest snapshot. Its
// capacity is 1: several changes may give one value.
func (p *Poller) Notify() <-chan struct{} { return p.notify }

// begin is what a round of a lane has to read; what was asked for is in it.
func (p *Poller) begin(l *lane) Scope {
	p.mu.Lock()
	defer p.mu.Unlock()
	l.asked = false
	return p.wantedLocked()
}

// wanted is what is watched, with what that needs beside it.
func (p *Poller) wanted() Scope {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.wantedLocked()
}

func (p *Poller) wantedLocked() Scope {
	var want Scope
	for scope := range p.watchers {
		want |= scope
	}
	if want&Lag != 0 {
		want |= Groups
	}
	if want&(Offsets|Sizes|Last) != 0 {
		want |= Topics
	}
	return want
}

// run is a lane's loop.
func (p *Poller) run(ctx context.Context, l *lane) {
	for ctx.Err() == nil {
		want := p.begin(l)
		if want&l.scopes == 0 { // idle until somebody watches
			select {
			case <-ctx.Done():
			case <-l.wake:
			}
			continue
		}
		start := time.Now()
		l.cost = l.read(ctx, want)
		p.rest(ctx, l, start)
	}
}

// limit bounds one read.
func (p *Poller) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, p.opts.Timeout)
}
