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

// Usage is what one container uses.
type Usage struct {
	Service string        `json:"service"`
	State   compose.State `json:"state"`
	CPU     float64       `json:"cpu"`    // of one core, over the last second: 1.5 is one and a half cores
	Memory  int64         `json:"memory"` // bytes, without the file cache
	Limit   int64         `json:"limit"`  // bytes
}

// Usage measures all running containers of the stack, sorted by name. It takes
// about a second, which is how long the engine looks at their processors.
func (s *Stack) Usage(ctx context.Context) ([]Usage, error) {
	ctx, cancel := context.WithTimeout(ctx, engineLimit)
	defer cancel()
	all, err := s.engine.containers(ctx, s.layout.Project)
	if err != nil {
		return nil, err
	}
	list := make([]Usage, 0, len(all))
	for _, service := range slices.Sorted(maps.Keys(all)) {
		list = append(list, Usage{Service: service, State: stateOf(all[service])})
	}
	group, ctx := errgroup.WithContext(ctx)
	for i := range list {
		if list[i].State == compose.Stopped {
			continue
		}
		group.Go(func() error { return s.engine.measure(ctx, all[list[i].Service].ID, &list[i]) })
	}
	return list, group.Wait()
}

func (e *engine) measure(ctx context.Context, id string, u *Usage) error {
	res, err := e.api.ContainerStats(ctx, id, client.ContainerStatsOptions{IncludePreviousSample: true})
	if err != nil {
		return e.explain("measuring "+u.Service, err)
	}
	defer res.Body.Close()
	var now container.StatsResponse
	if err := json.NewDecoder(res.Body).Decode(&now); err != nil {
		return e.explain("measuring "+u.Service, err)
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
		u.CPU = used.Seconds() / took.Seconds()
	}
	return nil
}
