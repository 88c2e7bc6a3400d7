package kafka

import (
	"context"
	"sync"
	"time"
)

// deadlines bounds how long records may take by contexts. The client library's
// own RecordDeliveryTimeout counts from a record's timestamp, and so fails at
// once what is written again with an old one.
//
// Records that are sent shortly after each other share a context: one a record
// would cost more than the record.
type deadlines struct {
	limit time.Duration

	mu     sync.Mutex
	parent context.Context // whose child ctx is
	ctx    context.Context // what records get until stale
	stale  time.Time
}

// shared is the part of the limit for which a context is given to new records;
// the last of them have that much less time.
const shared = 16

// of is the context of a record that is sent now.
func (d *deadlines) of(parent context.Context, now time.Time) context.Context {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.parent != parent || !now.Before(d.stale) {
		ctx, cancel := context.WithDeadline(parent, now.Add(d.limit))
		context.AfterFunc(ctx, cancel)
		d.parent, d.ctx, d.stale = parent, ctx, now.Add(d.limit/shared)
	}
	return d.ctx
}
