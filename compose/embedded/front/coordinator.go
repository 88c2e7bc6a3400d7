package front

import (
	"strings"
	"unicode/utf16"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kconsole/compose/embedded/shape"
	"kconsole/compose/embedded/wire"
)

// The internal topics whose partition leaders are the coordinators. They exist
// as topics, so that every API agrees on who coordinates what; the engine
// keeps the state itself, and they hold no records.
const (
	offsetsTopic = "__consumer_offsets"
	txnTopic     = "__transaction_state"
	shareTopic   = "__share_group_state"

	coordinatorPartitions = 50 // offsets.topic.num.partitions and its siblings
)

// coordinatorTopics by FindCoordinator's key type.
var coordinatorTopics = map[int8]string{0: offsetsTopic, 1: txnTopic, 2: shareTopic}

func init() {
	handlers[kmsg.FindCoordinator] = findCoordinator
}

// internalTopic makes sure that an internal topic exists.
func (s *Server) internalTopic(name string) error {
	s.topicsMu.Lock()
	defer s.topicsMu.Unlock()
	known := false
	brokers := 0
	s.cfg.Shape.View(func(v shape.View) {
		_, known = v.Topic(name)
		brokers = len(v.Brokers())
	})
	if known {
		return nil
	}
	t, ok := s.cfg.Engine.Topic(name)
	if !ok {
		err := s.cfg.Engine.CreateTopic(name, coordinatorPartitions, map[string]string{
			"cleanup.policy": "compact", "segment.bytes": "104857600", internalMark: "true",
		})
		if err != nil {
			return err
		}
		t, _ = s.cfg.Engine.Topic(name)
	}
	plan, kerror, _ := s.cfg.Shape.Plan(coordinatorPartitions, min(3, brokers))
	if kerror != nil {
		return kerror
	}
	return s.cfg.Shape.AddTopic(name, t.ID, true, plan)
}

// coordinator returns the broker that coordinates key, NoLeader for none now.
func coordinator(v shape.View, topic, key string) int32 {
	p, ok := v.Partition(topic, partitionFor(key))
	if !ok {
		return shape.NoLeader
	}
	return p.Leader
}

// partitionFor hashes a group or transactional id as Kafka's brokers do: Java's
// String.hashCode, made positive, modulo the number of partitions.
func partitionFor(key string) int32 {
	var h int32
	for _, u := range utf16.Encode([]rune(key)) {
		h = 31*h + int32(u)
	}
	return (h & 0x7fffffff) % coordinatorPartitions
}

// findCoordinator lets the engine check the rights, and names the leader of
// the key's partition of the internal topic.
func findCoordinator(c *conn, r *wire.Request, req kmsg.Request) ([]byte, error) {
	fr := req.(*kmsg.FindCoordinatorRequest)
	resp, err := ask[*kmsg.FindCoordinatorResponse](c, r, fr)
	if err != nil {
		return nil, err
	}
	topic := coordinatorTopics[fr.CoordinatorType]
	if topic != "" {
		if err := c.srv.internalTopic(topic); err != nil {
			c.srv.log.Warn("internal topic", "topic", topic, "err", err)
		}
	}
	c.srv.cfg.Shape.View(func(v shape.View) {
		if fr.Version <= 3 {
			resp.ErrorCode, resp.NodeID, resp.Host, resp.Port = c.srv.locate(v, topic, fr.CoordinatorKey, resp.ErrorCode)
			return
		}
		for i := range resp.Coordinators {
			co := &resp.Coordinators[i]
			co.ErrorCode, co.NodeID, co.Host, co.Port = c.srv.locate(v, topic, co.Key, co.ErrorCode)
		}
	})
	return answer(r, resp), nil
}

func (s *Server) locate(v shape.View, topic, key string, code int16) (errCode int16, id int32, host string, port int32) {
	if code != 0 {
		return code, -1, "", -1
	}
	if topic == shareTopic {
		// Share state is kept per group, topic and partition; the coordinator
		// that matters to clients is the group's.
		key, _, _ = strings.Cut(key, ":")
	}
	id = coordinator(v, topic, key)
	if id == shape.NoLeader {
		return kerr.CoordinatorNotAvailable.Code, -1, "", -1
	}
	host, port = s.endpoint(id)
	return 0, id, host, port
}

// coordinates reports whether this broker coordinates a group or
// transactional id now.
func (c *conn) coordinates(topic, key string) bool {
	is := false
	c.srv.cfg.Shape.View(func(v shape.View) { is = coordinator(v, topic, key) == c.b.id })
	return is
}
