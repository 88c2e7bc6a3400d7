package exporter

import "github.com/prometheus/client_golang/prometheus"

// all are the descriptions of every metric.
var all []*prometheus.Desc

func desc(name, help string, labels ...string) *prometheus.Desc {
	d := prometheus.NewDesc(name, help, labels, nil)
	all = append(all, d)
	return d
}

var (
	up = desc("kconsole_exporter_up",
		"Whether the newest read of this kind succeeded.", "read")
	age = desc("kconsole_exporter_age_seconds",
		"Time since the last read of this kind that succeeded.", "read")
	omittedSeries = desc("kconsole_exporter_omitted_series",
		"Series that are not shown because there would be too many.", "kind")

	brokers = desc("kafka_brokers",
		"Brokers that are registered and live.")
	brokerInfo = desc("kafka_broker_info",
		"A live broker with its advertised address and rack.", "broker", "address", "rack")
	controller = desc("kafka_controller_broker",
		"Id of the broker that takes requests for the controller; -1 if none is known.")
	topics = desc("kafka_topics",
		"Topics of the cluster, internal ones too.")
	partitions = desc("kafka_partitions",
		"Partitions of all topics.")
	underReplicatedPartitions = desc("kafka_under_replicated_partitions",
		"Partitions of all topics with a replica that is not in sync.")
	offlinePartitions = desc("kafka_offline_partitions",
		"Partitions of all topics without a leader.")

	topicPartitions = desc("kafka_topic_partitions",
		"Partitions of a topic.", "topic")
	partitionEnd = desc("kafka_topic_partition_current_offset",
		"High watermark of a partition: the offset of its next record.", "topic", "partition")
	partitionStart = desc("kafka_topic_partition_oldest_offset",
		"Log start offset of a partition.", "topic", "partition")
	partitionLeader = desc("kafka_topic_partition_leader",
		"Id of the broker that leads a partition; -1 if none does.", "topic", "partition")
	partitionPreferred = desc("kafka_topic_partition_leader_is_preferred",
		"Whether a partition is led by its preferred replica.", "topic", "partition")
	partitionReplicas = desc("kafka_topic_partition_replicas",
		"Replicas of a partition.", "topic", "partition")
	partitionInSync = desc("kafka_topic_partition_in_sync_replica",
		"Replicas of a partition that are in sync.", "topic", "partition")
	partitionUnderReplicated = desc("kafka_topic_partition_under_replicated_partition",
		"Whether a replica of a partition is not in sync.", "topic", "partition")
	partitionOffline = desc("kafka_topic_partition_offline",
		"Whether a partition has no leader.", "topic", "partition")

	groups = desc("kafka_consumergroups",
		"Groups of all kinds.")
	groupMembers = desc("kafka_consumergroup_members",
		"Members of a group.", "consumergroup")
	groupState = desc("kafka_consumergroup_state",
		"State of a group, as Kafka names it; its series has the value 1.", "consumergroup", "state")
	groupLag = desc("kafka_consumergroup_sum_lag",
		"Offsets between what a group committed and the ends of its partitions, together.", "consumergroup")
	groupOffset = desc("kafka_consumergroup_current_offset",
		"Offset that a group committed for a partition: the next one that it reads.", "consumergroup", "topic", "partition")
	groupPartitionLag = desc("kafka_consumergroup_lag",
		"Offsets between what a group committed for a partition and its end.", "consumergroup", "topic", "partition")
)
