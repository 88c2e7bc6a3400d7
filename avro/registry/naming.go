package registry

import "strings"

// Naming is how a producer derives a subject from a topic and a record type.
type Naming uint8

// Confluent's subject name strategies, of which the first is the default.
const (
	// TopicName: orders-value. One type a topic.
	TopicName Naming = iota
	// RecordName: shop.Order. One subject for a type wherever it is used.
	RecordName
	// TopicRecordName: orders-shop.Order. Several types a topic.
	TopicRecordName
)

// Subject is the subject of a topic's keys or values under the strategy.
// record is the full name of the schema's type; only TopicName does without.
func (n Naming) Subject(topic, record string, isKey bool) string {
	switch n {
	case RecordName:
		return record
	case TopicRecordName:
		return topic + "-" + record
	}
	if isKey {
		return topic + "-key"
	}
	return topic + "-value"
}

func (n Naming) String() string {
	return [...]string{"TopicNameStrategy", "RecordNameStrategy", "TopicRecordNameStrategy"}[n]
}

// Place is what a subject's name says under one strategy.
type Place struct {
	Naming Naming
	Topic  string // "" under RecordName: any topic
	Record string // "" under TopicName: any type
	Key    bool
}

// Places lists what a subject could be for, given the topics that exist and
// the full name of its record ("" if unknown). More than one answer is
// possible: nothing but its name tells a subject's strategy.
func Places(subject, record string, topics []string) []Place {
	_, name := SplitContext(subject)
	var out []Place
	for _, t := range topics {
		rest, ok := strings.CutPrefix(name, t+"-")
		switch {
		case !ok:
		case rest == "value" || rest == "key":
			out = append(out, Place{Naming: TopicName, Topic: t, Key: rest == "key"})
		case rest == record && record != "":
			out = append(out, Place{Naming: TopicRecordName, Topic: t, Record: record})
		}
	}
	if record != "" && name == record {
		out = append(out, Place{Naming: RecordName, Record: record})
	}
	return out
}

// SplitContext separates the context from a qualified subject, such as
// ":.staging:orders-value". The default context is "".
func SplitContext(subject string) (context, name string) {
	if rest, ok := strings.CutPrefix(subject, ":."); ok {
		if context, name, ok := strings.Cut(rest, ":"); ok {
			return context, name
		}
	}
	return "", subject
}
