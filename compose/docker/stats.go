package docker

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
	"golang.org/x/sync/errgroup"

	"kconsole/compose"
)

var _ compose.Measurer = (*Stack)(nil)

// Measure measures the brokers' containers, the running ones.
func (s *Stack) Measure(ctx context.Context) ([]compose.Usage, error) {
	var services []string
	for id := int32(1); id <= brokerCount; id++ {
		services = append(services, brokerService(id))
	}
	measured, err := s.usage(ctx, services)
	if err != nil {
		return nil, err
	}
	var list []compose.Usage
	for i, service := range services {
		if u, ok := measured[service]; ok {
			u.ID = int32(i + 1)
			list = append(list, u)
		}
	}
	return list, nil
}

// usage measures the running containers among some services, nil: among all. It
// takes about a second, which is how long the engine looks at their processors.
func (s *Stack) usage(ctx context.Context, services []string) (map[string]compose.Usage, error) {
	ctx, cancel := context.WithTimeout(ctx, engineLimit)
	defer cancel()
	all, err := s.engine.containers(ctx, s.layout.Project)
	if err != nil {
		return nil, err
	}
	maps.DeleteFunc(all, func(service string, c container.InspectResponse) bool {
		return stateOf(c) == compose.Stopped || services != nil && !slices.Contains(services, service)
	})
	names := slices.Sorted(maps.Keys(all))
	list := make([]compose.Usage, len(names))
	group, ctx := errgroup.WithContext(ctx)
	for i, service := range names {
		group.Go(func() (err error) {
			list[i], err = s.engine.measure(ctx, service, all[service].ID)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	measured := make(map[string]compose.Usage, len(names))
	for i, service := range names {
		if list[i].Memory > 0 { // it has not ended in between
			measured[service] = list[i]
		}
	}
	return measured, nil
}

func (e *engine) measure(ctx context.Context, service, id string) (u compose.Usage, err error) {
	res, err := e.api.ContainerStats(ctx, id, client.ContainerStatsOptions{IncludePreviousSample: true})
	if err != nil {
		return u, e.gone("measuring "+service, err)
	}
	defer res.Body.Close()
	var now container.StatsResponse
	if err := json.NewDecoder(res.Body).Decode(&now); err != nil {
		return u, e.explain("measuring "+service, err)
	}
	u.Memory = int64(now.MemoryStats.Usage)
	for _, name := range []string{"inactive_file", "total_inactive_file"} { // cgroup 2 and 1
		if cache, ok := now.MemoryStats.Stats[name]; ok && int64(cache) < u.Memory {
			u.Memory -= int64(cache)
			break
		}
	}
	u.Limit = int64(now.MemoryStats.Limit)
	if took := now.Read.Sub(now.PreRead); took > 0 && took < time.Minute {
		used := time.Duration(now.CPUStats.CPUUsage.TotalUsage) - time.Duration(now.PreCPUStats.CPUUsage.TotalUsage)
		u.CPU = max(used.Seconds()/took.Seconds(), 0)
	}
	return u, nil
}
