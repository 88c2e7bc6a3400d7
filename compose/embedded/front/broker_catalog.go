package front

import (
	"fmt"
	"math"
	"net"
	"strconv"
	"strings"
	"time"

	"kconsole/compose/embedded/shape"
)

// brokerSettings are the configurations of a broker that this cluster shows.
// Those that are not read-only can be changed while it runs, for one broker or
// for all; those with an effect are obeyed.
var brokerSettings = index([]setting{
	{name: "advertised.listeners", kind: typeString, readOnly: true, doc: "what clients are told to connect to"},
	{name: "authorizer.class.name", kind: typeString, readOnly: true, doc: "who decides about rights"},
	{name: "auto.create.topics.enable", kind: typeBool, fallback: "true", readOnly: true, effect: true, doc: "whether asking for a topic creates it"},
	{name: "auto.leader.rebalance.enable", kind: typeBool, fallback: "true", readOnly: true, effect: true, doc: "whether preferred leaders return by themselves"},
	{name: "background.threads", kind: typeInt, fallback: "10", check: whole(1, math.MaxInt32), doc: "threads for background work"},
	{name: "broker.heartbeat.interval.ms", kind: typeInt, fallback: "2000", readOnly: true, doc: "time between two heartbeats to the controller, ms"},
	{name: "broker.id", kind: typeInt, fallback: "-1", readOnly: true, doc: "the broker's id"},
	{name: "broker.rack", kind: typeString, readOnly: true, doc: "the broker's rack"},
	{name: "broker.session.timeout.ms", kind: typeInt, fallback: "9000", readOnly: true, effect: true, doc: "silence after which a broker is fenced, ms"},
	{name: "compression.type", kind: typeString, fallback: "producer", check: oneOf("uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"), doc: "the codec of the log"},
	{name: "connections.max.idle.ms", kind: typeLong, fallback: "600000", readOnly: true, effect: true, doc: "idle time after which a connection is closed, ms"},
	{name: "connections.max.reauth.ms", kind: typeLong, fallback: "0", readOnly: true, doc: "life of a sign-in, ms; 0: no limit"},
	{name: "controlled.shutdown.enable", kind: typeBool, fallback: "true", readOnly: true, effect: true, doc: "whether leaders move before a broker stops"},
	{name: "default.replication.factor", kind: typeInt, fallback: "1", readOnly: true, effect: true, doc: "replicas of a topic that does not say"},
	{name: "delete.topic.enable", kind: typeBool, fallback: "true", readOnly: true, doc: "whether topics can be deleted"},
	{name: "fetch.max.bytes", kind: typeInt, fallback: "57671680", readOnly: true, doc: "the largest fetch response, bytes"},
	{name: "follower.replication.throttled.rate", kind: typeLong, fallback: maxLong, check: anyLong, effect: true, doc: "bytes a second that throttled replicas copy"},
	{name: "group.consumer.heartbeat.interval.ms", kind: typeInt, fallback: "5000", readOnly: true, effect: true, doc: "heartbeat interval of consumer groups, ms"},
	{name: "group.consumer.session.timeout.ms", kind: typeInt, fallback: "45000", readOnly: true, effect: true, doc: "session timeout of consumer groups, ms"},
	{name: "group.initial.rebalance.delay.ms", kind: typeInt, fallback: "3000", readOnly: true, doc: "wait for more members of a new group, ms"},
	{name: "group.max.session.timeout.ms", kind: typeInt, fallback: "300000", readOnly: true, effect: true, doc: "the longest session timeout of a group, ms"},
	{name: "group.min.session.timeout.ms", kind: typeInt, fallback: "6000", readOnly: true, effect: true, doc: "the shortest session timeout of a group, ms"},
	{name: "leader.imbalance.check.interval.seconds", kind: typeLong, fallback: "300", readOnly: true, effect: true, doc: "time between two returns of preferred leaders, s"},
	{name: "leader.replication.throttled.rate", kind: typeLong, fallback: maxLong, check: anyLong, effect: true, doc: "bytes a second that leaders send to throttled replicas"},
	{name: "listener.security.protocol.map", kind: typeString, readOnly: true, doc: "the protocol of each listener"},
	{name: "listeners", kind: typeString, readOnly: true, doc: "where the broker listens"},
	{name: "log.cleaner.delete.retention.ms", kind: typeLong, fallback: "86400000", check: anyLong, doc: "how long a tombstone stays, ms"},
	{name: "log.cleaner.max.compaction.lag.ms", kind: typeLong, fallback: maxLong, check: whole(1, math.MaxInt64), doc: "the longest a record stays uncompacted, ms"},
	{name: "log.cleaner.min.cleanable.ratio", kind: typeDouble, fallback: "0.5", check: ratio, doc: "share of uncompacted log that starts compaction"},
	{name: "log.cleaner.min.compaction.lag.ms", kind: typeLong, fallback: "0", check: anyLong, doc: "the shortest a record stays uncompacted, ms"},
	{name: "log.cleaner.threads", kind: typeInt, fallback: "1", check: whole(0, math.MaxInt32), doc: "threads that compact"},
	{name: "log.cleanup.policy", kind: typeList, fallback: "delete", check: listOf("delete", "compact"), doc: "what happens to old segments"},
	{name: "log.dirs", kind: typeList, readOnly: true, doc: "log directories"},
	{name: "log.flush.interval.messages", kind: typeLong, fallback: maxLong, check: whole(1, math.MaxInt64), doc: "records between two syncs"},
	{name: "log.flush.interval.ms", kind: typeLong, check: anyLong, doc: "time between two syncs, ms"},
	{name: "log.index.interval.bytes", kind: typeInt, fallback: "4096", check: anyInt, doc: "bytes between two index entries"},
	{name: "log.index.size.max.bytes", kind: typeInt, fallback: "10485760", check: whole(4, math.MaxInt32), doc: "size of a segment's index"},
	{name: "log.message.timestamp.after.max.ms", kind: typeLong, fallback: "3600000", check: anyLong, doc: "how far ahead a timestamp may be, ms"},
	{name: "log.message.timestamp.before.max.ms", kind: typeLong, fallback: maxLong, check: anyLong, doc: "how far behind a timestamp may be, ms"},
	{name: "log.message.timestamp.type", kind: typeString, fallback: "CreateTime", check: oneOf("CreateTime", "LogAppendTime"), doc: "whose clock stamps the records"},
	{name: "log.preallocate", kind: typeBool, fallback: "false", check: boolean, doc: "whether segments are allocated at once"},
	{name: "log.retention.bytes", kind: typeLong, fallback: "-1", check: whole(-1, math.MaxInt64), effect: true, doc: "size from which old segments go"},
	{name: "log.retention.ms", kind: typeLong, fallback: "604800000", check: whole(-1, math.MaxInt64), effect: true, doc: "age from which records go, ms"},
	{name: "log.roll.jitter.ms", kind: typeLong, fallback: "0", check: anyLong, doc: "spread of the time at which segments begin, ms"},
	{name: "log.roll.ms", kind: typeLong, fallback: "604800000", check: whole(1, math.MaxInt64), doc: "age at which a new segment begins, ms"},
	{name: "log.retention.check.interval.ms", kind: typeLong, fallback: "300000", readOnly: true, effect: true, doc: "time between two looks at retention, ms"},
	{name: "log.segment.bytes", kind: typeInt, fallback: "104857600", check: whole(14, math.MaxInt32), effect: true, doc: "size at which a new segment begins"},
	{name: "log.segment.delete.delay.ms", kind: typeLong, fallback: "60000", check: anyLong, doc: "how long a deleted segment stays, ms"},
	{name: "max.connections", kind: typeInt, fallback: strconv.Itoa(maxConns), readOnly: true, effect: true, doc: "connections that a broker takes"},
	{name: "message.max.bytes", kind: typeInt, fallback: "1048588", check: anyInt, effect: true, doc: "the largest record batch, bytes"},
	{name: "min.insync.replicas", kind: typeInt, fallback: "1", check: whole(1, math.MaxInt32), effect: true, doc: "in-sync replicas that acks=all needs"},
	{name: "node.id", kind: typeInt, readOnly: true, doc: "the node's id"},
	{name: "num.io.threads", kind: typeInt, fallback: "8", check: whole(1, math.MaxInt32), doc: "threads that handle requests"},
	{name: "num.network.threads", kind: typeInt, fallback: "3", check: whole(1, math.MaxInt32), doc: "threads that read and write sockets"},
	{name: "num.partitions", kind: typeInt, fallback: "1", readOnly: true, effect: true, doc: "partitions of a topic that does not say"},
	{name: "num.replica.fetchers", kind: typeInt, fallback: "1", check: whole(1, math.MaxInt32), doc: "threads that copy from one leader"},
	{name: "offsets.retention.minutes", kind: typeInt, fallback: "10080", readOnly: true, effect: true, doc: "how long offsets of an empty group stay, minutes"},
	{name: "offsets.topic.num.partitions", kind: typeInt, fallback: "50", readOnly: true, effect: true, doc: "partitions of " + offsetsTopic},
	{name: "offsets.topic.replication.factor", kind: typeInt, fallback: "3", readOnly: true, effect: true, doc: "replicas of " + offsetsTopic},
	{name: "process.roles", kind: typeList, readOnly: true, doc: "broker, controller or both"},
	{name: "replica.alter.log.dirs.io.max.bytes.per.second", kind: typeDouble, fallback: "1.7976931348623157E308", check: positive, doc: "bytes a second that move between log directories"},
	{name: "replica.lag.time.max.ms", kind: typeLong, fallback: "30000", readOnly: true, doc: "lag after which a replica leaves the in-sync set, ms"},
	{name: "sasl.enabled.mechanisms", kind: typeList, readOnly: true, effect: true, doc: "SASL mechanisms on offer"},
	{name: "socket.request.max.bytes", kind: typeInt, fallback: "104857600", readOnly: true, effect: true, doc: "the largest request, bytes"},
	{name: "super.users", kind: typeString, readOnly: true, doc: "principals that no ACL binds"},
	{name: "transaction.max.timeout.ms", kind: typeInt, fallback: "900000", readOnly: true, effect: true, doc: "the longest transaction, ms"},
	{name: "transaction.state.log.num.partitions", kind: typeInt, fallback: "50", readOnly: true, effect: true, doc: "partitions of " + txnTopic},
	{name: "transaction.state.log.replication.factor", kind: typeInt, fallback: "3", readOnly: true, effect: true, doc: "replicas of " + txnTopic},
	{name: "unclean.leader.election.enable", kind: typeBool, fallback: "false", check: boolean, effect: true, doc: "whether a replica that is not in sync may lead when no other can"},
})

