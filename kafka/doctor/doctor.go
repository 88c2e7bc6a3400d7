package doctor

import (
	"context"
	"sync"
	"time"

	"kconsole/avro/registry"
	"kconsole/kafka"
)

// Options say how to look. The zero value is fine.
type Options struct {
	// Registry is the cluster's schema registry; nil: none.
	Registry *registry.Client
	// Window is how long the first look watches the groups, to see what grows;
	// 5 s if zero, not at all if negative. Later looks compare with earlier ones
	// and do not wait.
	Window time.Duration
	// NoRecords leaves out the sample of records, for those who may not read them.
	NoRecords bool
	// NoListeners leaves out the test of every listener.
	NoListeners bool
	// Paused tells of a lab which brokers its stack has paused, with the address of
	// each; nil: nobody knows.
	Paused func(context.Context) map[int32]string
	// Clock tells the time; time.Now if nil.
	Clock func() time.Time
}

// Doctor looks at one cluster, again and again. It is safe for concurrent use;
// looks follow each other.
type Doctor struct {
	cluster *kafka.Cluster
	opts    Options

	mu       sync.Mutex
	readings []Reading
	turn     int // where the sample of topics goes on
	subjects int // where the look at subjects goes on
	found    map[string]Subject
}

// How much of the past is kept.
const (
	maxReadings = 12
	readingsAge = 2 * time.Minute
)

// New makes a doctor for a cluster. The caller keeps the cluster and the registry
// open as long as the doctor looks, and closes them.
func New(c *kafka.Cluster, o Options) *Doctor {
	if o.Window == 0 {
		o.Window = 5 * time.Second
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	return &Doctor{cluster: c, opts: o, found: make(map[string]Subject)}
}

// Look takes facts and examines them. It does not fail: what cannot be read is
// in the report, as a finding (nobody answers at a listener) or as a check that
// was not made. The first look takes Options.Window, and each at most about 15 s
// more; it ends early with ctx, and then has looked at less.
func (d *Doctor) Look(ctx context.Context) Report {
	d.mu.Lock()
	defer d.mu.Unlock()
	start := d.opts.Clock()
	rep := Examine(d.gather(ctx))
	rep.Took = d.opts.Clock().Sub(start)
	return rep
}

// Facts takes the facts without examining them, as [Doctor.Look] does.
func (d *Doctor) Facts(ctx context.Context) *Facts {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.gather(ctx)
}

// remember keeps a reading for the next look.
func (d *Doctor) remember(r Reading) {
	d.readings = append(d.readings, r)
	for len(d.readings) > maxReadings || len(d.readings) > 0 && r.At.Sub(d.readings[0].At) > readingsAge {
		d.readings = d.readings[1:]
	}
}
