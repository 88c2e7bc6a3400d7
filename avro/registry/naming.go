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
