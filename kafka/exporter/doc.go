// Package exporter shows a cluster to Prometheus: what a [poll.Poller] read
// last, as metrics under the names that Kafka exporters have by convention.
//
//	e := exporter.New(poller, exporter.Options{})
//	err := e.Serve(ctx, listener) // until ctx ends
//
// A scrape never reads from the cluster. It shows the newest snapshot, so that
// any number of scrapers costs the brokers nothing; kconsole_exporter_age_seconds
// tells how old that is, and what is older than [Options.MaxAge] is not shown.
//
// # Series
//
// For the cluster:
//
//	kafka_brokers                                 brokers that are registered and live
//	kafka_broker_info{broker,address,rack}        1 for each of them
//	kafka_controller_broker                       broker id that takes requests for the controller
//	kafka_topics                                  topics
//	kafka_partitions                              partitions of all topics
//	kafka_under_replicated_partitions             of those, with replicas out of sync
//	kafka_offline_partitions                      of those, without a leader
//	kafka_consumergroups                          groups of all kinds
//
// For a topic {topic}, and for each of its partitions {topic,partition}:
//
//	kafka_topic_partitions
//	kafka_topic_partition_current_offset          high watermark: the offset of the next record
//	kafka_topic_partition_oldest_offset           log start offset
//	kafka_topic_partition_leader                  broker id, -1 if there is none
//	kafka_topic_partition_leader_is_preferred
//	kafka_topic_partition_replicas
//	kafka_topic_partition_in_sync_replica         replicas in the ISR
//	kafka_topic_partition_under_replicated_partition
//	kafka_topic_partition_offline                 1 without a leader
//
// For a group {consumergroup}, and for each partition that it has a committed
// offset for {consumergroup,topic,partition}:
//
//	kafka_consumergroup_members
//	kafka_consumergroup_state{state}              1 for the state that it is in
//	kafka_consumergroup_sum_lag                   the known lags of its partitions together
//	kafka_consumergroup_current_offset            committed: the next one to read
//	kafka_consumergroup_lag
//
// About the exporter itself: kconsole_exporter_up{read}, _age_seconds{read} and
// _omitted_series{kind}, and Go's own process metrics.
//
// # Cardinality
//
// Their number is known beforehand: 8 series a partition, 1 a topic, 3 a group
// and 2 for each partition of a group. [Options.MaxPartitions] and
// [Options.MaxGroupPartitions] bound it, whatever is created on the cluster:
// in the order of their names, topics and groups that no longer fit have no
// series for their partitions, and kconsole_exporter_omitted_series counts
// those. Groups beyond [Options.MaxGroups] have none at all. The sums for the
// cluster always count everything. Client ids, hosts and member ids are no labels: programs
// choose them anew at each start.
package exporter
