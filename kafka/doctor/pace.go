package doctor

import (
	"slices"
	"strings"
	"time"

	"kconsole/kafka"
)

// pace is how fast a group reads, and what it reads from grows.
type pace struct {
	in, out float64 // records a second, all partitions together
	over    time.Duration
}

// leastPace is the shortest time that a pace is measured over.
const leastPace = 2 * time.Second

// pace compares a group with the oldest reading of it. ok is false where there is
// none, or its offsets went back: somebody reset them.
func (f *Facts) pace(g *kafka.Group) (p pace, ok bool) {
	for i := range f.Earlier {
		was := find(f.Earlier[i].Groups, g.ID)
		if was == nil {
			continue
		}
		if p.over = f.Now.Sub(f.Earlier[i].At); p.over < leastPace {
			return pace{}, false
		}
		var in, out int64
		known := false
		for j := range g.Offsets {
			is := &g.Offsets[j]
			before := findOffset(was.Offsets, is.Topic, is.Partition)
			if before == nil || before.End < 0 || is.End < 0 {
				continue
			}
			known = true
			in += max(is.End-before.End, 0)
			if before.Committed >= 0 && is.Committed >= 0 {
				if is.Committed < before.Committed {
					return pace{}, false
				}
				out += is.Committed - before.Committed
			}
		}
		p.in, p.out = float64(in)/p.over.Seconds(), float64(out)/p.over.Seconds()
		return p, known
	}
	return pace{}, false
}

// readers tells whether a group's lag means records that consumers have not
// processed: share groups keep another account.
func readers(g *kafka.Group) bool {
	return g.Err == nil && (g.Type == kafka.GroupClassic || g.Type == kafka.GroupConsumer)
}

func find(groups []kafka.Group, id string) *kafka.Group {
	i, ok := slices.BinarySearchFunc(groups, id, func(g kafka.Group, id string) int { return strings.Compare(g.ID, id) })
	if !ok {
		return nil
	}
	return &groups[i]
}

func findOffset(offsets []kafka.GroupOffset, topic string, partition int32) *kafka.GroupOffset {
	i, ok := slices.BinarySearchFunc(offsets, topic, func(o kafka.GroupOffset, topic string) int {
		if c := strings.Compare(o.Topic, topic); c != 0 {
			return c
		}
		return int(o.Partition) - int(partition)
	})
	if !ok {
		return nil
	}
	return &offsets[i]
}

// furthest is the partition that lags most; nil if none does.
func furthest(g *kafka.Group) *kafka.GroupOffset {
	var most *kafka.GroupOffset
	for i := range g.Offsets {
		if o := &g.Offsets[i]; o.Lag() > 0 && (most == nil || o.Lag() > most.Lag()) {
			most = o
		}
	}
	return most
}