// forwarded are the broker configurations that the engine obeys when they are
// set for all brokers.
var forwarded = map[string]bool{
	"log.retention.bytes": true, "log.retention.ms": true, "log.segment.bytes": true, "message.max.bytes": true,
}

// staticConfigs is what this cluster was started with, as a properties file
// would say it.
func staticConfigs(cfg Config) map[string]string {
	d := cfg.Defaults
	out := map[string]string{
		"auto.create.topics.enable":  strconv.FormatBool(d.AutoCreate),
		"default.replication.factor": strconv.Itoa(d.ReplicationFactor),
		"min.insync.replicas":        strconv.Itoa(d.MinISR),
		"num.partitions":             strconv.Itoa(int(d.Partitions)),
		"process.roles":              "broker,controller",
	}
	if d.Unclean {
		out["unclean.leader.election.enable"] = "true"
	}
	if d.Authorizer {
		out["authorizer.class.name"] = "org.apache.kafka.metadata.authorizer.StandardAuthorizer"
	}
	if len(cfg.Mechanisms) > 0 {
		out["sasl.enabled.mechanisms"] = strings.Join(cfg.Mechanisms, ",")
	}
	if len(d.SuperUsers) > 0 {
		out["super.users"] = "User:" + strings.Join(d.SuperUsers, ";User:")
	}
	out["group.consumer.heartbeat.interval.ms"] = strconv.FormatInt(d.GroupHeartbeat.Milliseconds(), 10)
	out["log.retention.check.interval.ms"] = strconv.FormatInt(d.RetentionCheck.Milliseconds(), 10)
	t := d.Timing
	out["broker.session.timeout.ms"] = strconv.FormatInt(t.FailureDetection.Milliseconds(), 10)
	out["auto.leader.rebalance.enable"] = strconv.FormatBool(t.LeaderRebalance > 0)
	if t.LeaderRebalance > 0 {
		out["leader.imbalance.check.interval.seconds"] = strconv.FormatInt(int64(t.LeaderRebalance/time.Second), 10)
	}
	return out
}

// ownConfigs is what only one broker has.
func (s *Server) ownConfigs(b shape.Broker) map[string]string {
	protocol := "PLAINTEXT"
	switch {
	case s.cfg.TLS != nil && len(s.cfg.Mechanisms) > 0:
		protocol = "SASL_SSL"
	case s.cfg.TLS != nil:
		protocol = "SSL"
	case len(s.cfg.Mechanisms) > 0:
		protocol = "SASL_PLAINTEXT"
	}
	id := strconv.Itoa(int(b.ID))
	host, port := s.endpoint(b.ID)
	var dirs []string
	for _, d := range b.LogDirs {
		dirs = append(dirs, d.Path)
	}
	return map[string]string{
		"broker.id": id, "node.id": id, "broker.rack": b.Rack,
		"log.dirs":                       strings.Join(dirs, ","),
		"listeners":                      fmt.Sprintf("%s://%s", protocol, s.Addr(b.ID)),
		"advertised.listeners":           fmt.Sprintf("%s://%s", protocol, net.JoinHostPort(host, strconv.Itoa(int(port)))),
		"listener.security.protocol.map": protocol + ":" + protocol,
	}
}
