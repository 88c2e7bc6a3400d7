package kafka

import (
	"cmp"
	"slices"
	"time"
)

// Unknown marks an offset, a size or a count that has not been read (yet) or
// that the cluster did not tell. It is shown as a dash, never as a number.
const Unknown int64 = -1

// NoLeader is the leader of a partition that has none, and the controller of a
// cluster that told none.
const NoLeader int32 = -1

// ClusterInfo is the cluster as one Metadata response shows it.
type ClusterInfo struct {
	ID         string   // cluster id; empty if the cluster told none
	Controller int32    // broker id that takes controller requests; [NoLeader] if unknown
	Brokers    []Broker // by id: the live ones and those that replicas name but nobody answers for
}

// Up counts the brokers that are registered and live.
func (c ClusterInfo) Up() int {
	n := 0
	for i := range c.Brokers {
		if c.Brokers[i].Up {
			n++
		}
	}
	return n
}

// Broker is one broker of a cluster.
type Broker struct {
	ID         int32
	Host       string // advertised host; empty for a broker that is down
	Port       int32  // advertised port; 0 for a broker that is down
	Rack       string
	Up         bool // in the newest Metadata response
	Controller bool
	Leaders    int   // partitions that it leads
	Replicas   int   // partitions that it holds a replica of
	InSync     int   // of those, the ones whose ISR it is in
	LogBytes   int64 // bytes in all its log dirs; [Unknown] until read
}

// Topic is one topic with its partitions. Fields that come from other requests
// than Metadata are [Unknown] until they have been read.
type Topic struct {
	Name       string
	ID         [16]byte // topic id (KIP-516); zero on clusters without
	Internal   bool
	Partitions []Partition // by partition number
	InRate     float64     // records appended a second over the last rounds; negative: unknown
	Last       time.Time   // largest timestamp of its records; zero: none, or not read
	Schema     string      // what the registry has for its values, as "avro v3"; empty: nothing or not read
	Err        error       // why the topic could not be described
}

// ReplicationFactor is the largest number of replicas of any partition.
func (t *Topic) ReplicationFactor() int {
	n := 0
	for i := range t.Partitions {
		n = max(n, len(t.Partitions[i].Replicas))
	}
	return n
}

// UnderReplicated counts the partitions whose ISR is smaller than their replica set.
func (t *Topic) UnderReplicated() int {
	n := 0
	for i := range t.Partitions {
		if t.Partitions[i].UnderReplicated() {
			n++
		}
	}
	return n
}

// Partition finds a partition by number; nil if there is none.
func (t *Topic) Partition(id int32) *Partition {
	// Numbered from 0 without gaps, except where Metadata left one out.
	if i := int(id); i >= 0 && i < len(t.Partitions) && t.Partitions[i].ID == id {
		return &t.Partitions[i]
	}
	i, found := slices.BinarySearchFunc(t.Partitions, id, func(p Partition, id int32) int { return cmp.Compare(p.ID, id) })
	if !found {
		return nil
	}
	return &t.Partitions[i]
}

// Offline counts the partitions without a leader.
func (t *Topic) Offline() int {
	n := 0
	for i := range t.Partitions {
		if t.Partitions[i].Leader < 0 {
			n++
		}
	}
	return n
}

// Records is the sum of log end offset minus log start offset over all
// partitions, or [Unknown] as long as one of them is unknown. On compacted or
// transactional topics it counts offsets, which is more than the records.
func (t *Topic) Records() int64 {
	return sum(t.Partitions, func(p *Partition) int64 { return p.Records() })
}

// Bytes is the size on disk of one replica of each partition (the leader's, or
// the largest known), or [Unknown].
func (t *Topic) Bytes() int64 {
	return sum(t.Partitions, func(p *Partition) int64 { return p.Bytes })
}

func sum(ps []Partition, of func(*Partition) int64) int64 {
	if len(ps) == 0 {
		return Unknown
	}
	var total int64
	for i := range ps {
		n := of(&ps[i])
		if n < 0 {
			return Unknown
		}
		total += n
	}
	return total
}

// TopicPartition names one partition.
type TopicPartition struct {
	Topic     string
	Partition int32
}

// Partition is one partition of a topic.
type Partition struct {
	Topic       string
	ID          int32
	Leader      int32 // broker id, or [NoLeader]
	LeaderEpoch int32
	Replicas    []int32 // assignment order: the first is the preferred leader
	ISR         []int32
	Offline     []int32 // replicas on brokers or log dirs that are offline
	Start       int64   // log start offset; [Unknown] until read
	End         int64   // log end offset as ListOffsets tells it (the high watermark); [Unknown] until read
	Stable      int64   // last stable offset; [Unknown] until read
	Bytes       int64   // size on disk of the leader's replica; [Unknown] until read
	Err         error   // why something about it could not be read
}

