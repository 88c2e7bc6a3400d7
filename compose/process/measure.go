package process

import (
	"context"
	"fmt"
	"time"

	"kconsole/compose"
)

var _ compose.Measurer = (*Stack)(nil)

// measureOver is the time between the two looks that give the use of processors.
const measureOver = time.Second

// Measure measures the brokers' processes, the running ones. Only Linux tells.
func (s *Stack) Measure(ctx context.Context) ([]compose.Usage, error) {
	type sample struct {
		pid int
		cpu time.Duration
		at  time.Time
	}
	first := make(map[int32]sample, len(s.brokers))
	for i, u := range s.brokers {
		state, rec, err := u.state()
		if err != nil {
			return nil, err
		}
		if state == compose.Stopped || rec.PID == 0 {
			continue
		}
		cpu, _, err := consumed(rec.PID)
		if err != nil {
			return nil, fmt.Errorf("measuring %s: %w", u.name, err)
		}
		first[int32(i+1)] = sample{rec.PID, cpu, time.Now()}
	}
	select {
	case <-time.After(measureOver):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	var list []compose.Usage
	for id := int32(1); int(id) <= len(s.brokers); id++ {
		was, ok := first[id]
		if !ok {
			continue
		}
		cpu, memory, err := consumed(was.pid)
		if err != nil {
			return nil, fmt.Errorf("measuring kafka-%d: %w", id, err)
		}
		if memory == 0 {
			continue // it has ended
		}
		list = append(list, compose.Usage{ID: id, CPU: (cpu - was.cpu).Seconds() / time.Since(was.at).Seconds(), Memory: memory})
	}
	return list, nil
}
