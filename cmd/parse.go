package cmd

import (
	"slices"
	"strconv"
	"strings"

	"kconsole/kafka"
)

// pairs reads flags of the form name=value.
func pairs(flag string, list []string) (map[string]string, error) {
	out := make(map[string]string, len(list))
	for _, text := range list {
		name, value, ok := strings.Cut(text, "=")
		if !ok || name == "" {
			return nil, usagef("%s %q: write name=value", flag, text)
		}
		if _, twice := out[name]; twice {
			return nil, usagef("%s %s is given twice", flag, name)
		}
		out[name] = value
	}
	return out, nil
}

// parts is a topic, or some partitions of it: TOPIC or TOPIC:0,3.
type parts struct {
	topic      string
	partitions []int32 // nil: all
}

func parseParts(text string) (parts, error) {
	topic, list, ok := strings.Cut(text, ":")
	p := parts{topic: topic}
	if topic == "" || ok && list == "" {
		return p, usagef("%q: write TOPIC, or TOPIC:0,3 for some of its partitions", text)
	}
	if !ok {
		return p, nil
	}
	var err error
	p.partitions, err = parsePartitions(strings.Split(list, ","))
	return p, err
}

func parseAllParts(texts []string) ([]parts, error) {
	out := make([]parts, 0, len(texts))
	for _, text := range texts {
		p, err := parseParts(text)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

// topicsOf names the topics, each once.
func topicsOf(list []parts) []string {
	var names []string
	for _, p := range list {
		if !slices.Contains(names, p.topic) {
			names = append(names, p.topic)
		}
	}
	return names
}

func parsePartitions(texts []string) ([]int32, error) {
	var out []int32
	for _, text := range texts {
		p, err := strconv.ParseInt(strings.TrimSpace(text), 10, 32)
		if err != nil || p < 0 {
			return nil, usagef("%q is no partition: they are numbers from 0", text)
		}
		out = append(out, int32(p))
	}
	return out, nil
}

// parseBrokers reads 1,2,3.
func parseBrokers(text string) ([]int32, error) {
	var out []int32
	for one := range strings.SplitSeq(text, ",") {
		id, err := strconv.ParseInt(strings.TrimSpace(one), 10, 32)
		if err != nil || id < 0 {
			return nil, usagef("%q is no broker id", one)
		}
		out = append(out, int32(id))
	}
	return out, nil
}

// expand lists the partitions that parts stand for, all of a topic where none is
// named. Topics that are not there are an error.
func (w *changer) expand(list []parts) ([]kafka.TopicPartition, error) {
	topics, err := w.c.TopicMetadata(w.ctx, topicsOf(list)...)
	if err != nil {
		return nil, err
	}
	var out []kafka.TopicPartition
	for _, p := range list {
		ids := p.partitions
		for i := range topics {
			if topics[i].Name != p.topic || ids != nil {
				continue
			}
			if topics[i].Err != nil {
				return nil, topics[i].Err // it names the topic
			}
			for j := range topics[i].Partitions {
				ids = append(ids, topics[i].Partitions[j].ID)
			}
		}
		for _, id := range ids {
			out = append(out, kafka.TopicPartition{Topic: p.topic, Partition: id})
		}
	}
	return out, nil
}
