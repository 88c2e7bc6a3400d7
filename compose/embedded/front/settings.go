package front

import (
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kconsole/compose/embedded/shape"
)

// applyTopicConfigs hands the configurations of a topic that elections and
// produce checks depend on to the shape.
func (s *Server) applyTopicConfigs(name string) error {
	t, ok := s.cfg.Engine.Topic(name)
	if !ok {
		return nil
	}
	var rules shape.TopicRules
	if v := t.Configs["min.insync.replicas"]; v != nil {
		rules.MinISR, _ = strconv.Atoi(strings.TrimSpace(*v)) // checked when it was set
	}
	if v := t.Configs["unclean.leader.election.enable"]; v != nil {
		is := strings.EqualFold(strings.TrimSpace(*v), "true")
		rules.Unclean = &is
	}
	for _, name := range []string{"leader.replication.throttled.replicas", "follower.replication.throttled.replicas"} {
		if v := t.Configs[name]; v != nil && *v != "" {
			rules.Throttled = true
		}
	}
	return s.cfg.Shape.SetTopic(name, rules)
}

// topicConfigsCreated are the configurations that a CreateTopics response
// lists (KIP-525): all of them, with where each comes from.
func topicConfigsCreated(s *Server, given []kmsg.CreateTopicsRequestTopicConfig) []kmsg.CreateTopicsResponseTopicConfig {
	out := make([]kmsg.CreateTopicsResponseTopicConfig, 0, len(topicSettings.list))
	for _, set := range topicSettings.list {
		c := kmsg.NewCreateTopicsResponseTopicConfig()
		c.Name = set.name
		value, source := s.topicDefault(set)
		c.Value, c.Source = kmsg.StringPtr(value), int8(source)
		for _, g := range given {
			if g.Name == set.name {
				c.Value, c.Source = g.Value, int8(kmsg.ConfigSourceDynamicTopicConfig)
			}
		}
		out = append(out, c)
	}
	return out
}

// topicDefault is what a topic gets that does not set a configuration itself.
func (s *Server) topicDefault(set setting) (value string, source kmsg.ConfigSource) {
	s.cfg.Shape.View(func(v shape.View) { value, source = s.inherited(v, set) })
	return value, source
}

// inherited is the value of a topic configuration that comes from the brokers.
func (s *Server) inherited(v shape.View, set setting) (string, kmsg.ConfigSource) {
	if set.broker != "" {
		if value, ok := v.Config(shape.AllBrokers, set.broker); ok {
			return value, kmsg.ConfigSourceDynamicDefaultBrokerConfig
		}
		if value, ok := s.static[set.broker]; ok {
			return value, kmsg.ConfigSourceStaticBrokerConfig
		}
	}
	return set.fallback, kmsg.ConfigSourceDefaultConfig
}

// LoadTopicConfigs hands the configurations of all topics to the shape: once,
// before the brokers start.
func (s *Server) LoadTopicConfigs() error {
	var names []string
	s.cfg.Shape.View(func(v shape.View) { names = v.Topics() })
	for _, name := range names {
		if err := s.applyTopicConfigs(name); err != nil {
			return err
		}
	}
	return nil
}
