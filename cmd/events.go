package cmd

import (
	"context"
	"log/slog"
	"sync"

	"github.com/twmb/franz-go/pkg/sr"

	"kconsole/kafka/config"
	"kconsole/labs/services"
)

// backfill is how many sample events a new lab starts with, so that there is
// something to look at in the first second.
const backfill = 400

// startEvents runs the sample shop on a cluster: a producer and a consumer. The
// returned function ends both and waits for them.
func startEvents(ctx context.Context, cl config.Cluster, log *slog.Logger) (stop func(), err error) {
	options, err := config.KgoOptions(cl)
	if err != nil {
		return nil, err
	}
	client, err := cl.Registry.HTTPClient()
	if err != nil {
		return nil, err
	}
	registry, err := sr.NewClient(sr.URLs(cl.Registry.URL), sr.HTTPClient(client))
	if err != nil {
		return nil, err
	}
	source, err := services.OpenSource(ctx, services.SourceConfig{
		Options: options, Registry: registry, Rate: 5, Backfill: backfill, Seed: 4711, Log: log,
	})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() {
		defer source.Close()
		source.Run(ctx)
	})
	running.Go(func() {
		if err := services.RunBilling(ctx, options); err != nil {
			log.Error("the sample consumer ended", "err", err)
		}
	})
	return func() {
		cancel()
		running.Wait()
		client.CloseIdleConnections()
	}, nil
}
