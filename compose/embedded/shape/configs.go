package shape

import (
	"maps"
	"strconv"
	"strings"
	"time"
)

// AllBrokers stands for the cluster-wide default among broker configurations.
const AllBrokers int32 = -1

// SetConfigs changes dynamic broker configurations: of one broker, or of all
// of them. A nil value removes one. Values were checked by the caller.
func (s *Shape) SetConfigs(id int32, changes map[string]*string) error {
	return s.update(func(now time.Time) {
		next := maps.Clone(s.configs[id])
		if next == nil {
			next = map[string]string{}
		}
		for name, value := range changes {
			if value == nil {
				delete(next, name)
			} else {
				next[name] = *value
			}
		}
		s.configs[id] = next
		s.reconfigured[id] = struct{}{}
		s.version++
		s.applyConfigs()
		s.electOffline(now)
	})
}

// applyConfigs derives what elections and copying depend on.
func (s *Shape) applyConfigs() {
	all := s.configs[AllBrokers]
	s.minISR, s.unclean, s.rate = max(1, s.cfg.MinISR), s.cfg.Unclean, 0
	if n, err := strconv.Atoi(all["min.insync.replicas"]); err == nil {
		s.minISR = max(1, n)
	}
	if v, ok := all["unclean.leader.election.enable"]; ok {
		s.unclean = strings.EqualFold(v, "true")
	}
	for _, set := range s.configs {
		for _, name := range []string{"leader.replication.throttled.rate", "follower.replication.throttled.rate"} {
			if n, err := strconv.ParseInt(set[name], 10, 64); err == nil && n > 0 && (s.rate == 0 || n < s.rate) {
				s.rate = n
			}
		}
	}
}

// Config returns a dynamic broker configuration as it is set for one broker
// (or AllBrokers), without any default.
func (v View) Config(id int32, name string) (string, bool) {
	value, ok := v.s.configs[id][name]
	return value, ok
}