// UnderReplicated tells whether a replica is missing from the ISR.
func (p *Partition) UnderReplicated() bool { return len(p.ISR) < len(p.Replicas) }

// Records is the log end offset minus the log start offset, or [Unknown].
func (p *Partition) Records() int64 {
	if p.Start < 0 || p.End < 0 {
		return Unknown
	}
	return p.End - p.Start
}

// GroupType is the protocol family that a group uses.
type GroupType string

// The kinds of groups: the classic protocol, the consumer protocol of KIP-848,
// the share groups of KIP-932 and the streams groups of KIP-1071.
const (
	GroupClassic  GroupType = "classic"
	GroupConsumer GroupType = "consumer"
	GroupShare    GroupType = "share"
	GroupStreams  GroupType = "streams"
)

// Group is one consumer or share group with its members and committed offsets.
type Group struct {
	ID          string
	Type        GroupType
	Protocol    string // protocol type of a classic group: "consumer", "connect", ...; empty: none yet
	State       string // as Kafka names it: Stable, Empty, PreparingRebalance, ...
	Assignor    string // partition assignor or server-side assignor
	Coordinator int32  // broker id, or [NoLeader]
	Members     []Member
	Offsets     []GroupOffset // by topic, then partition
	Err         error         // why it could not be described
}

// Lag is the sum of the known lags of its partitions, or [Unknown] if there
// are partitions and none is known. A group without offsets has no lag: 0.
func (g *Group) Lag() int64 {
	var total int64
	known := len(g.Offsets) == 0
	for i := range g.Offsets {
		if lag := g.Offsets[i].Lag(); lag >= 0 {
			total += lag
			known = true
		}
	}
	if !known {
		return Unknown
	}
	return total
}

// Topics lists, sorted, the topics that it has offsets or assignments for.
func (g *Group) Topics() []string {
	seen := make(map[string]struct{})
	for i := range g.Offsets {
		seen[g.Offsets[i].Topic] = struct{}{}
	}
	for i := range g.Members {
		for _, a := range g.Members[i].Assigned {
			seen[a.Topic] = struct{}{}
		}
	}
	return sortedKeys(seen)
}

// Member is one member of a group.
type Member struct {
	ID         string
	ClientID   string
	InstanceID string // group.instance.id; empty for a dynamic member
	Host       string
	Assigned   []TopicPartition
	Subscribed []string // topics that it asks for by name, sorted; nil where that is not told
}

// GroupOffset is what a group committed for one partition, beside the
// partition's own offsets.
type GroupOffset struct {
	Topic     string
	Partition int32
	Committed int64 // committed offset: the next one to read; [Unknown] if none
	Start     int64 // log start offset of the partition; [Unknown] until read
	End       int64 // high watermark of the partition; [Unknown] until read
	Member    string
	ClientID  string
	Err       error
}

// Lag is how many offsets lie between the committed offset and the log end,
// or [Unknown]. A partition without a commit lags by everything it holds.
func (o *GroupOffset) Lag() int64 {
	if o.End < 0 {
		return Unknown
	}
	from := o.Committed
	if from < 0 {
		if o.Start < 0 {
			return Unknown
		}
		from = o.Start
	}
	return max(o.End-from, 0)
}

// ACL is one access control binding, in the words of Kafka's own tools.
type ACL struct {
	Principal    string // "User:app"
	Host         string // "*" or an address
	ResourceType string // TOPIC, GROUP, CLUSTER, TRANSACTIONAL_ID, DELEGATION_TOKEN, USER
	Resource     string
	Pattern      string // LITERAL or PREFIXED
	Operation    string // READ, WRITE, ...
	Permission   string // ALLOW or DENY
}

// Subject is one subject of a schema registry.
type Subject struct {
	Name     string
	Versions []int  // ascending; nil until read
	ID       int    // schema id of the latest version; 0 until read
	Type     string // AVRO, PROTOBUF, JSON of the latest version
	Level    string // compatibility level in force; empty until read
	Err      error
}

// Latest is the highest version, or 0 if none is known.
func (s *Subject) Latest() int {
	if len(s.Versions) == 0 {
		return 0
	}
	return s.Versions[len(s.Versions)-1]
}

// Header is one record header. Keys may repeat; their order is kept.
type Header struct {
	Key   string
	Value []byte // nil: null
}

// Record is one record as it lies in a log.
type Record struct {
	Topic       string
	Partition   int32
	Offset      int64
	LeaderEpoch int32
	Timestamp   time.Time
	LogAppend   bool   // timestamp was set by the broker (LogAppendTime)
	Key         []byte // nil: null
	Value       []byte // nil: null, a tombstone on compacted topics
	Headers     []Header
	ProducerID  int64 // idempotent or transactional producer; negative: none
}
