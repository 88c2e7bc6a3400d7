package doctor

import (
	"time"

	"kconsole/avro/decode"
	"kconsole/avro/registry"
	"kconsole/kafka"
	"kconsole/kafka/connection"
	"kconsole/kafka/poll"
)

// Facts are what the rules look at. A part that was not read has its error in
// Errs, or is zero: then its rules say that nobody looked.
type Facts struct {
	Cluster string // its name in the configuration
	Now     time.Time
	// Lab tells that the cluster is a lab's, whose brokers we may start.
	Lab bool
	// Paused are the brokers that the lab's stack has paused, with their addresses:
	// from outside they look like any that is down, but to start them is no cure.
	Paused map[int32]string

	Info      kafka.ClusterInfo
	Topics    []kafka.Topic // by name, with offsets and last timestamps
	Groups    []kafka.Group // by id, with members, offsets and lag
	Listeners *connection.Report
	Quorum    *kafka.Quorum
	LogDirs   []kafka.LogDir
	Quotas    []kafka.Quota
	Hanging   []kafka.HangingTransaction
	Producers []kafka.ActiveProducer // with an open transaction only
	// TopicConfigs by topic; nil: not read.
	TopicConfigs map[string]*kafka.Configs
	// BrokerConfigs by broker id; nil: not read.
	BrokerConfigs map[string]*kafka.Configs
	// Subjects of the registry, as far as they were looked at.
	Subjects []Subject
	// Samples are records that were read; Batches what the batches around them
	// were like, by topic.
	Samples []Sample
	Batches map[string]Batches
	// Throttled is for how long a broker held back an answer to us; 0: none did.
	Throttled time.Duration
	// Earlier are readings before Groups, the oldest first.
	Earlier []Reading

	// Errs says of what was asked for and could not be read, why.
	Errs map[Part]error
	// Left says of what was looked at in part, how much was left out, in words.
	Left map[Part]string
}

// Part is one part of the facts.
type Part string

// The parts, as far as they are read apart from each other.
const (
	PartTopics        Part = "topics"
	PartOffsets       Part = "offsets"
	PartLast          Part = "newest timestamps"
	PartGroups        Part = "groups"
	PartListeners     Part = "listeners"
	PartQuorum        Part = "quorum"
	PartLogDirs       Part = "log dirs"
	PartQuotas        Part = "quotas"
	PartHanging       Part = "transactions"
	PartTopicConfigs  Part = "topic configurations"
	PartBrokerConfigs Part = "broker configurations"
	PartSubjects      Part = "registry"
	PartRecords       Part = "records"
)

// Reading is where the groups were at one time.
type Reading struct {
	At     time.Time
	Groups []kafka.Group
}

// Subject is a subject of the registry with its newest schemas.
type Subject struct {
	Name   string
	Level  string            // in force; empty: not told
	Latest *registry.Schema  // nil where it could not be read
	Before []registry.Schema // the version before it, if there is one
	Err    error
}

// Sample is a record that was looked at.
type Sample struct {
	Topic     string
	Partition int32
	Offset    int64
	Timestamp time.Time
	LogAppend bool
	Key       string // at most keptKey bytes
	HasKey    bool
	Bytes     int
	Group     string // whose committed offset it is at; empty: from the end of the log
	Value     decode.Result
}

// Batches is what the batches of a topic were like.
type Batches struct {
	Largest int // bytes of the largest that holds one record, as compressed as it lies there
}

// topic finds a topic by name; nil if there is none.
func (f *Facts) topic(name string) *kafka.Topic {
	s := poll.Snapshot{Topics: poll.Part[kafka.Topic]{Rows: f.Topics}}
	return s.Topic(name)
}
