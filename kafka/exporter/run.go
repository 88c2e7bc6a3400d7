package exporter

import (
	"context"
	"net"
	"sync"
	"time"

	"kconsole/kafka"
	"kconsole/kafka/poll"
)

// Run reads a cluster at an interval and serves its metrics on ln until ctx ends.
// What is older than four intervals, and [DefaultMaxAge] at least, is not shown
// unless opts say otherwise. The caller closes the cluster.
func Run(ctx context.Context, c *kafka.Cluster, ln net.Listener, interval time.Duration, opts Options) error {
	if opts.MaxAge == 0 {
		opts.MaxAge = max(DefaultMaxAge, 4*interval)
	}
	poller := poll.New(c, poll.Options{Interval: interval})
	defer poller.Watch(Scopes)()
	ctx, cancel := context.WithCancel(ctx)
	var polling sync.WaitGroup
	polling.Go(func() { poller.Run(ctx) })
	defer polling.Wait()
	defer cancel()
	return New(poller, opts).Serve(ctx, ln)
}
