package front

import (
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// applyTopicConfigs hands the configurations of a topic that elections and
// produce checks depend on to the shape.
func (s *Server) applyTopicConfigs(name string) error {
	t, ok := s.cfg.Engine.Topic(name)
	if !ok {
		return nil
	}
	minISR := 0
	if v := t.Configs["min.insync.replicas"]; v != nil {
		minISR, _ = strconv.Atoi(strings.TrimSpace(*v)) // checked when it was set
	}
	var unclean *bool
	if v := t.Configs["unclean.leader.election.enable"]; v != nil {
		is := strings.EqualFold(strings.TrimSpace(*v), "true")
		unclean = &is
	}
	return s.cfg.Shape.SetTopic(name, minISR, unclean)
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
func (s *Server) topicDefault(set setting) (string, kmsg.ConfigSource) {
	return set.fallback, kmsg.ConfigSourceDefaultConfig
}
