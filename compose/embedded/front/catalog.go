package front

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// setting is one configuration that a topic or a broker has.
type setting struct {
	name     string
	kind     kmsg.ConfigType
	fallback string
	broker   string // the broker configuration that a topic falls back to
	check    func(value string) string
	effect   bool   // whether it changes anything in this cluster
	readOnly bool   // needs a restart in Kafka
	doc      string // one line, shown when a client asks for documentation
}

// valid checks a value; "" means valid.
func (s setting) valid(value string) string {
	if s.check == nil {
		return ""
	}
	if why := s.check(value); why != "" {
		return fmt.Sprintf("invalid value %q for %s: %s", value, s.name, why)
	}
	return ""
}

func whole(lowest, highest int64) func(string) string {
	return func(v string) string {
		n, err := strconv.ParseInt(strings.TrimSpace(v), 10, 64)
		switch {
		case err != nil:
			return "a whole number is needed"
		case n < lowest:
			return fmt.Sprintf("it must be at least %d", lowest)
		case n > highest:
			return fmt.Sprintf("it must be at most %d", highest)
		}
		return ""
	}
}

func ratio(v string) string {
	if f, err := strconv.ParseFloat(strings.TrimSpace(v), 64); err != nil || f < 0 || f > 1 {
		return "a number from 0 to 1 is needed"
	}
	return ""
}

func positive(v string) string {
	if f, err := strconv.ParseFloat(strings.TrimSpace(v), 64); err != nil || f <= 0 {
		return "a number above 0 is needed"
	}
	return ""
}

func boolean(v string) string {
	switch strings.ToLower(strings.TrimSpace(v)) {
	case "true", "false":
		return ""
	}
	return "true or false is needed"
}

func oneOf(choices ...string) func(string) string {
	return func(v string) string {
		if slices.Contains(choices, v) {
			return ""
		}
		return "it must be one of " + strings.Join(choices, ", ")
	}
}

func listOf(choices ...string) func(string) string {
	one := oneOf(choices...)
	return func(v string) string {
		for _, item := range strings.Split(v, ",") {
			if why := one(strings.TrimSpace(item)); why != "" {
				return why
			}
		}
		return ""
	}
}

// throttled is a list of partition:broker pairs, or * for all.
func throttled(v string) string {
	if v == "" || v == "*" {
		return ""
	}
	for _, pair := range strings.Split(v, ",") {
		p, b, ok := strings.Cut(strings.TrimSpace(pair), ":")
		if ok {
			ok = whole(0, math.MaxInt32)(p) == "" && whole(0, math.MaxInt32)(b) == ""
		}
		if !ok {
			return "it must be * or a list of partition:broker"
		}
	}
	return ""
}

const (
	typeBool   = kmsg.ConfigTypeBoolean
	typeString = kmsg.ConfigTypeString
	typeInt    = kmsg.ConfigTypeInt
	typeLong   = kmsg.ConfigTypeLong
	typeDouble = kmsg.ConfigTypeDouble
	typeList   = kmsg.ConfigTypeList
)

var (
	anyInt  = whole(0, math.MaxInt32)
	anyLong = whole(0, math.MaxInt64)
	maxLong = strconv.FormatInt(math.MaxInt64, 10)
)

