package page

import (
	"cmp"
	"slices"

	"kconsole/kafka"
)

// Brokers are those that the newest metadata names, and those of our own stack
// that it does not: a broker that is down and holds no replica is not in the
// metadata, but it can be started.
func (s State) Brokers() []kafka.Broker {
	known := s.Snap.Cluster.Brokers
	if !s.Snap.Topics.Ready() {
		return known
	}
	var missing []kafka.Broker
	for id := range s.Processes {
		if !slices.ContainsFunc(known, func(b kafka.Broker) bool { return b.ID == id }) {
			missing = append(missing, kafka.Broker{ID: id, LogBytes: kafka.Unknown})
		}
	}
	if len(missing) == 0 {
		return known
	}
	all := append(slices.Clone(known), missing...)
	slices.SortFunc(all, func(a, b kafka.Broker) int { return cmp.Compare(a.ID, b.ID) })
	return all
}