// topicSettings are the configurations of a topic in Kafka 4. Those without
// effect here are accepted, checked and kept.
var topicSettings = index([]setting{
	{name: "cleanup.policy", kind: typeList, fallback: "delete", broker: "log.cleanup.policy", check: listOf("delete", "compact"), effect: true, doc: "what happens to old segments: delete, compact or both"},
	{name: "compression.gzip.level", kind: typeInt, fallback: "-1", broker: "compression.gzip.level", check: whole(-1, 9), doc: "gzip level if the broker compresses"},
	{name: "compression.lz4.level", kind: typeInt, fallback: "9", broker: "compression.lz4.level", check: whole(1, 17), doc: "lz4 level if the broker compresses"},
	{name: "compression.type", kind: typeString, fallback: "producer", broker: "compression.type", check: oneOf("uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"), doc: "the codec of the log; producer keeps what was sent"},
	{name: "compression.zstd.level", kind: typeInt, fallback: "3", broker: "compression.zstd.level", check: whole(-131072, 22), doc: "zstd level if the broker compresses"},
	{name: "delete.retention.ms", kind: typeLong, fallback: "86400000", broker: "log.cleaner.delete.retention.ms", check: anyLong, effect: true, doc: "how long a tombstone stays in a compacted log, ms"},
	{name: "file.delete.delay.ms", kind: typeLong, fallback: "60000", broker: "log.segment.delete.delay.ms", check: anyLong, doc: "how long a deleted segment stays on disk, ms"},
	{name: "flush.messages", kind: typeLong, fallback: maxLong, broker: "log.flush.interval.messages", check: whole(1, math.MaxInt64), doc: "records between two syncs to disk"},
	{name: "flush.ms", kind: typeLong, fallback: maxLong, broker: "log.flush.interval.ms", check: anyLong, doc: "time between two syncs to disk, ms"},
	{name: "follower.replication.throttled.replicas", kind: typeList, check: throttled, doc: "replicas whose copying is throttled at the follower"},
	{name: "index.interval.bytes", kind: typeInt, fallback: "4096", broker: "log.index.interval.bytes", check: anyInt, doc: "bytes between two entries of the offset index"},
	{name: "leader.replication.throttled.replicas", kind: typeList, check: throttled, doc: "replicas whose copying is throttled at the leader"},
	{name: "local.retention.bytes", kind: typeLong, fallback: "-2", broker: "log.local.retention.bytes", check: whole(-2, math.MaxInt64), doc: "size kept locally under tiered storage"},
	{name: "local.retention.ms", kind: typeLong, fallback: "-2", broker: "log.local.retention.ms", check: whole(-2, math.MaxInt64), doc: "time kept locally under tiered storage, ms"},
	{name: "max.compaction.lag.ms", kind: typeLong, fallback: maxLong, broker: "log.cleaner.max.compaction.lag.ms", check: whole(1, math.MaxInt64), doc: "the longest a record stays uncompacted, ms"},
	{name: "max.message.bytes", kind: typeInt, fallback: "1048588", broker: "message.max.bytes", check: anyInt, effect: true, doc: "the largest record batch, bytes"},
	{name: "message.timestamp.after.max.ms", kind: typeLong, fallback: "3600000", broker: "log.message.timestamp.after.max.ms", check: anyLong, doc: "how far ahead of the broker a timestamp may be, ms"},
	{name: "message.timestamp.before.max.ms", kind: typeLong, fallback: maxLong, broker: "log.message.timestamp.before.max.ms", check: anyLong, doc: "how far behind the broker a timestamp may be, ms"},
	{name: "message.timestamp.type", kind: typeString, fallback: "CreateTime", broker: "log.message.timestamp.type", check: oneOf("CreateTime", "LogAppendTime"), doc: "whose clock stamps the records"},
	{name: "min.cleanable.dirty.ratio", kind: typeDouble, fallback: "0.5", broker: "log.cleaner.min.cleanable.ratio", check: ratio, doc: "share of uncompacted log that starts compaction"},
	{name: "min.compaction.lag.ms", kind: typeLong, fallback: "0", broker: "log.cleaner.min.compaction.lag.ms", check: anyLong, doc: "the shortest a record stays uncompacted, ms"},
	{name: "min.insync.replicas", kind: typeInt, fallback: "1", broker: "min.insync.replicas", check: whole(1, math.MaxInt32), effect: true, doc: "in-sync replicas that acks=all needs"},
	{name: "preallocate", kind: typeBool, fallback: "false", broker: "log.preallocate", check: boolean, doc: "whether segments are allocated at once"},
	{name: "remote.log.copy.disable", kind: typeBool, fallback: "false", check: boolean, doc: "whether tiered storage stops copying"},
	{name: "remote.log.delete.on.disable", kind: typeBool, fallback: "false", check: boolean, doc: "whether tiered data goes when tiering is switched off"},
	{name: "remote.storage.enable", kind: typeBool, fallback: "false", check: oneOf("false"), doc: "tiered storage; there is none here"},
	{name: "retention.bytes", kind: typeLong, fallback: "-1", broker: "log.retention.bytes", check: whole(-1, math.MaxInt64), effect: true, doc: "size of a partition from which old segments go; -1: no limit"},
	{name: "retention.ms", kind: typeLong, fallback: "604800000", broker: "log.retention.ms", check: whole(-1, math.MaxInt64), effect: true, doc: "age from which records go, ms; -1: no limit"},
	{name: "segment.bytes", kind: typeInt, fallback: "104857600", broker: "log.segment.bytes", check: whole(14, math.MaxInt32), effect: true, doc: "size at which a new segment begins"},
	{name: "segment.index.bytes", kind: typeInt, fallback: "10485760", broker: "log.index.size.max.bytes", check: whole(4, math.MaxInt32), doc: "size of a segment's index"},
	{name: "segment.jitter.ms", kind: typeLong, fallback: "0", broker: "log.roll.jitter.ms", check: anyLong, doc: "spread of the time at which segments begin, ms"},
	{name: "segment.ms", kind: typeLong, fallback: "604800000", broker: "log.roll.ms", check: whole(1, math.MaxInt64), doc: "age at which a new segment begins, ms"},
	{name: "unclean.leader.election.enable", kind: typeBool, fallback: "false", broker: "unclean.leader.election.enable", check: boolean, effect: true, doc: "whether a replica that is not in sync may lead when no other can"},
})

// catalog is a set of settings in the order in which they are listed.
type catalog struct {
	list   []setting
	byName map[string]setting
}

func index(list []setting) catalog {
	c := catalog{list: list, byName: map[string]setting{}}
	for _, s := range list {
		c.byName[s.name] = s
	}
	return c
}

// check validates one configuration; a nil value asks for the default.
func (c catalog) check(what, name string, value *string) string {
	s, ok := c.byName[name]
	if !ok {
		return fmt.Sprintf("unknown %s configuration %q%s", what, name, c.nearest(name))
	}
	if value == nil {
		return ""
	}
	return s.valid(*value)
}

// nearest suggests a name that shares the most with a wrong one.
func (c catalog) nearest(name string) string {
	best, score := "", 2
	parts := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return r == '.' || r == '_' || r == '-' })
	for _, s := range c.list {
		n := 0
		for _, p := range strings.Split(s.name, ".") {
			if slices.Contains(parts, p) {
				n++
			}
		}
		if n >= score {
			best, score = s.name, n+1
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %s?", best)
}

func checkTopicConfigs(configs []kmsg.CreateTopicsRequestTopicConfig) string {
	for i, c := range configs {
		if slices.ContainsFunc(configs[:i], func(o kmsg.CreateTopicsRequestTopicConfig) bool { return o.Name == c.Name }) {
			return fmt.Sprintf("configuration %s is given twice", c.Name)
		}
		if c.Value == nil {
			return fmt.Sprintf("configuration %s has no value", c.Name)
		}
		if why := topicSettings.check("topic", c.Name, c.Value); why != "" {
			return why
		}
	}
	return ""
}
